"""A part of a form that can be folded away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE


class Section(QWidget):
    """A heading with an arrow, and below it whatever is added to :attr:`body_layout`."""

    toggled = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None, *, opened: bool = True) -> None:
        super().__init__(parent)
        self._header = QToolButton(self, autoRaise=True)
        self._header.setText(title)
        self._header.setCheckable(True)
        self._header.setChecked(opened)
        self._header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._header.setIconSize(QSize(16, 16))
        self._header.setProperty("role", "section")
        self._header.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._header.setToolTip(f"Show or hide the settings of “{title}”.")
        self._note = QLabel(self)
        self._note.setProperty("role", "danger")
        self._note.hide()
        self._body = QWidget(self)
        self.body_layout = QVBoxLayout(self._body)
        self.body_layout.setContentsMargins(SPACE, SMALL_SPACE, 0, SPACE)
        self.body_layout.setSpacing(SPACE)
        self._lay_out()
        self._header.toggled.connect(self._on_toggled)
        self._on_toggled(opened)

    def title(self) -> str:
        """The text of the heading."""
        return self._header.text()

    def header(self) -> QToolButton:
        """The heading that opens and closes the section."""
        return self._header

    def is_open(self) -> bool:
        """Whether the body shows."""
        return self._header.isChecked()

    def set_open(self, opened: bool) -> None:
        """Show or fold the body."""
        self._header.setChecked(opened)

    def set_note(self, text: str) -> None:
        """A short warning in the heading ("1 problem"), seen also while folded; empty for none."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def note(self) -> str:
        """The warning in the heading."""
        return self._note.text()

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setContentsMargins(0, 0, SPACE, 0)
        heading.addWidget(self._header, 1)
        heading.addWidget(self._note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(heading)
        layout.addWidget(self._body)

    def _on_toggled(self, opened: bool) -> None:
        self._header.setIcon(theme.icon("chevron-down" if opened else "chevron-right", "muted"))
        self._body.setVisible(opened)
        self.toggled.emit(opened)
