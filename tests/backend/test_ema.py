"""The averaged copy and its snapshots."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from studio.backend import ema
from studio.backend.ema import Ema, SnapshotBox, frozen_copy

NO_RAMP = 1e9


def net(value=0.0):
    """One weight, and a buffer."""
    made = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1, affine=False))
    nn.init.constant_(made[0].weight, value)
    return made


def weight(made):
    return float(made[0].weight)


@pytest.mark.parametrize("batch", [1, 8, 50, 100])
def test_after_a_half_life_half_of_the_old_is_left_whatever_the_batch(batch):
    average = Ema({"g": net(0.0)}, half_life=200, ramp=NO_RAMP)
    for step in range(1, 200 // batch + 1):
        average.update({"g": net(1.0)}, step * batch, batch)
    assert weight(average.nets["g"]) == pytest.approx(0.5, abs=1e-5)


def test_decay_is_half_to_the_power_of_the_share_of_a_half_life():
    average = Ema({}, half_life=100, ramp=NO_RAMP)
    assert average.decay(1000, 100) == 0.5
    assert average.decay(1000, 200) == 0.25
    assert average.decay(1000, 10) == pytest.approx(0.5**0.1)


def test_early_on_the_half_life_is_a_share_of_the_pictures_seen():
    average = Ema({}, half_life=10_000, ramp=0.05)
    assert average.decay(1_000, 50) == 0.5, "0.05 · 1,000 pictures"
    assert average.decay(200_000, 10_000) == 0.5, "the full half-life from here on"
    assert average.decay(2_000_000, 10_000) == 0.5
    assert average.decay(64, 64) < 1e-5, "the random start is forgotten at once"
    assert average.decay(0, 64) == 0.0


def test_without_averaging_the_copy_follows_at_once_and_exactly():
    average = Ema({"g": net(0.3)}, half_life=0)
    for step, value in enumerate((0.1, -7.7, 1e-8), start=1):
        new = net(value)
        average.update({"g": new}, step * 8, 8)
        assert torch.equal(average.nets["g"][0].weight, new[0].weight)


def test_buffers_are_copied_not_averaged():
    source, average = net(1.0), Ema({"g": net(0.0)}, half_life=1e6, ramp=NO_RAMP)
    source.train()(torch.randn(16, 1, generator=torch.Generator().manual_seed(0)))
    average.update({"g": source}, 8, 8)
    assert torch.equal(average.nets["g"][1].running_mean, source[1].running_mean)
    assert int(average.nets["g"][1].num_batches_tracked) == 1
    source.train()(torch.ones(16, 1))
    assert int(average.nets["g"][1].num_batches_tracked) == 1, "a copy, not the same tensor"


def test_the_copy_is_for_showing_alone():
    source = net(0.5)
    average = Ema({"g": source}, half_life=100)
    copied = average.nets["g"]
    assert not any(module.training for module in copied.modules())
    assert not any(p.requires_grad for p in copied.parameters())
    assert source.training
    assert source[0].weight.requires_grad
    average.update({"g": source}, 8, 8)
    assert source[0].weight.grad_fn is None
    with torch.no_grad():
        source[0].weight.fill_(9.0)
    assert weight(copied) == pytest.approx(0.5)


def test_nets_stay_apart():
    average = Ema({"a": net(0.0), "b": net(10.0)}, half_life=100, ramp=NO_RAMP)
    average.update({"b": net(20.0), "a": net(1.0)}, 100, 100)
    assert weight(average.nets["a"]) == pytest.approx(0.5)
    assert weight(average.nets["b"]) == pytest.approx(15.0)


# -- snapshots -------------------------------------------------------------------------------------------------------


def test_before_the_first_offer_there_is_none():
    assert SnapshotBox().latest() is None


def test_later_training_does_not_change_a_snapshot():
    box, trained = SnapshotBox(), net(1.0)
    box.offer(1, {"g": trained})
    taken = box.latest()
    with torch.no_grad():
        trained[0].weight.add_(1.0)
    trained.train()(torch.randn(8, 1, generator=torch.Generator().manual_seed(0)))
    box.offer(2, {"g": trained})
    assert (taken.step, weight(taken.nets["g"])) == (1, 1.0)
    assert int(taken.nets["g"][1].num_batches_tracked) == 0
    newer = box.latest()
    assert (newer.step, weight(newer.nets["g"])) == (2, 2.0)
    assert (taken.step, weight(taken.nets["g"])) == (1, 1.0)
    assert not newer.nets["g"].training


def test_a_copy_is_made_only_when_somebody_took_the_last(monkeypatch):
    copies = []
    monkeypatch.setattr(ema, "frozen_copy", lambda n: copies.append(n) or frozen_copy(n))
    box, trained = SnapshotBox(), net()
    for step in range(1, 6):
        box.offer(step, {"g": trained})
    assert len(copies) == 1
    assert box.latest().step == 1, "the one that was ready; a newer one comes at the next step"
    for step in range(6, 10):
        box.offer(step, {"g": trained})
    assert len(copies) == 2
    assert box.latest().step == 6


def test_taking_twice_without_a_step_gives_the_same():
    box = SnapshotBox()
    box.offer(1, {"g": net()})
    assert box.latest() is box.latest()


def test_a_reader_never_sees_half_a_step():
    """Every weight of a snapshot belongs to the step it names, while training goes on in another thread."""
    box, trained, done = SnapshotBox(), nn.ModuleList(net(0.0) for _ in range(4)), threading.Event()

    def train():
        step = 0
        while not done.is_set():
            step += 1
            for part in trained:
                nn.init.constant_(part[0].weight, float(step))
            box.offer(step, {"g": trained})

    thread = threading.Thread(target=train)
    thread.start()
    try:
        steps = []
        while len(set(steps)) < 50:
            snapshot = box.latest()
            if snapshot is not None:
                steps.append(snapshot.step)
                assert {weight(part) for part in snapshot.nets["g"]} == {float(snapshot.step)}
    finally:
        done.set()
        thread.join()
    assert steps == sorted(steps)
