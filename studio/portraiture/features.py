"""The relief of the face: brows, cheeks, nose and chin, folds and lines of age."""

from __future__ import annotations

from functools import cache

import numpy as np

from studio.portraiture import atlas
from studio.portraiture.canvas import bell, step
from studio.portraiture.head import Head, Relief
from studio.portraiture.pose import BOTTOM, LEVELS, TOP, levels

_TIP, _BASE = 0.158, 0.205


def relief(head: Head) -> Relief:
    """The shape of the face of ``head``, with its nose, folds and lines; eyes and mouth add theirs."""
    portrait, skin, size = head.portrait, head.skin, head.canvas.size
    places = atlas.places(skin.x, skin.y, size)
    across, down, smile_across, smile_down, blush = atlas.face(places.side)
    found = Relief(head, places.of(across), places.of(down), places.of(blush))
    if portrait.smile > 0:
        found.across += portrait.smile * places.of(smile_across)
        found.down += portrait.smile * places.of(smile_down)
    if portrait.age > 0:
        finer = atlas.places(skin.x, skin.y, size, 2)
        found.bright += portrait.age * finer.of(atlas.age(finer.side, head.canvas.pixel))
    _nose(head, found)
    _folds(head, found)
    return found


@cache
def _bridge() -> np.ndarray:
    """(3, LEVELS) float32: height of the nose at each level, its slope, and its half-width."""
    y = levels()
    t = np.clip((y + 0.05) / (_TIP + 0.05), 0, 1)
    under = np.clip((_BASE + 0.012 - y) / (_BASE + 0.012 - _TIP), 0, 1)
    height = (0.10 * np.minimum(t * 8, 1) + 0.90 * t**1.7) * np.sqrt(under) * (y > -0.05)
    return np.stack((height, np.gradient(height, y), 0.034 + 0.030 * t**3)).astype(np.float32)


def _nose(head: Head, found: Relief) -> None:
    size = 1 + 0.22 * head.portrait.nose_size
    window = head.pose.window(0, 0.08, head.depth(0, 0.08) + 0.03, 0.15, 0.15)
    y = head.skin.y[window]
    index = ((y - TOP) * ((LEVELS - 1) / (BOTTOM - TOP))).astype(np.int32)
    height, slope, width = (row.take(index, mode="clip") for row in _bridge())
    tall = 0.066 * size
    width = width * size
    x = unshifted(head, head.skin.x[window], height * tall, width)
    u = x / width
    rest = np.maximum(1 - u * u, 0)
    found.across[window] += -4 * tall * height * rest * u / width
    found.down[window] += tall * 0.8 * slope * rest * rest
    for side in (-1, 1):
        u = (x - side * 0.043 * size) * (1 / (0.026 * size))
        v = (y - 0.178) * (1 / 0.028)
        rest = np.maximum(1 - u * u - v * v, 0) * (-4 * 0.010)
        found.across[window] += rest * u * (1 / (0.026 * size))
        found.down[window] += rest * v * (1 / 0.028)
    _under_nose(head, found, size)


def unshifted(head: Head, x: np.ndarray, height: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Where on the nose a line of sight ends that would meet the bare face at ``x``.

    What stands out is seen beside where it stands once the head is turned; the near flank hides the far one.
    """
    lean = head.pose.sine / head.pose.cosine
    there = x - lean * height
    for _ in range(3 if lean else 0):
        u = there / width
        there = x - lean * height * bell(u * u)
    return there


def _under_nose(head: Head, found: Relief, size: float) -> None:
    """Nostrils, the crease around the wings, the light on the tip, and the shadows of the nose."""
    portrait = head.portrait
    window = head.pose.window(0, 0.18, head.depth(0, 0.18) + 0.03, 0.15, 0.08)
    y = head.skin.y[window]
    lean = head.pose.sine / head.pose.cosine
    bare = head.skin.x[window]
    x = bare - lean * 0.028 * size
    below = bell((x * (1 / (0.075 * size))) ** 2 + ((y - 0.212) * (1 / 0.034)) ** 2) * step(y, 0.188, 0.205)
    cast = bell(((x + 0.07 * portrait.light) * (1 / 0.06)) ** 2 + ((y - 0.17) * (1 / 0.075)) ** 2)
    tip = bare - lean * 0.06 * size - 0.012 * portrait.light
    glow = bell((tip * (1 / 0.017)) ** 2 + ((y - 0.150) * (1 / 0.020)) ** 2)
    shade = 0.30 * glow - (0.3 + 0.4 * portrait.contrast) * below
    shade -= 0.4 * portrait.contrast * abs(portrait.light) * cast
    for side in (-1, 1):
        u = x - side * 0.027 * size
        hole = (u * (1 / (0.019 * size))) ** 2 + ((y - 0.1965 + 0.25 * side * u) * (1 / 0.0105)) ** 2
        far = np.hypot((x - side * 0.043 * size) * (1 / (0.026 * size)), (y - 0.178) * (1 / 0.030))
        wing = bell(((far - 1) * (1 / 0.28)) ** 2) * step(side * x, 0.042 * size, 0.062 * size)
        shade -= 1.35 * bell(hole) + 0.45 * wing * step(y, 0.150, 0.175)
    found.bright[window] += shade


def _folds(head: Head, found: Relief) -> None:
    """The folds from the nose to the corners of the mouth, by smile and age, and dimples by smile."""
    smile, age, pixel = max(0.0, head.portrait.smile), head.portrait.age, head.canvas.pixel
    for side in (-1, 1):
        window = head.window(side * 0.105, 0.245, 0.08, 0.09)
        x, y = side * head.skin.x[window], head.skin.y[window]
        t = (y - 0.165) * (1 / 0.14)
        curve = 0.062 + (0.062 + 0.022 * smile) * t + 0.060 * smile * t * (1 - t)
        where = bell((t - 0.52) ** 2 * 3.2)
        found.bright[window] += atlas.crease((x - curve) * 0.8, where, 0.012, 0.05 + 0.42 * smile + 0.42 * age, pixel)
        if smile > 0:
            middle = 0.148 + 0.012 * smile
            window = head.window(side * middle, 0.285, 0.04, 0.045)
            x, y = side * head.skin.x[window] - middle, head.skin.y[window] - 0.278
            where = bell((y * (1 / 0.036)) ** 2)
            found.bright[window] += atlas.crease(x - 0.006 + 4.5 * y * y, where, 0.010, 0.5 * smile, pixel)
