"""The line at the mouse in a plot, and the small box beside it with the step and the values there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget

from studio.gui import theme
from studio.gui.train.loss_legend import number
from studio.gui.train.plot_panel import PlotPanel, PlotView

Row = tuple[QColor, str, float, float]
"""A curve's colour, its name, its value at the step and the smoothed one."""


class Readout(QLabel):
    """Follows the mouse over a plot without getting in its way."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setProperty("role", "readout")
        self.hide()

    def show_at(self, place: QPoint, step: int, rows: Iterable[Row]) -> None:
        """Show the values of ``step`` beside ``place`` (in the parent's coordinates)."""
        self.setFont(theme.tabular(theme.small_font(self.font())))
        muted = theme.tokens().muted
        lines = "".join(
            f'<tr><td><span style="color:{color.name()}">■</span>&nbsp;{escape(name)}&nbsp;&nbsp;</td>'
            f'<td align="right">{number(value)}</td>'
            f'<td align="right" style="color:{muted}">&nbsp;&nbsp;⌀&nbsp;{number(smooth)}</td></tr>'
            for color, name, value, smooth in rows
        )
        self.setText(f"<b>Step {step:,}</b><table cellspacing='0'>{lines}</table>")
        self.adjustSize()
        self._move_beside(place)
        self.show()
        self.raise_()

    def _move_beside(self, place: QPoint) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        room = parent.size()
        x = place.x() + 14
        if x + self.width() > room.width():
            x = place.x() - 14 - self.width()
        y = min(max(4, place.y() - self.height() - 8), room.height() - self.height() - 4)
        self.move(max(4, x), max(4, y))


class Crosshair(QObject):
    """Follows the mouse over panels that share their steps; ``values_at(step)`` gives the rows of the readout."""

    def __init__(self, view: PlotView, panels: Sequence[PlotPanel], values_at: Callable[[int], Sequence[Row]]) -> None:
        super().__init__(view)
        self._view, self._panels, self._values_at = view, panels, values_at
        self._mouse: QPointF | None = None
        self._count = 0
        self.readout = Readout(view)
        view.scene().sigMouseMoved.connect(self._on_mouse)
        view.left.connect(self._on_left)

    def refresh(self, count: int) -> None:
        """Point again: there are ``count`` steps now, and the plot may have moved under the mouse."""
        self._count = count
        step = self._step() if self._mouse is not None else None
        for panel in self._panels:
            panel.crosshair.setVisible(step is not None)
            if step is not None:
                panel.crosshair.setPos(step)
        if step is None or self._mouse is None:
            self.readout.hide()
        else:
            self.readout.show_at(self._view.mapFromScene(self._mouse), step, self._values_at(step))

    def _step(self) -> int | None:
        for panel in self._panels:
            if self._mouse is not None and panel.contains(self._mouse):
                step = round(panel.box.mapSceneToView(self._mouse).x())
                return step if 1 <= step <= self._count else None
        return None

    def _on_mouse(self, place: QPointF) -> None:
        self._mouse = place
        self.refresh(self._count)

    def _on_left(self) -> None:
        self._mouse = None
        self.refresh(self._count)
