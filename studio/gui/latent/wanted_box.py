"""What a conditional model is asked for: one of its classes, or any of its attributes."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.gui.widgets.wheel_guard import guard
from studio.models.family import Condition

NONE = "no attribute"


class WantedBox(QWidget):
    """A list of classes or a menu of attributes; hidden for models that cannot be asked. ``wanted_changed`` (text)."""

    wanted_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._condition: Condition | None = None
        self.classes = QComboBox()
        self.classes.setToolTip("The class that new pictures shall be of")
        self.classes.setAccessibleName("Class to make")
        self.attributes = QToolButton()
        self.attributes.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.attributes.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.attributes.setToolTip("The attributes that new pictures shall have")
        self.attributes.setAccessibleName("Attributes to make")
        self.attributes.setMenu(QMenu(self.attributes))
        guard(self.classes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.classes)
        column.addWidget(self.attributes)
        self.classes.activated.connect(self._tell)
        self._refresh()

    def wanted(self) -> str:
        """A class, or attributes joined by commas; "" for no attribute, and for a model that cannot be asked."""
        if self._condition is None:
            return ""
        if self._condition.kind == "class":
            return str(self.classes.currentData() or "")
        return ",".join(action.text() for action in self.attributes.menu().actions() if action.isChecked())

    def set_condition(self, condition: Condition | None) -> None:
        """What the model can be asked for; what was chosen is forgotten if that changes."""
        if condition == self._condition:
            return
        self._condition = condition
        self.classes.clear()
        self.attributes.menu().clear()
        for name in condition.names if condition is not None else ():
            action = self.attributes.menu().addAction(name)
            action.setCheckable(True)
            action.toggled.connect(self._tell)
            self.classes.addItem(name, name)
        self._refresh()

    @Slot()
    def _tell(self) -> None:
        self._refresh()
        self.wanted_changed.emit(self.wanted())

    def _refresh(self) -> None:
        kind = self._condition.kind if self._condition is not None else ""
        self.classes.setVisible(kind == "class")
        self.attributes.setVisible(kind == "attributes")
        self.setVisible(bool(kind))
        chosen = self.wanted().split(",") if self.wanted() else []
        self.attributes.setText(chosen[0] if len(chosen) == 1 else f"{len(chosen)} attributes" if chosen else NONE)
