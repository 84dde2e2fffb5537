"""The file dialogs, behind one function each so that tests can answer them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_save(parent: QWidget, title: str, suggested: str, kinds: str = "PNG picture (*.png)") -> Path | None:
    """Where to save a file, or None; ``kinds`` is a filter of Qt and its first suffix is added if none was typed."""
    name, _ = QFileDialog.getSaveFileName(parent, title, suggested, kinds)
    if not name:
        return None
    path = Path(name)
    return path if path.suffix else path.with_suffix(Path(suggested).suffix)


def ask_open(parent: QWidget, title: str, start: str = "", kinds: str = "") -> Path | None:
    """Which file to open, or None."""
    name, _ = QFileDialog.getOpenFileName(parent, title, start, kinds)
    return Path(name) if name else None


def ask_folder(parent: QWidget, title: str, start: str = "") -> Path | None:
    """Which folder to use, or None."""
    name = QFileDialog.getExistingDirectory(parent, title, start)
    return Path(name) if name else None
