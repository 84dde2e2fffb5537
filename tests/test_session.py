"""The one door: exactly one final event, whatever a job does."""

from __future__ import annotations

import errno
import sys
import threading
import types

import pytest
import torch

from studio import events, resources, session
from studio.backend import workplace
from studio.control import Control
from studio.errors import Cancelled, Refused, StudioError
from studio.session import Session
from tests.fakes import Listener


class Job:
    """A job of the tests' own."""


@pytest.fixture
def handler(monkeypatch):
    """Sets what the handler of ``Job`` does."""
    module = types.ModuleType("a_handler_of_the_tests")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(session.HANDLERS, Job, f"{module.__name__}:handle")

    def use(function):
        module.handle = function

    return use


def raising(error):
    def handle(job, sink, control, place):
        sink(events.Progress("working", 1, 2))
        raise error

    return handle


def run(tmp_path):
    listener = Listener()
    final = Session(tmp_path).run(Job(), listener)
    assert listener.finals() == [final], "exactly one final event"
    assert listener.heard[-1] is final, "and it is the last one"
    return final, listener


def test_what_the_handler_returns_is_the_final_event(handler, tmp_path):
    done = events.Done("3 pictures", 3)

    def handle(job, sink, control, place):
        sink(events.Message("hello"))
        return done

    handler(handle)
    final, listener = run(tmp_path)
    assert final is done
    assert listener.heard == [events.Message("hello"), done]


@pytest.mark.parametrize(
    ("error", "kind", "words", "refused"),
    [
        (Cancelled("Stopped."), events.Stopped, "Stopped.", None),
        (Refused("The batch is larger than the data."), events.Failed, "The batch is larger", True),
        (StudioError("The card is damaged."), events.Failed, "The card is damaged.", False),
        (OSError(errno.ENOSPC, "No space left on device"), events.Failed, "The disk is full", False),
        (torch.OutOfMemoryError("CUDA out of memory"), events.Failed, "memory of the device is full", False),
        (MemoryError(), events.Failed, "memory of the device is full", False),
        (KeyError("latent"), events.Failed, "Unexpected KeyError: 'latent'", False),
        (ZeroDivisionError("division by zero"), events.Failed, "Unexpected ZeroDivisionError", False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_error_is_one_final_event_with_a_sentence(handler, tmp_path, error, kind, words, refused):
    handler(raising(error))
    final, listener = run(tmp_path)
    assert isinstance(final, kind)
    assert words in (final.text if isinstance(final, events.Stopped) else final.reason)
    assert listener.heard[0] == events.Progress("working", 1, 2)
    if refused is not None:
        assert final.refused is refused


def test_the_traceback_is_in_the_details_and_not_in_the_sentence(handler, tmp_path):
    handler(raising(KeyError("latent")))
    final, _ = run(tmp_path)
    assert "Traceback" in final.details
    assert "test_session.py" in final.details
    assert "Traceback" not in final.reason


def test_a_refusal_needs_no_traceback(handler, tmp_path):
    handler(raising(Refused("No.")))
    assert run(tmp_path)[0].details == ""


def test_an_unknown_job_is_a_failure_like_any_other(tmp_path):
    listener = Listener()
    final = Session(tmp_path).run(object(), listener)
    assert isinstance(final, events.Failed)
    assert listener.heard == [final]


def test_a_second_ctrl_c_is_not_swallowed(handler, tmp_path):
    handler(raising(KeyboardInterrupt()))
    listener = Listener()
    with pytest.raises(KeyboardInterrupt):
        Session(tmp_path).run(Job(), listener)
    assert listener.finals() == []


def test_do_gives_the_result_or_raises_the_sentence(handler, tmp_path):
    handler(lambda job, sink, control, place: events.Done("ok", 42))
    assert Session(tmp_path).do(Job()) == 42
    handler(lambda job, sink, control, place: events.Stopped("early", "half"))
    assert Session(tmp_path).do(Job()) == "half"
    handler(raising(OSError(errno.ENOSPC, "full")))
    with pytest.raises(StudioError, match="The disk is full"):
        Session(tmp_path).do(Job())


def test_the_handler_gets_the_job_the_control_and_the_shared_place(handler, tmp_path):
    seen = []

    def handle(*arguments):
        seen.append(arguments)
        return events.Done("")

    handler(handle)
    job, control, studio = Job(), Control(), Session(tmp_path)
    studio.run(job, control=control)
    studio.run(job)
    assert seen[0][0] is job
    assert seen[0][2] is control
    assert isinstance(seen[1][2], Control)
    assert seen[1][2] is not control
    assert seen[0][3] is seen[1][3] is studio.place


def test_every_handler_can_be_imported():
    for where in session.HANDLERS.values():
        module, _, name = where.partition(":")
        assert callable(getattr(__import__(module, fromlist=[name]), name)), where


def test_runs_are_where_the_user_keeps_them_unless_told(tmp_path):
    assert Session().runs == resources.default_runs()
    assert Session(tmp_path).runs == tmp_path


def test_jobs_that_begin_together_share_one_place(handler, tmp_path, monkeypatch):
    """The window reads data in one thread and renders in another from the first second on."""
    second_came, made = threading.Event(), []

    class Slow(workplace.Workplace):
        def __init__(self):
            super().__init__()
            made.append(self)
            (second_came.set if len(made) > 1 else lambda: second_came.wait(0.5))()

    monkeypatch.setattr(workplace, "Workplace", Slow)
    handler(lambda job, sink, control, place: events.Done("", place))
    studio, places = Session(tmp_path), []
    threads = [threading.Thread(target=lambda: places.append(studio.do(Job()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert places[0] is places[1], "two places have two gates and two live models"
