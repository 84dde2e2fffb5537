"""Seconds from the start of the process to the first painted window: ``python -m tests.benchmarks.window_start``."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

PROGRAM = """
import os, time
born = float(os.environ["BORN"])
from studio.gui import app as root
from studio.gui.main_window import MainWindow
painted = []
class Timed(MainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        if not painted:
            painted.append(time.time() - born)
            from PySide6.QtCore import QTimer
            QTimer.singleShot(0, self.close)
root.MainWindow = Timed
MainWindow.warm_up = lambda self: None
root.main()
import sys
print(painted[0], "torch" in sys.modules)
"""


def once() -> float:
    """One start."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "BORN": repr(time.time())}
    out = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    seconds, torch_loaded = out.stdout.split()[-2:]
    assert torch_loaded == "False"
    return float(seconds)


def main() -> None:
    """Two warm-up starts, then nine that count."""
    for _ in range(2):
        once()
    times = sorted(once() for _ in range(9))
    median = statistics.median(times)
    print(f"window on screen after: median {median:.2f} s, min {times[0]:.2f}, max {times[-1]:.2f} (target 1.0)")


if __name__ == "__main__":
    main()
