"""Arithmetic on codes, (D,) float32 each: between, sums, averages, truncation. Numpy alone, so the window may do it.

White (2016), "Sampling Generative Networks": codes of a Gaussian in many dimensions lie on a shell, so a straight line
leaves it and what it passes through looks blurred; encoded means fill a cloud, where the straight line is right.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PARALLEL = 1e-6
"""codes at a smaller angle (of either sign) than this have no great circle of their own between them"""
BLENDS = ("lerp", "slerp")


def lerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """The point at share ``t`` of the straight line from a to b."""
    return np.asarray(a + t * (b - a), np.float32)


def slerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """The point at share ``t`` of the great circle from a to b, the length going from one to the other in even steps.

    Parallel and opposite codes (and 0) have no one circle: they go straight.
    """
    first, second = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if not first or not second:
        return lerp(a, b, t)
    angle = float(np.arccos(np.clip(np.dot(a.astype(np.float64) / first, b.astype(np.float64) / second), -1, 1)))
    if angle < PARALLEL or np.pi - angle < PARALLEL:
        return lerp(a, b, t)
    weights = np.sin((1 - t) * angle) / np.sin(angle), np.sin(t * angle) / np.sin(angle)
    length = first + t * (second - first)
    return np.asarray(length * (weights[0] * a / first + weights[1] * b / second), np.float32)


def blend(kind: str, a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """:func:`lerp` or :func:`slerp` by name."""
    return {"lerp": lerp, "slerp": slerp}[kind](a, b, t)


def combine(plus: Sequence[np.ndarray], minus: Sequence[np.ndarray], restore: bool) -> np.ndarray:
    """A − B + C: the sum of ``plus`` less the sum of ``minus``; at least one code (D,).

    With ``restore`` the result has the mean length of all that went into it (Radford, Metz and Chintala 2016 average
    first; a sum of Gaussian codes is too long to look like data).
    """
    total: np.ndarray = np.stack([*plus, *(-code for code in minus)]).astype(np.float64).sum(0)
    return restored(total, [*plus, *minus]) if restore else total.astype(np.float32)


def average(codes: Sequence[np.ndarray], restore: bool) -> np.ndarray:
    """The mean of codes; with ``restore`` as long as they are on average, else shorter by the root of their number."""
    mean: np.ndarray = np.stack(list(codes)).astype(np.float64).mean(0)
    return restored(mean, codes) if restore else mean.astype(np.float32)


def restored(code: np.ndarray, like: Sequence[np.ndarray]) -> np.ndarray:
    """``code`` with the mean length of ``like``; a code of length 0 has no direction and stays."""
    length = float(np.linalg.norm(code))
    wanted = float(np.mean([np.linalg.norm(other) for other in like]))
    return np.asarray(code * (wanted / length) if length > 1e-12 else code, np.float32)


def path(keys: Sequence[np.ndarray], count: int, kind: str, loop: bool = False) -> np.ndarray:
    """``count`` codes (count, D) in even steps of the way from key to key, both ends included (a loop ends early)."""
    stops = [*keys, keys[0]] if loop else list(keys)
    if len(stops) == 1:
        return np.repeat(stops[0][None].astype(np.float32), count, axis=0)
    places = np.linspace(0, len(stops) - 1, count, endpoint=not loop)
    rows = []
    for place in places:
        leg = min(int(place), len(stops) - 2)
        rows.append(blend(kind, stops[leg], stops[leg + 1], float(place - leg)))
    return np.stack(rows)
