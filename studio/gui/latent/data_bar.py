"""Which pictures are laid over the map: a source, its folder, and how far reading and encoding are."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from studio.data import registry
from studio.data.config import DataConfig
from studio.events import Progress
from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE
from studio.gui.widgets import dialogs, wheel_guard
from studio.gui.widgets.flow import FlowLayout

SAMPLES = "samples"
"""no data set: what the model makes from random codes"""


class DataBar(QWidget):
    """``read_clicked`` with a :class:`DataConfig` (None: the model's own samples); again while it reads: stop."""

    read_clicked = Signal(object)
    stop_clicked = Signal()
    export_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source, self.root, self.browse = QComboBox(), QLineEdit(), QToolButton()
        self.download = QCheckBox("Download")
        self.read = QPushButton("Show data")
        self.export = QToolButton()
        self.note = QLabel()
        self._config: DataConfig | None = None
        self._busy = False
        self._fill()
        self._lay_out()
        self.source.activated.connect(self._show_source)
        self.browse.clicked.connect(self._browse)
        self.read.clicked.connect(self._read)
        self.export.clicked.connect(self.export_clicked)
        self._show_source()

    def set_model(self, encodes: bool, config: DataConfig | None, guess: str) -> None:
        """Propose a run's own data (``config``), or the source whose title ``guess`` names; samples without encoder."""
        self._config = config
        self.note.setText("")
        index = self.source.findData(SAMPLES)
        if encodes:
            named = config.source if config is not None else _guessed(guess)
            index = self.source.findData(named)
        self.source.setCurrentIndex(max(0, index))
        self.root.setText(config.root if config is not None else "")
        self._show_source()

    def config(self) -> DataConfig | None:
        """What is chosen; None for the model's own samples."""
        chosen = self.source.currentData()
        if chosen == SAMPLES:
            return None
        base = self._config if self._config is not None and self._config.source == chosen else DataConfig()
        return dataclasses.replace(
            base, source=chosen, root=self.root.text().strip(), download=self.download.isChecked(), limit=0
        )

    def set_busy(self, busy: bool) -> None:
        """Whether it reads now."""
        self._busy = busy
        self.read.setText("Stop" if busy else "Show data")

    def show_progress(self, progress: Progress) -> None:
        """How far reading or encoding is."""
        of = f" of {progress.total:,}" if progress.total else ""
        self.note.setText(f"{progress.what} · {progress.done:,}{of}")

    def show_note(self, text: str) -> None:
        """What lies over the map now."""
        self.note.setText(text)
        self.updateGeometry()

    def _fill(self) -> None:
        self.source.addItem("Samples of the model", SAMPLES)
        for source in registry.SOURCES:
            self.source.addItem(source.title, source.id)
            self.source.setItemData(self.source.count() - 1, source.summary, 3)
        self.source.setToolTip("Which pictures to lay over the map. Without an encoder: samples of the model itself.")
        self.source.setAccessibleName("Data")
        self.root.setPlaceholderText("folder")
        self.root.setToolTip("The folder with the pictures or data files.")
        self.browse.setIcon(theme.icon("folder-open-outline"))
        self.browse.setToolTip("Choose the folder.")
        self.export.setIcon(theme.icon("export-variant"))
        self.export.setToolTip("Write codes, classes and thumbnails for TensorBoard's projector.")
        self.export.setAccessibleName("Export for TensorBoard")
        self.download.setToolTip("Allow fetching the data set from the internet when it is not on this machine.")
        self.read.setToolTip("Read the pictures, encode them, and show where they lie in the code space.")
        wheel_guard.guard(self.source)
        self.note.setFont(theme.tabular(self.note.font()))
        theme.set_role(self.note, "muted")

    def _lay_out(self) -> None:
        self._folder = QWidget()
        place = QHBoxLayout(self._folder)
        place.setContentsMargins(0, 0, 0, 0)
        place.setSpacing(SMALL_SPACE)
        place.addWidget(self.root)
        place.addWidget(self.browse)
        row = FlowLayout(self)
        for widget in (self.source, self._folder, self.download, self.read, self.export, self.note):
            row.addWidget(widget)
        self.root.setFixedWidth(110)

    @Slot()
    def _show_source(self) -> None:
        chosen = self.source.currentData()
        about = next((source for source in registry.SOURCES if source.id == chosen), None)
        needs = about is not None and about.root != "none"
        self._folder.setVisible(needs)
        self.download.setVisible(about is not None and about.downloads)

    @Slot()
    def _browse(self) -> None:
        folder = dialogs.ask_folder(self, "Folder with the pictures", self.root.text())
        if folder is not None:
            self.root.setText(str(Path(folder)))

    @Slot()
    def _read(self) -> None:
        if self._busy:
            self.stop_clicked.emit()
        else:
            self.read_clicked.emit(self.config())


def _guessed(data: str) -> str:
    """The source that a card's words about its data name, else the digits that are always there."""
    words = data.lower()
    found = [source.id for source in registry.SOURCES if source.title.lower() in words or source.id in words.split()]
    return found[-1] if found else "digits"
