"""The link of the search view to the session: one search at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.events import Failed, Message, Searching
from studio.gui.latent.search_view import SearchView
from studio.gui.latent.workbench import Workbench
from studio.gui.one_job import OneJob
from studio.gui.workers import Workers
from studio.latent.search_jobs import SearchJob


class Searches(QObject):
    """Starts what the view asks for and shows it what is found; ``message`` (text, level)."""

    message = Signal(str, str)

    def __init__(self, bench: Workbench, view: SearchView, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._view = bench, view
        self._name = ""
        self.job = OneJob(workers, self)
        view.search_wanted.connect(self._start)
        view.stop_wanted.connect(self.job.stop)
        self.job.said.connect(self._hear)
        self.job.ended.connect(self._end)
        self.job.busy_changed.connect(view.set_busy)
        bench.model_changed.connect(self.job.drop)

    @Slot(object, str, int)
    def _start(self, picture: Path | np.ndarray, how: str, steps: int) -> None:
        if self._bench.space is None:
            self.message.emit("Choose a model first.", "warning")
            return
        self._name = picture.stem if isinstance(picture, Path) else "picture"
        self.job.start(SearchJob(self._bench.model, picture, how, steps))

    @Slot(object)
    def _hear(self, event: Any) -> None:
        if isinstance(event, Searching):
            self._view.show_progress(event)
        elif isinstance(event, Message):
            self.message.emit(event.text, event.level)

    @Slot(object)
    def _end(self, final: Any) -> None:
        if isinstance(final, Failed):
            self.message.emit(final.reason, "error")
        elif final.result is not None:
            found = final.result
            code = found.as_code(self._name, f"{self._name}, found by {found.how}")
            self._view.show_found(code, f"{found.psnr:.1f} dB · {found.how}")
            self.message.emit(final.text, "info")
