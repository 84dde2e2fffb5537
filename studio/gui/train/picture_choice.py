"""What of a model is looked at: its samples (of which class), or pictures beside what becomes of them."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from studio.gui.tokens import SMALL_SPACE
from studio.gui.widgets import wheel_guard
from studio.models.family import Condition

SAMPLES, COMPARE = "Samples", "Compare"
ALL = "all in turn"


class PictureChoice(QWidget):
    """Two lists that show only where there is a choice. ``view_changed``; ``wanted_changed`` (class, "" for all)."""

    view_changed = Signal()
    wanted_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view, self.classes = QComboBox(), QComboBox()
        self.view.addItems([SAMPLES, COMPARE])
        self.view.setToolTip("Samples are made from random codes; Compare shows what becomes of given pictures.")
        self.view.setAccessibleName("Samples or comparison")
        self.classes.setAccessibleName("Class to make")
        for box in (self.view, self.classes):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            wheel_guard.guard(box)
        self._condition: Condition | None = None
        self._samples = self._rows = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE)
        row.addWidget(self.view)
        row.addWidget(self.classes)
        self.view.currentIndexChanged.connect(self._view_chosen)
        self.classes.activated.connect(self._class_chosen)
        self._refresh()

    @property
    def compares(self) -> bool:
        """Whether the comparison is shown: chosen, or all that there is."""
        return self._rows and (not self._samples or self.view.currentText() == COMPARE)

    @property
    def has_choice(self) -> bool:
        """Whether there are samples as well as a comparison."""
        return self._samples and self._rows

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to choose."""
        return not self.isHidden()

    @property
    def wanted(self) -> str:
        """What a conditional model is asked for; "" is everything in turn."""
        text = self.classes.currentText().strip()
        return "" if self._condition is None or text == ALL else text

    def set_available(self, samples: bool, rows: bool) -> None:
        """What the model has to show."""
        if (samples, rows) != (self._samples, self._rows):
            self._samples, self._rows = samples, rows
            self._refresh()

    def set_condition(self, condition: Condition | None) -> None:
        """What the model can be asked for."""
        if condition == self._condition:
            return
        self._condition = condition
        self.classes.clear()
        if condition is not None:
            several = condition.kind == "attributes"
            self.classes.addItems([ALL, *condition.names])
            self.classes.setEditable(several)
            self.classes.setToolTip(
                "The attributes that new pictures shall have; several with commas between them."
                if several
                else "The class that new pictures shall be of."
            )
        self._refresh()

    def _refresh(self) -> None:
        for box in (self.view, self.classes):
            box.setMinimumWidth(box.sizeHint().width())  # no list is narrower than its longest word
        self.view.setVisible(self.has_choice)
        self.classes.setVisible(self._condition is not None and not self.compares)
        self.setVisible(not self.view.isHidden() or not self.classes.isHidden())

    @Slot()
    def _view_chosen(self) -> None:
        self._refresh()
        self.view_changed.emit()

    @Slot()
    def _class_chosen(self) -> None:
        self.wanted_changed.emit(self.wanted)
