"""A slider for a real number, with its name before it and the number to type behind it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QObject, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets.wheel_guard import guard


class FigureSlider(QWidget):
    """``value_changed`` follows the person and :meth:`set_value`; a double click on the slider goes to ``default``."""

    value_changed = Signal(float)

    def __init__(
        self, title: str, tip: str, extent: tuple[float, float], default: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._low, self._default = extent[0], default
        self._ticks = 0.01
        self.label = QLabel(title)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round((extent[1] - extent[0]) / self._ticks))
        self.slider.setSingleStep(5)
        self.slider.setPageStep(25)
        self.slider.setMinimumWidth(48)
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.number = _number_box(extent, self._ticks)
        for widget in (self.label, self.slider, self.number):
            widget.setToolTip(f"{tip} A double click on the slider sets {default:g}.")
        self.slider.setAccessibleName(title)
        self.number.setAccessibleName(f"{title}, as a number")
        self.label.setBuddy(self.slider)
        guard(self.slider)
        guard(self.number)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for widget in (self.label, self.slider, self.number):
            row.addWidget(widget)
        self.set_value(default)
        self.slider.valueChanged.connect(self._slide)
        self.number.valueChanged.connect(self._type)
        self.slider.installEventFilter(self)

    def value(self) -> float:
        """The number."""
        return self.number.value()

    def set_value(self, value: float) -> None:
        """Set the number."""
        self.number.setValue(value)
        self._follow()

    def set_why_not(self, reason: str) -> None:
        """Disable it, saying why in the tooltip; "" enables it."""
        self.setEnabled(not reason)
        self.setToolTip(reason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A double click resets."""
        if watched is self.slider and event.type() == QEvent.Type.MouseButtonDblClick:
            assert isinstance(event, QMouseEvent)
            if event.button() == Qt.MouseButton.LeftButton:
                self.set_value(self._default)
                return True
        return super().eventFilter(watched, event)

    @Slot(int)
    def _slide(self, tick: int) -> None:
        self.number.setValue(self._low + tick * self._ticks)

    @Slot(float)
    def _type(self, value: float) -> None:
        self._follow()
        self.value_changed.emit(value)

    def _follow(self) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round((self.number.value() - self._low) / self._ticks))
        self.slider.blockSignals(False)
        self.slider.update()


def _number_box(extent: tuple[float, float], step: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setLocale(QLocale.c())
    box.setDecimals(2)
    box.setRange(*extent)
    box.setSingleStep(step)
    box.setKeyboardTracking(False)
    box.lineEdit().setTextMargins(SMALL_SPACE, 0, 0, 0)  # a style sheet does not reach inside a spin box
    box.setFont(theme.tabular(box.font()))
    box.setFixedWidth(box.fontMetrics().horizontalAdvance("0.00") + 42)
    return box
