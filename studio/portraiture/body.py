"""Background, neck and clothes."""

from __future__ import annotations

import numpy as np

from studio.portraiture import noise
from studio.portraiture.canvas import Canvas, bell, clip, inside, rgb, sharp, step
from studio.portraiture.head import Head, skin_colour, tone
from studio.portraiture.portrait import Clothes
from studio.portraiture.pose import AXIS


def paint_background(head: Head) -> None:
    """A wall with a glow behind the head on the side of the light."""
    canvas, portrait = head.canvas, head.portrait
    x, y = canvas.x - 0.30 * portrait.light, canvas.y + 0.1
    glow = 1.10 - 0.75 * np.minimum(x * x + 0.8 * y * y, 0.7)
    colour = head.palette.background[:, None, None] * glow
    ones = np.ones((canvas.size, canvas.size), np.float32)
    canvas.over(canvas.whole, ones, colour, "background")


def paint_body(head: Head) -> None:
    """Neck, shoulders and clothes; the neck follows the tilted head, the shoulders do not."""
    canvas, pose = head.canvas, head.pose
    window = canvas.window(-1, 0.2, 1, 1)
    x, y = canvas.x, canvas.y[window[0]]
    jaw, _ = pose.project(0, 0.36, 0.02)
    base = -AXIS * pose.sine + 0.35 * (jaw + AXIS * pose.sine)
    t = clip((y - 0.30) * 4)
    middle = jaw + (base - jaw) * t
    _neck(head, window, x - middle, y)
    _clothes(head, canvas, window, x - base, y)


def _neck(head: Head, window: tuple[slice, slice], x: np.ndarray, y: np.ndarray) -> None:
    canvas = head.canvas
    half = 0.150 + 0.55 * np.maximum(y - 0.42, 0) ** 1.5 * 3
    side = clip(x / half, -1, 1)
    lit = head.pose.lit(side, 0 * side + 0.1, np.sqrt(1 - side * side))
    under = step(y - 0.20 * np.abs(x) + 0.08 * x * head.portrait.light, 0.58, 0.40)
    bright = tone(head.portrait, lit) - 0.10 - (0.28 + 0.3 * head.portrait.contrast) * under
    for bone in (-1, 1):
        cord = (x - bone * (0.085 - 0.55 * (y - 0.42))) * (1 / 0.022)
        bright = bright + 0.06 * bell(cord * cord) - 0.07 * bell((cord + bone * 1.2) ** 2)
    canvas.over(window, inside(half - np.abs(x), canvas.pixel), skin_colour(head.palette, bright), "skin")


def _clothes(head: Head, canvas: Canvas, window: tuple[slice, slice], x: np.ndarray, y: np.ndarray) -> None:
    portrait = head.portrait
    far = np.abs(x)
    shoulder = y - 0.438 - 0.14 * far - 0.35 * np.maximum(far - 0.30, 0) ** 1.5
    if portrait.clothes is Clothes.CREW:
        neckline = (far / 0.165) ** 2 + ((y - 0.425) / 0.078) ** 2 - 1
    else:
        neckline = far * 1.25 + (y - 0.60) * 0.75
    cover = sharp(np.minimum(shoulder * 8, neckline))
    lit = head.pose.lit(clip(x * 1.5, -0.9, 0.9), 0 * x - 0.35, 0.75 + 0 * x)
    weave = noise.at(x + 0 * y, y * 0.7 + 0 * x, 260, portrait.strands, canvas.size)
    bright = tone(portrait, lit) * (0.92 + 0.05 * weave) - 0.22 * step(y - 0.2 * far, 0.56, 0.44)
    colour = head.palette.cloth[:, None, None] * np.maximum(bright, 0.08)
    canvas.over(window, cover, colour, "clothes")
    seam = neckline - (0.30 if portrait.clothes is Clothes.CREW else 0.035)
    if portrait.clothes is Clothes.COLLAR:
        flap = sharp(np.minimum(np.minimum(shoulder * 8, neckline), 0.085 - neckline))
        light = np.minimum(head.palette.cloth * 0.55 + 0.42, 1)
        canvas.tint(window, flap, light[:, None, None] * np.maximum(bright, 0.1))
        edge = bell(((neckline - 0.09) / 0.02) ** 2) * cover
        canvas.tint(window, edge * 0.45, head.palette.cloth * rgb(0.4, 0.4, 0.42))
        return
    rib = bell((seam / (0.05 if portrait.clothes is Clothes.CREW else 0.008)) ** 2)
    canvas.tint(window, rib * cover * 0.35, head.palette.cloth * 0.45)
