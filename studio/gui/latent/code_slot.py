"""A place for one code, or for several that are averaged: drop them in, or take what is selected on the shelf."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QMimeData, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.errors import Refused
from studio.gui import theme
from studio.gui.latent import code_mime
from studio.gui.latent.code_actions import tool_button
from studio.gui.latent.shelf_model import SIDE, about, paint_code
from studio.gui.latent.workbench import Workbench
from studio.gui.tokens import CORNER, SMALL_SPACE
from studio.latent.codes import Code

Selected = Callable[[], list[Code]]


class CodeSlot(QWidget):
    """Holds codes of the workbench's model; ``changed`` when they are others.

    ``selected`` tells which codes are selected on the shelf. With ``one`` it holds a single code.
    """

    changed = Signal()

    def __init__(
        self, title: str, help: str, bench: Workbench, selected: Selected, parent: QWidget | None = None, *, one: bool
    ) -> None:
        super().__init__(parent)
        self.codes: tuple[Code, ...] = ()
        self._bench, self._selected, self._one = bench, selected, one
        self.target = _Target(title, help, self)
        what = "code" if one else "codes"
        self.use = tool_button("Use selection", "arrow-down-bold-outline", f"Put the selected {what} in {title}")
        self.use.setAccessibleName(f"{title}: use the selected {what}")
        self.clear_button = tool_button("Clear", "close", f"Empty {title}")
        self.clear_button.setAccessibleName(f"{title}: clear")
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        buttons.addStretch(1)
        buttons.addWidget(self.use)
        buttons.addWidget(self.clear_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.target, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(buttons)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.use.clicked.connect(self.use_selection)
        self.clear_button.clicked.connect(self.clear)
        self.target.dropped.connect(self._drop)
        self.target.activated.connect(self.use_selection)
        self.target.cleared.connect(self.clear)
        bench.shelf_changed.connect(self._illustrate)
        bench.model_changed.connect(self._forget_strangers)
        self._show()

    def set_codes(self, codes: Sequence[Code]) -> None:
        """Hold these codes; those of another model are refused with a message."""
        fitting = [code for code in codes if self._fits(code)]
        if codes and not fitting:
            return
        if self._one and len(fitting) > 1:
            self._bench.message.emit("There is room for one code here: the first was taken.", "info")
            fitting = fitting[:1]
        self.codes = tuple(fitting)
        self._show()
        self.changed.emit()

    def values(self) -> list[np.ndarray]:
        """The codes' numbers, (D,) float32 each."""
        return [code.values for code in self.codes]

    def name(self) -> str:
        """What the codes are called in a result: one by its name, several as their mean."""
        names = [code.name or code.source or "code" for code in self.codes]
        if len(names) <= 1:
            return "".join(names)
        return f"mean({', '.join(names)})" if len(names) <= 3 else f"mean of {len(names)}"

    @Slot()
    def use_selection(self) -> None:
        """Take what is selected on the shelf."""
        chosen = self._selected()
        if chosen:
            self.set_codes(chosen)
        else:
            self._bench.message.emit("Select a code on the shelf first, or drag one here.", "info")

    @Slot()
    def clear(self) -> None:
        """Hold nothing."""
        if self.codes:
            self.codes = ()
            self._show()
            self.changed.emit()

    @Slot(object)
    def _drop(self, mime: QMimeData) -> None:
        try:
            found = code_mime.codes_from_mime(mime)
        except Refused as error:
            self._bench.message.emit(str(error), "error")
            return
        codes = [item for item in found if isinstance(item, Code)]
        if codes:
            self.set_codes(codes)
        else:
            self._bench.message.emit("Only codes go here. Drop a picture on the search to find its code.", "warning")

    def _fits(self, code: Code) -> bool:
        if self._bench.space is None:
            return False
        try:
            self._bench.space.check(code)
        except Refused as error:
            self._bench.message.emit(str(error), "error")
            return False
        return True

    @Slot()
    def _illustrate(self) -> None:
        """Show the picture of a code that has one by now."""
        if all(code.picture is not None for code in self.codes):
            return
        drawn = {code.values.tobytes(): code for code in self._bench.codes if code.picture is not None}
        self.codes = tuple(drawn.get(code.values.tobytes(), code) for code in self.codes)
        self._show()

    @Slot()
    def _forget_strangers(self) -> None:
        """Another model is open: keep what means something to it."""
        space, kept = self._bench.space, []
        for code in self.codes:
            try:
                if space is not None:
                    space.check(code)
                    kept.append(code)
            except Refused:
                continue  # said nothing: nobody asked for it to be here
        if len(kept) < len(self.codes):
            self.codes = tuple(kept)
            self._show()
            self.changed.emit()

    def _show(self) -> None:
        self.clear_button.setEnabled(bool(self.codes))
        self.target.set_codes(self.codes)


class _Target(QWidget):
    """The square of a slot: its letter while empty, else the first picture and how many there are."""

    dropped = Signal(object)
    activated = Signal()
    cleared = Signal()

    def __init__(self, title: str, help: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._title, self._help = title, help
        self._codes: tuple[Code, ...] = ()
        self._over = False
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(self.sizeHint())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_codes(())

    def set_codes(self, codes: tuple[Code, ...]) -> None:
        """Show these."""
        self._codes = codes
        held = "\n".join(about(code).splitlines()[0] for code in codes)
        self.setToolTip(held or f"{self._help} Drop a code here, or click to use what is selected on the shelf.")
        self.setAccessibleName(f"{self._title}: {held.replace(chr(10), ', ') or 'empty'}")
        self.update()

    def sizeHint(self) -> QSize:
        """The square of a picture with a frame."""
        return QSize(SIDE + 2 * SMALL_SPACE, SIDE + 2 * SMALL_SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frame, picture, letter, and the number of codes."""
        del event
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self._over or self.hasFocus()
        line = QPen(QColor(tokens.accent if marked else theme.mix(tokens.text, tokens.line, 0.25)), 2 if marked else 1)
        if not self._codes and not marked:
            line.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(line)
        painter.setBrush(theme.mix(tokens.accent, tokens.panel, 0.2) if self._over else QColor(tokens.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CORNER, CORNER)
        if self._codes:
            inside = self.rect().adjusted(SMALL_SPACE, SMALL_SPACE, -SMALL_SPACE, -SMALL_SPACE)
            paint_code(painter, inside, self._codes[0])
        else:
            painter.setPen(QColor(tokens.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._title)
        if len(self._codes) > 1:
            self._paint_badge(painter, f"{len(self._codes)}×")
        painter.end()

    def _paint_badge(self, painter: QPainter, text: str) -> None:
        tokens = theme.tokens()
        painter.setFont(theme.small_font(self.font()))
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        place = QRect(self.width() - width - 2, 2, width, painter.fontMetrics().height() + 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        painter.drawRoundedRect(QRectF(place), SMALL_SPACE, SMALL_SPACE)
        painter.setPen(QColor(tokens.on_accent))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take codes."""
        if code_mime.can_read(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It goes elsewhere."""
        del event
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand it on."""
        self._set_over(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.dropped.emit(event.mimeData())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click takes the selection."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.activated.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space take the selection, Delete empties."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.cleared.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the frame of the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take it away."""
        super().focusOutEvent(event)
        self.update()

    def _set_over(self, over: bool) -> None:
        self._over = over
        self.update()
