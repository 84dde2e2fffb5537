"""The right column: the picture under the mouse or of the code in hand, and what can be done with it."""

from __future__ import annotations

import dataclasses

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.gui import theme
from studio.gui.latent import code_actions
from studio.gui.latent.code_actions import tool_button
from studio.gui.latent.code_picture import CodePicture
from studio.gui.latent.renderer import CodeRenderer
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import SMALL_SPACE, SPACE
from studio.gui.workers import Workers
from studio.latent.codes import Code

UNDO, REDO, KEEP = ("Ctrl+Z",), ("Ctrl+Shift+Z", "Ctrl+Y"), ("Ctrl+K",)
"""the same on every system (Qt makes Command of Ctrl on a Mac)"""
EMPTY = "Move over the map, or press the dice: the picture of the code appears here."


class CodePanel(QWidget):
    """Shows the code in hand; while the mouse is over something else with a code, that. ``message`` (text, level)."""

    message = Signal(str, str)

    def __init__(self, bench: Workbench, workers: Workers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._hovered: Code | None = None
        self._known: Code | None = None
        # one each: requests for what is under the mouse would take the place of the one for the code in hand
        self.renderer, self.in_hand = CodeRenderer(bench, workers, self), CodeRenderer(bench, workers, self)
        self.title, self.note = QLabel(), QLabel()
        self.view = CodePicture(EMPTY)
        self.keep = tool_button("Put on the shelf", "tray-plus", "Put the code in hand on the shelf (Ctrl+K)")
        self.copy = tool_button("Copy", "content-copy", "Copy the picture")
        self.save = tool_button(
            "Save", "content-save-outline", "Save the picture with its code as PNG, or the code as JSON"
        )
        self.undo = tool_button("Undo", "undo", "Undo")
        self.redo = tool_button("Redo", "redo", "Redo")
        self._lay_out()
        self._connect()
        self._show()

    @Slot(object)
    def hover(self, code: Code | None) -> None:
        """Show what is under the mouse (None: the code in hand again)."""
        self._hovered = code
        if code is not None:
            self.renderer.show(code)
        else:
            self._show()

    @Slot()
    def refresh(self) -> None:
        """The model has learned: render again what is shown."""
        if self._bench.code is not None:
            self.in_hand.show(self._bench.code)
        if self._hovered is not None:
            self.renderer.show(self._hovered)

    def _lay_out(self) -> None:
        theme.set_role(self.title, "headline")
        theme.set_role(self.note, "muted")
        self.note.setFont(theme.tabular(self.note.font()))
        self.note.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(SMALL_SPACE)
        head.addWidget(self.title, 1)
        for button in (self.undo, self.redo, self.copy, self.save, self.keep):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addWidget(self.note)

    def _connect(self) -> None:
        bench, stack = self._bench, self._bench.undo
        bench.code_changed.connect(self._on_code)
        self.renderer.shown.connect(self._on_hovered)
        self.in_hand.shown.connect(self._on_shown)
        for renderer in (self.renderer, self.in_hand):
            renderer.failed.connect(self._on_failed)
        self.keep.clicked.connect(self._keep)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._save)
        self.undo.clicked.connect(stack.undo)
        self.redo.clicked.connect(stack.redo)
        # a button's own shortcut takes 100 ms, and one that is pressed again meanwhile is lost
        for keys, act in ((UNDO, stack.undo), (REDO, stack.redo), (KEEP, self._keep)):
            shortcut = QShortcut(self)
            shortcut.setKeys([QKeySequence(key) for key in keys])
            shortcut.activated.connect(act)
        stack.indexChanged.connect(self._enable)
        stack.cleanChanged.connect(self._enable)

    @Slot()
    def _on_code(self) -> None:
        code, before = self._bench.code, self._known
        self._known = code
        if code is not None and code.picture is None:
            self.in_hand.show(code)
        if self._hovered is None or code is None or before is None or not _alike(code, before):
            self._hovered = None
            self._show()
        else:  # only its picture has come: the mouse is still elsewhere
            self._enable()

    @Slot(object, object)
    def _on_hovered(self, code: Code, picture: np.ndarray) -> None:
        if self._hovered is not None:  # maybe of an older place of the same drag
            self.view.set_code(dataclasses.replace(code, picture=picture))
            self._caption(code, "Under the mouse")

    @Slot(object, object)
    def _on_shown(self, code: Code, picture: np.ndarray) -> None:
        if code is self._bench.code:
            self._bench.illustrate(code, picture)  # comes back as code_changed

    @Slot(str)
    def _on_failed(self, reason: str) -> None:
        self.message.emit(reason, "error")

    def _show(self) -> None:
        code = self._bench.code
        self.view.set_code(code)
        if code is None:
            self.title.setText("Code in hand")
            self.note.setText("none yet")
        else:
            self._caption(code, "Code in hand")
        self._enable()

    def _caption(self, code: Code, title: str) -> None:
        self.title.setText(title)
        length = float(np.linalg.norm(code.values))
        words = [code.name or code.source, f"‖z‖ {length:.2f}", code.wanted]
        self.note.setText(" · ".join(word for word in words if word))

    @Slot()
    def _enable(self) -> None:
        code, stack = self._bench.code, self._bench.undo
        for button in (self.keep, self.copy, self.save):
            button.setEnabled(code is not None)
        self.undo.setEnabled(stack.canUndo())
        self.redo.setEnabled(stack.canRedo())
        self.undo.setToolTip(f"Undo: {stack.undoText()} (Ctrl+Z)" if stack.canUndo() else "Nothing to undo.")
        self.redo.setToolTip(f"Redo: {stack.redoText()} (Ctrl+Shift+Z)" if stack.canRedo() else "Nothing to redo.")

    @Slot()
    def _keep(self) -> None:
        if self._bench.code is not None:
            self._bench.put(self._bench.code)

    @Slot()
    def _copy(self) -> None:
        if self._bench.code is not None:
            code_actions.code_mime.copy_codes([self._bench.code])

    @Slot()
    def _save(self) -> None:
        if self._bench.code is not None:
            code_actions.save_code(self, self._bench.code, self.message.emit)


def _alike(code: Code, other: Code) -> bool:
    """Whether two codes make the same picture."""
    return code.wanted == other.wanted and np.array_equal(code.values, other.values)
