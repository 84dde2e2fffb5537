"""Pictures in memory, ready for batches: what every data source is read into."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from studio.data.choose import apart, subset


@dataclass(frozen=True)
class Refusal:
    """A file that was left out: its path relative to the folder, and a short reason."""

    path: str
    reason: str


@dataclass(frozen=True, eq=False)
class PictureSet:
    """Square pictures with or without classes. Nobody writes to the arrays once the set is made.

    ``pictures`` is (N, H, W, C) uint8 with C 1 or 3, ``labels`` (N,) int64 indices into ``classes`` or None,
    ``refused`` the files left out, ``held_out`` the pictures for validation.
    """

    pictures: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    title: str = ""
    refused: tuple[Refusal, ...] = ()
    held_out: PictureSet | None = None

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
        """SHA-256 (hex) over shape, pixels and labels: the same for the same data, whatever file it came from."""
        return self._fingerprint

    def take(self, index: np.ndarray) -> PictureSet:
        """The pictures with these indices, copied; nothing held out."""
        labels = None if self.labels is None else self.labels[index]
        return replace(self, pictures=self.pictures[index], labels=labels, held_out=None)

    def limited(self, limit: int, seed: int = 0) -> PictureSet:
        """At most ``limit`` pictures (0: all), a seeded random choice spread evenly over the classes."""
        if not limit or len(self) <= limit:
            return self
        return replace(self.take(subset(len(self), self.labels, limit, seed)), held_out=self.held_out)

    def split(self, share: float, seed: int) -> PictureSet:
        """A copy with about ``share`` of each class held out, always the same for one seed.

        At least one picture is held out and at least one stays; a single picture cannot be split and stays alone.
        """
        labels = None if self.labels is None else self.labels.copy()
        return hold_out(replace(self, pictures=self.pictures.copy(), labels=labels), share, seed)

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256(repr(self.pictures.shape).encode())
        digest.update(np.ascontiguousarray(self.pictures).data)
        if self.labels is not None:
            digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        return digest.hexdigest()


def hold_out(found: PictureSet, share: float, seed: int) -> PictureSet:
    """:meth:`PictureSet.split` without a second copy in memory: reorders the arrays of ``found``, which is used up.

    Both parts are views of the same memory: the rows to hold out change places with the last rows.
    """
    index = apart(len(found), found.labels, share, seed)
    if not len(index):
        return replace(found, held_out=None)
    border = len(found) - len(index)
    moved_up = np.setdiff1d(np.arange(border, len(found)), index, assume_unique=True)
    moved_down = index[index < border]
    for array in (found.pictures, found.labels):
        if array is not None:
            kept = array[moved_up]
            array[moved_up] = array[moved_down]
            array[moved_down] = kept
    first, last = (
        replace(
            found,
            pictures=found.pictures[part],
            labels=None if found.labels is None else found.labels[part],
            held_out=None,
        )
        for part in (slice(border), slice(border, None))
    )
    return replace(first, held_out=replace(last, refused=()))
