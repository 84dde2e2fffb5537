"""Where a picture goes in a space: small ones in whole multiples of their size, never blurred."""

from __future__ import annotations

import math
from dataclasses import dataclass

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


def best_columns(
    count: int, width: int, height: int, space: tuple[int, int], gap: int, depth: int = 1
) -> tuple[int, float]:
    """How many columns make the cells of ``count`` pictures largest, and their scale (> 0).

    ``depth`` pictures form a stack that is not torn apart; lines of stacks are ``2 * gap`` further from each other. Of
    equally large arrangements the one with the fewest empty cells wins, then the squarest.
    """
    best: tuple[tuple[float, int, int], int, float] | None = None
    stacks = count // depth
    for columns in range(1, stacks + 1):
        lines = math.ceil(stacks / columns)
        rows = lines * depth
        down = space[1] - gap * (rows - 1) - (2 * gap * (lines - 1) if depth > 1 else 0)
        scale = scale_for(width, height, (space[0] - gap * (columns - 1)) / columns, down / rows)
        merit = (scale, -(lines * columns - stacks), -abs(rows * height - columns * width))
        if scale > 0 and (best is None or merit > best[0]):
            best = (merit, columns, scale)
    return (best[1], best[2]) if best is not None else (math.ceil(math.sqrt(stacks)), 1 / max(width, height))


@dataclass(frozen=True)
class Stacks:
    """Where ``count`` pictures go that come in stacks of ``depth``: stack after stack, wrapped after ``columns``."""

    count: int
    depth: int
    columns: int
    cell_width: int
    cell_height: int
    gap: int

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of a picture."""
        return self.cell_width, self.cell_height

    @property
    def width(self) -> int:
        """Of all of them."""
        return min(self.columns, self.count // self.depth) * (self.cell_width + self.gap) - self.gap

    @property
    def height(self) -> int:
        """Of all of them."""
        return self.place(self.count - 1)[1] + self.cell_height

    def place(self, index: int) -> tuple[int, int]:
        """The left and top of a picture."""
        stack, level = divmod(index, self.depth)
        line, column = divmod(stack, self.columns)
        further = 2 * self.gap * line if self.depth > 1 else 0
        return column * (self.cell_width + self.gap), (line * self.depth + level) * (
            self.cell_height + self.gap
        ) + further


def best_stacks(count: int, depth: int, width: int, height: int, space: tuple[int, int], gap: int) -> Stacks:
    """The arrangement of :func:`best_columns`, with the size that its cells have then."""
    columns, scale = best_columns(count, width, height, space, gap, depth)
    return Stacks(count, depth, columns, max(1, int(width * scale)), max(1, int(height * scale)), gap)
