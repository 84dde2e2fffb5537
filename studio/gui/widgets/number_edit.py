"""A field for whole and real numbers that takes any text, says whether it is a number, and steps sensibly."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from studio.config import Option
from studio.gui.tokens import SMALL_SPACE


class NumberEdit(QAbstractSpinBox):
    """Holds exactly what was typed, in the C locale, also when it is wrong: a spin box of Qt would change it silently.

    Arrows and the page keys step: whole numbers by one, powers of two by doubling, scientific numbers along
    1, 2, 5, 10, … and other real ones by a hundredth of their range.
    """

    text_changed = Signal()

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._option = option
        self.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)
        self.lineEdit().textChanged.connect(self.text_changed)
        self.lineEdit().setTextMargins(SMALL_SPACE, 0, 0, 0)  # a style sheet does not reach inside a spin box
        longest = max((written(option, v) for v in (option.default, option.low, option.high) if v is not None), key=len)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance(longest + "00") + 40)

    def set_value(self, value: Any) -> None:
        """Show a value of any type as it is."""
        self.lineEdit().setText(written(self._option, value))
        self.lineEdit().setCursorPosition(0)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Any text may stand here while somebody types."""
        return QValidator.State.Acceptable, text, position

    def fixup(self, text: str) -> str:
        """Nothing is corrected behind the person's back."""
        return text

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Which of the arrows lead anywhere."""
        value, flag = self._number(), QAbstractSpinBox.StepEnabledFlag
        if value is None or self.isReadOnly():
            return flag.StepNone
        low, high = self._option.low, self._option.high
        up = flag.StepUpEnabled if high is None or value < high else flag.StepNone
        down = flag.StepDownEnabled if low is None or value > low else flag.StepNone
        return up | down

    def stepBy(self, steps: int) -> None:
        """Go ``steps`` up or down, staying within the range."""
        value = self._number()
        if value is None:
            return
        for _ in range(abs(steps)):
            value = self._next(value, up=steps > 0)
        low, high = self._option.low, self._option.high
        value = value if low is None else max(value, self._option.type(low))
        value = value if high is None else min(value, self._option.type(high))
        self.set_value(value)
        self.selectAll()

    def _number(self) -> float | int | None:
        try:
            value = self._option.type(self.lineEdit().text().strip())
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def _next(self, value: float, *, up: bool) -> float:
        option = self._option
        if option.power_of_two:
            exponent = math.log2(value) if value > 0 else 0
            return 2 ** int((math.floor(exponent) + 1) if up else max(0, math.ceil(exponent) - 1))
        if option.type is int:
            return value + 1 if up else value - 1
        if option.scientific and value > 0:
            return _along_decades(value, up=up)
        step = self._real_step(value)
        return float(round(Decimal(repr(value + step if up else value - step)), 12))

    def _real_step(self, value: float) -> float:
        low, high = self._option.low, self._option.high
        width = high - low if low is not None and high is not None else max(abs(value), 1e-3) / 5
        return 10.0 ** math.floor(math.log10(width / 20)) if width > 0 else 1.0


def written(option: Option, value: Any) -> str:
    """A value as the form writes it: exactly, with an exponent where the option asks for one (2e-4)."""
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    text = repr(value).removesuffix(".0")
    if option.scientific and value and not 1e-2 <= abs(value) < 1e4:
        sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
        mantissa = "".join(map(str, digits))
        point = mantissa[0] + ("." + mantissa[1:] if len(mantissa) > 1 else "")
        text = f"{'-' if sign else ''}{point}e{int(exponent) + len(digits) - 1}"
    return text


def _along_decades(value: float, *, up: bool) -> float:
    """The next of …, 1, 2, 5, 10, … above or below ``value`` > 0."""
    exponent = math.floor(math.log10(value))
    stops = [float(f"{m}e{e}") for e in (exponent - 1, exponent, exponent + 1) for m in (1, 2, 5)]
    if up:
        return min(stop for stop in stops if stop > value * (1 + 1e-9))
    return max(stop for stop in stops if stop < value * (1 - 1e-9))
