"""Where a picture goes in a space: small ones in whole multiples of their size, never blurred."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage

SMALL = 128
"""Pictures with a side below this many pixels are enlarged by whole multiples only."""


def scale_for(width: int, height: int, space_width: float, space_height: float) -> float:
    """The largest scale at which a picture fits the space: whole for an enlarged small one."""
    scale = min(space_width / width, space_height / height)
    return float(math.floor(scale)) if scale >= 1 and min(width, height) < SMALL else scale


def fitted(width: int, height: int, space: QRect) -> QRect:
    """The rectangle of a picture in the middle of ``space``."""
    scale = scale_for(width, height, space.width(), space.height())
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    return QRect(space.x() + (space.width() - w) // 2, space.y() + (space.height() - h) // 2, w, h)


def resized(image: QImage, width: int, height: int) -> QImage:
    """``image`` in a new size: averaged when it shrinks, nearest when it grows and is small, else smooth."""
    grows = width >= image.width()
    nearest = grows and min(image.width(), image.height()) < SMALL
    how = Qt.TransformationMode.FastTransformation if nearest else Qt.TransformationMode.SmoothTransformation
    return image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, how)


def best_columns(count: int, width: int, height: int, space: tuple[int, int], gap: int) -> tuple[int, float]:
    """How many columns make the cells of ``count`` pictures largest, and their scale (> 0).

    Of equally large arrangements the one with the fewest empty cells wins, then the squarest.
    """
    best: tuple[tuple[float, int, int], int, float] | None = None
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        scale = scale_for(
            width, height, (space[0] - gap * (columns - 1)) / columns, (space[1] - gap * (rows - 1)) / rows
        )
        merit = (scale, -(rows * columns - count), -abs(rows * height - columns * width))
        if scale > 0 and (best is None or merit > best[0]):
            best = (merit, columns, scale)
    return (best[1], best[2]) if best is not None else (math.ceil(math.sqrt(count)), 1 / max(width, height))
