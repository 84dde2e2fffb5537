"""Planes through a code space: what a map shows. A point (u, v) of the plane is the code origin + u·across + v·up.

Numpy alone, so the window may do it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.errors import Refused

EDGE = 1e-6
"""a map of quantiles ends this far from 0 and 1, where the codes go to infinity"""


@dataclass(frozen=True, eq=False)
class Plane:
    """``origin``, ``across`` and ``up`` are (D,) float32. ``labels`` say what the two axes are.

    With ``quantiles`` points lie in (0, 1)² and stand for shares of a normal distribution, as in the lecture's picture
    of the manifold (Kingma and Welling 2014, figure 4): each part of the picture then shows equally many codes.
    """

    origin: np.ndarray
    across: np.ndarray
    up: np.ndarray
    labels: tuple[str, str] = ("", "")
    quantiles: bool = False

    def codes(self, points: np.ndarray) -> np.ndarray:
        """The codes (N, D) float32 of points (N, 2)."""
        places = np.asarray(points, np.float64)
        if self.quantiles:
            from scipy.special import ndtri  # a fifth of a second to load: when it is needed

            places = ndtri(places.clip(EDGE, 1 - EDGE))
        return (self.origin + places[:, :1] * self.across + places[:, 1:] * self.up).astype(np.float32)

    def points(self, codes: np.ndarray) -> np.ndarray:
        """The points (N, 2) float64 of the plane nearest to codes (N, D)."""
        basis = np.stack([self.across, self.up]).astype(np.float64)
        places = np.linalg.lstsq(basis.T, (np.asarray(codes, np.float64) - self.origin).T, rcond=None)[0].T
        if not self.quantiles:
            return places
        from scipy.special import ndtr

        return ndtr(places)


def of_axes(
    size: int, first: int = 0, second: int = 1, base: np.ndarray | None = None, quantiles: bool = False
) -> Plane:
    """The plane of two dimensions of a code of ``size`` numbers, the others as in ``base`` (D,) (zeros without)."""
    if size < 2:
        raise Refused(f"A map needs codes of at least two numbers; this model's have {size}.")
    if first == second or not (0 <= first < size and 0 <= second < size):
        raise Refused(f"Choose two different dimensions from 1 to {size}.")
    origin = np.zeros(size, np.float32) if base is None else np.array(base, np.float32)
    origin[[first, second]] = 0
    unit = np.eye(size, dtype=np.float32)
    return Plane(origin, unit[first], unit[second], (f"z{first + 1}", f"z{second + 1}"), quantiles)


def of_directions(origin: np.ndarray, across: np.ndarray, up: np.ndarray, labels: tuple[str, str]) -> Plane:
    """The plane of two directions (D,) through ``origin``; refused when they point the same way."""
    _require_apart(across, up, "These two directions point the same way, so they span no plane. Choose another one.")
    return Plane(origin, across, up, labels)


def through(a: np.ndarray, b: np.ndarray, c: np.ndarray, labels: tuple[str, str, str] = ("A", "B", "C")) -> Plane:
    """The plane through three codes (D,): a at (0, 0), b at (1, 0), c at (0, 1); refused when they lie on one line."""
    _require_apart(b - a, c - a, "A plane needs three different pictures that do not lie on one line. Choose others.")
    names = (f"{labels[0]} → {labels[1]}", f"{labels[0]} → {labels[2]}")
    return Plane(a, b - a, c - a, names)


def _require_apart(first: np.ndarray, second: np.ndarray, sentence: str) -> None:
    """Refuse two directions (D,) that span no plane."""
    lengths = float(np.linalg.norm(first)) * float(np.linalg.norm(second))
    cosine = float(np.dot(np.float64(first), np.float64(second))) / lengths if lengths > 1e-12 else 1.0
    if 1 - abs(cosine) < 1e-6:
        raise Refused(sentence)
