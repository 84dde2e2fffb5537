from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject, QThread, Signal, Slot

from studio.events import Done, Failed, Progress, Rendered, Stopped
from studio.gui.workers import Workers


class FakeSession:
    """Runs a job that is a function (sink, control) -> final."""

    def run(self, job, sink=None, control=None):
        return job(sink, control)


class Receiver(QObject):
    def __init__(self):
        super().__init__()
        self.heard, self.threads = [], set()

    @Slot(object)
    def hear(self, value):
        self.heard.append(value)
        self.threads.add(QThread.currentThread())


@pytest.fixture
def workers(qtbot):
    workers = Workers(FakeSession())
    yield workers
    workers.shut_down()


def test_events_arrive_in_the_gui_thread_and_the_end_comes_last_and_once(qtbot, workers):
    def job(sink, control):
        sink(Progress("x", 1))
        sink(Done("not this one"))
        return Done("ok")

    receiver = Receiver()
    thread = workers.start_job(job)
    thread.said.connect(receiver.hear)
    thread.ended.connect(receiver.hear)
    with qtbot.waitSignal(workers.idle):
        thread.start()
    assert receiver.heard == [Progress("x", 1), Done("ok")]
    assert receiver.threads == {QThread.currentThread()}


def test_shut_down_stops_and_waits(qtbot, workers):
    started = threading.Event()

    def job(sink, control):
        started.set()
        control.pause()
        control.wait_for_step()
        return Stopped("stopped")

    thread = workers.start_job(job)
    thread.start()
    assert started.wait(10)
    assert workers.busy()
    workers.shut_down()
    assert not workers.busy()


def test_the_latest_request_wins(qtbot, workers):
    """While one picture is rendered, only the newest of the others is kept."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(sink, control):
        begun.set()
        go_on.wait(10)
        return Done("", Rendered("m", 0, None))

    def quick(serial):
        return lambda sink, control: Done("", Rendered("m", serial, None))

    latest, receiver = workers.latest(), Receiver()
    latest.rendered.connect(receiver.hear)
    latest.submit(slow)
    assert begun.wait(10)
    for serial in range(1, 301):
        latest.submit(quick(serial))
    go_on.set()
    qtbot.waitUntil(lambda: len(receiver.heard) == 2)
    assert [r.serial for r in receiver.heard] == [0, 300]


def test_a_failed_render_is_said(qtbot, workers):
    latest = workers.latest()
    with qtbot.waitSignal(latest.failed) as failed:
        latest.submit(lambda sink, control: Failed("no"))
    assert failed.args[0].reason == "no"


class Emitter(QObject):
    fired = Signal(object)


def test_a_hundred_thousand_signals(qtbot):
    """PySide6 6.12.0 on Python 3.11 aborts after about 570 (PYSIDE-3474)."""
    emitter, receiver = Emitter(), Receiver()
    emitter.fired.connect(receiver.hear)
    for number in range(100_000):
        emitter.fired.emit(number)
    assert len(receiver.heard) == 100_000
