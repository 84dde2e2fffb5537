"""What the run said, with the time."""

from __future__ import annotations

import time

from PySide6.QtCore import Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget


class LogView(QPlainTextEdit):
    """Lines can be selected and copied; the oldest go after five thousand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setMaximumBlockCount(5000)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setPlaceholderText("What happens is written here.")
        self.setToolTip("What happened, newest last. A run keeps its own log in its folder.")

    @Slot(str, str)
    def add(self, text: str, level: str = "info") -> None:
        """A line; warnings and errors say so."""
        mark = "" if level == "info" else f"{level.upper()}: "
        for line in text.splitlines():
            self.appendPlainText(f"{time.strftime('%H:%M:%S')}  {mark}{line}")
