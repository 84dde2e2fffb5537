"""One job at a time: what is heard of jobs that are replaced, dropped, stopped."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from studio.errors import Refused
from studio.events import Done, Failed, Progress, Stopped
from studio.gui.one_job import OneJob
from studio.gui.workers import Workers
from studio.session import Session

WAIT = 10_000


@dataclass(frozen=True, eq=False)
class Task:
    """Says its name, then waits until it is let go or stopped."""

    name: str
    go: threading.Event


class Studio(Session):
    """A session that knows tasks."""

    def run(self, job, sink=None, control=None):
        sink(Progress(job.name, 0))
        while not job.go.wait(0.002):
            if control.stopped:
                return Stopped(job.name)
        return Failed(job.name) if job.name == "bad" else Done(job.name)


class Ear:
    """Keeps what a job is heard to say."""

    def __init__(self, one):
        self.said, self.ends, self.busy = [], [], []
        one.said.connect(self._say)
        one.ended.connect(self._end)
        one.busy_changed.connect(self.busy.append)

    def _say(self, event):
        self.said.append(event.what)

    def _end(self, final):
        self.ends.append((type(final), final.text if not isinstance(final, Failed) else final.reason))


@pytest.fixture
def one(qapp, tmp_path):
    workers = Workers(Studio(tmp_path))
    one = OneJob(workers)
    yield one
    workers.shut_down()


@pytest.fixture
def ear(one):
    return Ear(one)


def task(name, done=False):
    go = threading.Event()
    if done:
        go.set()
    return Task(name, go)


def running(qtbot, ear, name):
    qtbot.waitUntil(lambda: name in ear.said, timeout=WAIT)


def idle(qtbot, one):
    qtbot.waitUntil(lambda: not one.busy, timeout=WAIT)


def test_a_job_is_heard_to_its_end(one, ear, qtbot):
    one.start(task("a", done=True))
    assert one.busy
    assert one.awaited
    idle(qtbot, one)
    assert ear.said == ["a"]
    assert ear.ends == [(Done, "a")]
    assert ear.busy == [True, False]


def test_a_failure_is_an_end(one, ear, qtbot):
    one.start(task("bad", done=True))
    idle(qtbot, one)
    assert ear.ends == [(Failed, "bad")]


def test_of_a_job_started_anew_only_the_last_end_is_heard(one, ear, qtbot):
    one.start(task("a"))
    running(qtbot, ear, "a")
    one.start(task("b"))
    one.start(task("c", done=True))
    assert one.awaited
    idle(qtbot, one)
    assert ear.said == ["a", "c"]
    assert ear.ends == [(Done, "c")]
    assert ear.busy[-1] is False


def test_a_stopped_job_says_what_it_has(one, ear, qtbot):
    one.start(task("a"))
    running(qtbot, ear, "a")
    one.stop()
    idle(qtbot, one)
    assert ear.ends == [(Stopped, "a")]


def test_stopping_while_another_waits_ends_both(one, ear, qtbot):
    one.start(task("a"))
    running(qtbot, ear, "a")
    one.start(task("b"))
    one.stop()
    idle(qtbot, one)
    assert ear.said == ["a"]
    assert [kind for kind, _ in ear.ends] == [Stopped]
    assert ear.ends[0][1] != "a"


def test_of_a_dropped_job_nothing_is_heard(one, ear, qtbot):
    one.start(task("a"))
    running(qtbot, ear, "a")
    one.start(task("b"))
    one.drop()
    assert one.busy
    assert not one.awaited
    idle(qtbot, one)
    assert ear.ends == []
    assert ear.busy[-1] is False


def test_a_job_started_after_a_drop_is_heard(one, ear, qtbot):
    one.start(task("a"))
    running(qtbot, ear, "a")
    one.drop()
    one.start(task("b", done=True))
    assert one.awaited
    idle(qtbot, one)
    assert ear.ends == [(Done, "b")]


def test_stop_and_drop_without_a_job_do_nothing(one, ear):
    one.stop()
    one.drop()
    assert not one.busy
    assert ear.busy == []


def test_a_job_the_session_does_not_know_fails_in_words(qapp, qtbot, tmp_path):
    workers = Workers(Session(tmp_path))
    one = OneJob(workers)
    with qtbot.waitSignal(one.ended, timeout=WAIT) as heard:
        one.start(Refused("no job"))
    assert isinstance(heard.args[0], Failed)
    workers.shut_down()
