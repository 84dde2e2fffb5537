"""The dots of a map: tens of thousands, set as small discs straight into the pixels of one image.

Qt draws wide round points one stroke at a time; here each pixel of the disc is one numpy assignment for all dots.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QColor, QImage

from studio.latent.lattice import Box, Frame

SIZES = ((3_000, 3.0), (20_000, 2.5), (60_000, 2.0))
"""up to so many dots have so large a radius in px"""
SMALLEST = 1.5
RING = 1.0
"""px of ring around a dot, which keeps it visible on a picture"""
RING_ALPHA = 0.75
ROOM = 0.04
"""of the extent of all dots, around them"""
FAINT = 0.25
"""what is left of the dots that are not selected while some are"""

Sprite = tuple[tuple[tuple[tuple[int, int], ...], np.ndarray], ...]
"""groups of pixels of a disc, each as offsets (right, down) and their colours (classes,) uint32 0xAARRGGBB"""


class DotLayer:
    """Dots at points (N, 2) of the plane, coloured by label; classes can be hidden, dots selected.

    The image is made anew only when the frame or the dots have changed.
    """

    def __init__(self) -> None:
        self.points = np.zeros((0, 2))
        self.labels = np.zeros(0, np.int64)
        self.hidden: frozenset[int] = frozenset()
        self.selected = np.zeros(0, np.int64)
        self.corner = 0.0
        """where the image goes, in px from the frame's top left corner, both ways"""
        self._order = np.zeros(0, np.int64)
        self._image: QImage | None = None
        self._pixels = np.zeros((0, 0), np.uint32)
        self._made_for: tuple[Frame, float, tuple[str, ...], str] | None = None
        self._drawn: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._seen, self._x, self._y = np.zeros(0, np.int64), np.zeros(0), np.zeros(0)

    def __len__(self) -> int:
        return len(self.points)

    def set_dots(self, points: np.ndarray, labels: np.ndarray) -> None:
        """Other dots: points (N, 2), labels (N,) int from 0."""
        if len(points) != len(self.points):
            self.selected = np.zeros(0, np.int64)
            # in mixed order no class lies on top of all others
            self._order = np.random.default_rng(0).permutation(len(points))
        self.points, self.labels = points, labels
        self.outdate()

    def outdate(self) -> None:
        """Something but the frame has changed."""
        self._made_for = self._drawn = None

    def radius(self) -> float:
        """Of a dot in px: the more, the smaller."""
        return next((radius for most, radius in SIZES if len(self.points) <= most), SMALLEST)

    def shown(self) -> np.ndarray:
        """Indices (M,) of the dots whose class is not hidden, in the order of drawing."""
        if not self.hidden:
            return self._order
        return self._order[~np.isin(self.labels[self._order], list(self.hidden))]

    def box(self) -> Box:
        """What all dots lie in, with some room around."""
        places = self.points[np.isfinite(self.points).all(1)]
        if not len(places):
            return (-1.0, -1.0, 1.0, 1.0)
        low, high = places.min(0), places.max(0)
        room = ROOM * max(float((high - low).max()), 1e-6 * max(1.0, float(np.abs(high).max())))
        return float(low[0] - room), float(low[1] - room), float(high[0] + room), float(high[1] + room)

    def image(self, frame: Frame, ratio: float, colours: Sequence[str], ring: str) -> QImage:
        """Transparent but for the dots; to be drawn at :attr:`corner`.

        ``colours`` (classes + 1,): the last one is for dots of no class, ``ring`` is around all.
        """
        wanted = (frame, ratio, tuple(colours), ring)
        if self._image is None or self._made_for != wanted:
            self._draw(frame, ratio, colours, ring)
            self._made_for = wanted
        assert self._image is not None
        return self._image

    def nearest(self, x: float, y: float, reach: float) -> int:
        """The dot last drawn nearest to a screen place, or -1 when none is within ``reach`` px."""
        if not len(self._seen):
            return -1
        distances = np.square(self._x - x) + np.square(self._y - y)
        best = int(distances.argmin())
        return int(self._seen[best]) if distances[best] <= reach * reach else -1

    def _draw(self, frame: Frame, ratio: float, colours: Sequence[str], ring: str) -> None:
        sprite = _sprite(self.radius() * ratio, RING * ratio, tuple(colours), ring)
        margin = math.ceil((self.radius() + RING) * ratio) + 1
        width, height = round(frame.width * ratio), round(frame.height * ratio)
        self._clear(width, height, margin, ratio)
        seen = self._look(frame)
        flat, stride = self._pixels.reshape(-1), self._pixels.shape[1]
        across = ((self._x - frame.left) * ratio).astype(np.int64)
        down = ((self._y - frame.top) * ratio).astype(np.int64)
        at = (down + margin) * stride + across + margin
        chosen = self._chosen(seen)
        shades = self._shades(seen, len(colours) - 1)
        if not chosen.any():
            _set(flat, at, shades, sprite, stride, 1.0)
            return
        for group, strength in ((~chosen, FAINT), (chosen, 1.0)):
            _set(flat, at[group], shades[group], sprite, stride, strength)

    def _shades(self, dots: np.ndarray, classes: int) -> np.ndarray:
        """Which colour dots have: that of their class, the last one without a class."""
        labels = self.labels[dots]
        return np.where(labels < 0, classes, labels % classes)

    def _look(self, frame: Frame) -> np.ndarray:
        """The shown dots inside the frame; where they are on the screen is kept for :meth:`nearest`."""
        if self._drawn is None:
            shown = self.shown()
            # two rows of numbers are several times as fast to work on as pairs
            self._drawn = (shown, *np.ascontiguousarray(self.points[shown].T))
        shown, x, y = self._drawn
        x = (x - frame.x) * frame.scale + (frame.left + frame.width / 2)
        y = (frame.y - y) * frame.scale + (frame.top + frame.height / 2)
        inside = (x >= frame.left) & (x < frame.left + frame.width) & (y >= frame.top) & (y < frame.top + frame.height)
        if not inside.all():
            shown, x, y = shown[inside], x[inside], y[inside]
        self._seen, self._x, self._y = shown, x, y
        return shown

    def _chosen(self, seen: np.ndarray) -> np.ndarray:
        marked = np.zeros(len(self.points), bool)
        marked[self.selected] = True
        return marked[seen]

    def _clear(self, width: int, height: int, margin: int, ratio: float) -> None:
        """An empty image, larger than the frame by a margin on each side, so that no dot is cut by hand."""
        size = (width + 2 * margin, height + 2 * margin)
        if self._image is None or (self._image.width(), self._image.height()) != size:
            self._image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
            # the image owns the memory; both are replaced together
            rows: np.ndarray = np.frombuffer(self._image.bits(), np.uint32)
            self._pixels = rows.reshape(size[1], self._image.bytesPerLine() // 4)
        self._pixels.fill(0)
        self._image.setDevicePixelRatio(ratio)
        self.corner = -margin / ratio


def _set(flat: np.ndarray, at: np.ndarray, shades: np.ndarray, sprite: Sprite, stride: int, strength: float) -> None:
    """Write every pixel of the disc for all dots, the rings first, so that no ring covers another dot's middle."""
    for offsets, palette in sprite:
        colours = (palette if strength == 1 else _weakened(palette, strength))[shades]
        for right, below in offsets:
            flat[at + (below * stride + right)] = colours


@lru_cache(maxsize=16)
def _sprite(radius: float, ring: float, colours: tuple[str, ...], around: str) -> Sprite:
    """The pixels of a disc from outside in."""
    reach = math.ceil(radius + ring) + 1
    grid = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2)
    distances = np.hypot(*offsets.T)
    inner = np.clip(radius + 0.5 - distances, 0, 1)
    outer = np.clip(radius + ring + 0.5 - distances, 0, 1)
    keep = outer > 0.05
    order = np.flatnonzero(keep)[np.argsort(-distances[keep], kind="stable")]
    core = np.array([_channels(colour) for colour in colours], np.float64)
    rim = np.array(_channels(around), np.float64) * RING_ALPHA
    mixed = inner[order, None, None] * core + (1 - inner[order, None, None]) * rim
    alpha = inner[order] + (1 - inner[order]) * RING_ALPHA
    strength = outer[order]
    channels = np.round(mixed * strength[:, None, None]).astype(np.uint32)
    opaque = np.round(alpha * strength * 255).astype(np.uint32)
    shades = _packed(opaque[:, None], channels)
    # pixels equally far from the middle share their colours
    starts = [0, *(np.flatnonzero((shades[1:] != shades[:-1]).any(1)) + 1).tolist(), len(order)]
    places = [(int(x), int(y)) for x, y in offsets[order]]
    return tuple((tuple(places[first:last]), shades[first]) for first, last in itertools.pairwise(starts))


def _channels(colour: str) -> tuple[int, int, int]:
    known = QColor(colour)
    return known.red(), known.green(), known.blue()


def _weakened(palette: np.ndarray, strength: float) -> np.ndarray:
    """Premultiplied colours (classes,) uint32 that let more through."""
    channels = np.stack([(palette >> shift) & 255 for shift in (16, 8, 0)], -1)
    return _packed((((palette >> 24) & 255) * strength).astype(np.uint32), (channels * strength).astype(np.uint32))


def _packed(alpha: np.ndarray, channels: np.ndarray) -> np.ndarray:
    """0xAARRGGBB of premultiplied channels."""
    return (alpha << 24) | (channels[..., 0] << 16) | (channels[..., 1] << 8) | channels[..., 2]
