"""How fast the map of the lecture's VAE is: ``python -m tests.benchmarks.latent_map [--repeats N]``.

(a) From a change of the view to 20 × 20 new pictures of 28 px on the screen, through the session and the worker thread
that the window has; the area is new each time, so that nothing comes from the cache. (b) Frames per second while the
map is dragged with 10,000 and 50,000 dots on the pictures, and while all dots move as they do during t-SNE.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, Qt, Slot
from PySide6.QtWidgets import QApplication

from studio.events import Decoded, Failed
from studio.gui import theme
from studio.gui.app import SWITCH_INTERVAL
from studio.gui.latent import map_axes
from studio.gui.latent.map_view import MapView
from studio.gui.workers import LatestWorker
from studio.latent import planes
from studio.latent.jobs import CodesRequest
from studio.latent.lattice import Frame
from studio.session import Session

MODEL, CELL, ACROSS = "vae-mnist", 28, 20
FRAMES = 60


class Bench(QObject):
    """A map whose pictures come from the model, as in the window."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.plane = planes.of_axes(2)
        self.worker = LatestWorker(session)
        self.map = MapView()
        left, bottom = map_axes.gutter(self.map.font())
        self.map.resize(ACROSS * CELL + left, ACROSS * CELL + bottom)
        self.map.cells_wanted.connect(self._ask)
        self.worker.rendered.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self.worker.failed.connect(self._failed, Qt.ConnectionType.QueuedConnection)
        self.seconds = 0.0
        self.asked = 0
        self.map.show()
        self.map.set_plane(self.plane, CELL)

    @Slot(object, int)
    def _ask(self, points: np.ndarray, serial: int) -> None:
        self.asked += len(points)
        self.worker.submit(CodesRequest(MODEL, serial, self.plane.codes(points)))

    @Slot(object)
    def _take(self, event: Decoded) -> None:
        self.seconds = event.seconds
        self.map.set_cells(event.start, event.pictures, event.serial)

    @Slot(object)
    def _failed(self, event: Failed) -> None:
        raise SystemExit(event.reason)

    def wait(self) -> None:
        """Until every cell is there and painted."""
        while not self.map.complete():
            # sleeps until something happens: a busy loop would take a core from the worker
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self.map.repaint()

    def fresh(self, index: int) -> tuple[float, float, float]:
        """Seconds until an area nobody has seen is on the screen, those of the model, and those of all cores."""
        frame = self.map.frame
        spacing = self.map.spacing()
        row, column = divmod(index + 1, 6)
        self.asked = 0
        start, cores = time.perf_counter(), time.process_time()
        at = Frame(0, 0, 1, 1, spacing * ACROSS * (column - 3), spacing * ACROSS * (row + 1), frame.scale)
        self.map.set_frame(at)
        self.wait()
        took = time.perf_counter() - start, self.seconds, time.process_time() - cores
        assert self.asked == ACROSS**2, f"{self.asked} cells were asked for"
        return took


def views(bench: Bench, repeats: int) -> None:
    """Print (a)."""
    bench.wait()
    for index in range(3):
        bench.fresh(index)
    measured = 1000 * np.array([bench.fresh(index) for index in range(3, repeats + 3)])
    (median, inner, cores), (high, *_), (best, *_) = (
        np.median(measured, 0), np.percentile(measured, 95, 0), measured.min(0),
    )  # fmt: skip
    print(
        f"view changed -> {ACROSS} × {ACROSS} new pictures of {CELL} px on screen: median {median:.0f} ms, p95 "
        f"{high:.0f} ms, best {best:.0f} ms ({repeats} areas; target 100 ms)\n"
        f"  of which the worker's answer took {inner:.0f} ms; {cores:.0f} ms of processor time for all of it"
    )


def frames(bench: Bench, count: int) -> None:
    """Print (b) for so many dots."""
    random = np.random.default_rng(0)
    points, labels = random.normal(size=(count, 2)), random.integers(0, 10, count)
    bench.map.resize(900, 600)
    bench.map.set_dots(points, labels)
    bench.map.home()
    bench.wait()
    start = time.perf_counter()
    for index in range(FRAMES):
        bench.map.pan(3 if index % 20 < 10 else -3, 2 if index % 20 < 10 else -2)
        bench.map.repaint()
        QApplication.processEvents()
    panning = FRAMES / (time.perf_counter() - start)
    bench.wait()
    start = time.perf_counter()
    for index in range(FRAMES):
        bench.map.move_dots(points * (1 + 0.001 * index))
        bench.map.repaint()
        QApplication.processEvents()
    moving = FRAMES / (time.perf_counter() - start)
    print(f"{count:,} dots on the pictures at 900 × 600: {panning:.0f} frames/s dragged, {moving:.0f} frames/s moving")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=40)
    asked = parser.parse_args()
    sys.setswitchinterval(SWITCH_INTERVAL)
    app = QApplication([])
    theme.apply(app, True)
    bench = Bench(Session())
    try:
        views(bench, asked.repeats)
        for count in (10_000, 50_000):
            frames(bench, count)
    finally:
        bench.worker.shut_down()
        bench.map.close()


if __name__ == "__main__":
    main()
