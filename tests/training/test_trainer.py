"""The one loop, on a family that is nothing but arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from studio import events, models
from studio.control import Control
from studio.session import Session
from studio.training import checkpoints, runs
from studio.training.jobs import TrainJob
from tests import fakes
from tests.fakes import FAKE, Listener, small


@pytest.fixture(autouse=True)
def fake_family(monkeypatch):
    monkeypatch.setattr(models, "FAMILIES", (*models.FAMILIES, FAKE))
    fakes.calls.clear()


def train(tmp_path, *settings, steps=4, control=None, sink=None, name="run"):
    listener = sink or Listener()
    final = Session(tmp_path).run(TrainJob(small("fake", *settings), tmp_path, name, steps=steps), listener, control)
    return final, listener


def test_phases_run_in_order_with_their_repeats(tmp_path):
    final, _ = train(tmp_path, steps=2)
    assert isinstance(final, events.Done)
    assert fakes.calls == ["left", "left", "right"] * 2


def test_together_takes_every_gradient_once(tmp_path):
    train(tmp_path, "order=together", steps=2)
    assert fakes.calls == ["left", "right"] * 2


def test_every_step_is_in_the_history_and_in_the_events(tmp_path):
    _, listener = train(tmp_path, steps=9)
    rows = np.concatenate([event.rows for event in listener.of(events.TrainEvent)])
    history = runs.open_run(tmp_path / "run").history()
    assert np.array_equal(rows, history.rows())
    assert len(history) == 9
    assert (np.diff(history.column("right loss")) < 0).all(), "gradient descent on a parabola falls"


def test_a_run_starts_and_ends_with_a_picture_and_a_moment(tmp_path):
    _, listener = train(tmp_path)
    assert [event.step for event in listener.of(events.MomentStored)] == [0, 4]
    assert listener.of(events.Preview)[-1].step == 4
    started = listener.of(events.Started)[0]
    assert started.real.dtype == np.uint8
    assert started.phases == ("left", "right")


def test_not_a_number_ends_the_run_at_the_last_good_checkpoint(tmp_path):
    train(tmp_path, steps=2)
    before = checkpoints.load_newest(tmp_path / "run", pytest.fail)[1]["step"]
    fakes.calls.clear()
    final, listener = train(tmp_path, "explode_at=2", steps=2000, name="sick")
    assert isinstance(final, events.Failed)
    assert "not a finite" in final.reason
    assert "Lower the learning rates" in final.reason
    assert listener.finals() == [final]
    assert before == 2
    run = runs.open_run(tmp_path / "sick")
    assert run.state.status == "failed"
    assert not runs.numbered(run.folder / "checkpoints"), "nothing that is not finite was kept"


def test_pause_stands_still_and_single_steps_move_one_player(tmp_path):
    control, heard = Control(), Listener()
    control.pause()
    script = iter(["left", "right", "", None])

    def sink(event):
        heard(event)
        if isinstance(event, events.Paused) and event.paused:
            wanted = next(script)
            control.resume() if wanted is None else control.step(wanted)

    final, _ = train(tmp_path, steps=5, control=control, sink=sink)
    assert isinstance(final, events.Done)
    assert [e.step for e in heard.of(events.Paused)] == [0, 1, 2, 3, 3]
    assert fakes.calls[:6] == ["left", "left", "right", "left", "left", "right"]
    assert len(runs.open_run(tmp_path / "run").history()) == 5


def test_stop_while_paused_saves(tmp_path):
    control = Control()
    control.pause()
    final, _ = train(tmp_path, control=control, sink=lambda e: control.stop() if isinstance(e, events.Paused) else None)
    assert isinstance(final, events.Stopped)
    assert runs.open_run(tmp_path / "run").state.status == "stopped"


def test_a_mark_is_kept(tmp_path):
    control = Control()
    control.mark()
    train(tmp_path, "moments=8", control=control, steps=3)
    marked = [p.parent.name for p in (tmp_path / "run" / "moments").glob("*/marked")]
    assert marked == ["000000001"]


def test_a_full_disk_is_a_sentence_and_keeps_what_was_saved(tmp_path, monkeypatch):
    train(tmp_path, steps=2)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device", "state.safetensors")

    monkeypatch.setattr(checkpoints, "save_file", full)
    final = Session(tmp_path).run(TrainJob(small("fake"), tmp_path, "run", steps=4, resume=True))
    assert final.reason.startswith("The disk is full")
    monkeypatch.undo()
    monkeypatch.setattr(models, "FAMILIES", (*models.FAMILIES, FAKE))
    assert checkpoints.load_newest(tmp_path / "run", pytest.fail)[1]["step"] == 2
    assert not list((tmp_path / "run" / "checkpoints").glob(".tmp-*"))


def test_the_first_checkpoints_come_soon_and_then_less_often(tmp_path, monkeypatch):
    import time

    from studio.training import trainer

    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    saved, original = [], trainer.Trainer.checkpoint

    def checkpoint(self, marked=False):
        saved.append(clock[0])
        original(self, marked)

    def advance(self, only=None, _original=trainer.Trainer.advance):
        clock[0] += 1
        _original(self, only)

    monkeypatch.setattr(trainer.Trainer, "checkpoint", checkpoint)
    monkeypatch.setattr(trainer.Trainer, "advance", advance)
    train(tmp_path, "checkpoint_minutes=0.5", steps=130)
    assert saved == [11, 32, 63, 94, 125, 130]
