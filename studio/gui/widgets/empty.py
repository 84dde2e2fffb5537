"""What a page shows before there is anything to show: what it is for and what to do first."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from studio.gui import theme
from studio.gui.tokens import SMALL_SPACE, SPACE, WIDE_SPACE

_WIDTH = 360


class EmptyState(QWidget):
    """An icon, a headline, one sentence and, if ``button`` names one, a button that emits ``activated``."""

    activated = Signal()

    def __init__(
        self, icon: str, headline: str, sentence: str, button: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = QLabel(self)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._icon_name = icon
        self._headline = _label(self, headline, "headline")
        self._sentence = _label(self, sentence, "muted")
        self.button = QPushButton(button, self)
        self.button.setProperty("role", "primary")
        self.button.setVisible(bool(button))
        self.button.clicked.connect(self.activated)
        self._lay_out()

    def set_text(self, headline: str, sentence: str) -> None:
        """Say something else."""
        self._headline.setText(headline)
        self._sentence.setText(sentence)

    def text(self) -> str:
        """Headline and sentence."""
        return f"{self._headline.text()}\n{self._sentence.text()}"

    def showEvent(self, event: object) -> None:
        """Draw the icon only now: its font takes a moment to load."""
        del event
        self._redraw_icon()

    def changeEvent(self, event: object) -> None:
        """Follow the theme."""
        del event
        if self.isVisible():
            self._redraw_icon()

    def _redraw_icon(self) -> None:
        size = QSize(48, 48)
        self._icon.setPixmap(theme.icon(self._icon_name, "muted").pixmap(size, self.devicePixelRatioF()))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE_SPACE, WIDE_SPACE, WIDE_SPACE, WIDE_SPACE)
        layout.setSpacing(SMALL_SPACE)
        layout.addStretch()
        for widget in (self._icon, self._headline, self._sentence):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(SPACE)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()


def _label(parent: QWidget, text: str, role: str) -> QLabel:
    label = QLabel(text, parent, wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
    label.setProperty("role", role)
    label.setFixedWidth(_WIDTH)
    return label
