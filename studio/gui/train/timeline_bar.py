"""The stored moments of a run as a strip of pictures to scrub through."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui import convert, theme
from studio.gui.tokens import CORNER, SMALL_SPACE, SPACE
from studio.gui.widgets import fitting

_LIVE = 52
_TOP = 22
_THUMB = 56
_GAP = 2


class TimelineBar(QWidget):
    """Drag (or use the arrow keys) to look back; the far right is the run as it is now.

    ``scrubbed`` carries the step of each moment reached, once; ``released_to_live`` follows a return to the right end.
    """

    scrubbed = Signal(int)
    released_to_live = Signal()

    EMPTY = "Moments of the run appear here while it trains."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: list[int] = []
        self._thumbs: list[np.ndarray] = []
        self._index: int | None = None  # None: live
        self._strip: QImage | None = None
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline of the run")
        self.setToolTip("Drag to look at earlier moments of the run; the right end is now. Left and right step.")

    def set_moments(self, moments: list[tuple[int, np.ndarray]]) -> None:
        """Show these (step, (H, W, C) uint8), in order of their steps; the bar goes to live."""
        moments = sorted(moments, key=lambda moment: moment[0])
        self._steps = [step for step, _ in moments]
        self._thumbs = [thumb for _, thumb in moments]
        self._index, self._strip = None, None
        self.update()

    def add_moment(self, step: int, thumb: np.ndarray) -> None:
        """Append a newer moment, (H, W, C) uint8; later ones are dropped (a run taken up again)."""
        while self._steps and self._steps[-1] >= step:
            self._steps.pop()
            self._thumbs.pop()
        self._steps.append(step)
        self._thumbs.append(thumb)
        if self._index is not None and self._index >= len(self._steps) - 1:
            self._index = None
        self._strip = None
        self.update()

    def count(self) -> int:
        """How many moments there are."""
        return len(self._steps)

    def current(self) -> int | None:
        """The step that is looked at, or None for live."""
        return None if self._index is None else self._steps[self._index]

    def set_current(self, step: int | None) -> None:
        """Move the handle to the moment nearest to ``step`` (None: live) without a signal."""
        if step is None or not self._steps:
            self._index = None
        else:
            self._index = int(np.abs(np.array(self._steps) - step).argmin())
        self.update()

    def handle_x(self) -> float:
        """Where the handle is."""
        if self._index is None:
            return self.width() - _LIVE / 2
        return self._x_of(self._index)

    def shown_indices(self) -> list[int]:
        """The moments whose pictures are in the strip: as many as fit, evenly chosen."""
        if not self._steps:
            return []
        fit = max(1, (self._strip_width() + _GAP) // (_THUMB + _GAP))
        if len(self._steps) <= fit:
            return list(range(len(self._steps)))
        return [round(i) for i in np.linspace(0, len(self._steps) - 1, fit)]

    def sizeHint(self) -> QSize:
        """One row of pictures with the step numbers above."""
        return QSize(480, _TOP + _THUMB + 2 * SMALL_SPACE)

    def minimumSizeHint(self) -> QSize:
        """Room for two pictures."""
        return QSize(2 * _THUMB + _LIVE + 2 * SPACE, _TOP + _THUMB + 2 * SMALL_SPACE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the moment under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton and self._steps:
            self._dragging = True
            self._go_to_x(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if self._dragging:
            self._go_to_x(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay where it was let go."""
        del event
        self._dragging = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right by one moment, page keys by ten, Home to the first, End to live."""
        jump = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10}
        key, last = Qt.Key(event.key()), len(self._steps)
        if not self._steps or (key not in jump and key not in (Qt.Key.Key_Home, Qt.Key.Key_End)):
            super().keyPressEvent(event)
            return
        place = last if self._index is None else self._index
        place = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}.get(key, place + jump.get(key, 0))
        self._go_to(None if place >= last else max(0, place))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy the strip, then draw the handle over it."""
        del event
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(tokens.accent if self.hasFocus() else tokens.line), 1))
        painter.setBrush(QColor(tokens.panel))
        painter.drawRoundedRect(ground, CORNER, CORNER)
        if not self._steps:
            painter.setPen(QColor(tokens.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.EMPTY)
        else:
            painter.drawImage(0, 0, self._composed())
            self._paint_handle(painter)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has another choice of pictures."""
        super().resizeEvent(event)
        self._strip = None

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        self._strip = None
        self.update()

    def _strip_width(self) -> int:
        return max(_THUMB, self.width() - _LIVE - 2 * SPACE)

    def _x_of(self, index: int) -> float:
        """The middle of a moment's place: pictures and places agree, however many moments there are."""
        shown = min(len(self._steps), max(1, (self._strip_width() + _GAP) // (_THUMB + _GAP)))
        half = _THUMB / 2
        if len(self._steps) <= shown:
            return SPACE + half + index * (_THUMB + _GAP)
        width = (shown - 1) * (_THUMB + _GAP)
        return SPACE + half + width * index / max(1, len(self._steps) - 1)

    def _go_to_x(self, x: float) -> None:
        last = len(self._steps) - 1
        first_x, last_x = self._x_of(0), self._x_of(last)
        if x >= self.width() - _LIVE or x > last_x + _THUMB / 2 + SPACE:
            self._go_to(None)
            return
        share = (x - first_x) / (last_x - first_x) if last_x > first_x else 0.0
        self._go_to(round(min(1.0, max(0.0, share)) * last))

    def _go_to(self, index: int | None) -> None:
        if index == self._index:
            return
        self._index = index
        self.update()
        if index is None:
            self.released_to_live.emit()
        else:
            self.scrubbed.emit(self._steps[index])

    def _composed(self) -> QImage:
        """The pictures, their steps and the live end; made anew only after a change."""
        if self._strip is not None:
            return self._strip
        ratio = self.devicePixelRatioF()
        image = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for slot, index in enumerate(self.shown_indices()):
            self._paint_thumb(painter, slot, index, ratio)
        self._paint_steps(painter)
        self._paint_live(painter)
        painter.end()
        self._strip = image
        return image

    def _paint_thumb(self, painter: QPainter, slot: int, index: int, ratio: float) -> None:
        cell = QRect(SPACE + slot * (_THUMB + _GAP), _TOP, _THUMB, _THUMB)
        painter.fillRect(cell, QColor(theme.tokens().picture_background))
        picture = convert.to_qimage(self._thumbs[index])
        side = round(_THUMB * ratio)
        fit = fitting.fitted(picture.width(), picture.height(), QRect(0, 0, side, side))
        small = fitting.resized(picture, fit.width(), fit.height())
        small.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(cell.x() + fit.x() / ratio, cell.y() + fit.y() / ratio), small)

    def _paint_steps(self, painter: QPainter) -> None:
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        painter.setPen(QColor(theme.tokens().muted))
        free_from = 0.0
        for slot, index in enumerate(self.shown_indices()):
            text = f"{self._steps[index]:,}"
            width = painter.fontMetrics().horizontalAdvance(text)
            left = max(float(SPACE), SPACE + slot * (_THUMB + _GAP) + (_THUMB - width) / 2)
            if left >= free_from and left + width < self.width() - _LIVE:
                painter.drawText(QRectF(left, 2, width + 2, _TOP - 4), Qt.AlignmentFlag.AlignVCenter, text)
                free_from = left + width + 2 * SPACE

    def _paint_live(self, painter: QPainter) -> None:
        tokens = theme.tokens()
        place = QRectF(self.width() - _LIVE + SMALL_SPACE, _TOP, _LIVE - SMALL_SPACE - SPACE, _THUMB)
        painter.setPen(QPen(QColor(tokens.line), 1))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(place, 4, 4)
        painter.setFont(theme.small_font(self.font()))
        painter.setPen(QColor(tokens.muted))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "Live")

    def _paint_handle(self, painter: QPainter) -> None:
        tokens = theme.tokens()
        accent = QColor(tokens.accent)
        x = self.handle_x()
        text = "Live" if self._index is None else f"{self._steps[self._index]:,}"
        font = theme.tabular(theme.small_font(self.font()))
        font.setBold(True)
        width = QFontMetrics(font).horizontalAdvance(text) + 2 * SPACE
        left = min(max(2.0, x - width / 2), self.width() - width - 2)
        painter.setPen(QPen(accent, 2))
        painter.drawLine(QPointF(x, _TOP - 2), QPointF(x, self.height() - SMALL_SPACE))
        bubble = QPainterPath()
        bubble.addRoundedRect(QRectF(left, 2, width, _TOP - 4), CORNER, CORNER)
        painter.fillPath(bubble, accent)
        painter.setFont(font)
        painter.setPen(QColor(tokens.on_accent))
        painter.drawText(QRectF(left, 2, width, _TOP - 4), Qt.AlignmentFlag.AlignCenter, text)
