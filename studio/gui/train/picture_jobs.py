"""What the buttons over the samples do: pictures of new codes, the film, a moment kept as a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QInputDialog

from studio.errors import StudioError, sentence
from studio.events import Failed, Rendered
from studio.gui.train.pictures_view import PicturesView
from studio.gui.widgets import dialogs
from studio.gui.workers import JobThread, Workers
from studio.latent.jobs import RenderRequest
from studio.training import moments
from studio.training.jobs import FilmJob

FILMS = "Film (*.mp4);;Animation (*.gif)"


class PictureJobs(QObject):
    """Serves a :class:`PicturesView`; ``message`` (text, level) says how it went."""

    message = Signal(str, str)

    def __init__(self, view: PicturesView, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._workers = view, workers
        self.renderer = workers.latest()
        self._filming: JobThread | None = None
        self._serial = self._shown = 0
        view.codes_wanted.connect(self._render)
        view.film_clicked.connect(self._ask_film)
        view.keep_clicked.connect(self._ask_keep)
        self.renderer.rendered.connect(self._show_rendered)
        self.renderer.failed.connect(self._show_failure)

    def export_film(self, run: Path, path: Path) -> None:
        """Write a run's timeline as a film in the background."""
        self._filming = self._workers.start_job(FilmJob(run, path))
        self._filming.ended.connect(self._film_done)
        self._view.film.setEnabled(False)
        self._filming.start()

    def keep_moment(self, folder: Path, name: str) -> None:
        """Copy a moment into the user's library."""
        try:
            moments.keep_as_model(folder, name)
        except (StudioError, OSError) as error:
            self.message.emit(sentence(error), "error")
            return
        self.message.emit(f"{name} is in your library of models.", "info")

    @Slot(str, int, str)
    def _render(self, model: str, seed: int, wanted: str) -> None:
        self._serial += 1
        self.renderer.submit(RenderRequest(model, self._serial, seed, wanted=wanted))

    @Slot(object)
    def _show_rendered(self, rendered: Rendered) -> None:
        # not "everything but the newest": previews must keep coming during a drag
        if rendered.serial > self._shown:
            self._shown = rendered.serial
            self._view.show_rendered(rendered.picture, rendered.about["cell"], rendered.about["count"], rendered.step)

    @Slot(object)
    def _show_failure(self, final: Failed) -> None:
        self.message.emit(final.reason, "error")

    @Slot()
    def _ask_film(self) -> None:
        run = self._view.run
        if run is not None and self._filming is None:
            path = dialogs.ask_save(self._view, "Export the timeline", f"{run.name}.mp4", FILMS)
            if path is not None:
                self.export_film(run.folder, path)

    @Slot(object)
    def _film_done(self, final: Any) -> None:
        self._filming = None
        self._view.film.setEnabled(True)
        failed = isinstance(final, Failed)
        self.message.emit(final.reason if failed else final.text, "error" if failed else "info")

    @Slot(object)
    def _ask_keep(self, folder: Path) -> None:
        suggested = f"{folder.parent.parent.name}-{int(folder.name)}"
        name, chosen = QInputDialog.getText(self._view, "Keep as model", "Name in your library:", text=suggested)
        if chosen:
            self.keep_moment(folder, name.strip())
