"""Seeded choices of pictures that treat every class alike."""

from __future__ import annotations

import numpy as np


def subset(count: int, labels: np.ndarray | None, limit: int, seed: int) -> np.ndarray:
    """``limit`` of ``count`` indices, sorted (k,) int64: as evenly spread over the classes as their sizes allow."""
    if limit <= 0 or count <= limit:
        return np.arange(count)
    rank, chance = _ranks(count, labels, seed)
    return np.sort(np.lexsort((chance, rank))[:limit])


def apart(count: int, labels: np.ndarray | None, share: float, seed: int) -> np.ndarray:
    """The indices to hold out, sorted (k,) int64: ``share`` of every class, at least one index, never all."""
    wanted = min(max(1, round(count * share)), count - 1) if share > 0 else 0
    if wanted <= 0:
        return np.arange(0)
    rank, chance = _ranks(count, labels, seed)
    sizes = np.bincount(labels)[labels] if labels is not None else np.full(count, count)
    # How far down its shuffled class a picture stands: the first `share` of each class come first.
    return np.sort(np.lexsort((chance, (rank + 0.5) / sizes))[:wanted])


def _ranks(count: int, labels: np.ndarray | None, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """For each index its place in its shuffled class, and a random number that breaks ties."""
    chance = np.random.default_rng(seed).permutation(count)
    if labels is None:
        return chance, chance
    order = np.lexsort((chance, labels))
    sizes = np.bincount(labels)
    starts = np.cumsum(sizes) - sizes
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count) - starts[labels[order]]
    return rank, chance
