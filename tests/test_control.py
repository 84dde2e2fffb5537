"""Stop, pause, step and mark, from another thread."""

from __future__ import annotations

import threading

import pytest

from studio.control import Control
from studio.errors import Cancelled


class Waiter:
    """A paused job in a thread of its own; what ``wait_for_step`` gave it."""

    def __init__(self, control):
        self.got = []
        self.thread = threading.Thread(target=lambda: self.got.append(control.wait_for_step()))
        self.thread.start()

    def result(self):
        self.thread.join(10)
        assert not self.thread.is_alive(), "the job still waits"
        return self.got[0]


def test_nothing_is_asked_at_first():
    control = Control()
    assert not control.stopped
    assert not control.paused
    assert not control.marked
    assert not control.take_mark()
    control.raise_if_stopped()


def test_stop_is_for_good_and_raises_where_asked():
    control = Control()
    control.stop()
    control.resume()
    assert control.stopped
    with pytest.raises(Cancelled, match="Stopped"):
        control.raise_if_stopped()


def test_pause_and_resume():
    control = Control()
    control.pause()
    assert control.paused
    control.resume()
    assert not control.paused


def test_who_is_not_paused_does_not_wait():
    assert Control().wait_for_step() is None


def test_steps_come_in_order_and_resume_forgets_the_rest():
    control = Control()
    control.pause()
    for phase in ("discriminator", "", "generator"):
        control.step(phase)
    assert [control.wait_for_step() for _ in range(2)] == ["discriminator", ""]
    control.resume()
    control.pause()
    waiter = Waiter(control)
    control.step("later")
    assert waiter.result() == "later", "the forgotten step would have come first"


@pytest.mark.parametrize(
    ("ask", "result"),
    [
        (lambda c: c.step("left"), "left"),
        (lambda c: c.step(), ""),
        (lambda c: c.resume(), None),
        (lambda c: c.stop(), None),
        (lambda c: c.mark(), None),
    ],
    ids=["phase", "step", "resume", "stop", "mark"],
)
def test_a_paused_job_wakes_for_everything_that_is_asked(ask, result):
    control = Control()
    control.pause()
    waiter = Waiter(control)
    ask(control)
    assert waiter.result() == result


def test_stop_goes_before_steps():
    control = Control()
    control.pause()
    control.step("left")
    control.stop()
    assert control.wait_for_step() is None


def test_marks_are_taken_once():
    control = Control()
    control.mark()
    control.mark()
    assert control.marked
    assert control.take_mark()
    assert not control.marked
    assert not control.take_mark()


def test_resumed_and_paused_again_at_once_still_wakes_the_job():
    import threading

    control, woke = Control(), []
    control.pause()
    inside = threading.Event()
    original = control._changed.wait_for

    def wait_for(condition):
        inside.set()
        return original(condition)

    control._changed.wait_for = wait_for
    thread = threading.Thread(target=lambda: woke.append(control.wait_for_step()))
    thread.start()
    assert inside.wait(10)
    with control._changed:  # both before the waiting thread can look
        control.resume()
        control.pause()
    thread.join(10)
    assert woke == [None]
