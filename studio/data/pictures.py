"""Pictures in memory, ready for batches: what every data source is read into."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from studio.data.choose import apart, subset

ROWS = ("pictures", "other", "labels", "attributes")
"""the arrays of a set that have one row for each picture"""


@dataclass(frozen=True)
class Refusal:
    """A file that was left out: its path relative to the folder, and a short reason."""

    path: str
    reason: str


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Square pictures and what is known about each. Nobody writes to the arrays once the set is made.

    ``pictures`` is (N, H, W, C) uint8 with C 1 or 3, ``labels`` (N,) int64 indices into ``classes`` or None,
    ``refused`` the files left out, ``held_out`` the pictures for validation.
    """

    pictures: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    title: str = ""
    refused: tuple[Refusal, ...] = ()
    held_out: PictureSet | None = None
    other: np.ndarray | None = None
    """the second picture of each pair, of the shape of ``pictures``"""
    attributes: np.ndarray | None = None
    """(N, len(attribute_names)) uint8, 0 or 1"""
    attribute_names: tuple[str, ...] = ()
    domain: PictureSet | None = None
    """the second domain of an unpaired set; ``held_out.domain`` and ``domain.held_out`` are the same pictures"""
    sides: tuple[str, str] = ("A", "B")
    """what the two sides of pairs or the two domains are called"""

    def __post_init__(self) -> None:
        for name in ROWS:
            array = getattr(self, name)
            if array is not None and len(array) != len(self.pictures):
                raise ValueError(f"{len(self.pictures)} pictures, but {len(array)} rows of {name}")
        if self.other is not None and self.other.shape != self.pictures.shape:
            raise ValueError(f"pairs of unequal shape: {self.pictures.shape} and {self.other.shape}")
        if self.attributes is not None and self.attributes.shape[1] != len(self.attribute_names):
            raise ValueError(f"{self.attributes.shape[1]} attributes, but {len(self.attribute_names)} names")

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def size(self) -> int:
        """Height and width in pixels."""
        return int(self.pictures.shape[1])

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""
        return int(self.pictures.shape[3])

    def counts(self) -> dict[str, int]:
        """How many pictures each class has; empty without classes."""
        if self.labels is None:
            return {}
        return dict(zip(self.classes, np.bincount(self.labels, minlength=len(self.classes)).tolist(), strict=True))

    def fingerprint(self) -> str:
        """SHA-256 (hex) over shapes, pixels, labels and all else that is learned from, whatever file it came from."""
        return self._fingerprint

    def rows(self, change: Callable[[np.ndarray], np.ndarray]) -> PictureSet:
        """The set with ``change`` applied to each array that has a row for every picture."""
        changed: dict[str, Any] = {name: change(array) for name in ROWS if (array := getattr(self, name)) is not None}
        return replace(self, **changed)

    def take(self, index: np.ndarray) -> PictureSet:
        """The pictures with these indices, copied; nothing held out. A second domain stays as it is."""
        return replace(self.rows(lambda array: array[index]), held_out=None)

    def limited(self, limit: int, seed: int = 0) -> PictureSet:
        """At most ``limit`` pictures (0: all), a seeded random choice spread evenly over the classes.

        The limit holds for each of two domains.
        """
        domain = self.domain.limited(limit, seed) if self.domain is not None else None
        if domain is not self.domain:
            return replace(self, domain=domain).limited(limit, seed)
        if not limit or len(self) <= limit:
            return self
        return replace(self.take(subset(len(self), self.labels, limit, seed)), held_out=self.held_out)

    def split(self, share: float, seed: int) -> PictureSet:
        """A copy with about ``share`` of each class held out, always the same for one seed.

        At least one picture is held out and at least one stays; a single picture cannot be split and stays alone.
        """
        domain = self.domain.rows(np.copy) if self.domain is not None else None
        return hold_out(replace(self.rows(np.copy), domain=domain), share, seed)

    def swapped(self) -> PictureSet:
        """Pairs or domains the other way round: B becomes A. A set with neither stays as it is."""
        held_out = self.held_out.swapped() if self.held_out is not None else None
        sides = (self.sides[1], self.sides[0])
        if self.domain is not None:
            first = replace(self, domain=None, held_out=held_out.domain if held_out is not None else None)
            return replace(self.domain, domain=first, sides=sides, held_out=held_out, refused=self.refused)
        if self.other is not None:
            return replace(self, pictures=self.other, other=self.pictures, sides=sides, held_out=held_out)
        return self

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256(repr(self.pictures.shape).encode())
        digest.update(np.ascontiguousarray(self.pictures).data)
        if self.labels is not None:
            digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        # Named, so that sets that have none of these keep the fingerprint that older runs remember.
        for name in ("other", "attributes"):
            array = getattr(self, name)
            if array is not None:
                digest.update(f"{name} {array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
        if self.domain is not None:
            digest.update(f"domain {self.domain.fingerprint()}".encode())
        return digest.hexdigest()


def hold_out(found: PictureSet, share: float, seed: int) -> PictureSet:
    """:meth:`PictureSet.split` without a second copy in memory: reorders the arrays of ``found``, which is used up.

    Both parts are views of the same memory: the rows to hold out change places with the last rows. Two domains are
    split each on its own, or not at all when one of them is too small.
    """
    if found.domain is not None:
        domain = hold_out(found.domain, share, seed)
        alone = hold_out(replace(found, domain=None), share, seed)
        if alone.held_out is None or domain.held_out is None:
            return replace(found, held_out=None, domain=replace(found.domain, held_out=None))
        return replace(alone, domain=domain, held_out=replace(alone.held_out, domain=domain.held_out))
    index = apart(len(found), found.labels, share, seed)
    if not len(index):
        return replace(found, held_out=None)
    border = len(found) - len(index)
    moved_up = np.setdiff1d(np.arange(border, len(found)), index, assume_unique=True)
    moved_down = index[index < border]

    def exchange(array: np.ndarray) -> np.ndarray:
        kept = array[moved_up]
        array[moved_up] = array[moved_down]
        array[moved_down] = kept
        return array

    found = replace(found.rows(exchange), held_out=None)
    last = replace(found.rows(lambda array: array[border:]), refused=())
    return replace(found.rows(lambda array: array[:border]), held_out=last)
