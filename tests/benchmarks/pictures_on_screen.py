"""How long 64 pictures of 64 px take to the screen: python -m tests.benchmarks.pictures_on_screen"""

from __future__ import annotations

import statistics
import time

import numpy as np
from PySide6.QtWidgets import QApplication

from studio.gui import theme
from studio.gui.widgets.picture_grid import PictureGrid


def main() -> None:
    """Print the median of 30 changes of the pictures, drawn at 700 × 700."""
    app = QApplication([])
    theme.apply(app, True)
    grid = PictureGrid()
    grid.resize(700, 700)
    batch, times = np.random.default_rng(0).integers(0, 255, (64, 64, 64, 3), np.uint8), []
    for _ in range(30):
        begin = time.perf_counter()
        grid.set_pictures(batch)
        grid.grab()
        times.append(time.perf_counter() - begin)
    print(f"64 pictures of 64 px on the screen: median {1000 * statistics.median(times):.1f} ms")


if __name__ == "__main__":
    main()
