"""Films through codes: asks how and where to, and writes them in the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from studio.events import Failed, Progress
from studio.gui.latent.film_dialog import FilmDialog, FilmPlan
from studio.gui.latent.workbench import Workbench
from studio.gui.one_job import OneJob
from studio.gui.widgets import dialogs
from studio.gui.workers import Workers
from studio.latent.codes import Code
from studio.latent.search_jobs import LatentFilmJob

KINDS = "Film (*.mp4);;Animation (*.gif)"


class Films(QObject):
    """One film at a time; ``message`` (text, level), ``progressed`` a line for whoever shows it ("" at the end)."""

    message = Signal(str, str)
    progressed = Signal(str)

    def __init__(self, bench: Workbench, window: QWidget, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._window = bench, window
        self.job = OneJob(workers, self)
        self.job.said.connect(self._hear)
        self.job.ended.connect(self._end)

    @Slot(object)
    def ask_path(self, codes: np.ndarray) -> None:
        """Ask how to film a drawn path of codes (K, D)."""
        self._ask(codes, True, self._bench.code.wanted if self._bench.code is not None else "", {"path": "drawn"})

    @Slot(object)
    def ask_codes(self, codes: Sequence[Code]) -> None:
        """Ask how to film the way from code to code."""
        if len(codes) < 2:
            self.message.emit("Select at least two codes on the shelf: the film goes from one to the next.", "warning")
            return
        about = {f"key {index}": code.name or code.source for index, code in enumerate(codes, start=1)}
        self._ask(np.stack([code.values for code in codes]), False, codes[0].wanted, about)

    def _ask(self, keys: np.ndarray, drawn: bool, wanted: str, about: dict[str, str]) -> None:
        if self.job.busy:
            self.message.emit("A film is being written. Wait for its end, or stop it.", "warning")
            return
        dialog = FilmDialog(len(keys), drawn, self._window)
        if not dialog.exec():
            return
        path = dialogs.ask_save(self._window, "Export film", f"{self._bench.space.model}.mp4", KINDS)  # type: ignore[union-attr]
        if path is not None:
            self.write(self._job(keys, drawn, wanted, about, dialog.plan(), path))

    def _job(self, keys: np.ndarray, drawn: bool, wanted: str, about: Any, plan: FilmPlan, path: Any) -> LatentFilmJob:
        return LatentFilmJob(
            self._bench.model,
            keys,
            path,
            seconds=plan.seconds,
            fps=plan.fps,
            blend="lerp" if drawn else plan.blend,
            ease=plan.ease,
            even=drawn,
            loop=plan.loop,
            wanted=wanted,
            length=plan.seconds if drawn else 0.0,
            about=about,
        )

    def write(self, job: LatentFilmJob) -> None:
        """Write a film in the background."""
        self.job.start(job)

    @Slot(object)
    def _hear(self, event: Any) -> None:
        if isinstance(event, Progress):
            self.progressed.emit(f"{event.what} {event.done:,} of {event.total:,}")

    @Slot(object)
    def _end(self, final: Any) -> None:
        self.progressed.emit("")
        failed = isinstance(final, Failed)
        self.message.emit(final.reason if failed else final.text, "error" if failed else "info")
