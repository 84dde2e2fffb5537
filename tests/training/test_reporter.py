"""From the device to sink and files: every step's row, in order, with what a step did not say carried forward."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from studio import events
from studio.events import Curve
from studio.training import reporter as reporting
from studio.training import runs
from studio.training.parallel import World
from studio.training.reporter import Reporter
from tests.fakes import Listener, small

CURVES = (Curve("D loss", "d"), Curve("G loss", "g"))


class Clock:
    """Time that passes when the test says so."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    import time

    own = Clock()
    monkeypatch.setattr(time, "monotonic", own.monotonic)
    return own


@pytest.fixture
def run(tmp_path):
    return runs.create(tmp_path, "run", small("gan"), {})


@pytest.fixture
def heard():
    return Listener()


@pytest.fixture
def reporter(run, heard, clock):
    return Reporter(run, CURVES, heard, World(), batch=8, target=100)


def terms(**values):
    return {name.replace("_", " "): torch.tensor(value) for name, value in values.items()}


def rows(listener):
    return np.concatenate([event.rows for event in listener.of(events.TrainEvent)])


def test_steps_are_collected_into_one_event(reporter, heard, clock):
    for step in range(1, 4):
        reporter.add(terms(D_loss=float(step), G_loss=10.0 * step))
    assert heard.heard == []
    clock.now += 0.5
    assert reporter.report(3, 2.5)
    (event,) = heard.heard
    assert (event.step, event.target, event.seconds, event.paused) == (3, 100, 2.5, False)
    assert event.rows.dtype == np.float32
    assert event.rows.tolist() == [[1, 10], [2, 20], [3, 30]]
    assert event.pictures_per_second == pytest.approx(3 * 8 / 0.5)
    assert reporter.latest == {"D loss": 3.0, "G loss": 30.0}


def test_columns_are_in_the_order_of_the_curves_and_others_are_left_out(reporter, heard):
    reporter.add({**terms(G_loss=2.0, other=9.0), **terms(D_loss=1.0)})
    reporter.report(1, 0.1)
    assert rows(heard).tolist() == [[1.0, 2.0]]


def test_a_missing_term_is_carried_forward(reporter, heard):
    reporter.add(terms(D_loss=1.0))
    reporter.add(terms(D_loss=2.0, G_loss=5.0))
    reporter.add(terms(G_loss=6.0))
    reporter.report(3, 0.1)
    reporter.add(terms(D_loss=3.0))
    reporter.report(4, 0.2)
    assert rows(heard).tolist() == [[1, 0], [2, 5], [2, 6], [3, 6]]


def test_a_resumed_run_begins_where_its_curves_stood(reporter, heard):
    reporter.carry(np.array([0.5, 0.25]))
    reporter.add(terms(G_loss=1.0))
    reporter.report(11, 0.1)
    assert rows(heard).tolist() == [[0.5, 1.0]]


def test_half_precision_and_gradients_are_left_behind(reporter, heard):
    value = torch.tensor(1.5, requires_grad=True) * 2
    reporter.add({"D loss": value.bfloat16(), "G loss": value.half()})
    assert not any(row.requires_grad for row in reporter._pending)
    reporter.report(1, 0.1)
    assert rows(heard).tolist() == [[3.0, 3.0]]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_told_and_kept_in_the_history(reporter, heard, run, value):
    reporter.add(terms(D_loss=1.0, G_loss=2.0))
    assert reporter.report(1, 0.1)
    reporter.add(terms(D_loss=value, G_loss=3.0))
    reporter.add(terms(D_loss=1.0, G_loss=3.0))
    assert not reporter.report(3, 0.2), "also when a later step looks well again"
    column = runs.open_run(run.folder).history().column("D loss")
    assert np.array_equal(column, np.array([1.0, value, 1.0], np.float32), equal_nan=True)
    reporter.add(terms(D_loss=value, G_loss=4.0))
    reporter.report(4, 0.3)
    assert not np.isfinite(reporter.latest["D loss"])
    reporter.save_state(4, 0.3, "failed", "why")
    assert runs.open_run(run.folder).state.losses == {"G loss": 4.0}, "JSON has no NaN"
    json.loads((run.folder / runs.STATE).read_text(), parse_constant=pytest.fail)


def test_a_report_without_a_step_is_no_event(reporter, heard, run):
    assert reporter.report(0, 0.0)
    assert heard.heard == []
    assert runs.open_run(run.folder).history() is None


def test_reports_are_at_most_ten_a_second(reporter, clock):
    clock.now += 5
    assert not reporter.due(), "nothing to report"
    reporter.add(terms(D_loss=1.0))
    assert reporter.due()
    reporter.report(1, 0.1)
    reporter.add(terms(D_loss=1.0))
    assert not reporter.due()
    clock.now += reporting.INTERVAL / 2
    assert not reporter.due()
    clock.now += reporting.INTERVAL
    assert reporter.due()


def test_a_rest_does_not_count_as_training(reporter, heard, clock):
    clock.now += 3600
    reporter.rest()
    reporter.add(terms(D_loss=1.0))
    clock.now += 0.25
    reporter.report(1, 0.25)
    assert heard.of(events.TrainEvent)[0].pictures_per_second == pytest.approx(8 / 0.25)


def test_the_history_has_every_step_once(reporter, heard, run):
    for first in (1, 4, 7):
        for step in range(first, first + 3):
            reporter.add(terms(D_loss=float(step), G_loss=0.1))
        reporter.report(first + 2, 0.1, paused=first == 7)
    history = runs.open_run(run.folder).history()
    assert history.columns == ("D loss", "G loss")
    assert np.array_equal(history.rows(), rows(heard))
    lines = (run.folder / runs.HISTORY).read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == [str(step) for step in range(1, 10)]
    assert [event.paused for event in heard.of(events.TrainEvent)] == [False, False, True]


def test_the_summary_is_written_every_few_seconds(reporter, run, clock):
    reporter.add(terms(D_loss=1.0, G_loss=2.0))
    clock.now += 1
    reporter.report(1, 1.0)
    assert runs.open_run(run.folder).state.step == 0
    reporter.add(terms(D_loss=3.0, G_loss=4.0))
    clock.now += 5
    reporter.report(2, 6.0)
    lock = runs.locked(run.folder)
    lock.__enter__()
    state = runs.open_run(run.folder).state
    assert (state.step, state.target, state.status, state.seconds) == (2, 100, "running", 6.0)
    assert state.losses == {"D loss": 3.0, "G loss": 4.0}


def test_the_summary_keeps_when_the_run_was_made(reporter, run):
    created = run.state.created
    reporter.save_state(5, 1.23456, "stopped", "asked")
    state = runs.open_run(run.folder).state
    assert created
    assert (state.created, state.status, state.reason, state.seconds) == (created, "stopped", "asked", 1.235)


def test_figures_are_kept_and_sent(reporter, heard, run):
    sent = [events.Evaluated(step, 1.0, {"val loss": 0.5 / step}) for step in (10, 20)]
    for event in sent:
        reporter.evaluated(event)
    assert heard.heard == sent
    assert runs.open_run(run.folder).evaluations() == [
        {"step": 10, "epoch": 1.0, "val loss": 0.05},
        {"step": 20, "epoch": 1.0, "val loss": 0.025},
    ]


def test_what_is_said_is_in_the_log_and_what_is_noted_is_there_alone(reporter, heard, run):
    reporter.say("Left out Ä.png: empty file", "warning")
    reporter.note("run: done at step 3.")
    assert heard.heard == [events.Message("Left out Ä.png: empty file", "warning")]
    first, second = runs.open_run(run.folder).log().splitlines()
    assert first.endswith("warning: Left out Ä.png: empty file")
    assert second.endswith("info: run: done at step 3.")


def test_other_ranks_compute_but_write_and_say_nothing(run, heard, clock):
    class Second(World):
        """Rank 1 of 2, whose mean with rank 0 needs no network here."""

        def mean(self, values):
            return values * 2

    before = {p.name: p.read_bytes() for p in run.folder.iterdir()}
    reporter = Reporter(run, CURVES, heard, Second(1, 2), 8, 100)
    reporter.add(terms(D_loss=1.0, G_loss=float("nan")))
    clock.now += 60
    assert not reporter.report(1, 0.1), "every rank learns that the run is lost"
    assert reporter.latest["D loss"] == 2.0
    reporter.save_state(1, 0.1, "failed")
    reporter.evaluated(events.Evaluated(1, 1.0, {}))
    reporter.say("hello")
    assert heard.heard == []
    assert {p.name: p.read_bytes() for p in run.folder.iterdir()} == before
