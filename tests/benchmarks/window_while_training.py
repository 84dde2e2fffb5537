"""How the window answers while DCGAN 64, batch 64, trains: ``python -m tests.benchmarks.window_while_training``.

Prints the lateness of a 5 ms timer (with few and with a million history points), the latency of live renders, and what
the window costs training against the terminal with the same number of threads (in turn, pair by pair).
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from studio.gui import app as root
from studio.session import Session
from studio.training import recipe as recipes
from studio.training.recipe import Recipe

INTERVAL = 5


class Lateness(QObject):
    """How much later than asked a precise 5 ms timer fires, in ms."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[float] = []
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=INTERVAL)
        self._timer.timeout.connect(self._fired)

    def start(self) -> None:
        """Begin anew."""
        self.values.clear()
        self._clock.start()
        self._timer.start()

    def stop(self) -> str:
        """End, and say what was measured."""
        self._timer.stop()
        values = np.array(self.values)
        p50, p95, p99 = np.percentile(values, [50, 95, 99])
        return f"median {p50:.2f}, p95 {p95:.2f}, p99 {p99:.2f}, max {values.max():.1f} ms ({len(values)} samples)"

    @Slot()
    def _fired(self) -> None:
        self.values.append(max(0.0, self._clock.nsecsElapsed() / 1e6 - INTERVAL))
        self._clock.restart()


def recipe(threads: int) -> Recipe:
    """DCGAN 64, batch 64, on colour pictures that every machine has."""
    settings = ("source=digits", "size=64", "colour=colour", f"threads={threads}", "horizon=1000000")
    return recipes.from_preset("dcgan", "photos").with_settings(settings)


def spin(app: QApplication, seconds: float) -> None:
    """Let the event loop run for so long."""
    loop = QEventLoop(app)  # not app.exec(): after its quit() no thread can be started any more
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def steps_per_second(folder: Path, name: str, skip: float = 3.0) -> float:
    """From the log of events: not needed while training, so taken from the state the run wrote."""
    from studio.training import runs

    state = runs.open_run(folder / name).state
    return state.step / state.seconds


class Arrivals(QObject):
    """Counts the pictures that arrive in the GUI thread."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @Slot(object)
    def take(self, rendered: object) -> None:
        """One more."""
        self.count += 1


class Window:
    """The studio's window with a training in it."""

    def __init__(self, app: QApplication, folder: Path, threads: int) -> None:
        self.app = app
        self.window = root.build(app, Session(folder))
        self.window.resize(1280, 720)
        self.window.show()
        self.panel = self.window.train
        self.panel.chooser.set_recipe(recipe(threads))

    def train(self) -> None:
        """Press Start and wait for the first step."""
        self.panel.start()
        self.until(lambda: self.panel.controller.history is not None and len(self.panel.controller.history) > 1)

    def until(self, condition: object, seconds: float = 120) -> None:
        """Let the event loop run until ``condition()``."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:  # type: ignore[operator]
            self.app.processEvents()

    def close(self) -> None:
        """Stop, save and close."""
        self.window.close()
        self.until(lambda: not self.window.isVisible())


def lateness(app: QApplication, folder: Path, threads: int, seconds: float) -> None:
    """Print the timer's lateness idle, training, and with a million points, and the latency of live renders."""
    window, late = Window(app, folder, threads), Lateness()
    late.start()
    spin(app, seconds / 2)
    print("lateness, idle:             ", late.stop())
    window.train()
    late.start()
    spin(app, seconds)
    print("lateness, DCGAN 64 training:", late.stop())
    history = window.panel.controller.history
    assert history is not None
    history.append(np.random.default_rng(0).normal(1, 0.3, (1_000_000, len(history.columns))).astype(np.float32))
    window.panel.plot.mark_dirty()
    spin(app, 1.5)
    late.start()
    spin(app, seconds)
    print("the same, 1,000,000 points: ", late.stop())
    renders(window)
    window.close()


def renders(window: Window) -> None:
    """Print how long a live grid of 64 and a single picture take beside the training, click to signal."""
    from studio.latent.jobs import LIVE, RenderRequest

    worker, arrivals = window.panel.picture_jobs.renderer, Arrivals()
    worker.rendered.connect(arrivals.take)
    for count in (1, 64):
        times = []
        for serial in range(20):
            before, started = arrivals.count, time.perf_counter()
            worker.submit(RenderRequest(LIVE, 10_000 + serial, serial, count))
            window.until(lambda before=before: arrivals.count > before)
            times.append(1000 * (time.perf_counter() - started))
        p50, p95 = np.percentile(times, [50, 95])
        print(f"live render of {count:2} while training: median {p50:.0f}, p95 {p95:.0f} ms")


def cost(app: QApplication, folder: Path, threads: int, pairs: int, steps: int) -> None:
    """Print window / terminal seconds per step, in turn."""
    ratios = []
    for pair in range(pairs):
        name = f"terminal-{pair}"
        sets = [f"--set={s}" for s in ("size=64", "colour=colour", f"threads={threads}")]
        command = [sys.executable, "-m", "studio", "train", "dcgan", "--preset", "photos", "--data", "digits"]
        command += [*sets, "--runs", str(folder), "--name", name, "--steps", str(steps)]
        subprocess.run(command, check=True, capture_output=True)
        terminal = 1 / steps_per_second(folder, name)
        window = Window(app, folder, threads)
        window.train()
        window.until(lambda window=window: len(window.panel.controller.history) >= steps, 600)
        window.close()
        newest = max(p.name for p in folder.iterdir() if re.fullmatch(r"dcgan-digits-\d+", p.name))
        in_window = 1 / steps_per_second(folder, newest)
        ratios.append(in_window / terminal)
        print(f"  pair {pair + 1}: terminal {1000 * terminal:.0f} ms a step, window {1000 * in_window:.0f} ms")
    print(f"window / terminal, {threads} thread(s): median ratio {statistics.median(ratios):.3f} (target 1.05)")


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    sys.setswitchinterval(root.SWITCH_INTERVAL)
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_STUDIO_HOME"] = folder
        lateness(app, Path(folder) / "runs", asked.threads, asked.seconds)
        if asked.pairs:
            cost(app, Path(folder) / "runs", asked.threads, asked.pairs, asked.steps)


if __name__ == "__main__":
    main()
