"""One plot over the steps: the wheel and a drag change the range of steps, over the left axis that of the values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import QApplication

from studio.gui import theme

# Its own clean-up at exit deletes Qt objects in an order that can end in a segmentation fault.
pg.setConfigOptions(exitCleanup=False, antialias=False)

AXIS_WIDTH = 60


class PlotView(pg.GraphicsLayoutWidget):
    """The canvas; tells when the mouse has left it."""

    left = Signal()

    def leaveEvent(self, event: QEvent) -> None:
        """The crosshair has nothing to point at any more."""
        super().leaveEvent(event)
        self.left.emit()


class _TimeBox(pg.ViewBox):
    """A view box whose wheel and drags move along the steps (0) unless they are over the axis of values (1)."""

    moved = Signal(int)

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        """Zoom the steps (or, over the left axis, the values)."""
        super().wheelEvent(event, axis=axis or 0)
        self.moved.emit(axis or 0)

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        """Move along the steps (or, over the left axis, the values)."""
        super().mouseDragEvent(event, axis=axis or 0)
        self.moved.emit(axis or 0)


class _StepAxis(pg.AxisItem):
    """Whole steps with thousands separators."""

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Nothing between two steps has a name."""
        del scale, spacing
        return [f"{round(v):,}" if abs(v - round(v)) < 1e-6 else "" for v in values]


class PlotPanel(QObject):
    """The plot item with its axes, crosshair and marker; ``moved``: a person moved the steps (0) or the values (1)."""

    moved = Signal(int)

    def __init__(self, title: str, parent: QObject) -> None:
        super().__init__(parent)
        self.box = _TimeBox(enableMenu=False)
        axes = {"left": pg.AxisItem("left"), "bottom": _StepAxis("bottom")}
        self.plot = pg.PlotItem(viewBox=self.box, axisItems=axes, enableMenu=False)
        self.plot.hideButtons()
        self.title = title
        self.manual_y = False
        self.box.disableAutoRange()
        self.box.setDefaultPadding(0)
        self.box.moved.connect(self._on_moved)
        for axis in axes.values():
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4, autoReduceTextSpace=False)
        axes["left"].setWidth(AXIS_WIDTH)
        self.crosshair = self._line(20)
        self.marker = self._line(19)
        self._empty = pg.TextItem("", anchor=(0.5, 0.5))
        # The grid of the axes is translucent and takes 6 ms a frame; one opaque curve takes none.
        self._grid = pg.PlotCurveItem(antialias=False)
        self._grid.setZValue(-10)
        for item in (self._empty, self._grid):
            self.plot.addItem(item, ignoreBounds=True)
        self._logarithmic = False
        self.restyle()

    def restyle(self) -> None:
        """Take the colours and fonts of the theme."""
        tokens = theme.tokens()
        font = theme.tabular(theme.small_font(QApplication.font()))
        self.box.setBackgroundColor(tokens.panel)
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setPen(pg.mkPen(tokens.line))
            axis.setTextPen(pg.mkPen(tokens.muted))
            axis.setTickFont(font)
        self.plot.getAxis("left").setLabel(
            self.title, color=tokens.muted, **{"font-size": f"{font.pointSizeF():.1f}pt"}
        )
        self._grid.setPen(pg.mkPen(theme.mix(tokens.line, tokens.panel, 0.6)))
        self.crosshair.setPen(pg.mkPen(tokens.muted, style=Qt.PenStyle.DashLine))
        self.marker.setPen(pg.mkPen(tokens.accent, width=2))
        self._empty.setColor(tokens.muted)
        self._empty.setFont(theme.text_font(QApplication.font()))

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Label the values as powers of ten; what is drawn must then be logarithms."""
        self._logarithmic = logarithmic
        self.plot.getAxis("left").setLogMode(logarithmic)

    def set_steps_labelled(self, labelled: bool) -> None:
        """Show the numbers of the steps (only the lower of two plots does)."""
        axis = self.plot.getAxis("bottom")
        axis.setStyle(showValues=labelled)
        axis.setHeight(None if labelled else 4)

    def set_empty_text(self, text: str) -> None:
        """A sentence in the middle while nothing is drawn."""
        (low_x, high_x), (low_y, high_y) = self.box.viewRange()
        self._empty.setVisible(bool(text))
        self._empty.setText(text)
        self._empty.setPos((low_x + high_x) / 2, (low_y + high_y) / 2)

    def show_steps(self, first: float, last: float) -> None:
        """Set the range of steps."""
        self.box.setXRange(first, last, padding=0)

    def show_values(self, extent: tuple[float, float] | None) -> None:
        """Set the range of values with a little air, unless a person has chosen one."""
        if self.manual_y:
            return
        low, high = extent or (0.0, 1.0)
        air = (high - low) * 0.06 or abs(high) * 0.1 or 0.5
        self.box.setYRange(low - air, high + air, padding=0)

    def draw_grid(self) -> None:
        """Lines across at the larger ticks of the values."""
        low, high = self.values()
        first, last = self.steps()
        levels = self.plot.getAxis("left").tickValues(low, high, max(1.0, self.box.height()))
        values = np.asarray(levels[0][1] if levels else [], np.float64)
        self._grid.setData(np.tile([first, last], len(values)), np.repeat(values, 2), connect="pairs")

    def contains(self, place: QPointF) -> bool:
        """Whether a point of the scene is between the axes of this plot."""
        return bool(self.plot.isVisible() and self.box.sceneBoundingRect().contains(place))

    def steps(self) -> tuple[float, float]:
        """The range of steps that is seen."""
        low, high = self.box.viewRange()[0]
        return float(low), float(high)

    def values(self) -> tuple[float, float]:
        """The range of values that is seen (logarithms on a log axis)."""
        low, high = self.box.viewRange()[1]
        return float(low), float(high)

    def _line(self, z: int) -> pg.InfiniteLine:
        line = pg.InfiniteLine(angle=90, movable=False)
        line.setZValue(z)
        line.hide()
        self.plot.addItem(line, ignoreBounds=True)
        return line

    def _on_moved(self, axis: int) -> None:
        self.manual_y = self.manual_y or axis == 1
        self.moved.emit(axis)
