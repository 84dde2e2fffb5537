"""The mouth: lips that smile, and teeth and tongue when it is open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.portraiture.atlas import MOUTH
from studio.portraiture.canvas import Window, bell, clip, inside, rgb, step
from studio.portraiture.head import Head, Relief

_TEETH = rgb(0.97, 0.95, 0.91)
_INSIDE = rgb(0.26, 0.06, 0.07)
_TONGUE = rgb(0.78, 0.36, 0.38)


@dataclass(frozen=True, eq=False)
class Lips:
    """The curves of the lips on the face, (h, w) each in ``window``.

    ``place`` goes from -1 to 1 between the corners; ``top``, ``inner_top``, ``inner_bottom`` and ``bottom`` are the
    levels of the edges of both lips.
    """

    window: Window
    place: np.ndarray
    y: np.ndarray
    top: np.ndarray
    inner_top: np.ndarray
    inner_bottom: np.ndarray
    bottom: np.ndarray


def lips(head: Head) -> Lips:
    """The lips of ``head``, by smile, opening and fullness."""
    portrait = head.portrait
    smile, gape = portrait.smile, portrait.mouth_open
    half = 0.100 + 0.024 * max(smile, 0) - 0.006 * max(-smile, 0)
    window = head.window(0, MOUTH + 0.02, half * 1.2, 0.10)
    place, y = head.skin.x[window] * (1 / half), head.skin.y[window]
    square = place * place
    rest = np.maximum(1 - square, 0)
    arc = np.sqrt(rest)
    full = 1 + 0.35 * portrait.lip_fullness
    bent = _bend(smile) * (0.010 - 0.050 * np.minimum(square, 1.3))
    seam = MOUTH + bent - 0.003 * np.cos(9 * place) * rest
    inner_top = seam - gape * (0.016 + 0.004 * max(smile, 0)) * arc
    inner_bottom = seam + gape * (0.066 + 0.006 * smile) * arc * (1 - 0.12 * square)
    bow = 1 - 0.30 * bell((place * (1 / 0.24)) ** 2)
    top = inner_top - 0.027 * full * (1 - 0.28 * max(smile, 0)) * bow * arc * np.sqrt(arc)
    bottom = inner_bottom + 0.034 * full * (1 - 0.2 * max(smile, 0)) * arc
    return Lips(window, place, y, top, inner_top, inner_bottom, bottom)


def _bend(smile: float) -> float:
    """How far the corners are up; a face at rest looks sad without a little of it."""
    return 0.2 + 0.8 * smile


def shade_mouth(found: Relief, mouth: Lips) -> None:
    """The shadow under the lower lip and in the corners."""
    below = (mouth.y - mouth.bottom - 0.010) * (1 / 0.024)
    shadow = 0.36 * bell(below * below) * bell((mouth.place * (1 / 0.85)) ** 2)
    corner = (mouth.y - MOUTH + 0.040 * _bend(found.head.portrait.smile)) * (1 / 0.014)
    for side in (-1, 1):
        spot = ((mouth.place - side * 1.02) * (1 / 0.13)) ** 2 + corner * corner
        shadow = shadow + 0.6 * bell(spot)
    found.bright[mouth.window] -= shadow


def paint_mouth(head: Head, mouth: Lips) -> None:
    """Upper and lower lip between their curves, and what is seen between them."""
    if mouth.y.size == 0:
        return
    canvas, pixel, gape = head.canvas, head.canvas.pixel, head.portrait.mouth_open
    cover = head.skin.cover[mouth.window]
    ends = (np.abs(mouth.place) < 1) * cover
    whole = inside(np.minimum(mouth.y - mouth.top, mouth.bottom - mouth.y), pixel) * ends
    _lips(head, mouth, whole)
    if gape > 0:
        gap = inside(np.minimum(mouth.y - mouth.inner_top, mouth.inner_bottom - mouth.y), pixel) * ends
        _between(head, mouth, gap)
    line = bell(((mouth.y - mouth.inner_top) * (1 / max(0.0055, 0.6 * pixel))) ** 2)
    line = line * step(np.abs(mouth.place), 1.06, 0.92) * cover
    canvas.tint(mouth.window, line * (0.72 if gape == 0 else 0.4), head.palette.lips * rgb(0.34, 0.22, 0.24))


def _lips(head: Head, mouth: Lips, cover: np.ndarray) -> None:
    portrait, y, place = head.portrait, mouth.y, mouth.place
    upper = y < (mouth.inner_top + mouth.inner_bottom) * 0.5
    low = clip((y - mouth.inner_bottom) / np.maximum(mouth.bottom - mouth.inner_bottom, 1e-3))
    high = clip((mouth.inner_top - y) / np.maximum(mouth.inner_top - mouth.top, 1e-3))
    bright = np.where(upper, 0.78 + 0.12 * high, 1.04 - 0.30 * low * low)
    bright *= (1 + 0.22 * portrait.light * portrait.contrast * place) * (1.08 - 0.22 * portrait.contrast)
    shine = bell(((low - 0.42) * (1 / 0.34)) ** 2) * bell(((place - 0.22 * portrait.light) * 2) ** 2)
    colour = head.palette.lips[:, None, None] * bright + (~upper * shine * 0.24)
    head.canvas.over(mouth.window, cover, colour, "mouth")


def _between(head: Head, mouth: Lips, gap: np.ndarray) -> None:
    """Dark, the tongue, and the upper teeth."""
    canvas, place, y = head.canvas, mouth.place, mouth.y
    square = place * place
    tongue = step(square * (1 / 0.52) + ((y - mouth.inner_bottom - 0.004) * (1 / 0.034)) ** 2, 0.8, 0.3) * 0.85
    colour = _INSIDE[:, None, None] * (1 - 0.5 * square) + tongue * (_TONGUE - _INSIDE)[:, None, None]
    canvas.tint(mouth.window, gap, colour)
    edge = mouth.inner_top + 0.024 - 0.010 * square
    bars = 0.10 * np.cos(place * 21) ** 16 if canvas.size > 96 else 0.0
    dim = 1.0 - 0.32 * square - bars - 0.25 * step(y - mouth.inner_top, 0.010, 0.0)
    teeth = inside(edge - y, canvas.pixel) * step(np.abs(place), 0.93, 0.80)
    canvas.tint(mouth.window, gap * teeth, _TEETH[:, None, None] * dim)
