"""Reads the chosen pictures in the background for the data view."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Slot

from studio.events import Failed, Progress
from studio.gui.train.data_view import DataView
from studio.gui.workers import JobThread, Workers
from studio.training.jobs import ReadDataJob
from studio.training.recipe import Recipe


class DataReader(QObject):
    """One reading at a time; asked again while it reads, it stops."""

    def __init__(self, view: DataView, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._workers = view, workers
        self._thread: JobThread | None = None

    @property
    def busy(self) -> bool:
        """Whether it is reading."""
        return self._thread is not None

    def toggle(self, recipe: Recipe) -> None:
        """Read the pictures of ``recipe``, or stop reading."""
        if self._thread is not None:
            self._thread.control.stop()
            return
        self._thread = self._workers.start_job(ReadDataJob(recipe))
        self._thread.said.connect(self._hear)
        self._thread.ended.connect(self._show)
        self._view.read.setText("Stop reading")
        self._thread.start()

    @Slot(object)
    def _hear(self, event: Any) -> None:
        if isinstance(event, Progress):
            self._view.show_progress(event)

    @Slot(object)
    def _show(self, final: Any) -> None:
        self._thread = None
        self._view.read.setText("Read data")
        if isinstance(final, Failed):
            self._view.show_failure(final.reason)
        elif final.result is not None:
            self._view.show_data(final.result)
        else:
            self._view.show_stale()
