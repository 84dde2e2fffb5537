"""What the training will see: thumbnails, how many of each class, and the files that were left out, with reasons."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.data.pictures import PictureSet
from studio.events import Progress
from studio.gui import theme
from studio.gui.tokens import SPACE
from studio.gui.widgets.picture_grid import PictureGrid

THUMBNAILS = 60


class DataView(QWidget):
    """Shows a :class:`PictureSet`; ``read_clicked`` when the person wants the chosen data read now."""

    read_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = PictureGrid(empty_text="Read the data to see the pictures that the training will see.")
        self.summary = QLabel("Not read yet.")
        self.summary.setWordWrap(True)
        self.read = QPushButton("Read data")
        self.read.setIcon(theme.icon("image-search-outline"))
        self.read.setToolTip("Read the chosen pictures now, as the training would.")
        self.classes = _table("Class", "Pictures", "How many pictures each class has.")
        self.refused = _table("Left out", "Reason", "Files that cannot be used, and why. They are never changed.")
        left = QVBoxLayout()
        left.setSpacing(SPACE)
        left.addWidget(self.summary)
        left.addWidget(self.read)
        left.addWidget(self.classes, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE, 0, 0)
        row.setSpacing(SPACE)
        row.addLayout(left, 2)
        row.addWidget(self.pictures, 4)
        row.addWidget(self.refused, 3)
        self.read.clicked.connect(self.read_clicked)

    @Slot(object)
    def show_progress(self, event: Progress) -> None:
        """How far the reading is."""
        total = f" of {event.total:,}" if event.total else ""
        self.summary.setText(f"{event.what.capitalize()}: {event.done:,}{total} …")

    def show_data(self, data: PictureSet) -> None:
        """Show what was read."""
        held = f", {len(data.held_out.pictures):,} held out" if data.held_out is not None else ""
        kind = "grey" if data.channels == 1 else "colour"
        left_out = f"\n{len(data.refused):,} left out" if data.refused else ""
        self.summary.setText(
            f"{data.title}\n{len(data.pictures):,} pictures{held}\n{data.size}×{data.size} px, {kind}{left_out}"
        )
        order = np.random.default_rng(0).permutation(len(data.pictures))[:THUMBNAILS]
        captions = None if data.labels is None else [data.classes[data.labels[i]] for i in order]
        self.pictures.set_pictures(data.pictures[order], captions)
        _fill(self.classes, [(name, f"{count:,}") for name, count in data.counts().items()])
        _fill(self.refused, [(refusal.path, refusal.reason) for refusal in data.refused[:1000]])

    @Slot()
    def show_stale(self) -> None:
        """Other data was chosen: what was shown is not what would be trained on."""
        self.summary.setText("Not read yet.")
        self.pictures.set_pictures(None)
        _fill(self.classes, [])
        _fill(self.refused, [])

    def show_failure(self, reason: str) -> None:
        """The data cannot be used."""
        self.show_stale()
        self.summary.setText(reason)


def _table(first: str, second: str, tip: str) -> QTableWidget:
    table = QTableWidget(0, 2)
    table.setHorizontalHeaderLabels([first, second])
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setToolTip(tip)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    table.verticalHeader().setDefaultSectionSize(24)
    return table


def _fill(table: QTableWidget, rows: list[tuple[str, str]]) -> None:
    table.setRowCount(len(rows))
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            item = QTableWidgetItem(value)
            item.setToolTip(value)
            table.setItem(row, column, item)
