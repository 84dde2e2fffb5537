"""The Train tab's link to the session: starts the job, steers it, and tells the controls what happened."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from studio import events
from studio.gui.workers import JobThread, Workers
from studio.training.history import History
from studio.training.jobs import TrainJob

IDLE, STARTING, RUNNING, PAUSED, STOPPING = "idle", "starting", "running", "paused", "stopping"


class TrainController(QObject):
    """One training at a time. Lives in the GUI thread; its slots receive what the job says."""

    state_changed = Signal(str)
    started = Signal(object)
    progressed = Signal(object)
    previewed = Signal(object)
    evaluated = Signal(object)
    moment_stored = Signal(object)
    loading = Signal(object)
    message = Signal(str, str)
    ended = Signal(object)

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = workers
        self._thread: JobThread | None = None
        self.state = IDLE
        self.about: events.Started | None = None
        self.history: History | None = None

    def start(self, job: TrainJob) -> None:
        """Begin a training; ignored while one is under way."""
        if self.state != IDLE:
            return
        self._thread = self._workers.start_job(job)
        self._thread.said.connect(self.on_event)
        self._thread.ended.connect(self.on_ended)
        self._enter(STARTING)
        self._thread.start()

    def pause(self) -> None:
        """Stand still after the step that is being computed, with everything in memory."""
        if self._thread and self.state == RUNNING:
            self._thread.control.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if self._thread and self.state == PAUSED:
            self._thread.control.resume()
            self._enter(RUNNING)

    def step(self, phase: str = "") -> None:
        """While paused: one step of one phase, or of all."""
        if self._thread and self.state == PAUSED:
            self._thread.control.step(phase)

    def mark(self) -> None:
        """Keep the present moment for good."""
        if self._thread and self.state in (RUNNING, PAUSED):
            self._thread.control.mark()

    def stop(self) -> None:
        """End the training; it saves a checkpoint first."""
        if self._thread and self.state not in (IDLE, STOPPING):
            self._thread.control.stop()
            self._enter(STOPPING)

    @Slot(object)
    def on_event(self, event: Any) -> None:
        """Hand an event of the running job to whoever shows it."""
        match event:
            case events.TrainEvent():
                if self.history is not None:
                    self.history.append(event.rows)
                self.progressed.emit(event)
            case events.Preview():
                self.previewed.emit(event)
            case events.Progress():
                self.loading.emit(event)
            case events.Started():
                self._begin(event)
            case events.Evaluated():
                self.evaluated.emit(event)
            case events.MomentStored():
                self.moment_stored.emit(event)
            case events.Paused():
                if self.state in (RUNNING, PAUSED):
                    self._enter(PAUSED if event.paused else RUNNING)
            case events.Message():
                self.message.emit(event.text, event.level)

    @Slot(object)
    def on_ended(self, final: Any) -> None:
        """The job's last word."""
        self._thread = None
        self._enter(IDLE)
        self.ended.emit(final)

    def _begin(self, event: events.Started) -> None:
        from studio.training import runs

        self.about = event
        names = [curve.name for curve in event.curves]
        # a run that goes on brings its curves along; it may have written newer steps already, which come as events
        old = runs.open_run(event.run).history(upto=event.step) if event.step else None
        self.history = old if old is not None and list(old.columns) == names else History(names)
        self.started.emit(event)
        if self.state == STARTING:
            self._enter(RUNNING)

    def _enter(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
