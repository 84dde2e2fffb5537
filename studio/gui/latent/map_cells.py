"""The pictures of a map: those already decoded, in a bounded cache, and how they are laid on the screen."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from studio.gui import convert, theme
from studio.latent.lattice import Frame, Key, Lattice, Window

LIMIT = 32 * 2**20
"""bytes of pictures that are kept"""
ANCESTORS = 6
"""how many levels up a stand-in is looked for"""
DESCENDANTS = 2
PASSES = 2
"""how many coarse passes a level has: every fourth cell, every second"""


@dataclass(frozen=True, eq=False)
class Cell:
    """A decoded picture; ``version`` tells of which weights and plane."""

    picture: QPixmap
    version: int


@dataclass(frozen=True, eq=False)
class StandIn:
    """The part of another cell's picture that lies where a missing cell is."""

    picture: QPixmap
    part: QRectF


class CellCache:
    """Cells by key; those unused for longest go when they take more than ``limit`` bytes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit, self._bytes = limit, 0
        self._cells: OrderedDict[Key, Cell] = OrderedDict()
        self._levels: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._cells)

    def put(self, keys: Sequence[Key], pictures: np.ndarray, version: int, largest: int) -> None:
        """Keep ``pictures`` (N, H, W, C) uint8, none larger than ``largest`` px; older versions never replace newer."""
        strip = convert.strip(pictures)
        height, width = pictures.shape[1:3]
        for index, key in enumerate(keys):
            known = self._cells.get(key)
            if known is not None and known.version > version:
                continue
            image = strip.copy(0, index * height, width, height)
            if width > largest:
                image = image.scaled(
                    largest, largest, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            self._enter(key, Cell(QPixmap.fromImage(image), version))
        while self._bytes > self._limit and len(self._cells) > 1:
            self._forget(next(iter(self._cells)))

    def get(self, key: Key) -> Cell | None:
        """The cell, which counts as used."""
        cell = self._cells.get(key)
        if cell is not None:
            self._cells.move_to_end(key)
        return cell

    def missing(self, keys: Sequence[Key], version: int) -> list[Key]:
        """Those not there, or only of an older version."""
        cells = self._cells
        return [key for key in keys if (cell := cells.get(key)) is None or cell.version < version]

    def has(self, key: Key) -> bool:
        """Whether the cell, or all four finer ones in it, are there."""
        if key in self._cells:
            return True
        level, column, row = key
        if not self._levels[level + 1]:
            return False
        return all((level + 1, 2 * column + i, 2 * row + j) in self._cells for i in (0, 1) for j in (0, 1))

    def block(self, key: Key, up: int) -> Cell | None:
        """What can be drawn over the block of 2**up × 2**up cells around a cell.

        That is the coarser cell there, or the cell of the block that comes first (see :func:`in_order`).
        """
        level, column, row = key
        found = self.get((level - up, column >> up, row >> up)) if self._levels[level - up] else None
        if found is None and up <= PASSES:
            size = 1 << up
            found = self.get((level, (column & -size) | 1, (row & -size) | 1))
        return found

    def coarser(self, key: Key, least: int = 1) -> StandIn | None:
        """What a coarser cell, ``least`` levels up or more, shows at a cell's place."""
        for up in range(least, ANCESTORS + 1):
            found = self.block(key, up)
            if found is not None:
                return _part(found, key[1], key[2], 1 << up)
        return None

    def finer(self, key: Key, depth: int = DESCENDANTS) -> list[tuple[QRectF, QPixmap]]:
        """Finer cells inside a cell, each with its place in shares of the cell (y down); may leave gaps."""
        level, column, row = key
        if not depth or not any(self._levels[level + down] for down in range(1, depth + 1)):
            return []
        found: list[tuple[QRectF, QPixmap]] = []
        for right in (0, 1):
            for up in (0, 1):
                inner = (level + 1, 2 * column + right, 2 * row + up)
                left, top = right / 2, (1 - up) / 2
                cell = self.get(inner)
                if cell is not None:
                    found.append((QRectF(left, top, 0.5, 0.5), cell.picture))
                    continue
                found += [
                    (QRectF(left + r.x() / 2, top + r.y() / 2, r.width() / 2, r.height() / 2), picture)
                    for r, picture in self.finer(inner, depth - 1)
                ]
        return found

    def clear(self) -> None:
        """Forget all."""
        self._cells.clear()
        self._levels.clear()
        self._bytes = 0

    def _enter(self, key: Key, cell: Cell) -> None:
        if key in self._cells:
            self._forget(key)
        self._cells[key] = cell
        self._levels[key[0]] += 1
        self._bytes += _bytes(cell.picture)

    def _forget(self, key: Key) -> None:
        cell = self._cells.pop(key)
        self._levels[key[0]] -= 1
        self._bytes -= _bytes(cell.picture)


class CellLayer:
    """The cells of a frame as one image in device pixels, made anew only when the frame or a cell has changed."""

    def __init__(self, cache: CellCache) -> None:
        self._cache = cache
        self._image: QImage | None = None
        self._made_for: tuple[Frame, Lattice, float] | None = None

    def outdate(self) -> None:
        """A cell has come or gone."""
        self._made_for = None

    def image(self, frame: Frame, lattice: Lattice, ratio: float) -> QImage:
        """What to draw at the top left corner of the frame."""
        wanted = (frame, lattice, ratio)
        if self._image is None or self._made_for != wanted:
            self._image = self._composed(frame, lattice, ratio)
            self._made_for = wanted
        return self._image

    def _composed(self, frame: Frame, lattice: Lattice, ratio: float) -> QImage:
        size = round(frame.width * ratio), round(frame.height * ratio)
        image = self._image
        if image is None or (image.width(), image.height()) != size:
            image = QImage(*size, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(1.0)
        image.fill(QColor(theme.tokens().panel))
        window = lattice.window(frame)
        across, down = edges(frame, lattice, window, ratio)
        painter = QPainter(image)
        coarse = self._coarse(window.keys())
        for row in range(window.rows):
            top, height = down[row + 1], down[row] - down[row + 1]
            for column in range(window.columns):
                key = (window.level, window.column + column, window.row + row)
                cell = None if key in coarse else self._cache.get(key)
                place = QRect(across[column], top, across[column + 1] - across[column], height)
                if cell is not None:
                    _lay(painter, place, cell.picture)
                else:
                    self._stand_in(painter, key, place, coarse.get(key, 0))
        painter.end()
        image.setDevicePixelRatio(ratio)
        return image

    def _coarse(self, keys: list[Key]) -> dict[Key, int]:
        """How many levels up to look for cells that are there but wait for the rest of their block.

        A block is drawn as one coarse picture or as all its finer ones: a mixture is no picture of anything.
        """
        lacking = {key for key in keys if not self._cache.has(key)}
        if not lacking:
            return {}
        found: dict[Key, int] = {}
        for up in range(1, PASSES + 1):
            # a block of 4 × 4 is fine enough once each of its blocks of 2 × 2 can be drawn
            blocks = {(column >> up, row >> up) for _, column, row in lacking}
            drawn = {block for block in blocks if self._cache.block(_first(keys[0][0], block, up), up) is not None}
            for key in keys:
                if (key[1] >> up, key[2] >> up) in drawn:
                    found[key] = up
            lacking = {key for key in lacking if (key[1] >> up, key[2] >> up) not in drawn}
        return found

    def _stand_in(self, painter: QPainter, key: Key, place: QRect, least: int) -> None:
        """Finer cells over a part of a coarser one, ``least`` levels up or more, over grey."""
        coarser = self._cache.coarser(key, max(1, least))
        if coarser is None:
            painter.fillRect(place, QColor(theme.tokens().picture_background))
        else:
            _blur(painter, place.width() < coarser.part.width())
            painter.drawPixmap(QRectF(place), coarser.picture, coarser.part)
        for share, picture in self._cache.finer(key) if not least else ():
            left, top = place.x() + share.x() * place.width(), place.y() + share.y() * place.height()
            target = QRectF(left, top, share.width() * place.width(), share.height() * place.height())
            _blur(painter, target.width() < picture.width())
            painter.drawPixmap(target, picture, QRectF(picture.rect()))
        _blur(painter, False)


def _lay(painter: QPainter, place: QRect, picture: QPixmap) -> None:
    """A picture onto whole pixels; ``painter`` is left drawing without blur."""
    shrunk = place.width() < picture.width()
    if shrunk:
        _blur(painter, True)
    painter.drawPixmap(place, picture)
    if shrunk:
        _blur(painter, False)


def _first(level: int, block: tuple[int, int], up: int) -> Key:
    """The first cell of a block of 2**up × 2**up cells."""
    return level, block[0] << up, block[1] << up


def edges(frame: Frame, lattice: Lattice, window: Window, ratio: float) -> tuple[list[int], list[int]]:
    """Where cells end in device pixels of the frame, whole so that no seam shows: columns + 1 and rows + 1 of them."""
    spacing, box = lattice.spacing(window.level), frame.box()
    across = (window.column + np.arange(window.columns + 1)) * spacing
    up = (window.row + np.arange(window.rows + 1)) * spacing
    pixels = frame.scale * ratio
    return (
        [int(place) for place in np.round((across - box[0]) * pixels)],
        [int(place) for place in np.round((box[3] - up) * pixels)],
    )


def _blur(painter: QPainter, shrunk: bool) -> None:
    # enlarged, a person wants to see the picture's own pixels
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrunk)


def _part(cell: Cell, column: int, row: int, size: int) -> StandIn:
    """The part of a picture of ``size`` × ``size`` cells that a cell has."""
    width, height = cell.picture.width() / size, cell.picture.height() / size
    right, up = column & (size - 1), row & (size - 1)
    return StandIn(cell.picture, QRectF(right * width, (size - 1 - up) * height, width, height))


def _bytes(picture: QPixmap) -> int:
    return picture.width() * picture.height() * 4
