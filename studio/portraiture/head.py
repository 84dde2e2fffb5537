"""The head itself: its shape, its skin in the light, and the ears."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from studio.portraiture import noise
from studio.portraiture.canvas import Canvas, Window, bell, clip, inside, rgb, step
from studio.portraiture.colours import Palette
from studio.portraiture.portrait import Portrait
from studio.portraiture.pose import AXIS, BOTTOM, DEPTH, LEVELS, TOP, Pose, Profile, Surface, levels

CROWN, CHIN = -0.365, 0.455
_WIDEST = 0.03
"""levels (y) of the top, the bottom and the widest place of the head"""
_HALF = 0.290


@dataclass(eq=False)
class Head:
    """One head on a canvas: everything that painting its features needs."""

    canvas: Canvas
    portrait: Portrait
    palette: Palette
    pose: Pose
    profile: Profile
    skin: Surface

    @property
    def half(self) -> float:
        """The largest half-width."""
        return half_width(self.portrait)

    def depth(self, x: float, y: float) -> float:
        """How near the surface of the face is at (x, y)."""
        level = int((y - TOP) / (BOTTOM - TOP) * (LEVELS - 1))
        width = max(float(self.profile.width[level]), abs(x) + 1e-6)
        centre = float(self.profile.centre[level])
        return centre + self.profile.k * width * math.sqrt(1 - (x / width) ** 2)

    def window(self, x: float, y: float, wide: float, high: float) -> Window:
        """The pixels within ``wide`` and ``high`` of a point of the face."""
        return self.pose.window(x, y, self.depth(x, y), wide, high)


def build(canvas: Canvas, portrait: Portrait, palette: Palette) -> Head:
    """The head of ``portrait`` in its pose, not painted yet."""
    pose = Pose(canvas, portrait)
    profile = skull(portrait)
    return Head(canvas, portrait, palette, pose, profile, pose.cast(profile, canvas.whole))


def half_width(portrait: Portrait) -> float:
    """The largest half-width of the head."""
    return _HALF * (1 + 0.09 * portrait.face_width)


def skull(portrait: Portrait, longer: float = 0.0, wider: float = 0.0) -> Profile:
    """The shape of the head; ``longer`` and ``wider`` let a beard stand out from the jaw."""
    upper, lower = _outline()
    jaw = lower ** (0.56 - 0.15 * portrait.jaw)
    y = levels()
    if longer or wider:
        jaw = np.interp(_WIDEST + (y - _WIDEST) * (CHIN - _WIDEST) / (CHIN - _WIDEST + longer), y, jaw)
    half = half_width(portrait)
    width = half * np.where(y < _WIDEST, upper, jaw)
    if wider:
        width = np.where(width > 0, width + wider * np.clip((y - 0.1) / 0.15, 0, 1) * np.sqrt(jaw), 0)
    front = DEPTH * half
    centre = np.where(y < _WIDEST, 0.0, front - DEPTH * width)
    return Profile(width, centre, DEPTH)


@cache
def _outline() -> tuple[np.ndarray, np.ndarray]:
    y = levels()
    up = np.clip((_WIDEST - y) / (_WIDEST - CROWN), 0, 1)
    down = np.clip((y - _WIDEST) / (CHIN - _WIDEST), 0, 1)
    return (1 - up**2.5) ** (1 / 2.2), 1 - down**2.1


class Relief:
    """What light makes of the skin: small heights, kept as slopes, and lines, shadows and blush.

    All maps are (S, S) float32. ``bright`` is added to how bright the skin is (1: from full shade to full light),
    ``blush`` is how red it is, 0 to 1.
    """

    def __init__(self, head: Head, across: np.ndarray, down: np.ndarray, blush: np.ndarray) -> None:
        self.head = head
        self.across, self.down, self.blush = across, down, blush
        self.bright = np.zeros_like(across)

    def light(self) -> np.ndarray:
        """What the heights change in how directly the light falls."""
        pose = self.head.pose
        lx, ly, lz = pose.light
        side = lx * pose.tilt_cosine + ly * pose.tilt_sine
        along = side * pose.cosine - lz * pose.sine
        return -(self.across * along + self.down * (ly * pose.tilt_cosine - lx * pose.tilt_sine))


def tone(portrait: Portrait, lit: np.ndarray) -> np.ndarray:
    """How bright skin is, about 0 (in the dark) to 1.1, from how directly the light falls on it."""
    wrapped = clip((lit + 0.35) * (1 / 1.3), 0, 1.05)
    return wrapped * (1.25 * portrait.contrast) + (1.06 - 1.25 * portrait.contrast)


def skin_colour(palette: Palette, bright: np.ndarray) -> np.ndarray:
    """(3, h, w) the colour of skin of this brightness."""
    return palette.shade[:, None, None] + bright * (palette.skin - palette.shade)[:, None, None]


def paint_skin(head: Head, relief: Relief) -> None:
    """The whole head in its skin, lit, with blush, freckles and a darker rim."""
    portrait, skin, canvas = head.portrait, head.skin, head.canvas
    lit = head.pose.lit(skin.right, skin.down, skin.near) + relief.light()
    bright = tone(portrait, lit) - 0.22 * step(skin.near, 0.42, 0.0) + relief.bright
    colour = skin_colour(head.palette, bright)
    colour *= 1 - relief.blush * rgb(0.02, 0.34, 0.36)[:, None, None]
    canvas.over(canvas.whole, skin.cover, colour, "skin")
    if portrait.freckles > 0:
        _freckles(head)


def _freckles(head: Head) -> None:
    window = head.window(0, 0.13, 0.27, 0.13)
    x, y = head.skin.x[window], head.skin.y[window]
    spots = step(noise.at(x, y, 900, head.portrait.strands, head.canvas.size), 0.35, 0.7)
    where = bell((x / 0.27) ** 2 + ((y - 0.13) / 0.12) ** 2)
    cover = spots * where * head.skin.cover[window] * (0.75 * head.portrait.freckles)
    head.canvas.tint(window, cover, head.palette.skin * rgb(0.66, 0.46, 0.36))


def paint_ear(head: Head, side: int) -> None:
    """The ear on one side (-1 left, 1 right)."""
    pose, canvas = head.pose, head.canvas
    wide = 0.030 + 0.030 * max(0.0, -side * pose.sine)
    middle = side * (head.half + 0.008)
    centre_x = middle * pose.cosine - AXIS * pose.sine
    window = pose.window(middle, 0.055, 0.0, wide + 0.02, 0.1)
    u = (pose.x[window] - centre_x - side * 0.12 * (0.055 - pose.y[window])) * (1 / wide)
    v = (pose.y[window] - 0.055) * (1 / 0.088)
    v = v + 0.25 * v * v * np.sign(v) * 0.3
    far = np.sqrt(u * u * (1 + 0.35 * v) + v * v)
    cover = inside((1 - far) * wide, canvas.pixel)
    lit = pose.lit(0.75 * side + 0.25 * u, v * 0.3, 0.55 + 0 * u)
    inner = bell(((u - 0.1 * side) ** 2 + (v + 0.1) ** 2) * 2.2)
    bright = tone(head.portrait, lit) - 0.12 - 0.42 * inner + 0.15 * bell((far - 0.82) ** 2 * 30)
    canvas.over(window, cover, skin_colour(head.palette, bright) * rgb(1.0, 0.93, 0.92)[:, None, None], "skin")
