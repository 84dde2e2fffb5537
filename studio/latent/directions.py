"""Directions through a code space from labelled codes. Numpy alone, so the window may do it.

A direction moves a code from "absent" to "present" in one step. One regression on all labels together tells
attributes apart that come together in the data (glasses and age), where the difference of two means mixes them up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.errors import Refused
from studio.latent.shelf import Direction


def from_groups(codes: np.ndarray, chosen: Sequence[int] | np.ndarray, name: str, model: str, stamp: str) -> Direction:
    """From the rest of ``codes`` (N, D) to the ``chosen`` indices: the difference of their means.

    :class:`Refused` when none or all are chosen. One step goes from one mean to the other.
    """
    inside = np.zeros(len(codes), bool)
    inside[np.asarray(chosen, np.int64)] = True
    if not inside.any():
        raise Refused("No points are chosen. Draw around a group first.")
    if inside.all():
        raise Refused("All points are chosen, so there is nothing to tell them from. Choose a part of them.")
    values = codes.astype(np.float64)
    vector = values[inside].mean(0) - values[~inside].mean(0)
    source = f"mean of {int(inside.sum())} chosen less mean of {int((~inside).sum())} others"
    return Direction(name, vector.astype(np.float32), model, stamp, source, spread(codes, vector))


def spread(codes: np.ndarray, vector: np.ndarray) -> float:
    """σ of codes (N, D) along ``vector`` (D,), counted in steps of it: one σ of the data is ``spread · vector``."""
    vector = vector.astype(np.float64)
    squared = float(vector @ vector)
    return float((codes.astype(np.float64) @ vector).std()) / squared if squared > 0 else 0.0


def least_squares(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Directions (K, D) float32 for all columns of ``labels`` (N, K) together; nan is unknown.

    Minimises |Z − 1cᵀ − Y B|²; direction k is row k of B, times the range of the label, so that one step goes from its
    lowest value to its highest (absent to present). Labels with gaps: direction k is found from the codes for which
    label k and as many others as possible are known, see :func:`_rows`. Attributes that always come together share
    what they do. :class:`Refused` for a label that is the same everywhere.
    """
    labels = np.asarray(labels, np.float64)
    if labels.ndim != 2 or len(labels) != len(codes):
        raise ValueError(f"labels must be ({len(codes)}, K), not {labels.shape}")
    if np.isinf(labels).any():
        raise Refused("A label is not finite.")
    return np.stack([_one(codes, labels, k) for k in range(labels.shape[1])]).astype(np.float32)


def _one(codes: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Row k of B (D,), scaled."""
    values = labels[~np.isnan(labels[:, k]), k]
    if not len(values) or np.ptp(values) == 0:
        raise Refused(
            f"Label {k + 1} is the same for every picture where it is known, so it shows no direction. Leave it out."
        )
    rows, columns = _rows(labels, k)
    design, target = labels[rows][:, columns], codes[rows].astype(np.float64)
    # centred on both sides, so the constant needs no column; the shortest solution where columns say the same
    solution = np.linalg.lstsq(design - design.mean(0), target - target.mean(0), rcond=1e-9)[0]
    return solution[0] * np.ptp(values)


def _rows(labels: np.ndarray, k: int) -> tuple[np.ndarray, list[int]]:
    """Which rows (N,) bool and columns, k first, direction k is found from: no gap is among them.

    Guessing a missing label would let it leak into the direction, so rows with gaps are dropped; a column whose gaps
    would leave less than a tenth of the rows, or less than ten rows a column, is dropped instead.
    """
    known = ~np.isnan(labels)
    rows, columns = known[:, k], [k]
    fewest = 0.1 * rows.sum()
    coverage = known[rows].sum(0)
    for other in np.argsort(-coverage, kind="stable").tolist():
        both = rows & known[:, other]
        enough = both.sum() >= max(fewest, 10 * (len(columns) + 1)) and np.ptp(labels[both, k]) > 0
        if other != k and (enough or both.sum() == rows.sum()):
            rows, columns = both, [*columns, other]
    return rows, columns


def locked(normals: np.ndarray, k: int) -> np.ndarray:
    """The shortest step (D,) float32 that raises score k by 1 and leaves the other scores of ``normals`` (K, D) alone.

    A score is the product of a code with its normal; the step is Wᵀ(WWᵀ)⁻¹eₖ. :class:`Refused` when locking leaves no
    way to go.
    """
    matrix = normals.astype(np.float64)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise Refused("A locked direction is zero. Release it.")
    unit = matrix / lengths
    if np.linalg.svd(unit, compute_uv=False)[-1] < 1e-6 or len(unit) > unit.shape[1]:
        raise Refused("The locked directions leave no way to go: one follows from the others. Release one of them.")
    wanted = np.zeros(len(unit))
    wanted[k] = 1 / lengths[k, 0]
    return (unit.T @ np.linalg.solve(unit @ unit.T, wanted)).astype(np.float32)
