"""Other runs in the loss plot: their smoothed curves of the same names, thin and dashed."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from studio.events import Curve
from studio.gui import theme
from studio.gui.train.curve_data import CurveData
from studio.gui.train.curve_lines import percentiles
from studio.training.history import History

DASHES = ((5, 4), (2, 3), (10, 3), (10, 8))
"""Lengths on and off, in points of the line (2 px each), of the first, second, … run."""


class ComparedRun:
    """The lines of one other run."""

    def __init__(self, name: str, history: History, smoothing: float, order: int) -> None:
        self.name = name
        self.data = CurveData(history, smoothing)
        self.data.update()
        self.dash = DASHES[order % len(DASHES)]
        self.visible = True
        self._lines: dict[str, tuple[Curve, pg.PlotItem, pg.PlotCurveItem]] = {}

    def add_to(self, curve: Curve, plot: pg.PlotItem) -> None:
        """Draw this run's column of the curve's name, if it has one, in ``plot``."""
        if self.data.has(curve.name):
            line = pg.PlotCurveItem(antialias=False)
            line.setZValue(5)  # over the strong lines: thin, it hides nothing
            plot.addItem(line, ignoreBounds=True)
            self._lines[curve.name] = (curve, plot, line)

    def remove(self) -> None:
        """Take the lines out of their plots."""
        for _, plot, line in self._lines.values():
            plot.removeItem(line)
        self._lines.clear()

    def steps(self) -> int:
        """How many steps this run has."""
        return len(self.data.history) if self.visible and self._lines else 0

    def draw(
        self, curve: str, shown: bool, first: int, last: int, pixels: int, log: bool
    ) -> tuple[float, float] | None:
        """Draw one curve; the lowest and highest value of it, or None when it is not shown."""
        if curve not in self._lines:
            return None
        about, _, line = self._lines[curve]
        line.setVisible(shown and self.visible)
        x, y = self._sampled(curve, first, last, max(2, pixels // 2), log)
        if not (shown and self.visible) or not len(x):
            line.setData([], [])
            return None
        finite = y[np.isfinite(y)]
        on, off = self.dash
        dashed = np.where(np.arange(len(y)) % (on + off) < on, y, np.nan)
        line.setPen(pg.mkPen(theme.mix(theme.hue(about.player), theme.tokens().text, 0.55), width=1))
        line.setData(x, dashed, connect="finite", skipFiniteCheck=True)
        return (float(finite.min()), float(finite.max())) if len(finite) else None

    def percentiles(self, curve: str, first: int, last: int, log: bool) -> tuple[float, float] | None:
        """The 1st and 99th percentile of one curve."""
        return percentiles(self.data, curve, first, last, log) if curve in self._lines and self.visible else None

    def _sampled(self, curve: str, first: int, last: int, count: int, log: bool) -> tuple[np.ndarray, np.ndarray]:
        """The smoothed curve at even distances: dashes cut from its points look alike at every zoom."""
        last = min(last, len(self.data.smoothed))
        if last <= first:
            return np.empty(0), np.empty(0)
        x = np.linspace(first, last, count)
        column = self.data.smoothed.column(curve)
        below = np.floor(x).astype(np.intp)
        share = x - below
        y = (1 - share) * column[below - 1] + share * column[np.minimum(below, last - 1)]
        if log:
            y = np.log10(np.where(y > 0, y, np.nan))
        return x, np.where(np.isfinite(y), y, np.nan)
