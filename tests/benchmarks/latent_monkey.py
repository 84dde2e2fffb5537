"""A monkey drags, clicks, turns and types all over the Latent tab: memory has to stay flat, nothing may be thrown.

    python -m tests.benchmarks.latent_monkey [MINUTES] [MODEL]

Memory is read every five seconds from the second minute on (before that caches fill up and torch loads); printed are
its median over the first and the last fifth of that time, the widest deviation of a minute's median from the whole's,
and how many actions of each kind were done.
"""

from __future__ import annotations

import collections
import gc
import os
import random
import statistics
import sys
import tempfile
import time
import traceback
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["LATENT_STUDIO_HOME"] = tempfile.mkdtemp(prefix="monkey-")

import psutil
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.gui import app as studio_app
from studio.gui.latent.map_tools import MODES
from studio.session import Session

WARM_UP, EVERY = 60.0, 5.0
SHELF = 30
"""codes and directions at most: a shelf that grows is no leak"""


class Monkey:
    """Does one random thing after another to a Latent tab."""

    def __init__(self, window, seed: int) -> None:
        self.window, self.tab = window, window.latent
        self.random = random.Random(seed)
        self.done: collections.Counter[str] = collections.Counter()
        self.actions = (
            *(8 * [self.hover]),
            *(6 * [self.drag]),
            *(4 * [self.wheel]),
            *(3 * [self.click]),
            *(3 * [self.seed]),
            *(3 * [self.slide]),
            *(2 * [self.undo]),
            self.redo,
            self.mode,
            self.plane,
            self.page,
            self.keep,
            self.remove,
            self.toggle,
            self.home,
            self.combine,
        )

    def act(self) -> None:
        action = self.random.choice(self.actions)
        self.done[action.__name__] += 1
        action()

    def place(self, widget) -> QPoint:
        return QPoint(self.random.randrange(max(1, widget.width())), self.random.randrange(max(1, widget.height())))

    def hover(self) -> None:
        for _ in range(5):
            QTest.mouseMove(self.tab.map.view, self.place(self.tab.map.view))

    def drag(self) -> None:
        view = self.tab.map.view
        if view.isVisible():
            QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=self.place(view))
            for _ in range(6):
                QTest.mouseMove(view, self.place(view))
            QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=self.place(view))
        while len(self.tab.bench.directions) > SHELF:  # each lasso makes one
            self.tab.bench.remove_direction(0)

    def wheel(self) -> None:
        view = self.tab.map.view
        at = QPointF(self.place(view))
        turn = QPoint(0, self.random.choice((-240, -120, 120, 240)))
        none = Qt.KeyboardModifier.NoModifier
        where = QPointF(view.mapToGlobal(at.toPoint()))
        event = QWheelEvent(
            at, where, QPoint(), turn, Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
        )
        QApplication.sendEvent(view, event)

    def click(self) -> None:
        view = self.tab.map.view
        if view.isVisible():
            QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=self.place(view))

    def seed(self) -> None:
        self.tab.seeds_bar.seed_box.setValue(self.random.randrange(1000))

    def slide(self) -> None:
        rows = self.tab.numbers.rows()
        if rows and rows[0].isVisible():
            QTest.mouseClick(self.random.choice(rows).slider, Qt.MouseButton.LeftButton)

    def undo(self) -> None:
        self.tab.bench.undo.undo()

    def redo(self) -> None:
        self.tab.bench.undo.redo()

    def mode(self) -> None:
        name = self.random.choice(list(MODES))
        self.tab.map.tools.mode_button(name).click()

    def plane(self) -> None:
        box = self.tab.map.planes.kind
        kinds = [index for index in range(box.count()) if box.itemData(index) not in ("neighbours", "principal")]
        box.setCurrentIndex(self.random.choice(kinds))

    def page(self) -> None:
        self.tab.tabs.setCurrentIndex(self.random.choice((0, 0, 0, 1, 2)))

    def keep(self) -> None:
        if self.tab.bench.code is not None and len(self.tab.bench.codes) < SHELF:
            self.tab.bench.put(self.tab.bench.code)

    def remove(self) -> None:
        if self.tab.bench.codes:
            self.tab.bench.remove(self.random.randrange(len(self.tab.bench.codes)))

    def toggle(self) -> None:
        self.random.choice((self.tab.map.tools.pictures, self.tab.map.tools.dots)).click()

    def home(self) -> None:
        self.tab.map.view.home()

    def combine(self) -> None:
        self.tab.arithmetic.choose(self.random.randrange(3))


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    model = sys.argv[2] if len(sys.argv) > 2 else "vae-mnist"
    thrown: list[str] = []
    app = QApplication([])
    window = studio_app.build(app, Session(Path(tempfile.mkdtemp(prefix="monkey-runs-"))))
    sys.excepthook = lambda kind, error, trace: thrown.append("".join(traceback.format_exception(kind, error, trace)))
    window.resize(1280, 720)
    window.show()
    window._tabs.button(1).click()
    tab = window.latent
    tab.models.choose(next(choice.model for choice in tab.models.choices() if choice.title == model))
    tab.map.over.embed(None)
    monkey, process = Monkey(window, 0), psutil.Process()
    started = read = time.monotonic()
    sizes: list[float] = []
    while (now := time.monotonic()) - started < 60 * minutes:
        monkey.act()
        app.processEvents()
        # what was closed goes only from an event loop, and this is none
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        time.sleep(0.004)
        if now - read > EVERY:
            read = now
            gc.collect()
            if now - started > WARM_UP:
                sizes.append(process.memory_info().rss / 2**20)
    window.workers.shut_down()
    window.close()
    report(sizes, monkey, minutes, model)
    for text in thrown[:3]:
        print(text)
    print(f"exceptions: {len(thrown)}")
    return 1 if thrown else 0


def report(sizes: list[float], monkey: Monkey, minutes: float, model: str) -> None:
    actions = ", ".join(f"{count} {name}" for name, count in monkey.done.most_common())
    print(f"{minutes:g} minutes on {model}: {monkey.done.total():,} actions ({actions})")
    fifth = max(1, len(sizes) // 5)
    whole = statistics.median(sizes)
    parts = [statistics.median(sizes[start : start + 12]) for start in range(0, len(sizes), 12)]
    print("memory by the minute: " + " ".join(f"{part:.0f}" for part in parts))
    widest = max(abs(part / whole - 1) for part in parts)
    first, last = statistics.median(sizes[:fifth]), statistics.median(sizes[-fifth:])
    print(f"memory: {first:.0f} MiB at first, {last:.0f} MiB at last ({100 * (last / first - 1):+.1f} %)")
    print(f"widest deviation of a minute from the median of all: {100 * widest:.1f} % (goal 5 %)")


if __name__ == "__main__":
    sys.exit(main())
