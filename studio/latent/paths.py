"""A smooth way through codes, (count, D) float32. Numpy alone, so the window may draw it.

A way runs through its stops; a place on it is a number from 0 (the first stop) to the number of legs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.latent import arithmetic

SAMPLES = 4096
"""places at which a way is measured, in all"""


def travel(
    keys: Sequence[np.ndarray],
    count: int,
    blend: str,
    *,
    smooth: bool = False,
    ease: bool = False,
    even: bool = False,
    loop: bool = False,
) -> np.ndarray:
    """``count`` codes (count, D) on the way through ``keys`` (D,), both ends included (a loop ends one step early).

    Each leg takes the same time, or with ``even`` (and always where ``smooth`` rounds the corners) the same length of
    way does. ``ease`` slows down at every key, on an even way only at its two ends.
    """
    if count < 1 or not len(keys):
        raise ValueError("a way needs a key and a picture")
    stops = [np.asarray(key, np.float64) for key in (*keys, *([keys[0]] if loop else []))]
    if len(stops) == 1:
        return np.repeat(stops[0][None].astype(np.float32), count, axis=0)
    way = _Way(stops, blend, smooth, loop)
    shares = np.linspace(0, 1, count, endpoint=not loop)
    if even or smooth:
        return way.at(way.evened(_eased(shares) if ease and not loop else shares))
    places = shares * way.legs
    return way.at(np.floor(places) + _eased(places - np.floor(places)) if ease else places)


def _eased(share: np.ndarray) -> np.ndarray:
    """From 0 to 1 with speed 0 at both ends."""
    return share * share * (3 - 2 * share)


class _Way:
    """The way through stops, each (D,) float64; of a loop the last is the first."""

    def __init__(self, stops: list[np.ndarray], blend: str, smooth: bool, loop: bool) -> None:
        self._stops, self._blend, self._smooth, self._loop = stops, blend, smooth, loop
        self.legs = len(stops) - 1

    def at(self, places: np.ndarray) -> np.ndarray:
        """The codes (N, D) float32 at places (N,)."""
        rows = []
        for place in places:
            leg = min(int(place), self.legs - 1)
            rows.append(self._between(leg, float(place - leg)))
        return np.stack(rows).astype(np.float32)

    def evened(self, shares: np.ndarray) -> np.ndarray:
        """The places (N,) at these shares of the way's length."""
        each = max(4, min(64, SAMPLES // self.legs))
        places = np.linspace(0, self.legs, each * self.legs + 1)
        steps = np.linalg.norm(np.diff(self.at(places).astype(np.float64), axis=0), axis=1)
        done = np.concatenate([[0.0], np.cumsum(steps)])
        if done[-1] <= 0:  # all keys are the same
            return shares * self.legs
        moving = np.concatenate([[True], steps > 0])  # where it stands still, a length has no one place
        return np.interp(shares * done[-1], done[moving], places[moving])

    def _between(self, leg: int, t: float) -> np.ndarray:
        start, end = self._stops[leg], self._stops[leg + 1]
        if not self._smooth or self.legs < 2:
            return arithmetic.blend(self._blend, start, end, t)
        curve = _catmull_rom(self._stop(leg - 1), start, end, self._stop(leg + 2), t)
        if self._blend != "slerp":
            return curve
        # on a shell the curve cuts corners through the inside: back out to the length between the keys'
        first, second = np.linalg.norm(start), np.linalg.norm(end)
        wanted = first + t * t * (3 - 2 * t) * (second - first)
        length = np.linalg.norm(curve)
        return curve * (wanted / length) if length > 1e-12 else curve

    def _stop(self, index: int) -> np.ndarray:
        """A stop, or one mirrored beyond an end of the way."""
        if 0 <= index <= self.legs:
            return self._stops[index]
        if self._loop:  # the last stop is the first
            return self._stops[index % self.legs]
        end, before = (self._stops[0], self._stops[1]) if index < 0 else (self._stops[-1], self._stops[-2])
        return 2 * end - before


def _catmull_rom(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, t: float) -> np.ndarray:
    """The centripetal Catmull–Rom curve from b to c, which neither loops nor overshoots (Yuksel et al. 2011)."""
    first, middle, last = (max(float(np.linalg.norm(y - x)) ** 0.5, 1e-6) for x, y in ((a, b), (b, c), (c, d)))
    out = middle * ((b - a) / first - (c - a) / (first + middle) + (c - b) / middle)
    into = middle * ((c - b) / middle - (d - b) / (middle + last) + (d - c) / last)
    square, cube = t * t, t**3
    return (
        (2 * cube - 3 * square + 1) * b
        + (cube - 2 * square + t) * out
        + (3 * square - 2 * cube) * c
        + (cube - square) * into
    )
