"""The slim row of controls over the loss plot."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets.wheel_guard import guard

ALL, RECENT = "all", "recent"
RECENT_STEPS = 1000
_TICKS = 300
DEFAULT_SMOOTHING = 0.9


class LossControls(QWidget):
    """Log axis, outliers, smoothing, range of steps, reset and save; signals carry the new state."""

    log_changed = Signal(bool)
    outliers_changed = Signal(bool)
    smoothing_changed = Signal(float)
    range_changed = Signal(str)
    reset = Signal()
    save = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.log = _toggle("math-log", "Logarithmic axis of the losses")
        self.outliers = _toggle("arrow-collapse-vertical", "Ignore outliers: fit the axis to 98 % of the values")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _TICKS)
        self.slider.setFixedWidth(96)
        self.slider.setToolTip("Smoothing: the share of the past in each point of the strong line")
        self.slider.setAccessibleName("Smoothing")
        guard(self.slider)
        self._figure = QLabel()
        self._figure.setToolTip(self.slider.toolTip())
        self._figure.setProperty("role", "muted")
        self._figure.setFont(theme.tabular(self._figure.font()))
        self._figure.setFixedWidth(self._figure.fontMetrics().horizontalAdvance("0.999") + SMALL_SPACE)
        self.range = QComboBox()
        self.range.setToolTip("Which steps are shown")
        self.range.setAccessibleName("Steps shown")
        self.range.addItem("All steps", ALL)
        self.range.addItem(f"Last {RECENT_STEPS:,}", RECENT)
        self.range.setMinimumWidth(self.range.sizeHint().width())
        guard(self.range)
        self.reset_button = _button("fit-to-page-outline", "Show everything again (after zooming or moving the plot)")
        self.save_button = _button("image-outline", "Save the plot as a picture")
        self._lay_out()
        self._connect()
        self.set_smoothing(DEFAULT_SMOOTHING)

    def smoothing(self) -> float:
        """The factor 0 … 0.999."""
        return smoothing_at(self.slider.value())

    def set_smoothing(self, smoothing: float) -> None:
        """Move the slider to the tick next to a factor 0 … 0.999."""
        self.slider.setValue(min(range(_TICKS + 1), key=lambda tick: abs(smoothing_at(tick) - smoothing)))
        self._figure.setText(f"{self.smoothing():.3f}".removesuffix("0"))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE)
        row.addWidget(self.log)
        row.addWidget(self.outliers)
        row.addSpacing(SPACE)
        row.addWidget(self.slider)
        row.addWidget(self._figure)
        row.addStretch(1)
        row.addWidget(self.range)
        row.addWidget(self.reset_button)
        row.addWidget(self.save_button)

    def _connect(self) -> None:
        self.log.toggled.connect(self.log_changed)
        self.outliers.toggled.connect(self.outliers_changed)
        self.slider.valueChanged.connect(self._on_slider)
        self.range.currentIndexChanged.connect(self._on_range)
        self.reset_button.clicked.connect(self.reset)
        self.save_button.clicked.connect(self.save)

    def _on_slider(self, tick: int) -> None:
        self._figure.setText(f"{smoothing_at(tick):.3f}".removesuffix("0"))
        self.smoothing_changed.emit(smoothing_at(tick))

    def _on_range(self, _index: int) -> None:
        self.range_changed.emit(self.range.currentData())


def smoothing_at(tick: int) -> float:
    """0 at the left, 0.9 at a third, 0.99 at two thirds, 0.999 at the right: each third averages ten times as much."""
    return round(1 - 10 ** (-3 * tick / _TICKS), 4)


def _toggle(icon: str, tip: str) -> QToolButton:
    button = _button(icon, tip)
    button.setCheckable(True)
    return button


def _button(icon: str, tip: str) -> QToolButton:
    button = QToolButton(autoRaise=True)
    button.setToolTip(tip)
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(18, 18))
    button.setAccessibleName(tip)
    return button
