"""The geometry of a map: which part of a plane a rectangle of the screen shows, and the lattice its pictures sit on.

Numpy alone, so the window may do it. The plane's y goes up, the screen's goes down. A cell is named by its level,
column and row; a level has half the spacing of the level before it, so that four cells lie exactly in one coarser cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

Box = tuple[float, float, float, float]
"""left, bottom, right, top in the plane"""
Key = tuple[int, int, int]
"""level, column, row of a cell"""
UNIT: Box = (0.0, 0.0, 1.0, 1.0)
"""where the points of a quantile plane lie"""
EVEN = 1e-9
"""so that a cell of exactly the smallest size counts as large enough"""


@dataclass(frozen=True)
class Frame:
    """The rectangle ``left, top, width, height`` (px) of the screen, its middle at ``x, y``, ``scale`` px a unit."""

    left: float
    top: float
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0

    def to_screen(self, points: np.ndarray) -> np.ndarray:
        """Screen places (N, 2) float64 of points (N, 2) of the plane."""
        middle = (self.left + self.width / 2, self.top + self.height / 2)
        return (np.asarray(points, np.float64) - (self.x, self.y)) * (self.scale, -self.scale) + middle

    def to_plane(self, places: np.ndarray) -> np.ndarray:
        """Points (N, 2) float64 of the plane at screen places (N, 2)."""
        middle = (self.left + self.width / 2, self.top + self.height / 2)
        return (np.asarray(places, np.float64) - middle) / (self.scale, -self.scale) + (self.x, self.y)

    def box(self) -> Box:
        """What it shows of the plane."""
        half, tall = self.width / self.scale / 2, self.height / self.scale / 2
        return self.x - half, self.y - tall, self.x + half, self.y + tall

    def moved(self, across: float, down: float) -> Frame:
        """After the plane was dragged by so many px."""
        return replace(self, x=self.x - across / self.scale, y=self.y + down / self.scale)

    def zoomed(self, factor: float, at: tuple[float, float]) -> Frame:
        """``factor`` times as large, what is at the screen place ``at`` staying there."""
        ((x, y),) = self.to_plane(np.array([at]))
        keep = 1 - 1 / factor
        return replace(self, scale=self.scale * factor, x=self.x + (x - self.x) * keep, y=self.y + (y - self.y) * keep)

    def showing(self, box: Box) -> Frame:
        """With ``box`` as large as it can be in the middle."""
        wide, tall = max(box[2] - box[0], 1e-300), max(box[3] - box[1], 1e-300)
        scale = min(self.width / wide, self.height / tall)
        return replace(self, x=(box[0] + box[2]) / 2, y=(box[1] + box[3]) / 2, scale=scale)

    def within(self, box: Box) -> Frame:
        """Moved so that nothing outside ``box`` is shown, or ``box`` is in the middle where it is smaller."""
        half, tall = self.width / self.scale / 2, self.height / self.scale / 2
        return replace(self, x=_between(self.x, half, box[0], box[2]), y=_between(self.y, tall, box[1], box[3]))


@dataclass(frozen=True)
class Window:
    """The cells of one level that a frame touches: ``columns`` × ``rows`` from the first ones on."""

    level: int
    column: int
    row: int
    columns: int
    rows: int

    def keys(self) -> list[Key]:
        """All its cells, row by row from below."""
        across, up = range(self.column, self.column + self.columns), range(self.row, self.row + self.rows)
        return [(self.level, column, row) for row in up for column in across]


@dataclass(frozen=True)
class Lattice:
    """Cells of ``base`` units at level 0, drawn at ``cell`` to twice ``cell`` px; none outside ``box``.

    In a box, levels below ``coarsest`` would not tile it, so cells get smaller than ``cell`` px instead.
    """

    base: float
    cell: float
    box: Box | None = None
    coarsest: int = -1000

    def level(self, scale: float) -> int:
        """The level whose cells have a fitting size at ``scale`` px a unit."""
        return max(self.coarsest, math.floor(math.log2(self.base * scale / self.cell) + EVEN))

    def spacing(self, level: int) -> float:
        """The side of a cell in units of the plane."""
        return math.ldexp(self.base, -level)

    def window(self, frame: Frame) -> Window:
        """The cells that ``frame`` shows, wholly or in part."""
        level = self.level(frame.scale)
        spacing, box = self.spacing(level), frame.box()
        # a thousandth of a pixel of a cell is no cell
        slack = 1e-3 / (spacing * frame.scale)
        first = [math.floor(box[side] / spacing + slack) for side in (0, 1)]
        last = [math.ceil(box[side] / spacing - slack) for side in (2, 3)]
        if self.box is not None:
            first = [max(first[side], round(self.box[side] / spacing)) for side in (0, 1)]
            last = [min(last[side], round(self.box[side + 2] / spacing)) for side in (0, 1)]
        return Window(level, first[0], first[1], max(0, last[0] - first[0]), max(0, last[1] - first[1]))

    def points(self, keys: list[Key]) -> np.ndarray:
        """The middles (N, 2) float64 of cells of one level in the plane."""
        if not keys:
            return np.zeros((0, 2))
        return (np.array([key[1:] for key in keys], np.float64) + 0.5) * self.spacing(keys[0][0])

    def snapped(self, scale: float, ratio: float = 1.0) -> float:
        """The next scale below at which a cell has a whole number of device pixels (``ratio`` to a px)."""
        spacing = self.spacing(self.level(scale))
        return max(1, math.floor(spacing * scale * ratio + EVEN)) / ratio / spacing


def in_order(keys: list[Key], focus: tuple[float, float]) -> list[Key]:
    """Cells of one level from coarse to fine: every fourth, every second, the rest, each from ``focus`` outwards.

    ``focus`` is in columns and rows. A cell of an earlier pass stands in for the block of 4 × 4 or 2 × 2 it lies in.
    """
    if not keys:
        return []
    places = np.array([key[1:] for key in keys], np.int64)
    passes = np.where((places % 4 == 1).all(1), 0, np.where((places % 2 == 1).all(1), 1, 2))
    distance = np.square(places + 0.5 - np.array(focus)).sum(1)
    return [keys[index] for index in np.lexsort((distance, passes))]


def _between(middle: float, half: float, low: float, high: float) -> float:
    return (low + high) / 2 if 2 * half >= high - low else min(high - half, max(low + half, middle))
