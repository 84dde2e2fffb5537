"""Where a map's pictures come from: it knows which are missing, asks for them, and keeps what comes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from studio.gui.latent.map_cells import CellCache, CellLayer
from studio.gui.latent.map_requests import CellRequests
from studio.latent.lattice import UNIT, Frame, Key, Lattice, in_order

ACROSS = 20
"""cells along a side at home, as in the lecture's picture"""
SMALLEST, LARGEST = 28, 64
"""px of a cell"""
SHRUNK = 0.8
"""of a picture's own size, if more pictures come on the screen by that"""
MOST = 1000
"""cells on the screen; more room makes them larger"""
REDRAW = 45
"""ms between redraws while pictures come: drawing takes its share of the cores that make them"""


class CellSource(QObject):
    """The cells of a lattice, asked for as they come into view: ``wanted`` points (N, 2) float64 and a serial.

    ``focus`` tells the point of the plane around which they are wanted first. ``changed``: draw again.
    """

    wanted = Signal(object, int)
    changed = Signal()

    def __init__(self, focus: Callable[[], tuple[float, float]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lattice = Lattice(1.0, 1.0)
        self._focus = focus
        self._frame: Frame | None = None
        self._cache = CellCache()
        self._layer = CellLayer(self._cache)
        self._requests = CellRequests()
        self._version, self._outdated, self._retried = 0, False, False
        self._asking = QTimer(self, singleShot=True, interval=0)
        self._asking.timeout.connect(self._ask)
        self._drawing = QTimer(self, singleShot=True, interval=REDRAW)
        self._drawing.timeout.connect(self.changed)

    def set_lattice(self, lattice: Lattice) -> None:
        """Cells elsewhere, or of another size on the screen."""
        old, self.lattice = self.lattice, lattice
        if (old.base, old.box) != (lattice.base, lattice.box):
            self.clear()

    def clear(self) -> None:
        """Forget all pictures, and those on their way."""
        self._cache.clear()
        self._layer.outdate()
        self._requests.forget()
        self._ask_soon()

    def look(self, frame: Frame | None) -> None:
        """This is to be seen now (None: nothing); many changes at once are one request."""
        self._frame, self._retried = frame, False
        self._ask_soon()

    def take(self, start: int, pictures: np.ndarray, serial: int | None, ratio: float) -> None:
        """A part of an answer: (n, H, W, C) uint8 from index ``start`` of a request, by default the newest."""
        serial = self._requests.serial if serial is None else serial
        keys, version = self._requests.answered(serial, start, len(pictures))
        if keys:
            self._retried = False
            # twice as large as it is drawn at most: at the next level it is only a stand-in
            largest = math.ceil(2 * self.lattice.cell * ratio)
            self._cache.put(keys, pictures[: len(keys)], version, largest)
            self._layer.outdate()
            self._redraw()
        if self._outdated and not self._requests.underway():
            self._ask_soon()

    def invalidate(self) -> None:
        """All pictures are of old weights, or of an old plane: they stay until newer ones come.

        What was asked for is finished first, so that frequent calls leave no cell behind.
        """
        self._version += 1
        self._outdated = True
        if not self._requests.underway():
            self._ask_soon()

    def ask_again(self) -> None:
        """The last request failed or got lost: ask anew, but not for ever for what never comes."""
        if not self._retried:
            self._retried = True
            self._requests.give_up()
            self._ask_soon()

    def missing(self, frame: Frame) -> list[Key]:
        """The cells of a frame that are not there from the newest weights."""
        return self._cache.missing(self.lattice.window(frame).keys(), self._version)

    def image(self, frame: Frame, ratio: float) -> QImage:
        """All cells of a frame as they are now, with stand-ins for missing ones."""
        return self._layer.image(frame, self.lattice, ratio)

    def outdate(self) -> None:
        """The colours around the pictures have changed."""
        self._layer.outdate()

    def _redraw(self) -> None:
        """Draw what has come: soon, at once when it was the last of it."""
        if not self._requests.underway():
            self._drawing.stop()
            self.changed.emit()
        elif not self._drawing.isActive():
            self._drawing.start()

    def _ask_soon(self) -> None:
        if self._frame is not None:
            self._asking.start()

    @Slot()
    def _ask(self) -> None:
        if self._frame is None:
            return
        self._outdated = False
        missing = self.missing(self._frame)
        if not missing or self._requests.covers(missing, self._version):
            return
        spacing, (x, y) = self.lattice.spacing(missing[0][0]), self._focus()
        keys = in_order(missing, (x / spacing, y / spacing))
        self.wanted.emit(self.lattice.points(keys), self._requests.open(keys, self._version))


def lattice_for(frame: Frame, picture: int, reach: float, quantiles: bool) -> Lattice:
    """Cells for pictures of ``picture`` px in the room of ``frame``: as large, but neither tiny nor huge nor many."""
    natural = min(picture * math.ceil(SMALLEST / picture), LARGEST)
    cell = max(SHRUNK * natural, math.ceil(math.sqrt(frame.width * frame.height / MOST)))
    # 20 cells halve twice before they no longer fill the whole
    return Lattice(1 / ACROSS, cell, UNIT, -2) if quantiles else Lattice(2 * reach / ACROSS, cell)
