"""Exact resume: 20 steps = 10 steps, stop, 10 more, bit for bit (one CPU, one thread count)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio import events, models
from studio.control import Control
from studio.session import Session
from studio.training import checkpoints, runs
from studio.training.jobs import TrainJob
from tests.fakes import Listener, small


def newest(run):
    return checkpoints.load_newest(run, pytest.fail)


def assert_same(first, second):
    (tensors, plain), (others, other_plain) = newest(first), newest(second)
    assert tensors.keys() == others.keys()
    different = [key for key in tensors if not torch.equal(tensors[key], others[key])]
    assert not different
    assert {k: plain[k] for k in ("step", "epoch", "position")} == {
        k: other_plain[k] for k in ("step", "epoch", "position")
    }
    assert np.array_equal(runs.open_run(first).history().rows(), runs.open_run(second).history().rows())


@pytest.mark.parametrize("family", [f.id for f in models.FAMILIES])
def test_twenty_is_ten_and_ten(family, tmp_path):
    # a flip, a schedule and a batch that does not divide the data: each has state of its own
    recipe = small(family, "flip=yes", "schedule=linear", "horizon=20", "batch=7")
    session = Session(tmp_path)
    session.do(TrainJob(recipe, tmp_path, "whole", steps=20))
    session.do(TrainJob(recipe, tmp_path, "halves", steps=10))
    session.do(TrainJob(recipe, tmp_path, "halves", steps=20, resume=True))
    assert_same(tmp_path / "whole", tmp_path / "halves")


def test_stopping_in_the_middle_loses_nothing(tmp_path):
    recipe, session, control, listener = small("gan"), Session(tmp_path), Control(), Listener()

    def stop_at_first_report(event):
        listener(event)
        if isinstance(event, events.TrainEvent):
            control.stop()

    final = session.run(TrainJob(recipe, tmp_path, "stopped", steps=100_000), stop_at_first_report, control)
    assert isinstance(final, events.Stopped)
    reached = runs.open_run(tmp_path / "stopped").state.step
    assert 0 < reached < 100_000
    session.do(TrainJob(recipe, tmp_path, "stopped", steps=reached + 5, resume=True))
    session.do(TrainJob(recipe, tmp_path, "whole", steps=reached + 5))
    assert_same(tmp_path / "whole", tmp_path / "stopped")


def test_a_killed_run_goes_on_from_its_checkpoint(tmp_path):
    """Reports that came after the checkpoint are lived anew, not kept beside the new ones."""
    recipe, session = small("vae"), Session(tmp_path)
    session.do(TrainJob(recipe, tmp_path, "run", steps=6))
    with (tmp_path / "run" / "history.csv").open("a") as file:
        file.write("7,1,1,1\n8,1,")  # killed while writing
    session.do(TrainJob(recipe, tmp_path, "run", steps=12, resume=True))
    session.do(TrainJob(recipe, tmp_path, "whole", steps=12))
    assert_same(tmp_path / "whole", tmp_path / "run")


def test_the_horizon_is_not_the_number_of_steps(tmp_path):
    """Ten steps of a schedule planned for twenty are the first half of it."""
    session = Session(tmp_path)
    recipe = small("gan", "schedule=cosine", "horizon=20")
    session.do(TrainJob(recipe, tmp_path, "short", steps=10))
    session.do(TrainJob(recipe, tmp_path, "long", steps=20))
    short, long = (runs.open_run(tmp_path / name).history().rows() for name in ("short", "long"))
    assert np.array_equal(short, long[:10])


def test_resuming_what_is_finished_is_refused(tmp_path):
    session = Session(tmp_path)
    session.do(TrainJob(small("gan"), tmp_path, "run", steps=3))
    final = session.run(TrainJob(small("gan"), tmp_path, "run", steps=3, resume=True))
    assert final.refused
    assert "already at step 3" in final.reason


def test_the_thread_count_is_kept(tmp_path):
    session = Session(tmp_path)
    session.do(TrainJob(small("gan", "threads=2"), tmp_path, "run", steps=2))
    assert runs.open_run(tmp_path / "run").machine["threads"] == 2
