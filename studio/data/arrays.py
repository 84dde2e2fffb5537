"""Whole arrays of small square pictures to another size and colour at once, without a Python loop over pictures.

A loop in Python over 60,000 pictures would hold the interpreter and make the window stutter; matrix products do not.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from studio.data.config import DataConfig
from studio.data.pictures import PictureSet
from studio.data.reading import Reading
from studio.imaging.fit import filter_for

_CHUNK_BYTES = 32 << 20


def prepare(
    reading: Reading, pictures: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], title: str
) -> PictureSet:
    """A set from ``pictures`` (N, s, s, C) uint8 and ``labels`` (N,), limited, sized and coloured as asked."""
    found = PictureSet(pictures, labels.astype(np.int64), classes, title).limited(reading.config.limit)
    channels = {"auto": found.channels, "grey": 1, "colour": 3}[reading.config.colour]
    reading.require_memory(len(found), channels)
    fitted = resized(to_channels(found.pictures, channels), reading.size, reading)
    return PictureSet(fitted, found.labels, classes, title)


def to_channels(pictures: np.ndarray, channels: int) -> np.ndarray:
    """(N, H, W, C) uint8 with 1 or 3 channels; grey by the luma weights that Pillow uses (ITU-R 601)."""
    if pictures.shape[3] == channels:
        return pictures
    if channels == 3:
        return pictures.repeat(3, axis=3)
    red, green, blue = (pictures[..., c].astype(np.uint32) for c in range(3))
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).astype(np.uint8)[..., None]


def resized(pictures: np.ndarray, size: int, reading: Reading) -> np.ndarray:
    """(N, s, s, C) uint8 as (N, size, size, C) uint8, within a level of :func:`studio.imaging.fit.fit`."""
    count, side, _, channels = pictures.shape
    if side == size:
        return pictures
    matrix = weights(side, size)
    out = np.empty((count, size, size, channels), np.uint8)
    step = max(1, _CHUNK_BYTES // (4 * channels * max(side, size) ** 2))
    for start in range(0, count, step):
        reading.check()
        part = np.moveaxis(pictures[start : start + step], 3, 1).astype(np.float32)
        wide = _levels(part @ matrix.T)  # across, then down, rounded and clipped after each: as Pillow does it
        out[start : start + step] = np.moveaxis(_levels(matrix @ wide), 1, 3)
        reading.report("resizing pictures", min(start + step, count), count)
    return out


def resized_to(pictures: np.ndarray, size: int, channels: int) -> np.ndarray:
    """(N, s, s, C) uint8 as (N, size, size, channels) uint8: for models that read other sizes than were made."""
    return resized(to_channels(pictures, channels), size, Reading(DataConfig(), size))


def weights(side: int, size: int) -> np.ndarray:
    """Pillow's resampling along one axis as a matrix (size, side) float32: what it makes of the unit matrix."""
    unit = Image.fromarray(np.eye(side, dtype=np.float32))
    return np.asarray(unit.resize((side, size), filter_for(side, side, size, size)))


def _levels(values: np.ndarray) -> np.ndarray:
    return np.rint(values, out=values).clip(0, 255, out=values)
