"""The legend of a map: a swatch and a name for each class; a click hides or shows the class."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.gui import theme
from studio.gui.tokens import CORNER, SMALL_SPACE, SPACE

SWATCH = 10
LONGEST = 120
"""px of a name"""
ROWS = 12
ALPHA = 225
"""of 255: the map shines through a little"""


class MapLegend(QWidget):
    """Names of classes in their colours; ``toggled`` carries the hidden ones as a frozenset of ints."""

    toggled = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._colours: tuple[str, ...] = ()
        self.hidden: frozenset[int] = frozenset()
        self.setAccessibleName("Classes on the map")
        self.setToolTip("Click a class to hide or show it")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def set_classes(self, names: Sequence[str], colours: Sequence[str]) -> None:
        """Show ``names`` in ``colours``, which repeat when there are fewer; nothing without names."""
        if tuple(names) != self._names:
            self.hidden = frozenset()
        self._names, self._colours = tuple(names), tuple(colours)
        self.resize(self.sizeHint())
        self.setVisible(bool(self._names))
        self.update()

    def sizeHint(self) -> QSize:
        """What all names need."""
        columns, rows = self._shape()
        return QSize(columns * self._wide() + SPACE, rows * self._line() + SPACE)

    def row_rect(self, index: int) -> QRect:
        """Where a class is."""
        _, rows = self._shape()
        column, row = divmod(index, max(1, rows))
        left, top = SMALL_SPACE + column * self._wide(), SMALL_SPACE + row * self._line()
        return QRect(left, top, self._wide(), self._line())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Swatches and names, hidden ones hollow and faint."""
        del event
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(tokens.panel)
        ground.setAlpha(ALPHA)
        painter.setPen(QColor(tokens.line))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
        painter.setFont(theme.small_font(self.font()))
        for index, name in enumerate(self._names):
            row, colour = self.row_rect(index), QColor(self._colours[index % len(self._colours)])
            gone = index in self.hidden
            swatch = QRectF(row.left() + SMALL_SPACE, row.center().y() + 1 - SWATCH / 2, SWATCH, SWATCH)
            painter.setPen(colour)
            painter.setBrush(Qt.BrushStyle.NoBrush if gone else colour)
            painter.drawEllipse(swatch)
            painter.setPen(theme.mix(tokens.muted, tokens.panel, 0.7) if gone else QColor(tokens.text))
            room = row.adjusted(SWATCH + 2 * SPACE - SMALL_SPACE, 0, 0, 0)
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, LONGEST)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hide or show the class; the press never reaches the map below."""
        index = self._index_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.hidden = self.hidden ^ {index}
            self.toggled.emit(self.hidden)
            self.update()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        self.update()

    def _index_at(self, place: QPoint) -> int:
        return next((i for i in range(len(self._names)) if self.row_rect(i).contains(place)), -1)

    def _shape(self) -> tuple[int, int]:
        columns = math.ceil(len(self._names) / ROWS)
        return columns, math.ceil(len(self._names) / columns) if columns else 0

    def _line(self) -> int:
        return QFontMetrics(theme.small_font(self.font())).height() + 2

    def _wide(self) -> int:
        metrics = QFontMetrics(theme.small_font(self.font()))
        longest = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
        return min(LONGEST, longest) + SWATCH + 3 * SPACE - SMALL_SPACE
