"""What is drawn on top of a map: the chosen place, pins, strokes in the hand's colour, the thumbnail of a dot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap, QPolygonF

from studio.gui import theme
from studio.gui.tokens import CORNER, SMALL_SPACE, SPACE
from studio.latent.lattice import Frame

MARK = 7.0
"""radius of the ring in px"""
THUMB = 84
"""side of a thumbnail in px, about"""
LONGEST = 110
"""px of a pin's name"""


def paint_mark(painter: QPainter, place: QPointF, radius: float = MARK) -> None:
    """A ring that is seen on any picture: the accent between two dark lines."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_shade(200), 5.0), (QColor(theme.tokens().accent), 2.5)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(place, radius, radius)


def paint_pins(painter: QPainter, pins: Sequence[tuple[QPointF, str]], font: QFont) -> None:
    """Small squares on their tip with a name beside; a name that would cover another one is left out."""
    tokens = theme.tokens()
    painter.setFont(theme.small_font(font))
    metrics = painter.fontMetrics()
    taken: list[QRectF] = []
    for place, name in pins:
        diamond = QPolygonF([place + QPointF(x, y) for x, y in ((0, -5), (5, 0), (0, 5), (-5, 0))])
        painter.setPen(QPen(QColor(tokens.panel), 1.5))
        painter.setBrush(QColor(tokens.text))
        painter.drawPolygon(diamond)
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, LONGEST)
        wide = metrics.horizontalAdvance(text) + SPACE
        room = QRectF(place.x() + SPACE, place.y() - metrics.height() / 2, wide, metrics.height())
        if not text or any(room.intersects(other) for other in taken):
            continue
        taken.append(room)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_shade(225))
        painter.drawRoundedRect(room, 3, 3)
        painter.setPen(QColor(tokens.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)


def paint_path(painter: QPainter, places: np.ndarray) -> None:
    """A way over the map: places (K, 2), a disc where it begins and a ring where it ends."""
    line = polygon(places)
    for colour, width in ((_shade(200), 5.0), (QColor(theme.tokens().accent), 2.5)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(line)
    if len(places) > 1:
        paint_mark(painter, line.last(), 4.0)
    painter.setPen(QPen(_shade(200), 1.5))
    painter.setBrush(QColor(theme.tokens().accent))
    painter.drawEllipse(line.first(), 5.0, 5.0)


def paint_lasso(painter: QPainter, places: np.ndarray) -> None:
    """A closed outline (K, 2), its inside tinted."""
    tint = QColor(theme.tokens().accent)
    tint.setAlpha(40)
    shape = polygon(places)
    painter.setPen(QPen(_shade(200), 3.5))
    painter.setBrush(tint)
    painter.drawPolygon(shape)
    painter.setPen(QPen(QColor(theme.tokens().accent), 1.5, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(shape)


def paint_thumbnail(painter: QPainter, picture: QPixmap, cursor: QPointF, frame: Frame, text: str, font: QFont) -> None:
    """A picture with a line of text beside the cursor, wherever there is room inside the frame."""
    tokens = theme.tokens()
    painter.setFont(theme.small_font(font))
    times = max(1, round(THUMB / picture.width()))
    side = picture.width() * times if picture.width() <= THUMB else THUMB
    tall = picture.height() * side / picture.width()
    line = painter.fontMetrics().height() if text else 0
    card = QRectF(0, 0, side + 2 * SMALL_SPACE, tall + line + 2 * SMALL_SPACE)
    card.moveTopLeft(beside(cursor, card, frame))
    painter.setPen(QColor(tokens.line))
    painter.setBrush(QColor(tokens.raised))
    painter.drawRoundedRect(card, CORNER, CORNER)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, side < picture.width())
    painter.drawPixmap(
        QRectF(card.left() + SMALL_SPACE, card.top() + SMALL_SPACE, side, tall), picture, QRectF(picture.rect())
    )
    painter.setPen(QColor(tokens.text))
    room = QRectF(card.left(), card.bottom() - line - 2, card.width(), line)
    elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(card.width()) - SPACE)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, elided)


def beside(cursor: QPointF, card: QRectF, frame: Frame) -> QPointF:
    """Where a card goes: right below the cursor, on its other side where the frame ends."""
    left, top = cursor.x() + 2 * SPACE, cursor.y() + 2 * SPACE
    if left + card.width() > frame.left + frame.width:
        left = max(frame.left, cursor.x() - 2 * SPACE - card.width())
    if top + card.height() > frame.top + frame.height:
        top = max(frame.top, cursor.y() - 2 * SPACE - card.height())
    return QPointF(left, top)


def polygon(places: np.ndarray) -> QPolygonF:
    """Places (K, 2) for Qt; for strokes, not for dots."""
    return QPolygonF([QPointF(float(x), float(y)) for x, y in places])


def _shade(alpha: int) -> QColor:
    """The ground colour, see-through: parts a line from the picture below."""
    shade = QColor(theme.tokens().panel)
    shade.setAlpha(alpha)
    return shade
