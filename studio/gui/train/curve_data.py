"""What a plot keeps beside a run's history: the smoothed columns and the steps that cannot be drawn as a line."""

from __future__ import annotations

import numpy as np

from studio.gui.train.smoothing import Smoother
from studio.training.history import History


class Steps:
    """A growing, sorted list of step numbers (float64) of which any stretch can be thinned out for drawing."""

    def __init__(self) -> None:
        self._values = np.empty(16)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def extend(self, steps: np.ndarray) -> None:
        """Add steps, all later than those before."""
        while self._count + len(steps) > len(self._values):
            self._values = np.concatenate((self._values, np.empty_like(self._values)))
        self._values[self._count : self._count + len(steps)] = steps
        self._count += len(steps)

    def between(self, first: float, last: float, most: int) -> np.ndarray:
        """At most about ``most`` of the steps ``first … last``, spread evenly; no stretch with any is left out."""
        values = self._values[: self._count]
        start, stop = np.searchsorted(values, [first, last + 0.5])
        values = values[start:stop]
        if len(values) <= most:
            return values
        chosen = np.unique(np.searchsorted(values, np.linspace(first, last, most)))
        return values[chosen[chosen < len(values)]]


class CurveData:
    """A history with smoothed columns, brought up to date by looking at new rows only.

    ``low`` holds the steps of NaN and -inf of each column, ``high`` those of +inf, ``not_positive`` those of finite
    values ≤ 0, which a log axis cannot show.
    """

    def __init__(self, history: History, smoothing: float) -> None:
        self.history = history
        self.smoothing = smoothing
        self._reset()

    def update(self) -> bool:
        """Take in the rows appended since the last call; True if there were any (or the history was shortened)."""
        count = len(self.history)
        if count == len(self.smoothed):
            return False
        if count < len(self.smoothed):
            self._reset()
        rows = self.history.rows()[len(self.smoothed) : count]
        self._note_odd(rows, len(self.smoothed) + 1)
        self.smoothed.append(self._smoother(rows))
        return True

    def set_smoothing(self, smoothing: float) -> None:
        """Smooth everything again with another factor 0 … 0.999."""
        if smoothing != self.smoothing:
            self.smoothing = smoothing
            self._restart_smoothing()
            self.smoothed.append(self._smoother(self.history.rows()[: self._seen]))

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.history.columns

    def sample(self, name: str, first: int, last: int, most: int) -> np.ndarray:
        """At most ``most`` finite values of the steps ``first … last`` at even distances (for percentiles)."""
        values = self.history.column(name)[max(0, first - 1) : last]
        values = values[:: max(1, len(values) // most)]
        return values[np.isfinite(values)]

    def _reset(self) -> None:
        names = self.history.columns
        self.low = {name: Steps() for name in names}
        self.high = {name: Steps() for name in names}
        self.not_positive = {name: Steps() for name in names}
        self._seen = 0
        self._restart_smoothing()

    def _restart_smoothing(self) -> None:
        self._smoother = Smoother(len(self.history.columns), self.smoothing)
        self.smoothed = History(self.history.columns)

    def _note_odd(self, rows: np.ndarray, first_step: int) -> None:
        for i, name in enumerate(self.history.columns):
            column = rows[:, i]
            finite = np.isfinite(column)
            high = column == np.inf
            for steps, odd in (
                (self.low[name], ~finite & ~high),
                (self.high[name], high),
                (self.not_positive[name], finite & (column <= 0)),
            ):
                if odd.any():
                    steps.extend(first_step + np.flatnonzero(odd))
        self._seen += len(rows)
