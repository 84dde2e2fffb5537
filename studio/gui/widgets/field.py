"""One row of a form: label, editor, unit, and the way back to the default."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.config import Option
from studio.errors import Refused
from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE
from studio.gui.widgets import dialogs
from studio.gui.widgets.model_edit import ModelEdit, Suggestions
from studio.gui.widgets.number_edit import NumberEdit, written
from studio.gui.widgets.switch import Switch
from studio.gui.widgets.wheel_guard import guard


class Field(QObject):
    """The widgets of one setting and the value in them.

    :meth:`value` is the newest value that could be read; :meth:`problem` also names text that cannot be.
    """

    changed = Signal()

    def __init__(self, option: Option, parent: QWidget) -> None:
        super().__init__(parent)
        self.option = option
        self._value: Any = option.default
        self._unreadable = ""
        self.label = QLabel(option.label, parent, wordWrap=True)
        self.label.setToolTip(option.help)
        self.editor = self._make_editor(parent)
        self.editor.setToolTip(option.help)
        self.editor.setAccessibleName(option.label)
        self.editor.setObjectName(option.name)
        self.label.setBuddy(self.editor)
        self.unit = QLabel(option.unit, parent)
        self.unit.setProperty("role", "muted")
        self.reset_button = self._make_reset(parent)
        self.editor_box = self._wrap(parent)
        self.set_value(option.default)

    def value(self) -> Any:
        """The newest value that could be read, right or wrong."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show ``value``, also one that is not allowed here."""
        self._value, self._unreadable = value, ""
        if isinstance(self.editor, Switch):
            self.editor.setChecked(bool(value))
        elif isinstance(self.editor, ModelEdit):
            self.editor.set_text(str(value))
        elif isinstance(self.editor, QComboBox):
            self._choose(self.editor, value)
        elif isinstance(self.editor, NumberEdit):
            self.editor.set_value(value)
        else:
            self.editor.setText(str(value))
        self._value, self._unreadable = value, ""
        self._restyle()

    def problem(self) -> str | None:
        """Why what stands here cannot be used, as one sentence."""
        return self._unreadable or self.option.problem(self._value)

    def is_default(self) -> bool:
        """Whether the setting is as it comes."""
        return not self._unreadable and self._value == self.option.default

    def reset(self) -> None:
        """Back to the default."""
        if not self.is_default():
            self.set_value(self.option.default)
            self.changed.emit()

    def set_models(self, suggest: Suggestions | None) -> None:
        """Where the models come from that a setting which names one offers."""
        if isinstance(self.editor, ModelEdit):
            self.editor.set_suggestions(suggest)

    def set_read_only(self, read_only: bool) -> None:
        """Show the value without letting it be changed."""
        self.editor_box.setEnabled(not read_only)
        self.reset_button.setEnabled(not read_only)

    def set_visible(self, visible: bool) -> None:
        """Show or hide the whole row."""
        for widget in (self.label, self.editor_box):
            widget.setVisible(visible)

    def is_visible(self) -> bool:
        """Whether the row is meant to be seen (its section may be folded)."""
        return not self.label.isHidden()

    def _make_editor(self, parent: QWidget) -> Switch | QComboBox | NumberEdit | QLineEdit:
        option = self.option
        if option.choices:
            combo = QComboBox(parent)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            for value, text in option.choices.items():
                combo.addItem(text, value)
            combo.currentIndexChanged.connect(self._on_combo)
            guard(combo)
            return combo
        if option.type is bool:
            switch = Switch(parent)
            switch.toggled.connect(self._on_switch)
            return switch
        if option.type in (int, float):
            number = NumberEdit(option, parent)
            number.text_changed.connect(self._on_text)
            guard(number)
            return number
        if option.model:
            model = ModelEdit(parent)
            model.text_changed.connect(self._on_text)
            guard(model)
            return model
        line = QLineEdit(parent)
        line.textChanged.connect(self._on_text)
        return line

    def _make_reset(self, parent: QWidget) -> QToolButton:
        button = QToolButton(parent, autoRaise=True)
        button.setIcon(theme.icon("undo-variant", "muted"))
        button.setIconSize(QSize(14, 14))
        button.setToolTip(f"Back to the default: {self._text_of(self.option.default)}")
        button.setAccessibleName(f"Reset {self.option.label}")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        button.clicked.connect(self.reset)
        return button

    def _wrap(self, parent: QWidget) -> QWidget:
        box = QWidget(parent)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE)
        stretches = not isinstance(self.editor, Switch)
        row.addWidget(self.editor, 1 if stretches else 0)
        if self.option.path:
            row.addWidget(self._browse_button(box))
        if self.option.unit:
            row.addWidget(self.unit)
        if not stretches:
            row.addStretch(1)
        else:
            self.editor.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row.addWidget(self.reset_button)
        outer = QWidget(parent)
        column = QVBoxLayout(outer)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(box)
        return outer

    def _browse_button(self, parent: QWidget) -> QToolButton:
        button = QToolButton(parent)
        button.setToolTip("Choose a folder…")
        button.setIcon(theme.icon("folder-open-outline"))
        button.setAccessibleName(f"Choose {self.option.label}")
        button.clicked.connect(self._browse)
        return button

    def _browse(self) -> None:
        chosen = dialogs.ask_folder(self.editor_box, self.option.label, str(self._value))
        if chosen is not None and isinstance(self.editor, QLineEdit):
            self.editor.setText(str(chosen))

    def _choose(self, combo: QComboBox, value: Any) -> None:
        unknown = len(self.option.choices)
        while combo.count() > unknown:
            combo.removeItem(unknown)
        index = next((i for i in range(unknown) if combo.itemData(i) == value), -1)
        if index < 0:  # a value from a file that is not offered here: shown, and named as a problem
            combo.addItem(str(value), value)
            index = unknown
        combo.setCurrentIndex(index)

    def _on_combo(self, index: int) -> None:
        choices = list(self.option.choices)
        if 0 <= index < len(choices):
            self._take(choices[index])

    def _on_switch(self, on: bool) -> None:
        self._take(on)

    def _on_text(self) -> None:
        editor = self.editor
        text = editor.text() if isinstance(editor, NumberEdit | QLineEdit | ModelEdit) else ""
        try:
            value = self.option.parse(text)
        except Refused:
            kind = "a whole number" if self.option.type is int else "a number"
            shown = f"“{text.strip()}” is not" if text.strip() else "an empty field is not"
            self._unreadable = f"{self.option.label}: {shown} {kind}."
            self._restyle()
            self.changed.emit()
        else:
            self._take(value)

    def _take(self, value: Any) -> None:
        self._value, self._unreadable = value, ""
        self._restyle()
        self.changed.emit()

    def _restyle(self) -> None:
        problem = self.problem()
        if self.editor.property("wrong") != bool(problem):
            self.editor.setProperty("wrong", bool(problem))
            theme.restyle(self.editor)
        self.editor.setToolTip(problem or self.option.help)
        changed = not self.is_default()
        font = self.label.font()
        font.setBold(changed)
        self.label.setFont(font)
        self.reset_button.setVisible(changed)

    def _text_of(self, value: Any) -> str:
        if self.option.choices:
            return str(self.option.choices.get(value, value))
        if isinstance(value, bool):
            return "on" if value else "off"
        unit = f" {self.option.unit}" if self.option.unit else ""
        return written(self.option, value) + unit if str(value) else "empty"
