"""What a hand draws on a map, as geometry: a stroke made simple, smooth and even, and what a lasso encloses."""

from __future__ import annotations

import numpy as np

ROUNDS = 3
"""how often corners are cut"""


def simplified(points: np.ndarray, tolerance: float) -> np.ndarray:
    """A stroke (N, 2) without the points that are less than ``tolerance`` off the line of the others.

    Ramer (1972), Douglas and Peucker (1973); first and last point stay.
    """
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        distances = _off_line(points[first + 1 : last], points[first], points[last])
        worst = int(distances.argmax())
        if distances[worst] > tolerance:
            middle = first + 1 + worst
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    return points[keep]


def smoothed(points: np.ndarray, rounds: int = ROUNDS) -> np.ndarray:
    """A polyline (N, 2) with its corners cut (Chaikin 1974), ends kept."""
    for _ in range(rounds if len(points) > 2 else 0):
        start, end = points[:-1], points[1:]
        cut = np.stack([0.75 * start + 0.25 * end, 0.25 * start + 0.75 * end], 1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut[1:-1], points[-1:]])
    return points


def even(points: np.ndarray, count: int) -> np.ndarray:
    """``count`` points (count, 2) in equal distances along a polyline, both ends included."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    places = np.linspace(0, lengths[-1], count)
    return np.stack([np.interp(places, lengths, points[:, axis]) for axis in (0, 1)], 1)


def length(points: np.ndarray) -> float:
    """Of a polyline (N, 2)."""
    return float(np.hypot(*np.diff(points, axis=0).T).sum()) if len(points) > 1 else 0.0


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Which of points (N, 2) lie in a closed polygon (K, 2), bool (N,), by the even-odd rule."""
    found = np.zeros(len(points), bool)
    near = np.flatnonzero(((points >= polygon.min(0)) & (points <= polygon.max(0))).all(1))
    x, y = points[near].T
    odd = np.zeros(len(near), bool)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crossed = (y1 > y) != (y2 > y)
        odd ^= crossed & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    found[near] = odd
    return found


def _off_line(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Distances (N,) of points from the line between two, or from the one point they both are."""
    way = end - start
    size = float(np.hypot(*way))
    if size == 0:
        return np.hypot(*(points - start).T)
    return np.abs(way[0] * (points[:, 1] - start[1]) - way[1] * (points[:, 0] - start[0])) / size
