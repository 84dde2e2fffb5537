"""Deep pictures (16 and 32 bit, float) to 8 bits by scale; Pillow's own conversion would clip them to white."""

from __future__ import annotations

import numpy as np

DEEP_MODES = frozenset(("I", "I;16", "I;16L", "I;16B", "I;16N", "F"))


def to_levels(values: np.ndarray) -> np.ndarray:
    """Grey values (H, W) of any number type as (H, W) uint8.

    16-bit integers are divided by 257, so that 65535 is white; so are wider integers that fit into 16 bits. Floats are
    taken for the smallest usual range that holds them all (0…1, 0…255, 0…65535). Anything else is stretched from its
    own minimum to its own maximum. NaN is black.
    """
    if values.dtype.itemsize == 2 and values.dtype.kind == "u":
        return _rounded(values, 0.0, 65535.0)
    floats = values.dtype.kind == "f"
    finite = values[np.isfinite(values)] if floats else values
    low, high = _range(float(finite.min()), float(finite.max()), floats) if finite.size else (0.0, 1.0)
    return _rounded(values, low, high)


def _range(low: float, high: float, floats: bool) -> tuple[float, float]:
    usual = (1.0, 255.0, 65535.0) if floats else (65535.0,)
    if low >= 0:
        for top in usual:
            if high <= top:
                return 0.0, top
    return low, high


def _rounded(values: np.ndarray, low: float, high: float) -> np.ndarray:
    scale = 255.0 / (high - low) if high > low else 1.0
    scaled = (values.astype(np.float64) - low) * scale
    return np.nan_to_num(np.rint(scaled), nan=0.0).clip(0, 255).astype(np.uint8)
