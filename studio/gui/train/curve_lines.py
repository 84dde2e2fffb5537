"""The lines of one curve: faint raw values, the strong smoothed line on top, triangles for what is not a number."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen

from studio.events import Curve
from studio.gui import theme
from studio.gui.train.curve_data import CurveData
from studio.training.history import History

MOST_MARKS = 120
_SAMPLE = 4000
_SMOOTH_TRAVEL, _CALM_TRAVEL = 3000, 30_000
"""Up to how many px of up and down a line is drawn antialiased, and then with a wide pen: beyond, neither is seen."""


class CurveLines:
    """One curve of the running model."""

    def __init__(self, curve: Curve, data: CurveData, plot: pg.PlotItem, shade: int) -> None:
        self.curve = curve
        self._data, self._shade = data, shade
        self._raw = pg.PlotCurveItem(antialias=False)
        self._strong = pg.PlotCurveItem(antialias=False)
        self._marks = pg.ScatterPlotItem(pen=None, pxMode=True)
        self._dots = pg.ScatterPlotItem(pen=None, pxMode=True, symbol="o", size=5)
        self._items = (self._raw, self._strong, self._dots, self._marks)
        for z, item in zip((1, 4, 5, 6), self._items, strict=True):
            item.setZValue(z)
            plot.addItem(item, ignoreBounds=True)
        self._visible = True

    def color(self) -> QColor:
        """The hue of the player, in another shade for its second and third curve."""
        tokens, hue = theme.tokens(), theme.hue(self.curve.player)
        if self._shade == 0:
            return hue
        return theme.mix(hue, tokens.text if self._shade % 2 else tokens.panel, 0.55)

    def is_visible(self) -> bool:
        """Whether the curve is shown."""
        return self._visible

    def set_visible(self, visible: bool) -> None:
        """Show or hide the curve."""
        self._visible = visible
        for item in self._items:
            item.setVisible(visible)

    def remove_from(self, plot: pg.PlotItem) -> None:
        """Take the lines out of ``plot``."""
        for item in self._items:
            plot.removeItem(item)

    def draw(self, first: int, last: int, pixels: int, height: float, log: bool) -> tuple[float, float] | None:
        """Draw the steps ``first … last`` on ``pixels`` px; the lowest and highest (logarithms if ``log``)."""
        name = self.curve.name
        x, y = _line(self._data.history, name, first, last, pixels, log)
        strong_x, strong_y = _line(self._data.smoothed, name, first, last, max(1, pixels // 2), log)
        extent = _extent(y)
        self._raw.setVisible(self._visible and self._data.smoothing > 0)
        self._raw.setData(x, y, connect=_connect(y), skipFiniteCheck=True)
        self._raw.setPen(pg.mkPen(theme.mix(self.color(), theme.tokens().panel, 0.32), width=1))
        self._strong.setPen(self._pen(strong_y, extent, height))
        self._strong.setData(strong_x, strong_y, connect=_connect(strong_y), skipFiniteCheck=True)
        self._draw_dots(x, y)
        return extent

    def percentiles(self, first: int, last: int, log: bool) -> tuple[float, float] | None:
        """The 1st and 99th percentile of the steps ``first … last`` (logarithms if ``log``)."""
        return percentiles(self._data, self.curve.name, first, last, log)

    def draw_marks(self, first: int, last: int, bottom: float, top: float, log: bool) -> None:
        """Triangles at the edge of the plot: below for NaN and -inf (and ≤ 0 on a log axis), above for +inf."""
        name = self.curve.name
        low = self._data.low[name].between(first, last, MOST_MARKS)
        if log:
            low = np.concatenate((low, self._data.not_positive[name].between(first, last, MOST_MARKS)))
        high = self._data.high[name].between(first, last, MOST_MARKS)
        if not len(low) and not len(high):
            if len(self._marks.data):
                self._marks.clear()
            return
        margin = (top - bottom) * 0.02
        self._marks.setData(
            x=np.concatenate((low, high)),
            y=np.concatenate((np.full(len(low), bottom + margin), np.full(len(high), top - margin))),
            symbol=["t1"] * len(low) + ["t"] * len(high),
            brush=pg.mkBrush(self.color()),
            pen=pg.mkPen(theme.tokens().panel),
            size=9,
        )

    def mark_count(self) -> int:
        """How many triangles are drawn."""
        return len(self._marks.data)

    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """The strong line as it is drawn, (x, y)."""
        return self._strong.getData()

    def _pen(self, y: np.ndarray, extent: tuple[float, float] | None, height: float) -> QPen:
        """Wide and smooth where that can be seen, thin where the line is a thicket and would only cost time."""
        steps = np.abs(np.diff(y))
        span = (extent[1] - extent[0]) if extent else 0.0
        travel = float(np.nansum(steps)) * height / span if span > 0 else 0.0
        self._strong.opts["antialias"] = travel < _SMOOTH_TRAVEL
        return pg.mkPen(self.color(), width=2 if travel < _CALM_TRAVEL else 1)

    def _draw_dots(self, x: np.ndarray, y: np.ndarray) -> None:
        """Points without a neighbour make no line, so they are drawn as dots."""
        finite = np.isfinite(y)
        alone = finite & ~np.r_[False, finite[:-1]] & ~np.r_[finite[1:], False] if len(y) else finite
        if alone.any() or len(self._dots.data):
            self._dots.setData(x=x[alone], y=y[alone], brush=pg.mkBrush(self.color()))


def percentiles(data: CurveData, name: str, first: int, last: int, log: bool) -> tuple[float, float] | None:
    """The 1st and 99th percentile of a few thousand of the steps ``first … last``, or None if none can be shown."""
    values = data.sample(name, first, last, _SAMPLE)
    values = np.log10(values[values > 0]) if log else values
    if not len(values):
        return None
    low, high = np.percentile(values, [1, 99])
    return float(low), float(high)


def _line(history: History, name: str, first: int, last: int, buckets: int, log: bool) -> tuple[np.ndarray, np.ndarray]:
    x, y = history.envelope(name, first, last, buckets)
    y = y.astype(np.float64)
    if log:
        y[y <= 0] = np.nan
        y = np.log10(y)
    odd = ~np.isfinite(y)
    if odd.any():
        y[odd] = np.nan
        if len(y) != last - first + 1 and len(y) % 2 == 0:  # a bucket with one usable end shows that one
            pairs = y.reshape(-1, 2)
            pairs[:] = np.where(np.isnan(pairs), pairs[:, ::-1], pairs)
    return x, y


def _connect(y: np.ndarray) -> str:
    return "finite" if np.isnan(y).any() else "all"


def _extent(y: np.ndarray) -> tuple[float, float] | None:
    finite = y[np.isfinite(y)]
    return (float(finite.min()), float(finite.max())) if len(finite) else None
