"""Eyes and brows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.portraiture import noise
from studio.portraiture.atlas import EYE
from studio.portraiture.canvas import Window, bell, clip, inside, rgb, step
from studio.portraiture.head import Head, Relief

_WHITE = rgb(0.96, 0.95, 0.93)
_PINK = rgb(0.80, 0.48, 0.45)
_DARK = rgb(0.07, 0.05, 0.05)
_FINE = 96
"""pixels; in larger pictures single lashes and rays of the iris can be seen"""


@dataclass(frozen=True, eq=False)
class Lids:
    """The lids of one eye on the face, (h, w) each in ``window``.

    ``x``, ``y`` from the middle of the eye, ``place`` from -1 (inner corner) to 1 (outer), ``under`` how far below the
    edge of the upper lid, ``over`` how far above that of the lower.
    """

    window: Window
    x: np.ndarray
    y: np.ndarray
    place: np.ndarray
    under: np.ndarray
    over: np.ndarray


def lids(head: Head, side: int) -> Lids:
    """The lids of the left (-1) or right (1) eye."""
    size = head.portrait.eye_size
    wide = 0.073 * size
    window = head.window(side * EYE, -0.008, wide * 1.6, 0.062 * size)
    x, y = head.skin.x[window] - side * EYE, head.skin.y[window]
    place = x * (side / wide)
    rest = np.maximum(1 - place * place, 0)
    arc = 0.45 * rest + 0.55 * np.sqrt(rest)
    lean = place * (-0.006 * size)
    upper = arc * (0.0395 * size - 0.005 * size * place * arc)
    lower = rest * (0.0265 * size + 0.004 * size * place)
    return Lids(window, x, y, place, y - lean + upper, lean + lower - y)


def shade_lids(found: Relief, eye: Lids) -> None:
    """The shadow under the brow, the crease of the upper lid, and the edge of the lower."""
    size, pixel = found.head.portrait.eye_size, found.head.canvas.pixel
    place, under = eye.place, eye.under
    lid = bell((place * (1 / 1.25)) ** 2) * step(under, -0.044 * size, -0.008) * (under < 0.02)
    crease = (under + (0.016 + 0.006 * place) * size) * (1 / max(0.0065, 0.55 * pixel))
    line = bell(crease * crease) * step(np.abs(place - 0.06), 1.12, 0.75)
    below = eye.over * (1 / max(0.006 * size, 0.6 * pixel))
    lower = bell(below * below) * step(np.abs(place - 0.1), 1.05, 0.75)
    found.bright[eye.window] -= 0.20 * lid + 0.5 * line + 0.5 * lower


def paint_eye(head: Head, eye: Lids) -> None:
    """One eye: ball, iris and lashes."""
    if eye.x.size == 0:
        return
    pixel, cover = head.canvas.pixel, head.skin.cover[eye.window]
    ball = inside(np.minimum(eye.under, eye.over), pixel) * (np.abs(eye.place) < 1) * cover
    size = head.portrait.eye_size
    square = eye.place * eye.place
    dim = 0.98 - 0.32 * step(eye.under, 0.026 * size, 0.0) - 0.20 * square - 0.10 * head.portrait.contrast
    corner = step(eye.place, -0.76, -0.98) * 0.8
    white = (_WHITE[:, None, None] + corner * (_PINK - _WHITE)[:, None, None]) * dim
    head.canvas.over(eye.window, ball, white, "eyes")
    _iris(head, eye, ball, size)
    _lashes(head, eye, cover, size)


def _iris(head: Head, eye: Lids, ball: np.ndarray, size: float) -> None:
    portrait, canvas, pixel = head.portrait, head.canvas, head.canvas.pixel
    u = eye.x - 0.026 * size * portrait.gaze_x
    v = eye.y + 0.006 * size - 0.014 * size * portrait.gaze_y
    radius = 0.0345 * size
    far = np.sqrt(u * u + v * v)
    rays = noise.along(noise.line(), np.arctan2(v, u), 600, portrait.strands) if canvas.size > _FINE else 0.0
    glow = 0.95 + 0.32 * step(v + 0.4 * u * portrait.light, -0.2 * radius, 0.9 * radius) + 0.13 * rays
    glow *= (1 - 0.62 * step(far, 0.70 * radius, radius)) * (1 - 0.42 * step(eye.under, 0.022 * size, 0.0))
    pupil = inside(0.43 * radius - far, pixel)
    colour = head.palette.iris[:, None, None] * (glow * (1 - pupil)) + _DARK[:, None, None] * pupil
    canvas.tint(eye.window, inside(radius - far, pixel) * ball, colour)
    shift = 0.38 * radius * (1 if portrait.light >= 0 else -1)
    first = np.sqrt((u - shift) ** 2 + (v + 0.36 * radius) ** 2)
    second = ((u + shift) ** 2 + (v - 0.40 * radius) ** 2) * (1 / (0.24 * radius) ** 2)
    light = inside(0.26 * radius - first, pixel * 1.2) * 0.95 + 0.45 * bell(second)
    canvas.tint(eye.window, light * ball, rgb(1, 1, 1))


def _lashes(head: Head, eye: Lids, cover: np.ndarray, size: float) -> None:
    canvas, place, under = head.canvas, eye.place, eye.under
    dark = 0.5 * head.palette.shade * rgb(0.4, 0.3, 0.3) + 0.5 * _DARK
    thick = (0.0060 + 0.0042 * clip(place, -1, 1)) * size
    line = inside(thick - np.abs(under + 0.3 * thick), canvas.pixel) * step(np.abs(place), 1.10, 0.98) * 0.92
    if canvas.size > _FINE:
        comb = step(noise.along(noise.line(), place + 6 * under, 330, 91), 0.05, 0.4) * (under < 0.002)
        comb = comb * step(under, -0.017 * size, -0.004) * step(place, -0.3, 0.7) * step(place, 1.12, 1.0)
        line = np.maximum(line, comb * 0.6)
    canvas.tint(eye.window, line * cover, dark)


def paint_brow(head: Head, side: int) -> None:
    """The brow over one eye."""
    portrait, canvas = head.portrait, head.canvas
    middle = -0.098 - 0.026 * portrait.brow_height
    window = head.window(side * EYE, middle, 0.13, 0.05)
    x, y, cover = head.skin.x[window], head.skin.y[window], head.skin.cover[window]
    if x.size == 0:
        return
    t = (side * x - EYE - 0.008) * (1 / 0.108)
    off = y - middle + 0.020 * (1 - (t - 0.25) ** 2) - 0.012 + portrait.brow_slant * 0.028 * t
    half = (0.0085 + 0.0095 * portrait.brow_thickness) * np.maximum(1.02 - 0.30 * (t + 0.2) - 0.36 * t * t, 0)
    distance = half - np.abs(off)
    grain = noise.along(noise.line(), side * x - 0.9 * off * (1 + t), 2600, portrait.strands)
    ends = step(t, -1.06, -0.86) * step(t, 1.06, 0.8) * cover
    soft = clip(distance * (1 / (canvas.pixel + 0.008)) + 0.6 + 0.22 * grain) * ends
    colour = head.palette.hair * 0.72 + head.palette.shade * 0.12
    canvas.over(window, soft * 0.9, colour[:, None, None] * (1 + 0.18 * grain), "brows")
