"""Exponential smoothing of loss curves: exact, in numpy, a few new steps or a million at once.

The average is debiased as in Adam (Kingma & Ba, 2015, algorithm 1), so that it starts at the data and not at zero:
``y = Σ sⁱ·x / Σ sⁱ`` over the steps so far. Values that are not finite carry no weight.
"""

from __future__ import annotations

import numpy as np

_BLOCK = 256


class Smoother:
    """Smooths the columns of a growing table; every call goes on where the last one ended."""

    def __init__(self, columns: int, smoothing: float) -> None:
        self.smoothing = float(smoothing)
        self._sum = np.zeros(columns)
        self._weight = np.zeros(columns)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """The next ``rows`` (k, columns) smoothed, float32; NaN before the first finite value."""
        if self.smoothing == 0.0 or not len(rows):
            return np.asarray(rows, np.float32)
        finite = np.isfinite(rows)
        clean = bool(finite.all())
        values = rows.astype(np.float64) if clean else np.where(finite, rows, 0.0).astype(np.float64)
        sums = _filter(values, self._sum, self.smoothing)
        if clean:  # the weights then have a closed form
            powers = self.smoothing ** np.arange(1, len(rows) + 1)
            weights = 1 - powers[:, None] * (1 - self._weight)
        else:
            weights = _filter(finite.astype(np.float64), self._weight, self.smoothing)
        self._sum, self._weight = sums[-1].copy(), weights[-1].copy()
        with np.errstate(invalid="ignore", divide="ignore"):
            return (sums / weights).astype(np.float32)


def _filter(values: np.ndarray, start: np.ndarray, s: float) -> np.ndarray:
    """``y[t] = s·y[t-1] + (1-s)·x[t]`` over axis 0 of (k, columns) float64, with ``y[-1] = start``.

    All blocks of 256 steps are filtered side by side, then each gets what the blocks before it carry over: a million
    steps take 256 numpy calls instead of a million.
    """
    blocks, columns = len(values) // _BLOCK, values.shape[1]
    whole = blocks * _BLOCK
    result = np.empty_like(values)
    if blocks:
        side = np.ascontiguousarray(values[:whole].reshape(blocks, _BLOCK, columns).swapaxes(0, 1))
        side *= 1 - s
        for i in range(1, _BLOCK):
            side[i] += s * side[i - 1]
        carries = np.empty((blocks, columns))
        for b in range(blocks):
            carries[b] = start
            start = side[-1, b] + s**_BLOCK * start
        side += (s ** np.arange(1, _BLOCK + 1))[:, None, None] * carries
        result[:whole] = side.swapaxes(0, 1).reshape(whole, columns)
    for i in range(whole, len(values)):
        start = result[i] = s * start + (1 - s) * values[i]
    return result
