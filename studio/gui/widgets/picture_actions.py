"""What every shown picture can do: be copied, saved, dragged out, and whatever a tab adds to its menu."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QMetaType, QMimeData, QPoint, QSize, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from studio import atomic
from studio.errors import Refused, StudioError, sentence
from studio.gui import theme
from studio.gui.widgets import dialogs

Action = tuple[str, Callable[[], Any]]
ActionProvider = Callable[[np.ndarray], Iterable[Action]]
"""Given a picture (H, W, 3) uint8, the menu entries a tab offers for it: (text, what to do)."""
Report = Callable[[str, str], None]
"""Takes a sentence for the person and its level (info, warning, error)."""

_URLS = "text/uri-list"
_folders: list[Path] = []


class PictureMime(QMimeData):
    """A picture to drop: as an image at once, as temporary files (one PNG) only if the target asks for files."""

    def __init__(self, image: QImage | None) -> None:
        super().__init__()
        self._image = image
        self._files: list[Path] | None = None
        if image is not None:
            self.setImageData(image)

    def formats(self) -> list[str]:
        """The image formats and a list of files."""
        return [*super().formats(), _URLS]

    def hasFormat(self, mimetype: str) -> bool:
        """Whether the target can have ``mimetype``."""
        return mimetype == _URLS or super().hasFormat(mimetype)

    def retrieveData(self, mimetype: str, preferred: QMetaType | QMetaType.Type) -> Any:
        """What the target asked for; files are written on the first request for them, none on a full disk."""
        if mimetype != _URLS:
            return super().retrieveData(mimetype, preferred)
        if self._files is None:
            try:
                self._files = self.write_files(_temporary_folder())
            except (StudioError, OSError):
                self._files = []
        return [QUrl.fromLocalFile(str(file)) for file in self._files]

    def write_files(self, folder: Path) -> list[Path]:
        """Write what is dropped into ``folder`` and name the files; a subclass has files of its own."""
        if self._image is None:
            return []
        self._image.save(str(folder / "picture.png"))
        return [folder / "picture.png"]


def copy(image: QImage) -> None:
    """Put a picture on the clipboard."""
    QGuiApplication.clipboard().setImage(image)


def write_png(image: QImage, path: Path) -> None:
    """Write a picture as PNG, completely or not at all. Raises :class:`StudioError` or :class:`OSError`."""

    def write(temporary: Path) -> None:
        if not image.save(str(temporary)):
            raise Refused(f"The picture could not be written to {path}. Choose another folder or another name.")

    atomic.write_with(path, write)


def save(parent: QWidget, image: QImage, suggested: str, report: Report) -> None:
    """Ask for a file name and save a picture there; ``report`` hears how it went."""
    path = dialogs.ask_save(parent, "Save picture", suggested)
    if path is None:
        return
    try:
        write_png(image, path)
    except (Refused, OSError) as error:
        report(sentence(error), "error")
    else:
        report(f"Saved {path.name} in {path.parent}.", "info")


def add_entries(menu: QMenu, actions: Iterable[Action]) -> None:
    """Append (text, what to do) pairs to a menu."""
    for text, act in actions:
        menu.addAction(text).triggered.connect(lambda _checked=False, act=act: act())


def add_picture_entries(menu: QMenu, parent: QWidget, image: QImage, suggested: str, report: Report) -> None:
    """The entries that every picture has: copy and save."""
    menu.addAction(theme.icon("content-copy"), "Copy picture").triggered.connect(lambda: copy(image))
    menu.addAction(theme.icon("content-save-outline"), "Save picture…").triggered.connect(
        lambda: save(parent, image, suggested, report)
    )


def is_drag(start: QPoint | None, now: QPoint) -> bool:
    """Whether the mouse has moved far enough from where it was pressed."""
    return start is not None and (now - start).manhattanLength() >= QApplication.startDragDistance()


def drag(source: QWidget, image: QImage | None, mime: QMimeData | None = None) -> None:
    """Let the person drag a picture to any place that takes pictures (blocks until it is dropped).

    ``mime`` is what to drop where that is more than the picture under the mouse.
    """
    handle = QDrag(source)
    handle.setMimeData(mime if mime is not None else PictureMime(image))
    if image is not None:
        handle.setPixmap(_preview(image))
        handle.setHotSpot(QPoint(24, 24))
    handle.exec(Qt.DropAction.CopyAction)


def _preview(image: QImage) -> QPixmap:
    size = image.size().scaled(QSize(96, 96), Qt.AspectRatioMode.KeepAspectRatio)
    return QPixmap.fromImage(image.scaled(size))


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="latent-studio-drag-"))
    if not _folders:
        atexit.register(_remove_folders)
    _folders.append(folder)
    return folder


def _remove_folders() -> None:
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)
