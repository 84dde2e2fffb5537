"""The losses of a run while it trains: every step of up to millions, redrawn at most 30 times a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.errors import StudioError, sentence
from studio.events import Curve
from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE
from studio.gui.train.comparison import ComparedRun
from studio.gui.train.curve_data import CurveData
from studio.gui.train.curve_lines import CurveLines
from studio.gui.train.evaluations import EvaluationLine
from studio.gui.train.loss_controls import ALL, RECENT, RECENT_STEPS, LossControls
from studio.gui.train.loss_legend import LossLegend
from studio.gui.train.plot_panel import PlotPanel, PlotView
from studio.gui.train.readout import Crosshair, Row
from studio.gui.widgets import dialogs, picture_actions
from studio.training.history import History

FRAME_MS = 33
_MOVED = "moved"
_RUN = "run:"
_FIGURE = "figure:"


class LossPlot(QWidget):
    """Losses above and scores (0 … 1) below over the same steps.

    Give it the curves and the :class:`History` that the run appends to, then call :meth:`mark_dirty` after appending:
    a timer of its own redraws, and only what is seen. ``message`` carries a sentence and its level after saving.
    """

    message = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.controls, self.legend = LossControls(self), LossLegend(self)
        self._view = PlotView(self)
        self._loss, self._score = PlotPanel("loss", self), PlotPanel("score", self)
        self._data = CurveData(History(()), self.controls.smoothing())
        self._lines: list[CurveLines] = []
        self._runs: list[ComparedRun] = []
        self._figures: dict[str, EvaluationLine] = {}
        self._place: Callable[[str], str] = _on_loss
        self._hidden: set[str] = set()
        self._met: set[str] = set()
        self._mode, self._log, self._dirty = ALL, False, True
        self._crosshair = Crosshair(self._view, (self._loss, self._score), self._values_at)
        self._timer = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._timer.timeout.connect(self.redraw)
        self._lay_out()
        self._connect()
        self._restyle()

    def set_curves(
        self, curves: Sequence[Curve], history: History, figure_plot: Callable[[str], str] | None = None
    ) -> None:
        """Show another run: its curves, and the history whose columns have their names.

        ``figure_plot`` says where a figure on held-out pictures belongs, as :attr:`Curve.plot` does for a curve.
        """
        self._clear()
        self._place = figure_plot or _on_loss
        self._data = CurveData(history, self.controls.smoothing())
        shades: dict[tuple[str, str], int] = {}
        for curve in curves:
            shade = shades[curve.player, curve.plot] = shades.get((curve.player, curve.plot), -1) + 1
            line = CurveLines(curve, self._data, self._panel(curve).plot, shade)
            line.set_visible(self._shows(curve.name, curve.plot))
            self._lines.append(line)
            item = self.legend.add(curve.name, curve.name, curve.help, shown=line.is_visible())
            item.set_look(line.color())
        self._show_score(any(curve.plot == "score" for curve in curves))
        self.set_comparison([(run.name, run.data.history) for run in self._runs])
        self.reset_zoom()

    def set_comparison(self, runs: Sequence[tuple[str, History]]) -> None:
        """Draw the curves of the same names of other runs, dashed; an empty list takes them away."""
        for run in self._runs:
            run.remove()
            if _RUN + run.name in self.legend:
                self.legend.remove(_RUN + run.name)
        self._runs = [ComparedRun(name, h, self.controls.smoothing(), i) for i, (name, h) in enumerate(runs)]
        for run in self._runs:
            for line in self._lines:
                run.add_to(line.curve, self._panel(line.curve).plot)
            item = self.legend.add(_RUN + run.name, run.name, f"The run “{run.name}”, dashed", with_value=False)
            item.set_look(pg.mkColor(theme.tokens().muted), [float(n) / 2 for n in run.dash])
        self.mark_dirty()

    def add_evaluation(self, step: int, values: Mapping[str, float]) -> None:
        """Mark figures measured after ``step``, each in the plot whose scale it is on."""
        for name, value in values.items():
            if name not in self._figures:
                self._add_figure(name)
            self._figures[name].add(step, float(value))
            self.legend.item(_FIGURE + name).set_value(self._figures[name].last())
        self.mark_dirty()

    def _add_figure(self, name: str) -> None:
        place, key = self._place(name), _FIGURE + name
        plot = self._score.plot if place == "score" else self._loss.plot
        figure = self._figures[name] = EvaluationLine(name, plot, len(self._figures))
        figure.visible = self._shows(key, place)
        item = self.legend.add(key, name, "Measured on pictures that are not trained on", shown=figure.visible)
        item.set_look(pg.mkColor(theme.tokens().accent))
        if place == "score":
            self._show_score(True)

    def _shows(self, key: str, place: str) -> bool:
        """Whether a curve or figure is drawn; one on a scale of its own only when the person asks for it."""
        if not place and key not in self._met:
            self._hidden.add(key)
        self._met.add(key)
        return key not in self._hidden

    def set_marker(self, step: int | None) -> None:
        """A line at the moment that is being looked at; None takes it away."""
        for panel in (self._loss, self._score):
            panel.marker.setVisible(step is not None)
            if step is not None:
                panel.marker.setPos(step)

    def mark_dirty(self) -> None:
        """Something has changed; it will be drawn within 33 ms if it can be seen."""
        self._dirty = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def reset_zoom(self) -> None:
        """Show the steps that the control names, and all their values."""
        self._mode = self.controls.range.currentData()
        self._loss.manual_y = self._score.manual_y = False
        self.controls.reset_button.setEnabled(False)
        self.mark_dirty()

    def export(self, path: Path) -> None:
        """Write legend and plots as they are seen to a PNG. Raises :class:`StudioError`."""
        self.redraw()
        picture_actions.write_png(self._picture().toImage(), path)

    def redraw(self) -> None:
        """Draw everything now."""
        self._timer.stop()
        self._dirty = False
        self._data.update()
        first, last = self._range()
        if self._mode != _MOVED:
            self._loss.show_steps(first, max(last, first + 1))
        pixels = max(50, int(self._loss.box.width()))
        for panel in (self._loss, self._score):
            if panel is self._loss or panel.plot.isVisible():
                self._draw_panel(panel, first, last, pixels)
        self._loss.set_empty_text("" if self._has_points() else "Losses appear here when training starts.")
        latest = self._data.history.last()
        for line in self._lines:
            self.legend.item(line.curve.name).set_value(latest.get(line.curve.name))
        self._crosshair.refresh(len(self._data.smoothed))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came in while nobody looked."""
        super().showEvent(event)
        self.mark_dirty()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is drawn while nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has other buckets."""
        super().resizeEvent(event)
        self.mark_dirty()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._restyle()

    def _lay_out(self) -> None:
        self._view.setMinimumSize(240, 160)
        self._view.addItem(self._loss.plot, row=0, col=0)
        self._view.addItem(self._score.plot, row=1, col=0)
        self._score.plot.setXLink(self._loss.plot)
        self._view.ci.setContentsMargins(0, SMALL_SPACE, SMALL_SPACE, 0)
        self._view.ci.setSpacing(SMALL_SPACE)
        self._view.ci.layout.setRowStretchFactor(0, 5)
        self._view.ci.layout.setRowStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_SPACE)
        for widget, stretch in ((self.controls, 0), (self.legend, 0), (self._view, 1)):
            layout.addWidget(widget, stretch)
        self._show_score(False)

    def _connect(self) -> None:
        self.controls.log_changed.connect(self._on_log)
        self.controls.outliers_changed.connect(self.mark_dirty)
        self.controls.smoothing_changed.connect(self._on_smoothing)
        self.controls.range_changed.connect(self.reset_zoom)
        self.controls.reset.connect(self.reset_zoom)
        self.controls.save.connect(self._on_save)
        self.legend.toggled.connect(self._on_legend)
        self._loss.moved.connect(self._on_moved)
        self._score.moved.connect(self._on_moved)

    def _panel(self, curve: Curve) -> PlotPanel:
        return self._score if curve.plot == "score" else self._loss

    def _clear(self) -> None:
        for line in self._lines:
            line.remove_from(self._panel(line.curve).plot)
        for figure in self._figures.values():
            figure.remove()
        for run in self._runs:
            run.remove()
        self._lines, self._figures = [], {}
        self.legend.clear()
        self.set_marker(None)

    def _show_score(self, shown: bool) -> None:
        self._score.plot.setVisible(shown)
        self._loss.set_steps_labelled(not shown)
        # A hidden plot still takes its row unless that is made flat.
        self._view.ci.layout.setRowMaximumHeight(1, 16_000 if shown else 0)

    def _range(self) -> tuple[int, int]:
        """The steps to draw, first and last, 1-based."""
        count = len(self._data.history)
        if self._mode == _MOVED:
            low, high = self._loss.steps()
            return max(1, int(low)), max(1, int(high) + 1)
        if self._mode == RECENT:
            return max(1, count - RECENT_STEPS + 1), max(1, count)
        return 1, max([1, count, *(run.steps() for run in self._runs)])

    def _draw_panel(self, panel: PlotPanel, first: int, last: int, pixels: int) -> None:
        log = self._log and panel is self._loss
        robust = self.controls.outliers.isChecked()
        found: list[tuple[float, float] | None] = []
        lines = [line for line in self._lines if self._panel(line.curve) is panel]
        height = panel.box.height()
        for line in lines:
            name, shown = line.curve.name, line.is_visible()
            if shown:
                extent = line.draw(first, last, pixels, height, log)
                found.append(line.percentiles(first, last, log) if robust else extent)
            for run in self._runs:
                extent = run.draw(name, shown, first, last, pixels, log)
                found.append(run.percentiles(name, first, last, log) if robust and shown else extent)
        found += [figure.draw(first, last, log) for figure in self._figures.values() if figure.plot is panel.plot]
        extents = [extent for extent in found if extent is not None]
        whole = (min(e[0] for e in extents), max(e[1] for e in extents)) if extents else None
        panel.show_values((0.0, 1.0) if panel is self._score else whole)
        panel.draw_grid()
        for line in lines:
            if line.is_visible():
                line.draw_marks(first, last, *panel.values(), log)

    def _has_points(self) -> bool:
        return len(self._data.history) > 0 or any(run.steps() for run in self._runs) or bool(self._figures)

    def _restyle(self) -> None:
        self._view.setBackground(theme.tokens().panel)
        self._loss.restyle()
        self._score.restyle()
        for line in self._lines:
            self.legend.item(line.curve.name).set_look(line.color())
        for name in self._figures:
            self.legend.item(_FIGURE + name).set_look(pg.mkColor(theme.tokens().accent))
        for run in self._runs:
            dash = [float(n) / 2 for n in run.dash]
            self.legend.item(_RUN + run.name).set_look(pg.mkColor(theme.tokens().muted), dash)
        self.mark_dirty()

    def _picture(self) -> QPixmap:
        """Legend and plots without the controls."""
        whole = self.grab()
        top = round(self.legend.y() * whole.devicePixelRatio())
        return whole.copy(0, top, whole.width(), whole.height() - top)

    def _on_log(self, on: bool) -> None:
        self._log = on
        self._loss.set_logarithmic(on)
        self.reset_zoom()

    def _on_smoothing(self, smoothing: float) -> None:
        self._data.set_smoothing(smoothing)
        for run in self._runs:
            run.data.set_smoothing(smoothing)
        self.mark_dirty()

    def _on_moved(self, axis: int) -> None:
        if axis == 0:
            self._mode = _MOVED
        self.controls.reset_button.setEnabled(True)
        self.mark_dirty()

    def _on_legend(self, key: str, shown: bool) -> None:
        (self._hidden.discard if shown else self._hidden.add)(key)
        for line in self._lines:
            if line.curve.name == key:
                line.set_visible(shown)
        for run in self._runs:
            if _RUN + run.name == key:
                run.visible = shown
        for name, figure in self._figures.items():
            if _FIGURE + name == key:
                figure.visible = shown
        self.mark_dirty()

    def _on_save(self) -> None:
        path = dialogs.ask_save(self, "Save plot", "losses.png")
        if path is None:
            return
        try:
            self.export(path)
        except (StudioError, OSError) as error:
            self.message.emit(sentence(error), "error")
        else:
            self.message.emit(f"Saved {path.name} in {path.parent}.", "info")

    def _values_at(self, step: int) -> list[Row]:
        raw, smoothed = self._data.history, self._data.smoothed
        shown = [line for line in self._lines if line.is_visible()]
        return [
            (line.color(), name, float(raw.column(name)[step - 1]), float(smoothed.column(name)[step - 1]))
            for line in shown
            for name in (line.curve.name,)
        ]


def _on_loss(name: str) -> str:
    """Where figures belong when nobody says so."""
    return "loss"
