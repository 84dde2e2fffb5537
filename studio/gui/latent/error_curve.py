"""The error of a search while it goes on, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.gui import theme
from studio.gui.train.plot_panel import PlotPanel, PlotView

_LEAST = 1e-9
_AXIS = 46
_MARKS = 5
"""at most this many numbers at the axis"""


class ErrorCurve(QWidget):
    """One point a step: the mean squared error, on pixels in [0, 1]."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps: list[int] = []
        self._errors: list[float] = []
        self._total = 0
        self._view = PlotView(self)
        self._panel = PlotPanel("error", self)
        self._panel.plot.getAxis("left").setWidth(_AXIS)
        self._panel.plot.setMouseEnabled(x=False, y=False)
        self._panel.set_logarithmic(True)
        self._line = pg.PlotCurveItem(antialias=False)
        # the panel's own grid draws all minor lines of a logarithmic axis
        self._grid = pg.PlotCurveItem(antialias=False)
        self._grid.setZValue(-5)
        self._panel.plot.addItem(self._grid, ignoreBounds=True)
        self._panel.plot.addItem(self._line)
        self._view.addItem(self._panel.plot)
        self._view.ci.setContentsMargins(0, 4, 8, 0)
        self._view.setMinimumSize(120, 80)
        self.setAccessibleName("Error of the search")
        self.setToolTip("The mean squared error of each step: the lower, the nearer the picture.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view)
        self.clear()
        self._restyle()

    def clear(self, total: int = 0) -> None:
        """Begin again, with ``total`` steps to come."""
        self._steps, self._errors, self._total = [], [], total
        self._draw()

    def add(self, step: int, errors: Sequence[float]) -> None:
        """The errors of the steps that end with ``step``."""
        self._steps += range(step - len(errors) + 1, step + 1)
        self._errors += errors
        self._draw()

    def points(self) -> tuple[list[int], list[float]]:
        """The steps and their errors."""
        return self._steps, self._errors

    def sizeHint(self) -> QSize:
        """A small plot."""
        return QSize(300, 112)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._restyle()

    def _draw(self) -> None:
        values = np.log10(np.maximum(np.asarray(self._errors, np.float64), _LEAST))
        self._line.setData(np.asarray(self._steps, np.float64), values)
        first = min(self._steps, default=0)
        self._panel.show_steps(first, max(self._total, first + 1, *self._steps[-1:]))
        self._panel.show_values((float(values.min()), float(values.max())) if len(values) else (-3.0, 0.0))
        marks = np.asarray(marks_between(*self._panel.values()))
        self._panel.plot.getAxis("left").setTicks([[(mark, f"{10**mark:.3g}") for mark in marks.tolist()]])
        self._grid.setData(np.tile(self._panel.steps(), len(marks)), np.repeat(marks, 2), connect="pairs")
        self._panel.set_empty_text("" if self._errors else "The error falls here while it searches.")

    def _restyle(self) -> None:
        self._view.setBackground(theme.tokens().panel)
        self._panel.restyle()
        self._grid.setPen(pg.mkPen(theme.mix(theme.tokens().line, theme.tokens().panel, 0.6)))
        self._line.setPen(pg.mkPen(theme.tokens().accent, width=2))
        self._draw()


def marks_between(low: float, high: float) -> list[float]:
    """Two to five round numbers between 10^low and 10^high, as their logarithms."""
    exponents = range(math.floor(low), math.ceil(high) + 1)
    for figures in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,)):
        found = [e + math.log10(f) for e in exponents for f in figures if low <= e + math.log10(f) <= high]
        if len(found) <= _MARKS:
            return found
    return found[:: math.ceil(len(found) / _MARKS)]
