"""Many pictures on one sheet, enlarging without blur, and PNG files that say what they show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL.PngImagePlugin import PngInfo

from studio import atomic
from studio.imaging.decode import decode_as_stored
from studio.imaging.fit import as_image


def best_columns(count: int, aspect: float = 1.0) -> int:
    """How many columns make a sheet of ``count`` square cells come nearest to width:height = ``aspect``, and full."""
    if count < 1:
        return 1

    def badness(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(columns / rows / aspect)) + (rows * columns - count) / count

    return min(range(count, 0, -1), key=badness)


def grid(
    pictures: np.ndarray, columns: int | None = None, gap: int = 2, background: int | tuple[int, ...] = 255
) -> np.ndarray:
    """``pictures`` (N, H, W, C) uint8 on one sheet (rows·(H + gap) − gap, columns·(W + gap) − gap, C) uint8.

    ``gap`` pixels of ``background`` lie between pictures, none around them; cells left over have that colour too.
    """
    count, height, width, channels = pictures.shape
    if count == 0:
        raise ValueError("a grid needs at least one picture")
    columns = max(1, min(columns, count)) if columns else best_columns(count, height / width)
    rows = math.ceil(count / columns)
    cells = np.empty((rows * columns, height + gap, width + gap, channels), np.uint8)
    cells[:] = np.asarray(background, np.uint8)
    cells[:count, :height, :width] = pictures
    sheet = cells.reshape(rows, columns, height + gap, width + gap, channels).swapaxes(1, 2)
    sheet = sheet.reshape(rows * (height + gap), columns * (width + gap), channels)
    return np.ascontiguousarray(sheet[: sheet.shape[0] - gap, : sheet.shape[1] - gap])


def cells(sheet: np.ndarray, size: int, count: int | None = None) -> np.ndarray:
    """The pictures (N, size, size, C) of a ``sheet`` (H, W, C) made without a gap; ``count`` drops empty cells."""
    height, width, channels = sheet.shape
    rows, columns = height // size, width // size
    cut = sheet[: rows * size, : columns * size].reshape(rows, size, columns, size, channels).swapaxes(1, 2)
    return np.ascontiguousarray(cut.reshape(rows * columns, size, size, channels)[:count])


def upscale(picture: np.ndarray, factor: int) -> np.ndarray:
    """``picture`` (H, W, C) with every pixel ``factor`` times as wide and high."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def save_png(path: Path, picture: np.ndarray, about: Mapping[str, str] | None = None) -> None:
    """Write ``picture`` (H, W), (H, W, 1) or (H, W, 3) uint8 completely or not at all, with ``about`` as PNG text."""
    text = PngInfo()
    for key, value in (about or {}).items():
        text.add_text(key, value)
    image = as_image(picture)
    atomic.write_with(path, lambda temporary: image.save(temporary, format="PNG", pnginfo=text))


def load_png(path: Path) -> np.ndarray:
    """The picture in ``path`` as (H, W, 3) uint8, or (H, W, 1) when the file is grey. Raises ``Undecodable``."""
    return decode_as_stored(path)
