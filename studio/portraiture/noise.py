"""Fixed tables of smooth noise, looked up by coordinates: hair strands, waves, freckles."""

from __future__ import annotations

from functools import cache

import numpy as np

LENGTH = 4096
SIDE = 256
_COARSE = 128
"""pixels"""


@cache
def line() -> np.ndarray:
    """(LENGTH,) float32 about -1 to 1, cyclic: fine and coarse strands on one line."""
    rng = np.random.Generator(np.random.PCG64(7))
    total = np.zeros(LENGTH)
    for count, weight in ((64, 0.5), (160, 0.7), (420, 0.7), (1024, 0.45)):
        total += weight * _cyclic(rng.random(count) * 2 - 1, LENGTH)
    return (total / 1.1).astype(np.float32)


@cache
def slow_line() -> np.ndarray:
    """(LENGTH,) float32 from -1 to 1, cyclic: 64 smooth waves, for locks."""
    rng = np.random.Generator(np.random.PCG64(8))
    return _cyclic(rng.random(64) * 2 - 1, LENGTH).astype(np.float32)


@cache
def plane(side: int) -> np.ndarray:
    """(side, side) float32 from about -1 to 1, cyclic both ways, with 32 spots a side."""
    rng = np.random.Generator(np.random.PCG64(9))
    rough = rng.random((32, 32)) * 2 - 1
    wide = np.stack([_cyclic(row, side) for row in rough])
    return np.stack([_cyclic(column, side) for column in wide.T], axis=1).astype(np.float32)


def along(table: np.ndarray, place: np.ndarray, scale: float, offset: int = 0) -> np.ndarray:
    """``table`` at ``place`` times ``scale`` entries, of the shape of ``place``."""
    index = ((place * scale).astype(np.int32) + offset) & (len(table) - 1)
    return table.take(index, mode="clip")


def at(x: np.ndarray, y: np.ndarray, scale: float, offset: int, size: int) -> np.ndarray:
    """The plane at these coordinates, ``scale`` / 8 spots a unit; ``offset`` picks another part of it.

    ``size`` is that of the picture: a large one needs a plane with finer steps.
    """
    finer = 1 if size <= _COARSE else 4
    side = SIDE * finer
    column = ((x * (scale * finer)).astype(np.int32) + offset) & (side - 1)
    row = ((y * (scale * finer)).astype(np.int32) + (offset >> 10)) & (side - 1)
    return plane(side).take(row * side + column, mode="clip")


def _cyclic(values: np.ndarray, length: int) -> np.ndarray:
    """``values`` (n,) stretched to ``length`` by smooth cosine steps, the end meeting the start."""
    place = np.arange(length) * (len(values) / length)
    index = place.astype(int)
    part = place - index
    part = part * part * (3 - 2 * part)
    return values[index] * (1 - part) + values[(index + 1) % len(values)] * part
