"""Accuracy over labels a class: two curves whose points come one by one."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Slot
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from studio.events import CurvePoint
from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE
from studio.gui.train.loss_legend import LossLegend, number
from studio.gui.train.plot_panel import PlotView
from studio.gui.train.readout import Readout
from studio.training.label_plan import STARTS, count_word

_EDGE = 0.4
"""room beside the first and the last place"""
_LEFT_WIDTH = 60


class LabelCurvePlot(QWidget):
    """The numbers of labels stand beside each other at even distances; the mouse over one of them tells its values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = LossLegend(self)
        self.readout: _Readout
        self._view = PlotView(self)
        self._plot = pg.PlotItem(enableMenu=False)
        self._empty = pg.TextItem("", anchor=(0.5, 0.5))
        self._mark = pg.InfiniteLine(angle=90, movable=False)
        self._grid = pg.PlotCurveItem(antialias=False)
        self._lines = {start: pg.PlotDataItem(antialias=True) for start in STARTS}
        self._counts: tuple[int, ...] = ()
        self._found: dict[str, dict[int, float]] = {start: {} for start in STARTS}
        self._set_up()
        self.begin(())

    def begin(self, counts: Sequence[int]) -> None:
        """An empty plot with a place for each number of labels a class (0: all)."""
        self._counts = tuple(counts)
        self._found = {start: {} for start in STARTS}
        self._plot.getAxis("bottom").setTicks([[(i, count_word(n)) for i, n in enumerate(self._counts)]])
        self._plot.setXRange(-_EDGE, max(1, len(self._counts)) - 1 + _EDGE, padding=0)
        self._hide_readout()
        self._draw()

    def add(self, point: CurvePoint) -> None:
        """Draw a point that was measured; one for which there is no place is passed over."""
        if point.labels in self._counts and point.start in self._found:
            self._found[point.start][point.labels] = point.accuracy
            self._draw()

    def points(self, start: str) -> dict[int, float]:
        """Accuracy by labels a class of one curve."""
        return dict(self._found[start])

    def picture(self) -> QImage:
        """Legend and curves as they are seen."""
        self._hide_readout()
        return self.grab().toImage()

    def place_of(self, count: int) -> QPoint:
        """Where a number of labels stands, in the coordinates of the canvas."""
        at = QPointF(self._counts.index(count), sum(self._plot.viewRange()[1]) / 2)
        return self._view.mapFromScene(self._plot.getViewBox().mapViewToScene(at))

    @property
    def canvas(self) -> QWidget:
        """What the mouse moves over."""
        return self._view.viewport()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._restyle()

    def _set_up(self) -> None:
        self._plot.hideButtons()
        self._plot.setMouseEnabled(False, False)
        self._plot.getViewBox().setDefaultPadding(0)
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=-4, autoReduceTextSpace=False)
        self._plot.getAxis("left").setWidth(_LEFT_WIDTH)
        self._grid.setZValue(-10)
        for item in (self._grid, self._mark, *self._lines.values(), self._empty):
            self._plot.addItem(item, ignoreBounds=True)
        self._mark.hide()
        for start, words in STARTS.items():
            help_text = f"Accuracy on held-out pictures of classifiers trained {words}."
            self.legend.add(start, words.capitalize(), help_text, with_value=False)
        self.legend.toggled.connect(self._show_line)
        self._view.addItem(self._plot)
        self._view.setMinimumSize(320, 220)
        self._view.ci.setContentsMargins(0, SMALL_SPACE, SMALL_SPACE, 0)
        self.readout = _Readout(self._view)
        self._view.scene().sigMouseMoved.connect(self._on_mouse)
        self._view.left.connect(self._hide_readout)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE)
        column.addWidget(self.legend)
        column.addWidget(self._view, 1)
        self._restyle()

    def _restyle(self) -> None:
        tokens = theme.tokens()
        font = theme.tabular(theme.small_font(QApplication.font()))
        self._view.setBackground(tokens.panel)
        self._plot.getViewBox().setBackgroundColor(tokens.panel)
        for name, title in (("left", "accuracy on held-out pictures"), ("bottom", "labels a class")):
            axis = self._plot.getAxis(name)
            axis.setPen(pg.mkPen(tokens.line))
            axis.setTextPen(pg.mkPen(tokens.muted))
            axis.setTickFont(font)
            axis.setLabel(title, color=tokens.muted, **{"font-size": f"{font.pointSizeF():.1f}pt"})
        self._grid.setPen(pg.mkPen(theme.mix(tokens.line, tokens.panel, 0.6)))
        self._mark.setPen(pg.mkPen(tokens.muted, style=Qt.PenStyle.DashLine))
        self._empty.setColor(tokens.muted)
        self._empty.setFont(theme.text_font(QApplication.font()))
        for start, look in _looks().items():
            self.legend.item(start).set_look(look.color, look.dash)
        self._draw()

    def _draw(self) -> None:
        values = [value for found in self._found.values() for value in found.values()]
        low, high = _extent(values)
        self._plot.setYRange(low, high, padding=0)
        for start, look in _looks().items():
            found = self._found[start]
            places = [i for i, count in enumerate(self._counts) if count in found]
            self._lines[start].setData(
                np.array(places, np.float64),
                np.array([found[self._counts[i]] for i in places], np.float64),
                pen=look.pen(),
                symbol=look.symbol,
                symbolSize=9,
                symbolBrush=look.color,
                symbolPen=pg.mkPen(theme.tokens().panel),
            )
        self._draw_grid(low, high)
        self._empty.setVisible(not values)
        self._empty.setText("Each point appears here as soon as its training ends.")
        self._empty.setPos((max(1, len(self._counts)) - 1) / 2, (low + high) / 2)

    def _draw_grid(self, low: float, high: float) -> None:
        levels = self._plot.getAxis("left").tickValues(low, high, max(1.0, self._plot.getViewBox().height()))
        values = np.asarray(levels[0][1] if levels else [], np.float64)
        ends = [-_EDGE, max(1, len(self._counts)) - 1 + _EDGE]
        self._grid.setData(np.tile(ends, len(values)), np.repeat(values, 2), connect="pairs")

    @Slot(str, bool)
    def _show_line(self, start: str, shown: bool) -> None:
        self._lines[start].setVisible(shown)

    def _on_mouse(self, place: QPointF) -> None:
        box = self._plot.getViewBox()
        index = round(box.mapSceneToView(place).x())
        inside = box.sceneBoundingRect().contains(place) and 0 <= index < len(self._counts)
        rows = self._rows(self._counts[index]) if inside else []
        self._mark.setVisible(bool(rows))
        if rows:
            self._mark.setPos(index)
            self.readout.show_values(self._view.mapFromScene(place), count_word(self._counts[index]), rows)
        else:
            self.readout.hide()

    def _rows(self, count: int) -> list[tuple[QColor, str, float]]:
        return [
            (look.color, STARTS[start], self._found[start][count])
            for start, look in _looks().items()
            if count in self._found[start] and self.legend.item(start).isChecked()
        ]

    @Slot()
    def _hide_readout(self) -> None:
        self._mark.hide()
        self.readout.hide()


class _Look:
    """How one of the curves is drawn: they differ in shape, too, not in colour alone."""

    def __init__(self, color: QColor, symbol: str, dash: list[float] | None) -> None:
        self.color, self.symbol, self.dash = color, symbol, dash

    def pen(self) -> object:
        """The pen of the line."""
        return pg.mkPen(self.color, width=2, dash=self.dash)


def _looks() -> dict[str, _Look]:
    """The looks in the order of ``STARTS``: the encoder in its colour, the comparison pale and dashed."""
    drawn = (_Look(theme.hue("encoder"), "o", None), _Look(QColor(theme.tokens().muted), "s", [3.0, 2.0]))
    return dict(zip(STARTS, drawn, strict=True))


class _Readout(Readout):
    """The accuracies at one number of labels."""

    def show_values(self, place: QPoint, word: str, rows: Sequence[tuple[QColor, str, float]]) -> None:
        """Show ``rows`` (colour, name, accuracy) beside ``place``."""
        self.setFont(theme.tabular(theme.small_font(self.font())))
        lines = "".join(
            f'<tr><td><span style="color:{color.name()}">■</span>&nbsp;{escape(name)}&nbsp;&nbsp;</td>'
            f'<td align="right">{number(value)}</td></tr>'
            for color, name, value in rows
        )
        self.setText(f"<b>{word} labels a class</b><table cellspacing='0'>{lines}</table>")
        self.adjustSize()
        self._move_beside(place)
        self.show()
        self.raise_()


def _extent(values: Sequence[float]) -> tuple[float, float]:
    """The range of the axis: what is shown with a little air, within 0 and 1."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    air = max(0.02, 0.12 * (high - low))
    return max(-0.02, low - air), min(1.02, high + air)
