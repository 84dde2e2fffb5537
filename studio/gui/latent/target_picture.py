"""The picture whose code is searched for: dropped, pasted or opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from studio.errors import StudioError, sentence
from studio.gui import convert, theme
from studio.gui.latent import code_mime
from studio.gui.latent.code_mime import Dropped
from studio.gui.tokens import CORNER
from studio.gui.widgets import dialogs
from studio.gui.widgets.image_view import ImageView
from studio.imaging import decode
from studio.latent.codes import Code

OPENS = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff)"
EMPTY = "Drop a picture here, paste one, or click to open one."
_SHOWN = 512


class TargetPicture(ImageView):
    """``given``: another picture is there. A click opens a file; Ctrl+V pastes. ``message`` (text, level)."""

    given = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, empty_text=EMPTY)
        self._target: Path | np.ndarray | None = None
        self._name = ""
        self._over = False
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Picture to search for")
        self.setToolTip("The picture to search for: drop one, paste one with Ctrl+V, or click to open a file.")
        self.clicked.connect(self.ask)

    def target(self) -> Path | np.ndarray | None:
        """The file, or pixels (H, W, 3) uint8 of a picture without a file."""
        return self._target

    def name(self) -> str:
        """What to call a code of it."""
        return self._name

    def set_target(self, picture: Dropped | np.ndarray) -> bool:
        """Search for this; a file that is no picture is refused with a message. Returns whether it was taken."""
        try:
            shown, target, name = _read(picture)
        except (StudioError, OSError) as error:
            self.message.emit(sentence(error), "error")
            return False
        self._target, self._name = target, name
        self.set_picture(shown, name)
        self.given.emit()
        return True

    @Slot()
    def ask(self) -> None:
        """Let the person choose a file."""
        path = dialogs.ask_open(self, "Search for the code of a picture", kinds=OPENS)
        if path is not None:
            self.set_target(path)

    @Slot()
    def paste(self) -> None:
        """Take the picture on the clipboard."""
        self._take(QGuiApplication.clipboard().mimeData())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take pictures, and the pictures of codes."""
        if code_mime.can_read(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It goes elsewhere."""
        del event
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Search for what was dropped."""
        self._set_over(False)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._take(event.mimeData())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens a file."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.ask()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: object) -> None:
        """A click opens a file, also while there is no picture."""
        if self.image() is None:
            self.clicked.emit()
        else:
            super().mouseReleaseEvent(event)  # type: ignore[arg-type]

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the frame of the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take it away."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, in a frame when something is over it or it has the focus, dashed while empty."""
        super().paintEvent(event)
        tokens = theme.tokens()
        marked = self._over or self.hasFocus()
        if self.image() is not None and not marked:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style = Qt.PenStyle.SolidLine if marked else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(tokens.accent if marked else tokens.muted), 2 if self._over else 1, style))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), CORNER, CORNER)
        painter.end()

    def _take(self, mime: QMimeData) -> None:
        try:
            found = code_mime.code_from_mime(mime)
        except StudioError as error:
            self.message.emit(str(error), "error")
            return
        if found is None:
            self.message.emit("There is no picture in it.", "warning")
        else:
            self.set_target(found)

    def _set_over(self, over: bool) -> None:
        self._over = over
        self.update()


def _read(picture: Dropped | np.ndarray) -> tuple[QImage, Path | np.ndarray, str]:
    """What to show, what to search for, and its name."""
    if isinstance(picture, Path):
        try:
            return _shrunk(convert.to_qimage(decode.decode(picture))), picture, picture.stem
        except decode.Undecodable as error:
            raise StudioError(f"{picture.name} cannot be searched for: {error}.") from error
    if isinstance(picture, Code):
        if picture.picture is None:
            raise StudioError("This code has no picture yet. Wait for it, or take another one.")
        image, name = convert.to_qimage(picture.picture), picture.name or "picture"
    else:
        image, name = picture if isinstance(picture, QImage) else convert.to_qimage(picture), "picture"
    return _shrunk(image), convert.to_array(image), name


def _shrunk(image: QImage) -> QImage:
    """No larger than it is ever shown, so that a photo of many megapixels is not scaled at each repaint."""
    if max(image.width(), image.height()) <= _SHOWN:
        return image
    return image.scaled(_SHOWN, _SHOWN, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
