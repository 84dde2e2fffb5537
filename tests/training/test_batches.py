"""Minibatches: every picture once an epoch, any place reached again, ranks apart, labels with their pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.backend.backend import Backend
from studio.data.pictures import PictureSet
from studio.errors import Refused
from studio.training.batches import Batches, Treatment
from studio.training.parallel import World

CPU = Backend("cpu", "float32")


def data(count=20, labelled=True):
    """Pictures 2 × 4: each says its number on the left and 255 on the right; its label is its number."""
    pictures = np.full((count, 2, 4, 1), 255, np.uint8)
    pictures[:, :, :2] = np.arange(count, dtype=np.uint8)[:, None, None, None]
    return PictureSet(pictures, np.arange(count) if labelled else None)


def batches(count=20, batch=6, seed=0, low=0.0, flip=False, **more):
    return Batches(data(count), batch, (low, 1.0), CPU, seed=seed, treatment=Treatment(flip), **more)


def numbers(batch):
    """Which pictures are in a minibatch, whichever way round they are."""
    levels = torch.round(batch.pictures * 255).long()
    return levels.amin(dim=(1, 2, 3)).tolist()


def flipped(batch):
    return (batch.pictures[:, 0, 0, 0] == 1.0).tolist()


def take(source, count):
    return [numbers(source.next()) for _ in range(count)]


def test_a_batch_has_shape_type_and_range():
    batch = batches(low=-1.0).next()
    assert batch.pictures.shape == (6, 1, 2, 4)
    assert batch.pictures.dtype == torch.float32
    assert float(batch.pictures.max()) == 1.0
    assert -1.0 <= float(batch.pictures.min()) < -0.8
    assert batch.labels.dtype == torch.int64
    assert len(batch) == 6


@settings(deadline=None, database=None, max_examples=25)
@given(count=st.integers(1, 40), share=st.integers(1, 40), seed=st.integers(0, 2**31 - 1))
def test_every_picture_comes_at_most_once_an_epoch(count, share, seed):
    source = batches(count, min(share, count), seed)
    seen = [n for minibatch in take(source, source.per_epoch) for n in minibatch]
    assert len(seen) == len(set(seen)) == source.per_epoch * source.batch
    assert set(seen) <= set(range(count))
    assert (source.epoch, source.position) == (0, source.per_epoch)


def test_when_the_batch_divides_the_data_every_picture_comes_exactly_once():
    source = batches(20, 5)
    for epoch in range(3):
        seen = [n for minibatch in take(source, 4) for n in minibatch]
        assert sorted(seen) == list(range(20))
        assert source.epoch == epoch


def test_the_remainder_is_not_the_same_every_epoch():
    source = batches(20, 6)
    left = []
    for _ in range(10):
        seen = {n for minibatch in take(source, 3) for n in minibatch}
        left.append(frozenset(range(20)) - seen)
    assert len(set(left)) > 5


def test_epochs_are_shuffled_differently_and_seeds_too():
    source = batches(20, 5)
    first, second = take(source, 4), take(source, 4)
    assert first != second
    assert take(batches(20, 5), 8) == first + second, "the same seed, the same order"
    assert take(batches(20, 5, seed=1), 4) != first
    assert first[0] != sorted(first[0])


def test_any_place_is_reached_again():
    source = batches(flip=True)
    passed = []
    for _ in range(8):
        place = (source.epoch, source.position)
        passed.append((place, source.next().pictures))
    for place, pictures in reversed(passed):
        again = batches(flip=True)
        again.seek(*place)
        assert (again.epoch, again.position) == place
        assert torch.equal(again.next().pictures, pictures)


def test_a_place_at_the_end_of_an_epoch_leads_into_the_next():
    source, again = batches(), batches()
    take(source, 3)
    again.seek(0, 3)
    assert take(again, 2) == take(source, 2)
    assert (again.epoch, again.position) == (1, 2)


def test_torchs_global_generator_plays_no_part():
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = take(batches(flip=True), 5)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    assert take(batches(flip=True), 5) == first


@pytest.mark.parametrize("flip", [False, True])
def test_labels_stay_with_their_pictures(flip):
    source = batches(flip=flip)
    for _ in range(7):
        batch = source.next()
        assert batch.labels.tolist() == numbers(batch)


def test_pictures_without_classes_have_no_labels():
    assert Batches(data(labelled=False), 4, (0.0, 1.0), CPU, seed=0).next().labels is None


def test_about_half_is_mirrored_left_to_right():
    source = batches(200, 100, flip=True)
    mirrored = [flag for _ in range(10) for flag in flipped(source.next())]
    assert 400 < sum(mirrored) < 600
    batch = source.next()
    row = batch.pictures[flipped(batch).index(True), 0]
    assert torch.equal(row[0], row[1]), "not upside down, rows are as they were"
    assert (row[:, :2] == 1.0).all()
    assert (row[:, 2:] < 1.0).all()


def test_a_picture_is_not_mirrored_the_same_way_each_epoch():
    source = batches(20, 20, flip=True)
    ways = []
    for _ in range(6):
        batch = source.next()
        ways.append(dict(zip(numbers(batch), flipped(batch), strict=True)))
    assert all(len({way[n] for way in ways}) == 2 for n in range(3, 7))


def test_without_flip_nothing_is_mirrored():
    source = batches()
    assert not any(flag for _ in range(6) for flag in flipped(source.next()))


@pytest.mark.parametrize("flip", [False, True])
def test_ranks_have_different_rows_of_the_same_global_batch(flip):
    alone = batches(24, 12, flip=flip)
    ranks = [batches(24, 12, flip=flip, world=World(rank, 3)) for rank in range(3)]
    for _ in range(5):
        whole, parts = alone.next(), [rank.next() for rank in ranks]
        assert [len(part) for part in parts] == [4, 4, 4]
        assert torch.equal(torch.cat([part.pictures for part in parts]), whole.pictures)
        assert torch.equal(torch.cat([part.labels for part in parts]), whole.labels)
    assert {rank.per_epoch for rank in ranks} == {alone.per_epoch}


def test_a_batch_that_ranks_cannot_share_is_refused():
    with pytest.raises(Refused, match="cannot be divided among 4"):
        batches(20, 6, world=World(0, 4))


def test_a_batch_larger_than_the_data_is_refused_and_one_as_large_is_not():
    with pytest.raises(Refused, match=r"batch of 21 is larger than the data \(20 pictures\). Choose 20 or less"):
        batches(20, 21)
    source = batches(20, 20)
    assert source.per_epoch == 1
    assert sorted(numbers(source.next())) == list(range(20))


def test_in_order_is_every_picture_once_as_it_is():
    source = batches(20, 6, flip=True)
    take(source, 2)
    found = list(source.in_order())
    assert [len(batch) for batch in found] == [6, 6, 6, 2]
    assert [n for batch in found for n in numbers(batch)] == list(range(20))
    assert not any(flag for batch in found for flag in flipped(batch))
    assert (source.epoch, source.position) == (0, 2), "looking does not move the place"


def test_the_data_are_not_written_to():
    own = data()
    before = own.pictures.copy()
    source = Batches(own, 6, (-1.0, 1.0), CPU, seed=0, treatment=Treatment(True))
    for _ in range(4):
        source.next().pictures.zero_()
    assert np.array_equal(own.pictures, before)


def two_domains(first=10, second=4):
    other = replace(data(second, labelled=False), pictures=255 - data(second).pictures)
    return replace(data(first, labelled=False), domain=other, sides=("dark", "bright"))


def test_the_second_picture_of_a_pair_comes_with_the_first_and_is_mirrored_alike():
    pictures = data(20).pictures
    pairs = replace(data(20), other=255 - pictures)
    source = Batches(pairs, 6, (0.0, 1.0), CPU, seed=0, treatment=Treatment(flip=True))
    for _ in range(4):
        batch = source.next()
        assert torch.allclose(batch.pictures + batch.other, torch.ones(()))


def test_two_domains_are_drawn_independently_until_the_larger_one_is_through():
    source = Batches(two_domains(), 2, (0.0, 1.0), CPU, seed=0)
    assert source.per_epoch == 5
    seen = [source.next() for _ in range(5)]
    assert len({n for batch in seen for n in numbers(batch)}) == 10
    assert len({float(row.amax()) for batch in seen for row in batch.other}) == 4, "the smaller one begins anew"


def test_held_out_domains_go_side_by_side():
    source = Batches(two_domains(), 3, (0.0, 1.0), CPU, seed=0)
    found = list(source.in_order())
    assert [len(batch) for batch in found] == [3, 1]
    assert all(batch.pictures.shape == batch.other.shape for batch in found)
    assert [len(batch) for batch in source.in_order(limit=2)] == [2]


def test_a_batch_larger_than_the_smaller_domain_is_refused():
    with pytest.raises(Refused, match="4 pictures"):
        Batches(two_domains(), 5, (0.0, 1.0), CPU, seed=0)


@pytest.mark.parametrize("swap", [False, True])
def test_a_degradation_makes_pairs_that_are_the_same_at_the_same_place(swap):
    noisy = Treatment(degradation="noise", amount=0.5, swap=swap)
    first, again = (Batches(data(20), 6, (-1.0, 1.0), CPU, seed=0, treatment=noisy) for _ in range(2))
    again.seek(0, 2)
    for _ in range(2):
        skipped = first.next()
    batch, same = first.next(), again.next()
    clean, degraded = (batch.pictures, batch.other) if swap else (batch.other, batch.pictures)
    assert torch.equal(batch.pictures, same.pictures)
    assert torch.equal(batch.other, same.other)
    assert not torch.equal(clean, degraded)
    assert float(degraded.min()) >= -1.0
    assert float(degraded.max()) <= 1.0
    assert not torch.equal(batch.other, skipped.other)


def test_attributes_and_places_come_along():
    facts = replace(data(8), attributes=np.eye(8, 3, dtype=np.uint8), attribute_names=("a", "b", "c"))
    source = Batches(facts, 8, (0.0, 1.0), CPU, seed=3)
    batch = source.next()
    assert batch.attributes.dtype == torch.float32
    assert sorted(batch.index.tolist()) == list(range(8))
    assert torch.equal(batch.attributes, torch.eye(8, 3)[batch.index])
