"""One job at a time in the background: asked again, the running one is stopped and the new one follows it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.events import Stopped
from studio.gui.workers import JobThread, Workers


class OneJob(QObject):
    """``said`` carries what the job says, ``ended`` its final event, ``busy_changed`` whether one runs."""

    said = Signal(object)
    ended = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = workers
        self._thread: JobThread | None = None
        self._next: Any = None
        self._silent = self._called_off = False

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._thread is not None

    @property
    def awaited(self) -> bool:
        """Whether somebody will hear an end: not of a job that was dropped and only has to notice it."""
        return self._thread is not None and (not self._silent or self._next is not None)

    def start(self, job: Any) -> None:
        """Run ``job``; one that runs already is stopped first, and nobody hears its end."""
        if self._thread is not None:
            self._next, self._silent, self._called_off = job, True, False
            self._thread.control.stop()
            return
        self._silent = self._called_off = False
        self._thread = self._workers.start_job(job)
        self._thread.said.connect(self._hear)
        self._thread.ended.connect(self._end)
        self._thread.start()
        self.busy_changed.emit(True)

    def stop(self) -> None:
        """Ask the running job to end; what it has comes with its final event."""
        if self._next is not None:
            self._next, self._called_off = None, True
        if self._thread is not None:
            self._thread.control.stop()

    def drop(self) -> None:
        """End the running job without hearing of it: nobody wants its result any more."""
        self.stop()
        self._silent, self._called_off = True, False

    @Slot(object)
    def _hear(self, event: Any) -> None:
        if not self._silent:
            self.said.emit(event)

    @Slot(object)
    def _end(self, final: Any) -> None:
        silent, following, called_off = self._silent, self._next, self._called_off
        self._thread, self._next, self._silent, self._called_off = None, None, False, False
        if following is not None:
            self.start(following)
            return
        self.busy_changed.emit(False)
        if called_off:
            self.ended.emit(Stopped("Stopped before it began."))
        elif not silent:
            self.ended.emit(final)
