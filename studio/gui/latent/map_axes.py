"""The edges of a map: thin lines with numbers at round places, and what the two axes are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE
from studio.latent.lattice import Box, Frame

TICK = 4
"""px"""
APART = 72
"""px between numbers, at least"""
DECIMALS = 3
"""numbers that need more are told as a distance from a base"""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Ticks:
    """Round places on an axis with their numbers, which count from ``base`` in units of 10**power."""

    places: tuple[float, ...]
    texts: tuple[str, ...]
    base: str = ""
    power: int = 0

    def named(self, name: str) -> str:
        """The axis's name, with what has to be done with the numbers."""
        start = f" from {self.base}" if self.base else ""
        return f"{name}{start}, in 10{str(self.power).translate(RAISED)}" if self.power else f"{name}{start}"


def ticks(low: float, high: float, pixels: float, box: tuple[float, float] | None = None) -> Ticks:
    """Round places from ``low`` to ``high``, and inside ``box``, for an axis of so many px."""
    step = _round_step((high - low) / max(1.0, pixels / APART))
    exponent = math.floor(math.log10(step) + 1e-9)
    furthest = max(abs(low), abs(high))
    plain = exponent >= -DECIMALS and furthest < 1e5
    base = 0.0 if plain or furthest < 1000 * step else round((low + high) / 2, -exponent - 2)
    power = 0 if plain else exponent + 1
    low, high = (low, high) if box is None else (max(low, box[0]), min(high, box[1]))
    first, last = math.ceil((low - base) / step - 1e-6), math.floor((high - base) / step + 1e-6)
    shifts = [index * step for index in range(first, last + 1)]
    decimals = max(0, -exponent) if plain else 1
    texts = tuple(_minus(f"{shift / 10.0**power:.{decimals}f}") for shift in shifts)
    return Ticks(tuple(base + shift for shift in shifts), texts, _minus(f"{base:.12g}") if base else "", power)


def gutter(font: QFont) -> tuple[int, int]:
    """What numbers and names need at the left and at the bottom, in px."""
    metrics = QFontMetricsF(theme.small_font(font))
    line = math.ceil(metrics.height())
    number = math.ceil(metrics.horizontalAdvance("−0.000"))
    return line + number + TICK + 2 * SMALL_SPACE, 2 * line + TICK + SMALL_SPACE


def paint(painter: QPainter, frame: Frame, names: tuple[str, str], font: QFont, box: Box | None = None) -> None:
    """Numbers (inside ``box``) and names around ``frame``; its inside is left alone."""
    tokens = theme.tokens()
    painter.setFont(theme.tabular(theme.small_font(font)))
    left, bottom, right, top = frame.box()
    across = ticks(left, right, frame.width, None if box is None else (box[0], box[2]))
    up = ticks(bottom, top, frame.height, None if box is None else (box[1], box[3]))
    floor = frame.top + frame.height
    painter.setPen(QColor(tokens.line))
    painter.drawPolyline([
        QPointF(frame.left - 0.5, frame.top),
        QPointF(frame.left - 0.5, floor + 0.5),
        QPointF(frame.left + frame.width, floor + 0.5),
    ])  # fmt: skip
    painter.setPen(QColor(tokens.muted))
    _numbers_below(painter, frame, across)
    _numbers_left(painter, frame, up)
    line = painter.fontMetrics().height()
    painter.setPen(QColor(tokens.text))
    room = QRectF(frame.left, floor + TICK + line, frame.width, line)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, across.named(names[0]))
    painter.save()
    painter.translate(QPointF(0, floor))
    painter.rotate(-90)
    painter.drawText(QRectF(0, 0, frame.height, line), Qt.AlignmentFlag.AlignCenter, up.named(names[1]))
    painter.restore()


def paint_lines(painter: QPainter, frame: Frame) -> None:
    """A faint line across the frame at each number; for a map without pictures."""
    left, bottom, right, top = frame.box()
    painter.setPen(theme.mix(theme.tokens().line, theme.tokens().panel, 0.5))
    for place in ticks(left, right, frame.width).places:
        x = _x(frame, place)
        painter.drawLine(QLineF(x, frame.top, x, frame.top + frame.height))
    for place in ticks(bottom, top, frame.height).places:
        y = _y(frame, place)
        painter.drawLine(QLineF(frame.left, y, frame.left + frame.width, y))


def _numbers_below(painter: QPainter, frame: Frame, found: Ticks) -> None:
    floor, metrics = frame.top + frame.height + TICK, painter.fontMetrics()
    most = frame.left + frame.width
    for place, text in zip(found.places, found.texts, strict=True):
        x, wide = _x(frame, place), metrics.horizontalAdvance(text) + 1
        painter.drawLine(QLineF(x, floor - TICK, x, floor))
        painter.drawText(
            QRectF(min(x - wide / 2, most - wide), floor, wide, metrics.height()), Qt.AlignmentFlag.AlignCenter, text
        )


def _numbers_left(painter: QPainter, frame: Frame, found: Ticks) -> None:
    edge, line = frame.left - TICK, painter.fontMetrics().height()
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for place, text in zip(found.places, found.texts, strict=True):
        y = _y(frame, place)
        painter.drawLine(QLineF(edge, y, frame.left, y))
        painter.drawText(QRectF(0, max(frame.top, y - line / 2), edge - 2, line), flags, text)


def _x(frame: Frame, place: float) -> float:
    return (place - frame.x) * frame.scale + frame.left + frame.width / 2


def _y(frame: Frame, place: float) -> float:
    return frame.top + frame.height / 2 - (place - frame.y) * frame.scale


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, 20, … times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(least, 1e-300)))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= least * (1 - 1e-9))


def _minus(text: str) -> str:
    """With a true minus sign, and none before nought."""
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")
