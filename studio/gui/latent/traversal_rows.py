"""Rows of pictures along directions of the code space, painted only where they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from studio.gui import convert, theme
from studio.gui.latent.code_actions import drag_codes
from studio.gui.tokens import SMALL_SPACE
from studio.gui.widgets import fitting, picture_actions
from studio.latent.codes import Code

COLUMNS = 7
NAMES = 64
"""px for the name and the bar of a row"""
_GAP = 2
_LARGEST = 96


@dataclass(eq=False)
class Row:
    """``pictures`` (7, S, S, C) uint8 of a direction, and how much it ``change``\\ s the picture.

    ``order`` is its place among its own kind (the number of the dimension); ``codes`` are those of the pictures.
    """

    name: str
    change: float
    pictures: np.ndarray
    order: int
    codes: Sequence[Code] = ()
    image: QImage | None = None
    """all pictures below each other, in the size they are shown in"""


class TraversalRows(QWidget):
    """The rows in a scroll area. Rows and columns in signals are those in which they were added, 0 at the left.

    ``picked`` a click or Enter; ``menu_wanted`` (row, column, global place); ``cursor_moved`` (where it is now).
    """

    picked = Signal(int, int)
    menu_wanted = Signal(int, int, QPoint)
    cursor_moved = Signal(QRect)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._shown: list[int] = []
        self._expected = 0
        self._sorted = True
        self._labels = [""] * COLUMNS
        self._hovered: tuple[int, int] | None = None
        self._cursor = (0, COLUMNS // 2)
        self._pressed_at: QPoint | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Rows of pictures along directions")

    # -- what is shown ----------------------------------------------------------------------------------------------

    def clear(self, expected: int = 0) -> None:
        """Show nothing yet of the ``expected`` rows."""
        self.rows, self._shown, self._expected = [], [], expected
        self._hovered, self._cursor = None, (0, COLUMNS // 2)
        self._fit()

    def add(self, row: Row) -> None:
        """One more row."""
        self.rows.append(row)
        self._sort()
        self._fit()

    def set_sorted(self, by_change: bool) -> None:
        """The strongest change first, or the directions in their own order."""
        self._sorted = by_change
        self._sort()
        self.update()

    def set_labels(self, labels: Sequence[str]) -> None:
        """What the columns are, for the tooltips."""
        self._labels = list(labels)

    def order(self) -> list[int]:
        """The rows as they stand under each other, by the number in which they were added."""
        return list(self._shown)

    def cell(self) -> int:
        """Side of a picture in px: a whole multiple of small ones."""
        side = self.rows[0].pictures.shape[1] if self.rows else 28
        room = min(_LARGEST, (self.width() - NAMES - COLUMNS * _GAP) / COLUMNS)
        return max(8, int(side * fitting.scale_for(side, side, room, room)))

    def cell_rect(self, row: int, column: int) -> QRect:
        """Where a picture is; ``row`` as it was added."""
        side, line = self.cell(), self._shown.index(row)
        return QRect(self.column_left(column), line * (side + _GAP), side, side)

    def column_left(self, column: int) -> int:
        """The left edge of a column."""
        return NAMES + _GAP + column * (self.cell() + _GAP)

    # -- events -----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows that are seen."""
        tokens, side = theme.tokens(), self.cell()
        painter = QPainter(self)
        strongest = max((row.change for row in self.rows), default=0.0) or 1.0
        first = max(0, event.rect().top() // (side + _GAP))
        last = min(self._count() - 1, event.rect().bottom() // (side + _GAP))
        for line in range(first, last + 1):
            top = line * (side + _GAP)
            if line < len(self._shown):
                row = self.rows[self._shown[line]]
                self._paint_name(painter, row, top, side, row.change / strongest)
                self._paint_pictures(painter, row, top, side)
            else:
                for column in range(COLUMNS):
                    place = QRect(self.column_left(column), top, side, side)
                    painter.fillRect(place, theme.mix(tokens.picture_background, tokens.window, 0.4))
        self._paint_marks(painter, first, last, side)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has another scale."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Say what is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._at(event.pos())
            if found is not None:
                row = self.rows[self._shown[found[0]]]
                text = f"{row.name} {self._labels[found[1]]}\nChanges the picture by {row.change:.3g}"
                QToolTip.showText(event.globalPos(), text, self)
                return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Highlight the picture under the mouse, or drag it out."""
        place = event.position().toPoint()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._hover(self._at(place))
        elif picture_actions.is_drag(self._pressed_at, place):
            assert self._pressed_at is not None
            found, self._pressed_at = self._at(self._pressed_at), None
            if found is not None:
                self._drag(self.rows[self._shown[found[0]]], found[1])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click or drag begins."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press and release on one picture picks it."""
        pressed, self._pressed_at = self._pressed_at, None
        found = self._at(event.position().toPoint())
        if pressed is not None and found is not None and self._at(pressed) == found:
            self._set_cursor(found)
            self.picked.emit(self._shown[found[0]], found[1])

    def leaveEvent(self, event: QEvent) -> None:
        """Take the highlight away."""
        super().leaveEvent(event)
        self._hover(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the picture under the mouse (or the cursor)."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        found = self._cursor if by_key and self._shown else self._at(event.pos())
        if found is not None:
            self.menu_wanted.emit(self._shown[found[0]], found[1], event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move a cursor over the pictures, Enter picks."""
        line, column = self._cursor
        key = Qt.Key
        moves = {key.Key_Up: (-1, 0), key.Key_Down: (1, 0), key.Key_Left: (0, -1), key.Key_Right: (0, 1)}
        pressed = key(event.key())
        if not self._shown or pressed not in (*moves, key.Key_Return, key.Key_Enter, key.Key_Space):
            super().keyPressEvent(event)
        elif pressed in moves:
            down, right = moves[pressed]
            line = min(len(self._shown) - 1, max(0, line + down))
            self._set_cursor((line, min(COLUMNS - 1, max(0, column + right))))
        else:
            self.picked.emit(self._shown[line], column)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _count(self) -> int:
        return max(self._expected, len(self.rows))

    def _fit(self) -> None:
        height = max(0, self._count() * (self.cell() + _GAP) - _GAP)
        if height != self.height() or height != self.minimumHeight():
            self.setFixedHeight(height)
        self.update()

    def _sort(self) -> None:
        numbers = range(len(self.rows))
        if self._sorted:
            self._shown = sorted(numbers, key=lambda number: -self.rows[number].change)
        else:
            self._shown = sorted(numbers, key=lambda number: self.rows[number].order)

    def _at(self, place: QPoint) -> tuple[int, int] | None:
        """The line and column of the picture at ``place``."""
        pitch = self.cell() + _GAP
        line, column = place.y() // pitch, (place.x() - NAMES - _GAP) // pitch
        return (line, column) if 0 <= line < len(self._shown) and 0 <= column < COLUMNS else None

    def _hover(self, found: tuple[int, int] | None) -> None:
        if found != self._hovered:
            self._hovered = found
            self.update()

    def _set_cursor(self, cursor: tuple[int, int]) -> None:
        self._cursor = cursor
        self.cursor_moved.emit(self.cell_rect(self._shown[cursor[0]], cursor[1]))
        self.update()

    def _drag(self, row: Row, column: int) -> None:
        if row.codes:
            drag_codes(self, [row.codes[column]])
        else:
            picture_actions.drag(self, convert.to_qimage(row.pictures[column]))

    def _paint_name(self, painter: QPainter, row: Row, top: int, side: int, share: float) -> None:
        tokens = theme.tokens()
        painter.setFont(theme.small_font(self.font()))
        painter.setPen(QColor(tokens.text))
        metrics = painter.fontMetrics()
        text = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, NAMES - SMALL_SPACE)
        middle = top + side / 2
        room = QRectF(0, middle - metrics.height(), NAMES - SMALL_SPACE, metrics.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        bar = QRectF(0, middle + 2, NAMES - 2 * SMALL_SPACE, 3)
        painter.fillRect(bar, QColor(tokens.line))
        bar.setWidth(bar.width() * min(1.0, max(0.0, share)))
        painter.fillRect(bar, QColor(tokens.accent))

    def _paint_pictures(self, painter: QPainter, row: Row, top: int, side: int) -> None:
        ratio = self.devicePixelRatioF()
        size = round(side * ratio)
        if row.image is None or row.image.width() != size:
            row.image = fitting.resized(convert.strip(row.pictures), size, size * COLUMNS)
        for column in range(COLUMNS):
            place = QRectF(self.column_left(column), top, side, side)
            painter.drawImage(place, row.image, QRectF(0, column * size, size, size))

    def _paint_marks(self, painter: QPainter, first: int, last: int, side: int) -> None:
        """Lines beside the column of the present code; frames at mouse and cursor."""
        tokens = theme.tokens()
        pitch = side + _GAP
        middle = QRect(self.column_left(COLUMNS // 2) - 1, first * pitch, side + 1, (last - first + 1) * pitch)
        painter.setPen(QPen(QColor(tokens.accent), 1))
        painter.drawLine(middle.topLeft(), middle.bottomLeft())
        painter.drawLine(middle.topRight(), middle.bottomRight())
        marked = [(self._hovered, tokens.text)]
        if self.hasFocus() and self._shown:
            marked.append((self._cursor, tokens.accent))
        for spot, shade in marked:
            if spot is not None and spot[0] < len(self._shown):
                painter.setPen(QPen(QColor(shade), 2))
                place = self.cell_rect(self._shown[spot[0]], spot[1])
                painter.drawRect(QRectF(place).adjusted(0, 0, -1, -1))

    def sizeHint(self) -> QSize:
        """As wide as there is room, as high as the rows."""
        return QSize(320, self.minimumHeight())
