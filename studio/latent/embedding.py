"""Where pictures lie in a code space, and the directions in which they spread. Numpy alone, so the window may do it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from studio.errors import Refused

COMPONENTS = 80
"""principal directions at most: the later ones are noise, and nobody looks through more"""
TINY = 1e-7
"""a spread below this share of the largest is rounding, not data"""


class Principal(NamedTuple):
    """Mean (D,), directions (K, D) of length 1 and σ of the codes along each (K,), all float32."""

    mean: np.ndarray
    directions: np.ndarray
    spreads: np.ndarray


@dataclass(frozen=True, eq=False)
class Embedding:
    """``codes`` (N, D) float32 and what they look like, ``pictures`` (N, S, S, C) uint8 with S at most 64.

    ``labels`` (N,) int64 are indices into ``classes``, or None: the class in the data, or what a drawn code was asked
    for (``sampled``). ``features`` (N, F) float32 is what PCA and t-SNE shall show: the codes of data; of drawn codes
    their pictures in at most 16 × 16 pixels, since the codes themselves are a shapeless cloud. ``model``, ``stamp`` and
    ``step`` say whose codes they are.
    """

    codes: np.ndarray
    pictures: np.ndarray
    labels: np.ndarray | None
    classes: tuple[str, ...]
    features: np.ndarray
    sampled: bool = False
    model: str = ""
    stamp: str = ""
    step: int = 0

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def principal(self) -> Principal:
        """The principal directions, found once; see :func:`principal`."""
        return principal(self)


def principal(embedding: Embedding) -> Principal:
    """The directions in which the pictures of an embedding spread.

    Of encoded data: the principal components of the codes, widest first. Of drawn codes, which spread alike in all
    directions: the principal components of the *pictures*, and to each the direction in code space that least squares
    finds for it (GANSpace, Härkönen et al. 2020). At most 80.
    """
    codes = embedding.codes.astype(np.float64)
    mean = codes.mean(0)
    # more directions than a code has numbers would only repeat each other
    found = components(embedding.features, min(COMPONENTS, codes.shape[1]))[1]
    if embedding.sampled:
        scores = (embedding.features - embedding.features.mean(0, dtype=np.float64)) @ found.T
        # scores are uncorrelated, so least squares is one quotient a component
        found = (scores.T @ (codes - mean)) / (scores**2).sum(0)[:, None]
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        found = found[lengths[:, 0] > 0] / lengths[lengths[:, 0] > 0]
    spreads = ((codes - mean) @ found.T).std(0)
    return Principal(mean.astype(np.float32), found.astype(np.float32), spreads.astype(np.float32))


def components(features: np.ndarray, most: int = COMPONENTS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Principal component analysis of (N, F): mean (F,), components (K, F) of length 1, σ along each (K,), float64.

    Components without any spread are left out. Signs are fixed (the largest entry is positive), so that the same data
    always gives the same components. :class:`Refused` when all rows are the same.
    """
    if len(features) < 2 or not np.isfinite(features).all():
        raise Refused("Principal directions need at least two points with finite numbers.")
    mean = features.mean(0, dtype=np.float64)
    centred = features - mean
    values, vectors = np.linalg.eigh(centred.T @ centred / len(features))
    spreads = np.sqrt(values[::-1].clip(0))
    kept = min(most, len(features) - 1, int((spreads > TINY * max(spreads[0], 1e-12)).sum()))
    if spreads[0] <= TINY * max(1e-12, float(np.abs(features).max())):
        raise Refused("All points are the same, so there is nothing to spread out.")
    found = vectors[:, ::-1].T[:kept]
    largest = np.take_along_axis(found, np.abs(found).argmax(1)[:, None], axis=1)
    return mean, found * np.sign(largest), spreads[:kept]


def pca_points(features: np.ndarray) -> np.ndarray:
    """Features (N, F) on their two principal components, (N, 2) float32: a picture of them at once."""
    mean, found, _ = components(features, most=2)
    points = np.zeros((len(features), 2), np.float32)
    points[:, : len(found)] = (features - mean) @ found.T
    return points
