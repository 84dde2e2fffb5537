"""What is painted on: colours, and beside them how much of each pixel belongs to which region."""

from __future__ import annotations

from typing import Final

import numpy as np

Window = tuple[slice, slice]
"""rows and columns of a picture"""
Colour = np.ndarray
"""(3,) or (3, h, w) float32, RGB from 0 to 1"""
REGIONS: Final = ("background", "clothes", "skin", "hair", "brows", "beard", "eyes", "mouth", "glasses")
EYES_AT = (0.5, 0.42)
"""the point between the eyes, in widths from the left and heights from the top: the origin of all coordinates"""
_SMALL = 3000


class Canvas:
    """A square picture in the making. Coordinates are in widths of the picture, y down, (0, 0) between the eyes.

    ``rgb`` is (3, S, S) float32 from 0 to 1; ``shares`` (R, S, S) float32 sums to 1 over the regions, or is None when
    nobody asked for regions. ``x`` is (1, S), ``y`` (S, 1): the centres of the pixels.
    """

    def __init__(self, size: int, regions: bool = True) -> None:
        self.size = size
        self.pixel = 1.0 / size
        self.rgb = np.zeros((3, size, size), np.float32)
        self.shares = np.zeros((len(REGIONS), size, size), np.float32) if regions else None
        centres = (np.arange(size, dtype=np.float32) + 0.5) / size
        self.x = (centres - EYES_AT[0])[None, :]
        self.y = (centres - EYES_AT[1])[:, None]

    @property
    def whole(self) -> Window:
        """All of the picture."""
        return slice(0, self.size), slice(0, self.size)

    def window(self, left: float, top: float, right: float, bottom: float) -> Window:
        """The pixels that a box of coordinates touches, with one to spare; may be empty."""

        def pixels(low: float, high: float, origin: float) -> slice:
            first = int((low + origin) * self.size) - 1
            last = int((high + origin) * self.size) + 2
            return slice(min(max(first, 0), self.size), min(max(last, 0), self.size))

        return pixels(top, bottom, EYES_AT[1]), pixels(left, right, EYES_AT[0])

    def over(self, window: Window, cover: np.ndarray, colour: Colour, region: str) -> None:
        """Lay ``colour`` over the window, (h, w) ``cover`` from 0 to 1, as a part of ``region``."""
        self.tint(window, cover, colour)
        if self.shares is not None:
            shares = self.shares[(slice(None), *window)]
            shares *= 1 - cover
            shares[REGIONS.index(region)] += cover

    def tint(self, window: Window, cover: np.ndarray, colour: Colour) -> None:
        """Lay ``colour`` over the window without changing what the pixels belong to."""
        part = self.rgb[(slice(None), *window)]
        if colour.ndim == 1:
            colour = colour[:, None, None]
        part += cover * (colour - part)

    def picture(self) -> np.ndarray:
        """(S, S, 3) uint8."""
        levels = np.clip(self.rgb * 255 + 0.5, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.moveaxis(levels, 0, 2))


def rgb(red: float, green: float, blue: float) -> np.ndarray:
    """A colour as (3,) float32."""
    return np.array((red, green, blue), np.float32)


def clip(values: np.ndarray, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """``np.clip``; on small windows without its overhead, on large ones it is the faster."""
    if values.size < _SMALL:
        return np.minimum(np.maximum(values, low), high)
    return values.clip(low, high)


def bell(squared: np.ndarray) -> np.ndarray:
    """A soft spot: 1 at ``squared`` distance 0 (never less), falling smoothly to 0 at 1."""
    rest = 1 - squared
    rest = np.maximum(rest, 0) if rest.size < _SMALL else rest.clip(0, 1)
    return rest * rest


def step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 up to ``low``, 1 from ``high``, smooth between; with ``low`` > ``high`` the other way round."""
    t = clip((value - low) * (1 / (high - low)))
    return t * t * (3 - 2 * t)


def inside(distance: np.ndarray, pixel: float) -> np.ndarray:
    """Cover of a pixel from the signed ``distance`` of its centre to the edge, positive inside."""
    return clip(distance * (1 / pixel) + 0.5)


def sharp(field: np.ndarray) -> np.ndarray:
    """Cover of each pixel where ``field`` (h, w) > 0, antialiased by the field's own slope."""
    if min(field.shape) < 3:
        return clip(field)
    slope = np.empty_like(field)
    slope[1:-1] = np.square((field[2:] - field[:-2]) * 0.5)
    slope[0], slope[-1] = np.square(field[1] - field[0]), np.square(field[-1] - field[-2])
    slope[:, 1:-1] += np.square((field[:, 2:] - field[:, :-2]) * 0.5)
    slope[:, 0] += np.square(field[:, 1] - field[:, 0])
    slope[:, -1] += np.square(field[:, -1] - field[:, -2])
    return clip(field / np.sqrt(slope + 1e-12) + 0.5)
