"""A square to walk on: seeds lie on a lattice below it, a drag goes from one to the next and all that is between."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui import theme
from studio.gui.tokens import CORNER

SIDE = 104
PITCH = 44
"""px from seed to seed: the neighbours of the seed in the middle can be seen"""
ROW = 100
"""seeds from one row of the lattice to the next, as in :mod:`studio.latent.seed_walk`"""
FARTHEST = 999_999.0
_STEP = 0.1


class WalkPad(QWidget):
    """``walked`` (x, y): the place on the lattice, where the seed x + 100·y lies at whole numbers; y goes down."""

    walked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._x = self._y = 0.0
        self._grabbed: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(self.sizeHint())
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.setAccessibleName("Walk between seeds")
        self.setToolTip(
            "Drag to walk: each dot is a seed, between them pictures blend. Arrow keys step, with Shift finely; a "
            "double click goes to the nearest seed."
        )

    def place(self) -> tuple[float, float]:
        """Where one stands."""
        return self._x, self._y

    def set_place(self, x: float, y: float) -> None:
        """Stand elsewhere, without a signal."""
        self._x, self._y = (min(FARTHEST, max(-FARTHEST, value)) for value in (x, y))
        self.update()

    def sizeHint(self) -> QSize:
        """A small square."""
        return QSize(SIDE, SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to walk."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Walk as far as the mouse moves, also beyond the edge."""
        if self._grabbed is not None:
            way, self._grabbed = event.position() - self._grabbed, event.position()
            if not way.isNull():
                self._walk(self._x + way.x() / PITCH, self._y + way.y() / PITCH)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stand still."""
        del event
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the nearest seed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._walk(round(self._x), round(self._y))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Home goes to the nearest seed."""
        step = _STEP / 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        ways = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        if event.key() in ways:
            right, down = ways[Qt.Key(event.key())]
            self._walk(round(self._x + right * step, 6), round(self._y + down * step, 6))
        elif event.key() == Qt.Key.Key_Home:
            self._walk(round(self._x), round(self._y))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the frame of the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take it away."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lattice with its seeds, and oneself in the middle."""
        del event
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(tokens.accent if self.hasFocus() else tokens.line), 1))
        painter.setBrush(QColor(tokens.panel))
        painter.drawRoundedRect(frame, CORNER, CORNER)
        inside = QPainterPath()
        inside.addRoundedRect(frame.adjusted(1, 1, -1, -1), CORNER, CORNER)
        painter.setClipPath(inside)
        self._paint_lattice(painter)
        painter.setOpacity(1.0 if self.isEnabled() else 0.3)
        painter.setPen(QPen(QColor(tokens.panel), 2))
        painter.setBrush(QColor(tokens.accent))
        painter.drawEllipse(QPointF(SIDE / 2, SIDE / 2), 6, 6)
        painter.end()

    def _paint_lattice(self, painter: QPainter) -> None:
        tokens, reach = theme.tokens(), SIDE / 2 / PITCH
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        for column in range(math.floor(self._x - reach), math.ceil(self._x + reach) + 1):
            for row in range(math.floor(self._y - reach), math.ceil(self._y + reach) + 1):
                spot = QPointF(SIDE / 2 + (column - self._x) * PITCH, SIDE / 2 + (row - self._y) * PITCH)
                painter.setPen(QPen(QColor(tokens.line), 1))
                painter.drawLine(spot, spot + QPointF(PITCH, 0))
                painter.drawLine(spot, spot + QPointF(0, PITCH))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.muted))
                painter.drawEllipse(spot, 2.5, 2.5)
                painter.setPen(QColor(tokens.muted))
                text = f"{column + ROW * row}".replace("-", "−")
                size = painter.fontMetrics().size(0, text)
                label = QRect(round(spot.x()) + 4, round(spot.y()) + 2, size.width(), size.height())
                if self.rect().adjusted(2, 2, -2, -2).contains(label):  # half a number is another number
                    painter.drawText(label, Qt.AlignmentFlag.AlignLeft, text)

    def _walk(self, x: float, y: float) -> None:
        before = self.place()
        self.set_place(x, y)
        if self.place() != before:
            self.walked.emit(self._x, self._y)
