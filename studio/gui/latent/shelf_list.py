"""The list of the shelf: selection, keyboard, and codes that are dragged in, out, and to another place in it."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QStyle, QWidget

from studio.gui import theme
from studio.gui.latent import code_mime
from studio.gui.latent.code_actions import drag_codes
from studio.gui.latent.shelf_model import NARROWEST, ShelfDelegate, ShelfModel
from studio.gui.tokens import SPACE, WIDE_SPACE
from studio.latent.codes import Code

_EDGE, _SCROLL = 20, 12
_BAR = 12
"""px of the scroll bar in the style sheet"""


class ShelfList(QListView):
    """Codes side by side; says what a person asks for and changes nothing itself.

    ``chosen`` (row) a double click or Enter; ``dropped`` (QMimeData, place) something from elsewhere; ``moved`` (rows,
    place) codes of its own; ``copied`` and ``pasted`` by the keyboard; ``deleted``; ``menu_wanted`` (global place).
    """

    chosen = Signal(int)
    dropped = Signal(object, int)
    moved = Signal(object, int)
    copied = Signal()
    pasted = Signal()
    deleted = Signal()
    menu_wanted = Signal(QPoint)
    selection_changed = Signal()

    def __init__(self, model: ShelfModel, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty_text = empty_text
        self._drop_at: int | None = None
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self._delegate = ShelfDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        self.setAccessibleName("Shelf of codes")
        self.setToolTip("Double click or Enter takes a code in hand, F2 renames it, Delete removes it; drag reorders.")
        self.selectionModel().selectionChanged.connect(self._tell)

    def rows(self) -> list[int]:
        """The selected rows, in the order of the shelf."""
        return sorted(index.row() for index in self.selectionModel().selectedIndexes())

    def codes(self) -> list[Code]:
        """The selected codes, in the order of the shelf."""
        model = self.model()
        assert isinstance(model, ShelfModel)
        return [model.codes[row] for row in self.rows()]

    def select(self, rows: list[int]) -> None:
        """Select exactly these rows; the keyboard goes on from the last."""
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().clear()
        for row in rows:
            index = self.model().index(row, 0)
            self.selectionModel().setCurrentIndex(index, flag.NoUpdate)
            self.selectionModel().select(index, flag.Select)
        if rows:
            self.scrollTo(self.model().index(rows[-1], 0))

    def place_at(self, spot: QPoint) -> int:
        """Before which row a thing dropped at ``spot`` lands."""
        for row in range(self.model().rowCount()):
            rect = self.visualRect(self.model().index(row, 0))
            if spot.y() < rect.top() or (spot.y() <= rect.bottom() and spot.x() < rect.center().x()):
                return row
        return self.model().rowCount()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Entries share the width evenly."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        room = self.width() - 2 * self.frameWidth() - max(bar, _BAR) - 1
        self._delegate.width = room // max(1, room // NARROWEST)
        self.scheduleDelayedItemsLayout()
        super().resizeEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the selected codes."""
        del actions
        if self.rows():
            drag_codes(self, self.codes())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take codes, pictures and files."""
        if code_mime.can_read(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where it would land, and scroll at the edges."""
        spot = event.position().toPoint()
        self._set_drop(self.place_at(spot))
        bar = self.verticalScrollBar()
        if spot.y() < _EDGE:
            bar.setValue(bar.value() - _SCROLL)
        elif spot.y() > self.viewport().height() - _EDGE:
            bar.setValue(bar.value() + _SCROLL)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It goes elsewhere."""
        del event
        self._set_drop(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Move what comes from here; hand on what comes from elsewhere."""
        place = self.place_at(event.position().toPoint())
        self._set_drop(None)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.source() is self:
            self.moved.emit(self.rows(), place)
        else:
            self.dropped.emit(event.mimeData(), place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete, Enter, copy and paste; the rest is Qt's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().row())
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleted.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take a code in hand."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(index.row())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the selected codes, also by the menu key."""
        self.menu_wanted.emit(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The entries; the sentence while there are none; a bar where something would land."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.model().rowCount():
            painter.setPen(QColor(theme.tokens().muted))
            room = self.viewport().rect().adjusted(WIDE_SPACE, SPACE, -WIDE_SPACE, -SPACE)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty_text)
        if self._drop_at is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.tokens().accent))
            painter.drawRoundedRect(QRectF(self._bar(self._drop_at)), 1.5, 1.5)
        painter.end()

    def _bar(self, place: int) -> QRect:
        """Where the mark of a drop before row ``place`` is."""
        count = self.model().rowCount()
        if not count:
            return self.viewport().rect().adjusted(2, 2, 4 - self.viewport().width(), -2)
        rect = self.visualRect(self.model().index(min(place, count - 1), 0))
        left = rect.left() if place < count else rect.right()
        return QRect(max(0, left - 1), rect.top(), 3, rect.height())

    def _set_drop(self, place: int | None) -> None:
        if place != self._drop_at:
            self._drop_at = place
            self.viewport().update()

    def _tell(self) -> None:
        self.selection_changed.emit()
