"""Pictures between numpy and Qt, always copied: a QImage made around an array would share its memory."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPixmap


def to_qimage(picture: np.ndarray) -> QImage:
    """A copy of ``picture`` (H, W), (H, W, 1) or (H, W, 3) uint8 as an opaque image.

    Raises :class:`ValueError` for any other shape or dtype.
    """
    if picture.ndim == 2:
        picture = picture[:, :, None]
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (1, 3) or 0 in picture.shape:
        raise ValueError(f"a picture is (H, W, 1 or 3) uint8, not {picture.shape} {picture.dtype}")
    height, width, channels = picture.shape
    kind = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_Grayscale8
    contiguous = np.ascontiguousarray(picture)
    # Without bytesPerLine Qt assumes rows padded to four bytes and shears pictures of odd widths.
    return QImage(contiguous.data, width, height, channels * width, kind).copy()


def to_pixmap(picture: np.ndarray) -> QPixmap:
    """A copy of ``picture`` (H, W, 1 or 3) uint8 for the screen."""
    return QPixmap.fromImage(to_qimage(picture))


def to_array(image: QImage) -> np.ndarray:
    """A copy of ``image`` as (H, W, 3) uint8; anything transparent is laid on black by Qt's own rule."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width = rgb.height(), rgb.width()
    if width == 0 or height == 0:
        return np.empty((height, width, 3), np.uint8)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(height, rgb.bytesPerLine())
    return rows[:, : 3 * width].reshape(height, width, 3).copy()


def strip(pictures: np.ndarray) -> QImage:
    """All of ``pictures`` (N, H, W, 1 or 3) uint8 below each other in one image, in the format the screen has."""
    count, height, width, channels = pictures.shape
    return to_qimage(pictures.reshape(count * height, width, channels)).convertToFormat(QImage.Format.Format_RGB32)
