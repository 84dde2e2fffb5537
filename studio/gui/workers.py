"""ALL thread code of the window.

The rule that everything here serves: a signal of a worker may only be connected to a *bound method of a QObject that
lives in the GUI thread*. A lambda, a partial or a method of a plain class would run in the worker's thread (measured).
A QThread alive at exit aborts the process, so every worker is stopped and waited for (see :func:`Worker.shut_down`).
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from studio.control import Control
from studio.events import Decoded, Failed, Final
from studio.session import Session

_numbers = itertools.count(1)


class JobThread(QThread):
    """One job, one thread, one final event. ``said`` carries everything the job says, ``ended`` the final event."""

    said = Signal(object)
    ended = Signal(object)

    def __init__(self, session: Session, job: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job = job
        self.number = next(_numbers)
        self.control = Control()
        self._session = session
        self.setObjectName(f"{type(job).__name__} {self.number}")

    def run(self) -> None:
        """The thread's body; an exception cannot leave it, since the session turns each into a final event."""
        self.ended.emit(self._session.run(self.job, self._say, self.control))

    def _say(self, event: Any) -> None:
        # the final event goes out once, through `ended`
        if not isinstance(event, Final):
            self.said.emit(event)

    def shut_down(self) -> None:
        """Ask the job to stop and wait until it has saved what it has."""
        self.control.stop()
        self.wait()


class LatestWorker(QThread):
    """Renders requests, newest first: a one-slot mailbox, so that a drag never waits for the pictures behind it.

    (300 drag events with 30 ms renders: queued signals end 7.6 s late, this 52 ms.) A request that answers in parts
    is cut short after the part it is at when a newer one waits.
    """

    rendered = Signal(object)
    """:class:`studio.events.Rendered` and :class:`studio.events.Decoded`, as they come"""
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._slot: Any = None
        self._control: Control | None = None
        self._changed = threading.Condition()
        self._leaving = False
        self.setObjectName("LatestWorker")

    def submit(self, request: Any) -> None:
        """Render this instead of what was waiting. Returns at once; the thread starts with the first request."""
        with self._changed:
            self._slot = request
            if self._control is not None:
                self._control.stop()
            self._changed.notify()
        if not self.isRunning():
            self.start()

    def run(self) -> None:
        """Take the newest request, render it, again."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._slot is not None or self._leaving)
                if self._leaving:
                    return
                request, self._slot = self._slot, None
                self._control = Control()
            final = self._session.run(request, self._say, self._control)
            if isinstance(final, Failed):
                self.failed.emit(final)
            elif final.result is not None:
                self.rendered.emit(final.result)

    def _say(self, event: Any) -> None:
        if isinstance(event, Decoded):
            self.rendered.emit(event)

    def shut_down(self) -> None:
        """End the thread after the picture it is at."""
        with self._changed:
            self._leaving = True
            if self._control is not None:
                self._control.stop()
            self._changed.notify()
        self.wait()


class Warmer(QThread):
    """Imports torch in the background once the window is on screen, so that the first Start does not wait for it."""

    ready = Signal(str, str)
    failed = Signal(str)

    def run(self) -> None:
        """Import what the first job needs."""
        try:
            import studio.latent.render
            import studio.training.training  # noqa: F401 - loaded for the side effect of being loaded
            from studio.backend.backend import Backend

            backend = Backend()
        except (ImportError, RuntimeError, OSError) as error:
            self.failed.emit(f"torch could not be loaded ({error}). Run: latent-studio doctor")
            return
        self.ready.emit(f"{backend.reason} · auto precision {backend.precision.name}", str(backend.device))

    def shut_down(self) -> None:
        """Wait for the import, which cannot be stopped."""
        self.wait()


class Workers(QObject):
    """Owns every running thread; ``idle`` says when the last one has ended."""

    idle = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._threads: list[Any] = []

    def start_job(self, job: Any) -> JobThread:
        """A thread for ``job``, not started yet: connect its signals, then call ``start()``."""
        return self._own(JobThread(self.session, job, self))

    def latest(self) -> LatestWorker:
        """A renderer with a mailbox; it starts with its first request."""
        return self._own(LatestWorker(self.session, self))

    def warm_up(self) -> Warmer:
        """A thread that loads torch, not started yet."""
        return self._own(Warmer(self))

    def busy(self) -> bool:
        """Whether a job runs."""
        return any(isinstance(thread, JobThread) and thread.isRunning() for thread in self._threads)

    def stop_jobs(self) -> None:
        """Ask every job to end and save; ``idle`` follows."""
        for thread in self._threads:
            if isinstance(thread, JobThread):
                thread.control.stop()

    def shut_down(self) -> None:
        """Stop all threads and wait for them: nothing may be alive when the application goes."""
        self.stop_jobs()
        for thread in list(self._threads):
            thread.shut_down()
        self._threads.clear()

    def _own(self, thread: Any) -> Any:
        self._threads.append(thread)
        if isinstance(thread, JobThread):
            thread.finished.connect(self._forget)
        return thread

    @Slot()
    def _forget(self) -> None:
        for thread in [t for t in self._threads if isinstance(t, JobThread) and t.isFinished()]:
            self._threads.remove(thread)
            thread.deleteLater()
        if not self.busy():
            self.idle.emit()
