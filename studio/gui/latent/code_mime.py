"""Codes on the way from one place to another: dragged, dropped, copied, pasted, and out of the window as files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QImage, QPixmap

from studio.errors import Refused
from studio.gui import convert
from studio.gui.widgets.picture_actions import PictureMime
from studio.imaging import decode
from studio.latent import codes
from studio.latent.codes import Code
from studio.latent.shelf import free_name

FORMAT = "application/x-latent-code"
"""a JSON list of what :func:`studio.latent.codes.to_json` makes of each code"""
Dropped = Code | Path | QImage
"""A code, a file with a plain picture, or a picture without a file."""


class CodeMime(PictureMime):
    """Codes to drop: as codes, as the picture of the first, and as one file a code, written only when asked for."""

    def __init__(self, dragged: Sequence[Code]) -> None:
        super().__init__(image_of(dragged[0]))
        self.codes = tuple(dragged)
        self.setData(FORMAT, _as_bytes(dragged))

    def write_files(self, folder: Path) -> list[Path]:
        """A PNG file for each code (JSON for one that has no picture); what is written is the code itself."""
        return write_codes(folder, self.codes)


def image_of(code: Code) -> QImage | None:
    """The picture of a code in its own size, None for one that was never rendered."""
    return None if code.picture is None else convert.to_qimage(code.picture)


def copy_codes(copied: Sequence[Code]) -> None:
    """Put codes (and the picture of the first) on the clipboard."""
    # a plain QMimeData: the clipboard outlives Python, which a subclass would be asked in
    mime = QMimeData()
    image = image_of(copied[0])
    if image is not None:
        mime.setImageData(image)
    mime.setData(FORMAT, _as_bytes(copied))
    QGuiApplication.clipboard().setMimeData(mime)


def can_read(mime: QMimeData) -> bool:
    """Whether there may be a code or a picture in ``mime``; nothing is read or written to find out."""
    return mime.hasFormat(FORMAT) or mime.hasUrls() or mime.hasImage()


def codes_from_mime(mime: QMimeData) -> list[Dropped]:
    """Everything in ``mime``: codes, or else what its local files are, or else its picture.

    Files that are neither codes nor pictures are left out. Raises :class:`Refused` for a damaged code.
    """
    if isinstance(mime, CodeMime):
        return list(mime.codes)
    if mime.hasFormat(FORMAT):
        return list(_from_bytes(bytes(mime.data(FORMAT).data())))
    found = [item for url in mime.urls() if url.isLocalFile() and (item := read_file(Path(url.toLocalFile())))]
    if found or not mime.hasImage():
        return list(found)
    image = mime.imageData()
    if isinstance(image, QPixmap):
        image = image.toImage()
    return [image] if isinstance(image, QImage) and not image.isNull() else []


def code_from_mime(mime: QMimeData) -> Dropped | None:
    """The first thing in ``mime``, as in :func:`codes_from_mime`, or None."""
    found = codes_from_mime(mime)
    return found[0] if found else None


def read_file(path: Path) -> Code | Path | None:
    """The code in a file, the path itself of a plain picture, None for any other file. Raises :class:`Refused`."""
    if path.is_file() and codes.holds_code(path):
        return codes.load(path)
    return path if path.is_file() and decode.is_picture_name(path) else None


def write_codes(folder: Path, written: Iterable[Code]) -> list[Path]:
    """Write one file a code into ``folder``, named as the codes are; files that are there are left alone."""
    paths: list[Path] = []
    for code in written:
        name = free_name((path.stem for path in folder.iterdir()), file_name(code))
        path = folder / f"{name}{'.json' if code.picture is None else '.png'}"
        codes.save(path, code)
        paths.append(path)
    return paths


def file_name(code: Code) -> str:
    """A file name without suffix, legal on every system, made from the name of a code."""
    name = re.sub(r"[^\w\-+(),. ]+", "-", code.name or code.source).strip(" .-")[:80]
    return name or "code"


def _as_bytes(some: Sequence[Code]) -> bytes:
    return json.dumps([codes.to_json(code) for code in some]).encode()


def _from_bytes(data: bytes) -> list[Code]:
    where = "What was dropped"
    try:
        listed: Any = json.loads(data)
    except ValueError as error:
        raise Refused(f"{where} is damaged: its code cannot be read.") from error
    return [codes.from_json(values, where) for values in (listed if isinstance(listed, list) else [listed])]
