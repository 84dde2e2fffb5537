from dataclasses import replace

import numpy as np
import pytest

from studio.data.pictures import PictureSet, Refusal


@pytest.fixture
def numbers():
    """100 pictures 2×2 with level = index and two classes (even, odd)."""
    levels = np.arange(100, dtype=np.uint8)
    pictures = np.broadcast_to(levels[:, None, None, None], (100, 2, 2, 1)).copy()
    return PictureSet(pictures, (levels % 2).astype(np.int64), ("even", "odd"), "Numbers", (Refusal("a", "b"),))


def test_size_channels_and_counts(numbers):
    assert (len(numbers), numbers.size, numbers.channels) == (100, 2, 1)
    assert numbers.counts() == {"even": 50, "odd": 50}
    assert PictureSet(numbers.pictures).counts() == {}


def test_a_split_loses_nothing_and_mixes_nothing_up(numbers):
    before = numbers.pictures.copy()
    train = numbers.split(0.2, seed=5)
    test = train.held_out
    assert (len(train), len(test)) == (80, 20)
    assert test.counts() == {"even": 10, "odd": 10}
    levels = np.concatenate([train.pictures[:, 0, 0, 0], test.pictures[:, 0, 0, 0]])
    assert sorted(levels.tolist()) == list(range(100))
    np.testing.assert_array_equal(levels % 2, np.concatenate([train.labels, test.labels]))
    np.testing.assert_array_equal(numbers.pictures, before)
    assert train.refused == numbers.refused
    assert test.refused == ()


def test_a_split_is_seeded(numbers):
    held = [numbers.split(0.2, seed).held_out.fingerprint() for seed in (1, 1, 2)]
    assert held[0] == held[1] != held[2]


def test_a_single_picture_stays_alone(numbers):
    alone = numbers.take(np.array([7])).split(0.5, seed=0)
    assert len(alone) == 1
    assert alone.held_out is None


def test_the_fingerprint_follows_pixels_labels_and_shape(numbers):
    same = numbers.take(np.arange(100))
    assert numbers.fingerprint() == same.fingerprint()
    assert len(numbers.fingerprint()) == 64
    other = [
        PictureSet(numbers.pictures),
        PictureSet(numbers.pictures, 1 - numbers.labels, numbers.classes),
        PictureSet(numbers.pictures.reshape(100, 1, 4, 1), numbers.labels, numbers.classes),
        PictureSet(numbers.pictures ^ 1, numbers.labels, numbers.classes),
    ]
    assert len({numbers.fingerprint(), *(each.fingerprint() for each in other)}) == 5


def test_a_limit_keeps_the_held_out_part(numbers):
    train = numbers.split(0.2, seed=5)
    few = train.limited(10)
    assert few.counts() == {"even": 5, "odd": 5}
    assert few.held_out is train.held_out
    assert train.limited(0) is train
    assert train.limited(1000) is train


@pytest.fixture
def paired():
    """20 pairs 2×2: A has level = index, B 100 more; attributes: even, and at least ten."""
    levels = np.arange(20, dtype=np.uint8)
    pictures = np.broadcast_to(levels[:, None, None, None], (20, 2, 2, 1)).copy()
    attributes = np.stack([levels % 2 == 0, levels >= 10], axis=1).astype(np.uint8)
    return PictureSet(
        pictures, other=pictures + 100, attributes=attributes, attribute_names=("even", "large"), sides=("old", "new")
    )


def agrees(found):
    levels = found.pictures[:, 0, 0, 0]
    np.testing.assert_array_equal(found.other[:, 0, 0, 0], levels + 100)
    np.testing.assert_array_equal(found.attributes[:, 0], levels % 2 == 0)
    np.testing.assert_array_equal(found.attributes[:, 1], levels >= 10)
    return found.attribute_names == ("even", "large") and found.sides == ("old", "new")


def test_every_row_goes_with_its_picture(paired):
    assert agrees(paired.take(np.array([7, 3])))
    assert agrees(paired.limited(5))
    train = paired.split(0.25, seed=1)
    assert (len(train), len(train.held_out)) == (15, 5)
    assert agrees(train)
    assert agrees(train.held_out)
    assert agrees(paired)
    assert paired.pictures[:, 0, 0, 0].tolist() == list(range(20))


def test_pairs_and_attributes_are_part_of_the_fingerprint(paired):
    sets = [
        paired,
        replace(paired, other=None),
        replace(paired, attributes=None, attribute_names=()),
        replace(paired, other=paired.other + 1),
        replace(paired, attributes=1 - paired.attributes),
        replace(paired, domain=paired),
        replace(paired, domain=paired.take(np.arange(3))),
        PictureSet(paired.pictures),
    ]
    assert len({each.fingerprint() for each in sets}) == len(sets)


def test_old_runs_find_the_fingerprint_they_remember():
    plain = PictureSet(np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1), np.array([0, 1, 0]), ("a", "b"))
    assert plain.fingerprint() == "be0b86798ee9b3dd4fa6560684b8422eee2f7201675f2ee3bea913a52acf8e8c"


def test_pairs_are_exchanged(paired):
    train = paired.split(0.25, seed=1)
    swapped = train.swapped()
    assert swapped.sides == ("new", "old")
    np.testing.assert_array_equal(swapped.pictures, train.other)
    np.testing.assert_array_equal(swapped.held_out.other, train.held_out.pictures)
    assert PictureSet(paired.pictures).swapped().pictures is paired.pictures


def levels(found):
    return sorted(found.pictures[:, 0, 0, 0].tolist())


@pytest.fixture
def unpaired(paired):
    """20 pictures below 100, and a domain of 8 from 100 on."""
    second = PictureSet(paired.other[:8])
    return PictureSet(paired.pictures, domain=second, sides=("low", "high"), refused=(Refusal("a", "b"),))


def test_two_domains_are_split_each_on_its_own(unpaired):
    train = unpaired.split(0.25, seed=2)
    assert (len(train), len(train.held_out), len(train.domain), len(train.domain.held_out)) == (15, 5, 6, 2)
    assert train.held_out.domain is train.domain.held_out
    assert sorted(levels(train) + levels(train.held_out)) == list(range(20))
    assert sorted(levels(train.domain) + levels(train.held_out.domain)) == list(range(100, 108))
    assert levels(unpaired.domain) == list(range(100, 108))
    assert (train.refused, train.held_out.refused) == (unpaired.refused, ())


def test_a_domain_of_one_picture_keeps_the_other_whole(unpaired):
    train = replace(unpaired, domain=unpaired.domain.take(np.array([0]))).split(0.25, seed=2)
    assert (len(train), train.held_out, train.domain.held_out) == (20, None, None)


def test_the_limit_holds_for_either_domain(unpaired):
    few = unpaired.split(0.25, seed=2).limited(4)
    assert (len(few), len(few.domain), len(few.held_out), len(few.held_out.domain)) == (4, 4, 5, 2)
    some = unpaired.limited(10)
    assert (len(some), len(some.domain)) == (10, 8)


def test_domains_are_exchanged(unpaired):
    train = unpaired.split(0.25, seed=2)
    other = train.swapped()
    assert other.sides == ("high", "low")
    assert (len(other), len(other.domain), len(other.held_out), len(other.domain.held_out)) == (6, 15, 2, 5)
    assert levels(other.held_out.domain) == levels(train.held_out)
    assert other.refused == train.refused
    assert other.swapped().fingerprint() == train.fingerprint()


def test_rows_that_do_not_belong_together_are_an_error(paired):
    with pytest.raises(ValueError, match="20 pictures, but 3 rows of labels"):
        PictureSet(paired.pictures, np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="pairs of unequal shape"):
        PictureSet(paired.pictures, other=paired.pictures[:, :1])
    with pytest.raises(ValueError, match="2 attributes, but 1 names"):
        PictureSet(paired.pictures, attributes=paired.attributes, attribute_names=("even",))
