"""The legend of the loss plot: colour, name and latest value; a click hides or shows the curve."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QLineF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets.flow import FlowLayout

_SWATCH = 16
_WIDEST = "-0.00e+00"


def number(value: float) -> str:
    """A loss in the width of a legend: 0.6931, 12.50, 1.20e-05, NaN."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    size = abs(value)
    if size and (size < 1e-3 or size >= 1e5):
        return f"{value:.2e}"
    return f"{value:.4f}" if size < 10 else f"{value:.2f}"


class LegendItem(QAbstractButton):
    """One curve (or one other run) in the legend; checked while it is shown."""

    def __init__(self, name: str, help_text: str, *, with_value: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(name)
        self.setCheckable(True)
        self.setChecked(True)
        self.setToolTip(f"{help_text}\nClick to hide or show it.".strip())
        self.setAccessibleName(f"Show {name}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._with_value, self._value = with_value, ""
        self._color = QColor(Qt.GlobalColor.gray)
        self._dash: list[float] | None = None

    def set_look(self, color: QColor, dash: list[float] | None = None) -> None:
        """The colour of the swatch; ``dash`` (lengths on and off) for a dashed one."""
        self._color, self._dash = color, dash
        self.update()

    def set_value(self, value: float | None) -> None:
        """The latest value; None for none yet."""
        text = "" if value is None else number(value)
        if text != self._value:
            self._value = text
            self.update()

    def value(self) -> str:
        """The latest value as it is written."""
        return self._value

    def sizeHint(self) -> QSize:
        """Wide enough for any value, so that counting numbers move nothing."""
        metrics = self.fontMetrics()
        width = 2 * SMALL_SPACE + _SWATCH + SMALL_SPACE + metrics.horizontalAdvance(self.text())
        if self._with_value:
            width += SPACE + QFontMetrics(theme.tabular(self.font())).horizontalAdvance(_WIDEST)
        return QSize(width, metrics.height() + 2 * SMALL_SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw swatch, name and value; a hidden curve fades."""
        del event
        tokens, on = theme.tokens(), self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent)) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        faded = theme.mix(tokens.muted, tokens.window, 0.5)
        pen = QPen(self._color if on else faded, 3 if self._dash is None else 2)
        if self._dash is not None:
            pen.setDashPattern(self._dash)
        painter.setPen(pen)
        middle = self.height() / 2
        painter.drawLine(QLineF(SMALL_SPACE + 1, middle, SMALL_SPACE + _SWATCH - 1, middle))
        room = self.rect().adjusted(2 * SMALL_SPACE + _SWATCH, 0, -SMALL_SPACE, 0)
        painter.setPen(QColor(tokens.text) if on else faded)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(self.text()) + SPACE)
        painter.setFont(theme.tabular(self.font()))
        painter.setPen(QColor(tokens.muted) if on else faded)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._value)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be clicked."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the highlight away."""
        super().leaveEvent(event)
        self.update()


class LossLegend(QWidget):
    """All items, wrapping like words; ``toggled(key, shown)`` after a click."""

    toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(self)
        self._items: dict[str, LegendItem] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(
        self, key: str, name: str, help_text: str = "", *, with_value: bool = True, shown: bool = True
    ) -> LegendItem:
        """A new item under ``key`` (a curve's name, or a run's with a prefix)."""
        item = LegendItem(name, help_text, with_value=with_value, parent=self)
        item.setChecked(shown)
        item.toggled.connect(lambda on, key=key: self.toggled.emit(key, on))
        self._items[key] = item
        self._flow.addWidget(item)
        return item

    def item(self, key: str) -> LegendItem:
        """The item under ``key``."""
        return self._items[key]

    def keys(self) -> tuple[str, ...]:
        """The keys in the order in which they are shown."""
        return tuple(self._items)

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def remove(self, key: str) -> None:
        """Take one item out."""
        item = self._items.pop(key)
        self._flow.removeWidget(item)
        item.hide()
        item.deleteLater()

    def clear(self) -> None:
        """Take all items out."""
        for key in list(self._items):
            self.remove(key)
