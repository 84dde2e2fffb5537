"""Events on a terminal: standard error for people, nothing when quiet, and Ctrl-C once and twice."""

from __future__ import annotations

import signal

import numpy as np
import pytest

from studio import events
from studio.control import Control
from studio.terminal import TerminalSink, err, interruptible, out


def started(step=0, target=10):
    curves = (events.Curve("D loss", "d"), events.Curve("G loss", "g"))
    return events.Started(None, step, target, curves, np.zeros((1, 2, 2, 1), np.uint8), ("d", "g"), "CPU", 8)


def shown(sink):
    """The tasks of the bar by name: (completed, total, figures)."""
    return {t.description: (t.completed, t.total, t.fields["figures"]) for t in sink._bar.tasks}


def test_messages_go_to_standard_error_as_they_are(capsys):
    with TerminalSink() as sink:
        sink(events.Message("Left out [bold]a[/bold].png: empty file", "warning"))
        sink(events.Message("x" * 300))
    said = capsys.readouterr()
    assert "Left out [bold]a[/bold].png: empty file" in said.err, "file names are no markup"
    assert "x" * 300 in said.err, "long lines are not folded"
    assert said.out == ""


def test_quiet_says_only_what_is_wrong(capsys):
    with TerminalSink(quiet=True) as sink:
        for level in ("info", "warning", "error"):
            sink(events.Message(f"this is {level}", level))
        sink(events.Progress("reading", 1, 2))
    said = capsys.readouterr().err
    assert "this is info" not in said
    assert "this is warning" in said
    assert "this is error" in said
    assert "reading" not in said


def test_training_moves_one_bar_with_the_newest_losses():
    sink = TerminalSink()
    sink(started(step=2))
    assert shown(sink) == {"training": (2, 10, "")}
    rows = np.array([[9.0, 9.0], [0.5, 1.25]], np.float32)
    sink(events.TrainEvent(4, 10, rows, 1234.4, 1.0))
    assert shown(sink) == {"training": (4, 10, "1234 img/s  D loss 0.500  G loss 1.250")}


def test_each_kind_of_work_has_its_own_bar_and_a_total_may_come_later():
    sink = TerminalSink()
    sink(events.Progress("reading pictures", 3))
    sink(events.Progress("writing the film", 1, 4))
    assert shown(sink)["reading pictures"][:2] == (3, None)
    sink(events.Progress("reading pictures", 5, 20))
    assert shown(sink) == {"reading pictures": (5, 20, ""), "writing the film": (1, 4, "")}


def test_figures_on_held_out_pictures_are_a_line(capsys):
    with TerminalSink() as sink:
        sink(events.Evaluated(1200, 2.5, {"val loss": 0.21503, "val KL": 3.0}))
    assert "step 1200, epoch 2.5: val loss 0.2150, val KL 3.0000" in capsys.readouterr().err


@pytest.mark.parametrize(
    "event",
    [
        events.Preview(1, np.zeros((1, 2, 2, 1), np.uint8)),
        events.MomentStored(None, 1),
        events.Paused(1, True),
        events.Done("ready"),
        events.Stopped("early"),
        events.Failed("broken"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_events_without_a_face_are_passed_over(event, capsys):
    sink = TerminalSink()
    sink(event)
    assert shown(sink) == {}
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


def test_results_and_talk_are_different_streams(capsys):
    out.print("result")
    err.print("talk")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("result\n", "talk\n")


def test_the_first_ctrl_c_stops_and_the_second_ends(capsys):
    control, before = Control(), signal.getsignal(signal.SIGINT)
    with TerminalSink() as sink, interruptible(control, sink):
        assert signal.getsignal(signal.SIGINT) is not before
        signal.raise_signal(signal.SIGINT)
        assert control.stopped
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    said = capsys.readouterr().err
    assert said.count("Stopping after this step and saving") == 1


def test_ctrl_c_works_as_before_after_an_error():
    before = signal.getsignal(signal.SIGINT)

    def fail():
        with interruptible(Control(), TerminalSink()):
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fail()
    assert signal.getsignal(signal.SIGINT) is before
