"""Drawing faces: from a portrait's attributes to its picture and to what each pixel shows.

Everything is computed at the centres of the pixels with antialiased edges, so that a portrait looks the same at any
size. The picture and the regions are made by the same covers in the same order, from the back to the front.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from studio.portraiture import beard, body, colours, eyes, features, glasses, hair, head, mouth
from studio.portraiture.canvas import REGIONS, Canvas
from studio.portraiture.portrait import Portrait

LEAST, MOST = 16, 1024
"""pixels; the sizes that can be painted"""


@dataclass(frozen=True, eq=False)
class Painted:
    """A painted portrait: ``picture`` (S, S, 3) uint8 and ``shares`` (len(REGIONS), S, S) float32, summing to 1.

    The shares say how much of a pixel shows each region. Skin is face, ears and neck; brows and beard are regions of
    their own; lips, teeth and tongue are the mouth; glasses are frame and arms, and the lenses of sunglasses: clear
    lenses show what is behind them.
    """

    picture: np.ndarray
    shares: np.ndarray

    @property
    def masks(self) -> dict[str, np.ndarray]:
        """The region with the largest share of each pixel: (S, S) bool by name, each pixel in exactly one."""
        largest = self.shares.argmax(axis=0)
        return {name: largest == index for index, name in enumerate(REGIONS)}


def paint(portrait: Portrait, size: int) -> Painted:
    """The picture of ``portrait``, ``size`` × ``size`` pixels, and its regions. The eyes lie at 0.42 of the height."""
    canvas = _painted(portrait, size, True)
    assert canvas.shares is not None
    return Painted(canvas.picture(), canvas.shares)


def paint_picture(portrait: Portrait, size: int) -> np.ndarray:
    """(size, size, 3) uint8: the picture alone, the same as that of :func:`paint` and somewhat faster."""
    return _painted(portrait, size, False).picture()


def paint_all(portraits: Sequence[Portrait] | Iterable[Portrait], size: int) -> np.ndarray:
    """(N, size, size, 3) uint8: the pictures of many portraits."""
    pictures = [paint_picture(one, size) for one in portraits]
    return np.stack(pictures) if pictures else np.empty((0, size, size, 3), np.uint8)


def _painted(portrait: Portrait, size: int, regions: bool) -> Canvas:
    if not LEAST <= size <= MOST:
        raise ValueError(f"portraits are painted at {LEAST} to {MOST} pixels, not {size}")
    canvas = Canvas(size, regions)
    one = head.build(canvas, portrait, colours.palette(portrait))
    mane = hair.build(one)
    near = 1 if portrait.turn < 0 else -1
    body.paint_background(one)
    mane.paint_back()
    body.paint_body(one)
    head.paint_ear(one, -near)
    _paint_face(one)
    head.paint_ear(one, near)
    glasses.paint_arms(one)
    mane.paint_front()
    glasses.paint_glasses(one)
    return canvas


def _paint_face(one: head.Head) -> None:
    shape, lips = features.relief(one), mouth.lips(one)
    both = [eyes.lids(one, side) for side in (-1, 1)]
    for eye in both:
        eyes.shade_lids(shape, eye)
    mouth.shade_mouth(shape, lips)
    head.paint_skin(one, shape)
    for eye in both:
        eyes.paint_eye(one, eye)
    beard.paint_beard(one)
    mouth.paint_mouth(one, lips)
    for side in (-1, 1):
        eyes.paint_brow(one, side)
