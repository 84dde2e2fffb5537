"""Where the head is: turned and tilted, seen along parallel lines, every pixel mapped back onto its surface.

Each level y of the head (y down, 0 at the eyes) is an ellipse with half-width ``w(y)`` and half-depth ``k·w(y)``,
its centre at depth ``z(y)``. So the line of sight through a pixel meets it at a point in closed form, and what is
drawn in the coordinates of the frontal face is foreshortened and shifted as it should be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from studio.portraiture.canvas import Canvas, Window, clip
from studio.portraiture.portrait import Portrait

TOP, BOTTOM, LEVELS = -0.7, 0.9, 1601
DEPTH = 0.74
"""half-depth of the head by its half-width"""
AXIS = 0.175
"""depth of the axis that the head turns about"""


@cache
def levels() -> np.ndarray:
    """The y of each entry of a profile, (LEVELS,) float64."""
    return np.linspace(TOP, BOTTOM, LEVELS)


@dataclass(frozen=True, eq=False)
class Profile:
    """The half-widths (LEVELS,) of a body of ellipses, their depth by width ``k`` and the depth of their centres."""

    width: np.ndarray
    centre: np.ndarray
    k: float

    @cached_property
    def table(self) -> np.ndarray:
        """(4, LEVELS) float32: width, centre, and the slopes of both."""
        rows = np.zeros((4, LEVELS), np.float32)
        rows[0], rows[1] = self.width, self.centre
        rows[2:, 1:-1] = (rows[:2, 2:] - rows[:2, :-2]) * (0.5 * (LEVELS - 1) / (BOTTOM - TOP))
        return rows


@dataclass(frozen=True, eq=False)
class Surface:
    """Where the lines of sight meet a body, all (h, w) float32.

    ``x``, ``y`` are coordinates on the body as seen from the front, ``round`` the sine of the angle about the vertical
    (-1 left, 1 right) and ``facing`` its cosine, ``right``, ``down``, ``near`` the unit normal in the head's frame
    (before the tilt), ``cover`` the share of the pixel that the body covers.
    """

    x: np.ndarray
    y: np.ndarray
    round: np.ndarray
    facing: np.ndarray
    right: np.ndarray
    down: np.ndarray
    near: np.ndarray
    cover: np.ndarray

    def part(self, window: Window) -> Surface:
        """The surface within a window of this one."""
        return Surface(*(getattr(self, name)[window] for name in self.__dataclass_fields__))


class Pose:
    """Turn and tilt of a portrait on a canvas, and the ways between pixels and the head."""

    def __init__(self, canvas: Canvas, portrait: Portrait) -> None:
        turn, tilt = math.radians(portrait.turn), math.radians(portrait.tilt)
        self.sine, self.cosine = math.sin(turn), math.cos(turn)
        self.tilt_sine, self.tilt_cosine = math.sin(tilt), math.cos(tilt)
        self.canvas = canvas
        self.x = canvas.x * self.tilt_cosine + canvas.y * self.tilt_sine
        self.y = canvas.y * self.tilt_cosine - canvas.x * self.tilt_sine
        elevation = 0.55
        side = portrait.light * 1.15
        flat = math.cos(elevation)
        self.light = (flat * math.sin(side), -math.sin(elevation), flat * math.cos(side))

    def project(self, x: float, y: float, z: float) -> tuple[float, float]:
        """The coordinates on the canvas of a point of the head."""
        across = x * self.cosine + (z - AXIS) * self.sine
        return (
            across * self.tilt_cosine - y * self.tilt_sine,
            across * self.tilt_sine + y * self.tilt_cosine,
        )

    def window(self, x: float, y: float, z: float, wide: float, high: float) -> Window:
        """The pixels around a point of the head, ``wide`` to both sides and ``high`` up and down."""
        across, down = self.project(x, y, z)
        reach = wide * self.tilt_cosine + high * abs(self.tilt_sine)
        depth = wide * abs(self.tilt_sine) + high * self.tilt_cosine
        return self.canvas.window(across - reach, down - depth, across + reach, down + depth)

    def cast(self, body: Profile, window: Window, rough: np.ndarray | float = 0.0) -> Surface:
        """Where the lines of sight through the pixels of ``window`` meet ``body``, its width changed by ``rough``."""
        x, y = self.x[window], self.y[window]
        scale = (LEVELS - 1) / (BOTTOM - TOP)
        index = ((y - TOP) * scale + 0.5).astype(np.int32)
        width, centre, widening, shift = (row.take(index, mode="clip") for row in body.table)
        reach = math.hypot(self.cosine, body.k * self.sine)
        turned_cosine, turned_sine = self.cosine / reach, body.k * self.sine / reach
        across = x - (centre - AXIS) * self.sine
        half = np.maximum(width * reach + rough, 1e-4)
        side = clip(across / half, -1, 1)
        front = np.sqrt(1 - side * side)
        round_, facing = side * turned_cosine - front * turned_sine, front * turned_cosine + side * turned_sine
        slope = widening + shift * facing
        unit = 1 / np.sqrt(1 + slope * slope)
        edge = np.abs(across)
        lean = widening * reach - np.sign(across) * shift * self.sine
        cover = clip((half - edge) / (self.canvas.pixel * np.sqrt(1 + lean * lean)) + 0.5)
        cover *= width > 0
        return Surface(width * round_, y, round_, facing, side * unit, -slope * unit, front * unit, cover)

    def lit(self, right: np.ndarray, down: np.ndarray, near: np.ndarray) -> np.ndarray:
        """How directly the light falls on normals of the head's frame, -1 to 1."""
        lx, ly, lz = self.light
        tilted = lx * self.tilt_cosine + ly * self.tilt_sine, ly * self.tilt_cosine - lx * self.tilt_sine
        return right * tilted[0] + down * tilted[1] + near * lz
