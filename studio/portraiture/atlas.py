"""Maps of the face as seen from the front, made once and looked up by every portrait: humps, blush and lines of age."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from studio.portraiture.canvas import bell

EYE = 0.16
"""how far each eye is from the middle: the eyes are 0.32 widths apart"""
MOUTH = 0.302
"""level of the mouth"""
_FINE = 128
"""pixels; larger pictures use maps of twice the size"""
_LEFT, _TOP, _WIDE, _HIGH = -0.36, -0.44, 0.72, 1.0
_FOREHEAD = ((-0.236, 0.13, 0.6), (-0.20, 0.17, 0.85), (-0.167, 0.19, 1.0))
_CROWS_FEET = ((-0.55, 0.045), (-0.1, 0.05), (0.4, 0.045))
Hump = tuple[float, float, float, float, float]
"""x, y, half-width, half-height, height; those beside the middle have a twin on the other side"""
_HUMPS: tuple[Hump, ...] = (
    (EYE, 0.0, 0.125, 0.085, -0.016),
    (0.15, -0.115, 0.15, 0.07, 0.010),
    (0.185, 0.15, 0.12, 0.10, 0.010),
    (0.0, -0.24, 0.22, 0.12, 0.012),
    (0.0, MOUTH, 0.13, 0.09, 0.012),
    (0.0, 0.415, 0.085, 0.055, 0.016),
)
_SMILE_HUMPS = ((0.193, 0.135, 0.12, 0.10, 0.018),)
_BLUSH = ((0.185, 0.175, 0.13, 0.10, 0.34), (0.0, 0.17, 0.06, 0.05, 0.30))


@dataclass(frozen=True, eq=False)
class Places:
    """Where in a flat map of ``side`` × ``side`` entries the points of a face are: what the maps are looked up with."""

    side: int
    index: np.ndarray

    def of(self, flat: np.ndarray) -> np.ndarray:
        """The entries of a flat map (side²,) at these points."""
        return flat.take(self.index, mode="clip")


def places(x: np.ndarray, y: np.ndarray, size: int, fine: int = 1) -> Places:
    """The places of points of the face in the maps for a picture of ``size`` pixels; ``fine`` times the entries."""
    side = (128 if size <= _FINE else 256) * fine
    row = ((y - _TOP) * (side / _HIGH)).astype(np.int32)
    column = ((x - _LEFT) * (side / _WIDE)).astype(np.int32)
    return Places(side, row * side + column)


@cache
def face(side: int) -> np.ndarray:
    """(5, side²) float32: slopes across and down, what a full smile adds to either, and how red the skin is."""
    x, y = _grid(side)
    across, down, _ = _humps(x, y, _HUMPS)
    smile_across, smile_down, _ = _humps(x, y, _SMILE_HUMPS)
    return np.stack([across, down, smile_across, smile_down, _humps(x, y, _BLUSH)[2]]).reshape(5, -1)


@lru_cache(maxsize=8)
def age(side: int, pixel: float) -> np.ndarray:
    """(side²,) float32: what the deepest lines of age change in how bright the skin is, for pixels of this width."""
    x, y = _grid(side)
    lines = np.zeros_like(x)
    for level, wide, strength in _FOREHEAD:
        off = y - level - 0.010 * np.sin(x * 21 + level * 70) + 0.25 * x * x
        lines += crease(off, bell((x / wide) ** 2), 0.0078, 0.6 * strength, pixel)
    far = np.abs(x)
    for slant, length in _CROWS_FEET:
        u = far - 0.240
        off = y - 0.006 - slant * u - (1.5 if slant > 0 else -1.5) * u * u
        lines += crease(off, bell(((u - 0.024) / length) ** 2) * (u > 0), 0.0055, 0.65, pixel)
    t = (far - EYE + 0.008) / 0.085
    lines += crease(y - 0.078 + 0.030 * t * t, bell(t * t), 0.010, 0.6, pixel)
    frown = bell(((y + 0.075) / 0.04) ** 2)
    lines += crease(far - 0.022 - 0.004 * np.cos(y * 40), frown, 0.006, 0.5, pixel)
    lines += crease(far - 0.112 - 0.15 * (y - 0.36), bell(((y - 0.36) / 0.04) ** 2), 0.008, 0.5, pixel)
    return lines.ravel()


def crease(off: np.ndarray, where: np.ndarray, width: float, strength: float, pixel: float) -> np.ndarray:
    """A line along ``off`` = 0: darker in it and lighter beside it, wider and weaker where pixels are large."""
    least = 0.6 * pixel
    if width < least:
        width, strength = least, strength * width / least
    scaled = off * (1 / width)
    beside = scaled - 1.35
    return (0.35 * bell(beside * beside) - bell(scaled * scaled)) * where * (0.9 * strength)


def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    steps = (np.arange(side, dtype=np.float32) + 0.5) / side
    x, y = np.meshgrid(_LEFT + _WIDE * steps, _TOP + _HIGH * steps)
    return x, y


def _humps(x: np.ndarray, y: np.ndarray, humps: tuple[Hump, ...]) -> np.ndarray:
    """(3, side, side) float32: slopes across and down and the heights of smooth humps together."""
    total = np.zeros((3, *x.shape), np.float32)
    for middle, level, wide, high, height in humps:
        for side in (-1, 1) if middle else (1,):
            u, v = (x - side * middle) / wide, (y - level) / high
            rest = np.maximum(1 - u * u - v * v, 0)
            total += np.stack((-4 * height * rest * u / wide, -4 * height * rest * v / high, height * rest * rest))
    return total
