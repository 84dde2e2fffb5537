"""What each direction of the code space does: one row of pictures a direction, the strongest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QLocale, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QShowEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.gui import convert, theme
from studio.gui.latent import code_actions
from studio.gui.latent.code_actions import tool_button
from studio.gui.latent.traversal_rows import COLUMNS, Row, TraversalRows
from studio.gui.tokens import SMALL_SPACE
from studio.gui.widgets import picture_actions
from studio.gui.widgets.wheel_guard import guard
from studio.latent.codes import Code

DIMENSIONS, PRINCIPAL, MINE = "dimensions", "principal", "mine"
_SOURCES = {
    DIMENSIONS: ("Dimensions", "Each number of the code by itself."),
    PRINCIPAL: ("PCA directions", "The directions in which codes of pictures vary most."),
    MINE: ("My directions", "The directions on the shelf."),
}
EMPTY = "Take a code in hand: each row shows what one direction does to its picture."


class TraversalView(QWidget):
    """Rows from −reach σ to +reach σ through the present code.

    ``refresh_wanted``: the person asks for rows of another source or reach, or again. ``picked`` and ``put_wanted``
    (put on the shelf) carry the number in which a row was added, and the column (0 to 6, 3 is the present code).
    ``shown``: it has come to light.
    """

    refresh_wanted = Signal()
    picked = Signal(int, int)
    put_wanted = Signal(int, int)
    shown = Signal()
    rename_wanted = Signal(int)
    remove_wanted = Signal(int)
    """of one's own directions: the ``order`` in which its row was added"""
    message = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source_box = QComboBox()
        self.reach_box = QDoubleSpinBox()
        self.sort = tool_button("Sort by change", "sort-descending", "The strongest change first; off: by number")
        self.again = tool_button("Again", "refresh", "Make the rows again, through the code in hand")
        self.rows = TraversalRows()
        self._head = _Head(self.rows)
        self._area = QScrollArea(widgetResizable=True)
        self._empty = QLabel(EMPTY, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._dress()
        self._lay_out()
        self._connect()
        self.set_source_available(MINE, "There are no directions on the shelf yet.")
        self._label()
        self.clear()

    def source(self) -> str:
        """DIMENSIONS, PRINCIPAL or MINE."""
        return str(self.source_box.currentData())

    def reach(self) -> float:
        """How far the rows go, in σ."""
        return self.reach_box.value()

    def set_source_available(self, source: str, reason: str = "") -> None:
        """Whether a source can be chosen: ``reason`` says why not, "" that it can."""
        index = self.source_box.findData(source)
        self.source_box.setItemData(index, reason or _SOURCES[source][1], Qt.ItemDataRole.ToolTipRole)
        model = self.source_box.model()
        assert isinstance(model, QStandardItemModel)
        model.item(index).setEnabled(not reason)
        if reason and self.source() == source:
            self.source_box.setCurrentIndex(0)

    def set_empty_text(self, text: str) -> None:
        """What to do first, shown while there are no rows."""
        self._empty.setText(text)

    def clear(self) -> None:
        """Show no rows."""
        self.rows.clear()
        self._show_empty()

    def set_rows_expected(self, count: int) -> None:
        """Begin anew: ``count`` rows will come, grey until then."""
        self.rows.clear(count)
        self._area.verticalScrollBar().setValue(0)
        self._show_empty()

    def add_row(
        self, name: str, change: float, pictures: np.ndarray, order: int | None = None, codes: Sequence[Code] = ()
    ) -> None:
        """One row: ``pictures`` (7, S, S, C) uint8; ``order`` its place when not sorted by change (default: the next).

        With ``codes`` (7 of them) the pictures are codes to drag to the shelf.
        """
        if len(pictures) != COLUMNS:
            raise ValueError(f"a row has {COLUMNS} pictures, not {len(pictures)}")
        place = len(self.rows.rows) if order is None else order
        self.rows.add(Row(name, change, pictures, place, codes))
        self._show_empty()

    def menu(self, row: int, column: int) -> QMenu:
        """The right-click menu of one picture."""
        menu, shown = QMenu(self), self.rows.rows[row]
        pick = menu.addAction(theme.icon("hand-back-right-outline"), "Take in hand")
        pick.triggered.connect(lambda: self.picked.emit(row, column))
        put = menu.addAction(theme.icon("tray-plus"), "Put on the shelf")
        put.triggered.connect(lambda: self.put_wanted.emit(row, column))
        menu.addSeparator()
        if shown.codes:
            code_actions.add_file_entries(menu, self, shown.codes[column], self.message.emit)
        else:
            image = convert.to_qimage(shown.pictures[column])
            picture_actions.add_picture_entries(menu, self, image, f"{shown.name}.png", self.message.emit)
        if self.source() == MINE:
            menu.addSeparator()
            rename = menu.addAction(theme.icon("rename-outline"), f"Rename “{shown.name}”…")
            rename.triggered.connect(lambda: self.rename_wanted.emit(shown.order))
            remove = menu.addAction(theme.icon("delete-outline"), f"Remove “{shown.name}”")
            remove.triggered.connect(lambda: self.remove_wanted.emit(shown.order))
        return menu

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that rows would be seen now."""
        super().showEvent(event)
        self.shown.emit()

    # -- building ---------------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        for source, (title, help) in _SOURCES.items():
            self.source_box.addItem(title, source)
            self.source_box.setItemData(self.source_box.count() - 1, help, Qt.ItemDataRole.ToolTipRole)
        self.source_box.setToolTip("Which directions are shown")
        self.source_box.setAccessibleName("Directions")
        self.reach_box.setLocale(QLocale.c())
        self.reach_box.setRange(0.5, 10.0)
        self.reach_box.setSingleStep(0.5)
        self.reach_box.setDecimals(1)
        self.reach_box.setValue(3.0)
        self.reach_box.setSuffix(" σ")
        self.reach_box.setKeyboardTracking(False)
        self.reach_box.lineEdit().setTextMargins(SMALL_SPACE, 0, 0, 0)
        self.reach_box.setMinimumWidth(self.fontMetrics().horizontalAdvance("10.0 σ") + 40)
        self.reach_box.setToolTip("How far the rows go to each side, in standard deviations")
        self.reach_box.setAccessibleName("Reach")
        self.sort.setCheckable(True)
        self.sort.setChecked(True)
        theme.set_role(self._empty, "muted")
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        guard(self.source_box)
        guard(self.reach_box)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SMALL_SPACE)
        line.addWidget(self.source_box, 1)
        line.addWidget(self.reach_box)
        line.addWidget(self.sort)
        line.addWidget(self.again)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.rows)
        column.addStretch(1)
        self._area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(SMALL_SPACE)
        whole.addLayout(line)
        whole.addWidget(self._head)
        whole.addWidget(self._area, 1)
        whole.addWidget(self._empty, 1)

    def _connect(self) -> None:
        self.source_box.activated.connect(self._ask)
        self.reach_box.valueChanged.connect(self._on_reach)
        self.sort.toggled.connect(self.rows.set_sorted)
        self.again.clicked.connect(self._ask)
        self.rows.picked.connect(self.picked)
        self.rows.menu_wanted.connect(self._show_menu)
        self.rows.cursor_moved.connect(self._show_cursor)

    @Slot()
    def _ask(self) -> None:
        self.refresh_wanted.emit()

    @Slot(float)
    def _on_reach(self, reach: float) -> None:
        del reach
        self._label()
        self.refresh_wanted.emit()

    def _label(self) -> None:
        offsets = np.linspace(-self.reach(), self.reach(), COLUMNS)
        labels = [f"{offset:+.2g}σ".replace("-", "−") if abs(offset) > 1e-6 else "0" for offset in offsets]
        self.rows.set_labels(labels)
        self._head.set_labels(labels)

    def _show_empty(self) -> None:
        empty = not self.rows.minimumHeight()
        self._empty.setVisible(empty)
        self._area.setVisible(not empty)
        self._head.setVisible(not empty)
        self._head.update()

    @Slot(QRect)
    def _show_cursor(self, place: QRect) -> None:
        self._area.ensureVisible(place.center().x(), place.center().y(), 0, place.height())

    @Slot(int, int, QPoint)
    def _show_menu(self, row: int, column: int, place: QPoint) -> None:
        menu = self.menu(row, column)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)


class _Head(QWidget):
    """What the columns are; stays while the rows scroll."""

    def __init__(self, rows: TraversalRows) -> None:
        super().__init__()
        self._rows, self._labels = rows, [""] * COLUMNS
        self.setFixedHeight(self.fontMetrics().height() + SMALL_SPACE)
        rows.installEventFilter(self)

    def set_labels(self, labels: list[str]) -> None:
        """One for each column."""
        self._labels = labels
        self.update()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Columns move when the rows get another size."""
        if event.type() == QEvent.Type.Resize:
            self.update()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the labels over their columns."""
        del event
        tokens, rows = theme.tokens(), self._rows
        painter = QPainter(self)
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        left = rows.mapToGlobal(QPoint(0, 0)).x() - self.mapToGlobal(QPoint(0, 0)).x()
        for column, label in enumerate(self._labels):
            middle = column == COLUMNS // 2
            painter.setPen(QColor(tokens.accent if middle else tokens.muted))
            x, width = left + rows.column_left(column) - SMALL_SPACE, rows.cell() + 2 * SMALL_SPACE
            painter.drawText(QRect(x, 0, width, self.height()), Qt.AlignmentFlag.AlignCenter, label)
        painter.end()
