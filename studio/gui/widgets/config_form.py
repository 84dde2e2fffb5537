"""A form for any config dataclass, made from what its settings say of themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from studio import config as settings
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.widgets.field import Field
from studio.gui.widgets.model_edit import Suggestions
from studio.gui.widgets.section import Section

_MANY = 16
"""With more settings than this only the first group is open."""
_LABEL_WIDTH = 116
"""One width in every form, so that forms below each other line up; longer labels wrap."""
_GENERAL = "General"


class ConfigForm(QWidget):
    """Editors in groups for the settings of one frozen dataclass.

    It grows to the height it needs; with ``scrolls`` it brings its own scroll area (otherwise put it into one).
    What stands in the form is never changed silently: a wrong value is outlined, named by :meth:`problems`, and kept.
    ``changed`` follows every edit by the person and every reset.
    """

    changed = Signal()

    def __init__(self, config: Any = None, parent: QWidget | None = None, *, scrolls: bool = False) -> None:
        super().__init__(parent)
        self._config: Any = config() if isinstance(config, type) else config
        self._fields: dict[str, Field] = {}
        self._sections: dict[str, Section] = {}
        self._visible: frozenset[str] | None = None
        self._quiet = False
        self._read_only = False
        self._models: Suggestions | None = None
        self._content = QWidget()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._area = self._make_area() if scrolls else None
        if self._config is not None:
            self._build()

    def set_config(self, config: Any) -> None:
        """Show ``config``; one of another class gets a form of its own."""
        rebuild = type(config) is not type(self._config)
        self._config = config
        if rebuild:
            self._build()
            return
        self._quiet = True
        for name, field in self._fields.items():
            field.set_value(getattr(config, name))
        self._quiet = False
        self._note_problems()

    def config(self) -> Any:
        """A new frozen instance with the values of the form, also wrong ones; unreadable text keeps the last."""
        if self._config is None:
            return None
        return dataclasses.replace(self._config, **{name: field.value() for name, field in self._fields.items()})

    def problems(self) -> list[str]:
        """Every reason why the form cannot be used as it stands, one sentence each."""
        if self._config is None:
            return []
        unreadable = [p for f in self._fields.values() if (p := f.problem()) and not f.option.problem(f.value())]
        return unreadable + settings.problems(self.config())

    def field(self, name: str) -> Field:
        """The row of one setting."""
        return self._fields[name]

    def section(self, title: str) -> Section:
        """The group with this title."""
        return self._sections[title]

    def fold(self) -> None:
        """Show only the headings of the groups."""
        for section in self._sections.values():
            section.set_open(False)

    def set_models(self, suggest: Suggestions) -> None:
        """Where the models come from that settings which name one offer; asked each time a list is opened."""
        self._models = suggest
        for field in self._fields.values():
            field.set_models(suggest)

    def set_read_only(self, read_only: bool) -> None:
        """Show the values without letting them be changed (a run is going on)."""
        self._read_only = read_only
        for field in self._fields.values():
            field.set_read_only(read_only)

    def set_visible_options(self, names: Collection[str] | None) -> None:
        """Show only these settings; None shows all. What is hidden keeps its value."""
        self._visible = None if names is None else frozenset(names)
        for name, field in self._fields.items():
            field.set_visible(self._visible is None or name in self._visible)
        for title, section in self._sections.items():
            section.setVisible(any(f.is_visible() for f in self._fields.values() if _title(f) == title))

    def minimumSizeHint(self) -> QSize:
        """No row is ever cut off at the side."""
        if self._area is None:
            return super().minimumSizeHint()
        bar = self._area.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar, 120)

    def _make_area(self) -> QScrollArea:
        area = QScrollArea(self, widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._layout.addWidget(area)
        return area

    def _replace_content(self, content: QWidget) -> None:
        old, self._content = self._content, content
        if self._area is not None:
            self._area.setWidget(content)  # deletes the form before it
        else:
            self._layout.removeWidget(old)
            old.hide()
            old.deleteLater()
            self._layout.addWidget(content)

    def _build(self) -> None:
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, SMALL_SPACE if self._area else 0, 0)
        column.setSpacing(0)
        self._fields, self._sections = {}, {}
        found = settings.options(self._config)
        groups = dict.fromkeys(option.group for option in found)
        grids = {group: self._add_group(column, group, len(found), bare=groups.keys() == {""}) for group in groups}
        self._quiet = True
        for option in found:
            self._add_field(grids[option.group], Field(option, content))
        self._quiet = False
        column.addStretch(1)
        self._replace_content(content)
        self.set_visible_options(self._visible)
        self.set_read_only(self._read_only)
        self._note_problems()
        self.updateGeometry()

    def _add_group(self, column: QVBoxLayout, group: str, count: int, *, bare: bool) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SMALL_SPACE)
        grid.setColumnStretch(1, 1)
        if bare:
            column.addLayout(grid)
        else:
            title = group or _GENERAL
            section = Section(title, opened=not self._sections or count <= _MANY)
            section.body_layout.addLayout(grid)
            self._sections[title] = section
            column.addWidget(section)
        return grid

    def _add_field(self, grid: QGridLayout, field: Field) -> None:
        field.set_value(getattr(self._config, field.option.name))
        field.set_models(self._models)
        field.label.setFixedWidth(_LABEL_WIDTH)
        field.changed.connect(self._on_changed)
        self._fields[field.option.name] = field
        row = grid.rowCount()
        grid.addWidget(field.label, row, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(field.editor_box, row, 1)

    def _on_changed(self) -> None:
        if not self._quiet:
            self._note_problems()
            self.changed.emit()

    def _note_problems(self) -> None:
        for title, section in self._sections.items():
            wrong = sum(1 for f in self._fields.values() if _title(f) == title and f.problem())
            section.set_note(f"{wrong} problem{'s' if wrong > 1 else ''}" if wrong else "")


def _title(field: Field) -> str:
    return field.option.group or _GENERAL
