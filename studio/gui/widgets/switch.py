"""A check box that looks like a switch."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.gui import theme

_WIDTH, _HEIGHT, _RING = 34, 18, 3


class Switch(QCheckBox):
    """On or off at a glance; behaves as every check box does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """The switch and the ring around it when it is focused."""
        return QSize(_WIDTH + 2 * _RING, _HEIGHT + 2 * _RING)

    def minimumSizeHint(self) -> QSize:
        """The same: a switch does not shrink."""
        return self.sizeHint()

    def hitButton(self, place: QPoint) -> bool:
        """A click anywhere on it counts."""
        return self.rect().contains(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track and knob."""
        del event
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(_RING, (self.height() - _HEIGHT) / 2, _WIDTH, _HEIGHT)
        on = self.isChecked()
        ground = QColor(tokens.accent if on else tokens.raised)
        if not self.isEnabled():
            ground = theme.mix(ground, tokens.panel, 0.5)
        painter.setPen(QPen(QColor(tokens.accent if on else theme.mix(tokens.text, tokens.line, 0.25)), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(track, _HEIGHT / 2, _HEIGHT / 2)
        left = track.right() - _HEIGHT + 3 if on else track.left() + 3
        knob = QRectF(left, track.top() + 3, _HEIGHT - 6, _HEIGHT - 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.on_accent if on else tokens.muted))
        painter.drawEllipse(knob)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.text), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), _HEIGHT / 2 + 2, _HEIGHT / 2 + 2)
        painter.end()
