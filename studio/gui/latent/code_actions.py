"""What every shown code can do: be taken in hand, put on the shelf, copied, saved with its numbers, dragged out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from studio.errors import StudioError, sentence
from studio.gui import theme
from studio.gui.latent import code_mime
from studio.gui.latent.code_mime import CodeMime
from studio.gui.widgets import dialogs, picture_actions
from studio.gui.widgets.picture_actions import Report
from studio.latent import codes
from studio.latent.codes import Code

KINDS = "Picture with its code (*.png);;Code alone (*.json)"


def drag_codes(source: QWidget, dragged: Sequence[Code]) -> None:
    """Let the person drag codes to another place or another program (blocks until they are dropped)."""
    picture_actions.drag(source, code_mime.image_of(dragged[0]), CodeMime(dragged))


def save_code(parent: QWidget, code: Code, report: Report) -> None:
    """Ask for a file name and save a code there: PNG with code and model hash in its text, or JSON."""
    suffix = ".json" if code.picture is None else ".png"
    path = dialogs.ask_save(parent, "Save code", code_mime.file_name(code) + suffix, KINDS)
    if path is not None:
        write_code(path, code, report)


def write_code(path: Path, code: Code, report: Report) -> None:
    """Save a code to ``path``; ``report`` hears how it went."""
    if code.picture is None and path.suffix.lower() == ".png":
        report("This code has no picture yet, so it can be saved as .json only. Wait for its picture.", "error")
        return
    try:
        codes.save(path, code)
    except (StudioError, OSError) as error:
        report(sentence(error), "error")
    else:
        report(f"Saved {path.name} in {path.parent}.", "info")


def add_file_entries(menu: QMenu, parent: QWidget, code: Code, report: Report) -> None:
    """The entries that every code has: copy and save."""
    menu.addAction(theme.icon("content-copy"), "Copy picture").triggered.connect(lambda: code_mime.copy_codes([code]))
    menu.addAction(theme.icon("content-save-outline"), "Save code…").triggered.connect(
        lambda: save_code(parent, code, report)
    )


def tool_button(text: str, icon: str, tip: str, parent: QWidget | None = None) -> QToolButton:
    """A flat button with an icon; ``text`` is its name for a screen reader, ``tip`` says what it does."""
    button = QToolButton(parent, autoRaise=True)
    button.setIcon(theme.icon(icon))
    button.setIconSize(QSize(18, 18))
    button.setToolTip(tip)
    button.setAccessibleName(text)
    return button
