"""Figures on held-out pictures in the loss plot: markers joined by a line."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from studio.gui import theme

_SYMBOLS = ("o", "s", "d", "t1", "star")


class EvaluationLine:
    """One figure (``val_loss``) at the steps at which it was measured."""

    def __init__(self, name: str, plot: pg.PlotItem, order: int) -> None:
        self.name = name
        self.visible = True
        self._symbol = _SYMBOLS[order % len(_SYMBOLS)]
        self._points: dict[int, float] = {}
        self.plot = plot
        self._line = pg.PlotCurveItem(antialias=True)
        self._dots = pg.ScatterPlotItem(pxMode=True, symbol=self._symbol, size=7)
        for z, item in ((7, self._line), (8, self._dots)):
            item.setZValue(z)
            plot.addItem(item, ignoreBounds=True)

    def add(self, step: int, value: float) -> None:
        """A value at ``step``; one measured again replaces the older."""
        self._points[step] = value

    def last(self) -> float:
        """The value of the latest step."""
        return self._points[max(self._points)]

    def points(self) -> dict[int, float]:
        """All values by step."""
        return dict(self._points)

    def remove(self) -> None:
        """Take the line out of its plot."""
        self.plot.removeItem(self._line)
        self.plot.removeItem(self._dots)

    def draw(self, first: int, last: int, log: bool) -> tuple[float, float] | None:
        """Draw all points; the lowest and highest value of the steps ``first … last`` (logarithms if ``log``)."""
        for item in (self._line, self._dots):
            item.setVisible(self.visible)
        steps = np.array(sorted(self._points), np.float64)
        values = np.array([self._points[int(s)] for s in steps], np.float64)
        if log:
            values = np.log10(np.where(values > 0, values, np.nan))
        usable = np.isfinite(values)
        steps, values = steps[usable], values[usable]
        accent, panel = theme.tokens().accent, theme.tokens().panel
        self._line.setPen(pg.mkPen(accent, width=1))
        self._line.setData(steps, values)
        self._dots.setData(x=steps, y=values, brush=pg.mkBrush(accent), pen=pg.mkPen(panel))
        seen = values[(steps >= first) & (steps <= last)]
        return (float(seen.min()), float(seen.max())) if self.visible and len(seen) else None
