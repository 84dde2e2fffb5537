"""Films through codes: asks how and where to, and writes them in the background."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from studio.events import Failed, Progress
from studio.gui import theme
from studio.gui.latent.film_dialog import FilmDialog, FilmPlan
from studio.gui.latent.workbench import Workbench
from studio.gui.one_job import OneJob
from studio.gui.tokens import SPACE
from studio.gui.widgets import dialogs
from studio.gui.workers import Workers
from studio.latent.codes import Code
from studio.latent.search_jobs import LatentFilmJob

FILTERS = {".mp4": "Film (*.mp4)", ".gif": "Animation (*.gif)"}


class FilmStrip(QWidget):
    """Shows how far the film is that is being written, with a button that stops it; hidden otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note, self.stop = QLabel(), QPushButton("Stop the film")
        self.note.setFont(theme.tabular(self.note.font()))
        theme.set_role(self.note, "muted")
        self.stop.setToolTip("Stop writing the film; nothing of it is left behind.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE, 0, 0)
        row.setSpacing(SPACE)
        row.addStretch(1)
        row.addWidget(self.note)
        row.addWidget(self.stop)
        self.hide()


class Films(QObject):
    """One film at a time; ``message`` (text, level), ``progressed`` a line for whoever shows it ("" at the end).

    ``strip`` is to be placed where the person sees it.
    """

    message = Signal(str, str)
    progressed = Signal(str)

    def __init__(self, bench: Workbench, window: QWidget, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._window = bench, window
        self.job = OneJob(workers, self)
        self.strip = FilmStrip()
        self.strip.stop.clicked.connect(self.job.stop)
        self.job.busy_changed.connect(self.strip.setVisible)
        self.job.said.connect(self._hear)
        self.job.ended.connect(self._end)

    @Slot(object, str)
    def ask_path(self, codes: np.ndarray, wanted: str) -> None:
        """Ask how to film a drawn path of codes (K, D), of the class that the map shows."""
        self._ask(codes, True, wanted, {"path": "drawn"})

    @Slot(object)
    def ask_codes(self, codes: Sequence[Code]) -> None:
        """Ask how to film the way from code to code."""
        if len(codes) < 2:
            self.message.emit("Select at least two codes on the shelf: the film goes from one to the next.", "warning")
            return
        if len({code.wanted for code in codes}) > 1:
            self.message.emit(
                f"A film has one class: all of it is made as {codes[0].wanted or 'no attribute'}.", "info"
            )
        words = [dict.fromkeys(word for word in (code.name, code.source) if word) for code in codes]
        about = {f"key {index}": " · ".join(word) for index, word in enumerate(words, start=1)}
        self._ask(np.stack([code.values for code in codes]), False, codes[0].wanted, about)

    def _ask(self, keys: np.ndarray, drawn: bool, wanted: str, about: dict[str, str]) -> None:
        if self.job.busy:
            self.message.emit("A film is being written. Wait for its end, or stop it.", "warning")
            return
        dialog, space = FilmDialog(len(keys), drawn, self._window), self._bench.space
        chosen, plan = bool(dialog.exec()), dialog.plan()
        dialog.deleteLater()
        if not chosen or space is None:
            return
        path = self._ask_path(space.model, plan.suffix)
        if path is not None:
            self.write(self._job(keys, drawn, wanted, about, plan, path))

    def _ask_path(self, name: str, suffix: str) -> Path | None:
        if suffix:
            return dialogs.ask_save(self._window, "Export film", name + suffix, FILTERS[suffix])
        folder = dialogs.ask_folder(self._window, "A folder for the pictures of the film")
        return folder / f"{name}-film" if folder is not None else None

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
            text = f"{event.what} {event.done:,} of {event.total or 0:,}"
            self.strip.note.setText(text)
            self.progressed.emit(text)

    @Slot(object)
    def _end(self, final: Any) -> None:
        self.progressed.emit("")
        failed = isinstance(final, Failed)
        self.message.emit(final.reason if failed else final.text, "error" if failed else "info")
