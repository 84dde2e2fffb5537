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
