"""One number of a code: its name, a slider, the number to type, and the way back."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from studio.config import Option
from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE
from studio.gui.widgets.number_edit import NumberEdit
from studio.gui.widgets.wheel_guard import guard

TICKS = 300
"""to each side of 0"""


class RawRow(QWidget):
    """``slid`` (dimension, value) follows every change by the person, ``begun`` (dimension) the start of a series."""

    slid = Signal(int, float)
    begun = Signal(int)

    def __init__(self, reach: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dimension, self._reach = 0, reach
        self._value = self._start = 0.0
        self._quiet = False
        self.label = QLabel()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(-TICKS, TICKS)
        self.slider.setSingleStep(TICKS // 60)
        self.slider.setPageStep(TICKS // 6)
        self.slider.setMinimumWidth(64)
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.number = NumberEdit(Option("z", float, 0.0, "Value", "A number of the code.", low=-reach, high=reach))
        self.number.setFixedWidth(self.fontMetrics().horizontalAdvance("-00.000") + 36)
        self.reset = QToolButton(autoRaise=True)
        self._dress()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE)
        for widget in (self.label, self.slider, self.number, self.reset):
            row.addWidget(widget)
        self.slider.valueChanged.connect(self._slide)
        self.slider.sliderPressed.connect(self._begin)
        self.number.text_changed.connect(self._type)
        self.reset.clicked.connect(self._back)
        for widget in (self.slider, self.number):
            widget.installEventFilter(self)

    def dimension(self) -> int:
        """Which number of the code it is, from 0."""
        return self._dimension

    def value(self) -> float:
        """The number that is shown."""
        return self._value

    def show_number(self, dimension: int, value: float, start: float) -> None:
        """Show a number without a signal; ``start`` is what it goes back to."""
        if dimension != self._dimension or not self.label.text():
            self._dimension = dimension
            self._name()
        self._quiet = True
        self.slider.setValue(round(value / self._reach * TICKS))
        typed = self._typed()
        if not self.number.hasFocus() or typed is None or abs(typed - value) > 1e-6:  # never under the typing hand
            self.number.lineEdit().setText(f"{value:.3f}")
            self.number.lineEdit().setCursorPosition(0)
        self._value, self._start = value, start
        self._quiet = False
        self._mark()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is done after the focus has come is a series of its own."""
        if event.type() == QEvent.Type.FocusIn:
            self._begin()
        return super().eventFilter(watched, event)

    def _dress(self) -> None:
        self.label.setFont(theme.tabular(self.label.font()))
        self.label.setFixedWidth(self.fontMetrics().horizontalAdvance("z0000"))
        self.reset.setIcon(theme.icon("undo-variant", "muted"))
        self.reset.setIconSize(QSize(14, 14))
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        guard(self.slider)
        guard(self.number)

    def _name(self) -> None:
        name = f"z{self._dimension + 1}"
        self.label.setText(name)
        tip = f"Number {self._dimension + 1} of the code; the slider goes from −{self._reach:g} to {self._reach:g}"
        for widget in (self.label, self.slider, self.number):
            widget.setToolTip(tip)
        self.slider.setAccessibleName(name)
        self.number.setAccessibleName(f"{name}, as a number")
        self.reset.setAccessibleName(f"Reset {name}")

    def _mark(self) -> None:
        moved = abs(self._value - self._start) > 1e-6
        self.reset.setVisible(moved)
        self.reset.setToolTip(f"Back to {self._start:.3f}, as the code came to hand")
        typed = self._typed()
        wrong = typed is None
        if bool(self.number.property("wrong")) != wrong:
            self.number.setProperty("wrong", wrong)
            theme.restyle(self.number)

    def _typed(self) -> float | None:
        try:
            value = float(self.number.lineEdit().text().strip().replace("−", "-"))
        except ValueError:
            return None
        return value if math.isfinite(value) and abs(value) < 1e6 else None

    @Slot()
    def _begin(self) -> None:
        self.begun.emit(self._dimension)

    @Slot(int)
    def _slide(self, tick: int) -> None:
        if not self._quiet:
            self._change(tick * self._reach / TICKS)

    @Slot()
    def _type(self) -> None:
        if self._quiet:
            return
        typed = self._typed()
        if typed is None:
            self._mark()
        elif abs(typed - self._value) > 1e-6:
            self._change(typed)

    @Slot()
    def _back(self) -> None:
        self._begin()
        self._change(self._start)

    def _change(self, value: float) -> None:
        self.show_number(self._dimension, value, self._start)
        self.slid.emit(self._dimension, value)
