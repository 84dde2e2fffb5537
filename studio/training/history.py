"""Every step's losses, kept so that a million points are as quick to draw as a hundred.

Columns are preallocated float32 arrays that double; beside them stand the minimum and maximum of each block of
:data:`BLOCK` steps, kept up while appending. A plot asks :meth:`History.envelope` for as many buckets as it has
pixels and never touches the raw points it cannot show (pyqtgraph draws a raw million in 240 ms, this in about 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from studio.errors import StudioError

BLOCK = 64


class History:
    """Rows of one float32 a column for the steps 1, 2, …; NaN is kept as it is and shown as a mark."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._rows = np.empty((1024, len(self.columns)), np.float32)
        self._low = np.empty((16, len(self.columns)), np.float32)
        self._high = np.empty((16, len(self.columns)), np.float32)
        self._count = 0
        self._blocks = 0

    def __len__(self) -> int:
        return self._count

    def append(self, rows: np.ndarray) -> None:
        """Add ``rows`` (k, columns) float32, the next k steps."""
        rows = np.asarray(rows, np.float32).reshape(-1, len(self.columns))
        self._rows = _room(self._rows, self._count + len(rows))
        self._rows[self._count : self._count + len(rows)] = rows
        self._count += len(rows)
        self._extend_blocks()

    def truncate(self, count: int) -> None:
        """Forget every step after ``count`` (a run resumed from an earlier checkpoint)."""
        self._count = min(self._count, count)
        self._blocks = self._count // BLOCK

    def rows(self) -> np.ndarray:
        """All rows, (steps, columns) float32, a view that must not be written to."""
        return self._rows[: self._count]

    def column(self, name: str) -> np.ndarray:
        """One column, (steps,) float32, a view that must not be written to."""
        return self._rows[: self._count, self.columns.index(name)]

    def last(self) -> dict[str, float]:
        """The newest row by name; empty before the first step."""
        return dict(zip(self.columns, map(float, self._rows[self._count - 1]), strict=True)) if self._count else {}

    def envelope(self, name: str, first: int, last: int, buckets: int) -> tuple[np.ndarray, np.ndarray]:
        """The steps ``first … last`` (1-based, inclusive) as at most ``2·buckets`` points (x float64, y float32).

        Few steps come back as they are; many as the minimum and maximum of each bucket, so that no spike is hidden.
        """
        first, last = max(1, first), min(self._count, last)
        if last < first:
            return np.empty(0), np.empty(0, np.float32)
        if last - first + 1 <= 2 * buckets:
            return np.arange(first, last + 1, dtype=np.float64), self.column(name)[first - 1 : last]
        return self._buckets(self.columns.index(name), first, last, buckets)

    def save(self, path: Path) -> None:
        """Write all rows as CSV (a first line of names, then ``step`` and the columns)."""
        with path.open("w", encoding="utf-8") as file:
            file.write(",".join(("step", *self.columns)) + "\n")
            file.write(_lines(1, self.rows()))

    def _extend_blocks(self) -> None:
        blocks = self._count // BLOCK
        if blocks == self._blocks:
            return
        fresh = self._rows[self._blocks * BLOCK : blocks * BLOCK].reshape(-1, BLOCK, len(self.columns))
        self._low, self._high = _room(self._low, blocks), _room(self._high, blocks)
        self._low[self._blocks : blocks] = np.fmin.reduce(fresh, axis=1)
        self._high[self._blocks : blocks] = np.fmax.reduce(fresh, axis=1)
        self._blocks = blocks

    def _buckets(self, column: int, first: int, last: int, buckets: int) -> tuple[np.ndarray, np.ndarray]:
        coarse = last - first + 1 > 2 * BLOCK * buckets
        if coarse:  # whole blocks, then the steps that do not fill one yet
            start, stop = (first - 1) // BLOCK, last // BLOCK
            low, high = self._low[start:stop, column], self._high[start:stop, column]
            width, origin = BLOCK, start * BLOCK + 1
        else:
            low = high = self._rows[first - 1 : last, column]
            width, origin = 1, first
        edges = np.unique(np.linspace(0, len(low), buckets + 1).astype(np.intp)[:-1])
        y = np.empty(2 * len(edges), np.float32)
        y[0::2], y[1::2] = np.fmin.reduceat(low, edges), np.fmax.reduceat(high, edges)
        x = np.repeat(origin + edges.astype(np.float64) * width, 2)
        if coarse and stop * BLOCK < last:
            tail = self._rows[max(stop * BLOCK, first - 1) : last, column]
            x = np.append(x, [float(last)] * 2)
            y = np.append(y, [np.fmin.reduce(tail), np.fmax.reduce(tail)])
        return x, y


def append_csv(path: Path, columns: Sequence[str], first_step: int, rows: np.ndarray) -> None:
    """Add rows (the steps from ``first_step``) to a history file, making it with its first line if need be."""
    new = not path.exists()
    with path.open("a", encoding="utf-8") as file:
        if new:
            file.write(",".join(("step", *columns)) + "\n")
        file.write(_lines(first_step, rows))


def load(path: Path, upto: int | None = None) -> History:
    """Read a history file; a last line that a killed process left half written is dropped.

    Raises :class:`StudioError` when the file is not a history.
    """
    text = path.read_text(encoding="utf-8")
    head, _, body = text.partition("\n")
    names = head.split(",")
    if names[:1] != ["step"]:
        raise StudioError(f"{path} is not a history of a run: its first line must begin with 'step'.")
    history = History(names[1:])
    body = body[: body.rfind("\n") + 1]
    if body:
        try:
            values = np.loadtxt(body.splitlines(), delimiter=",", dtype=np.float64, ndmin=2)
        except ValueError as error:
            raise StudioError(
                f"The history {path} is damaged ({error}). Delete it to go on without old curves."
            ) from error
        steps = values[:, 0].astype(np.int64)
        last = min(int(steps.max()), upto if upto is not None else int(steps.max()))
        # by step, not by line: what is missing in a damaged file stays missing instead of moving the rest
        rows = np.full((max(0, last), len(names) - 1), np.nan, np.float32)
        kept = (steps >= 1) & (steps <= last)
        rows[steps[kept] - 1] = values[kept, 1:]
        history.append(rows)
    return history


def _lines(first_step: int, rows: np.ndarray) -> str:
    # nine significant digits give every float32 back exactly
    return "".join(
        f"{first_step + i}," + ",".join(f"{v:.9g}" for v in row) + "\n" for i, row in enumerate(rows.tolist())
    )


def _room(array: np.ndarray, count: int) -> np.ndarray:
    if count <= len(array):
        return array
    bigger = np.empty((max(count, 2 * len(array)), *array.shape[1:]), array.dtype)
    bigger[: len(array)] = array
    return bigger
