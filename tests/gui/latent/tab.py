"""The Latent tab as a person has it before them: what they can see, reach and do."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.gui.latent.panel import LatentPanel

WAIT = 8_000
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


class Tab:
    """A :class:`LatentPanel` with hands: every method does what a person would, and waits for what must come of it."""

    def __init__(self, panel: LatentPanel, workers, qtbot) -> None:
        self.panel, self.workers, self.qtbot = panel, workers, qtbot
        self.bench, self.map, self.view = panel.bench, panel.map, panel.map.view
        self.said: list[tuple[str, str]] = []
        panel.message.connect(self._keep)

    def _keep(self, text, level):
        self.said.append((level, text))

    def of(self, level):
        """The messages of a level."""
        return [text for heard, text in self.said if heard == level]

    def until(self, condition):
        """Wait for something."""
        self.qtbot.waitUntil(condition, timeout=WAIT)

    def click(self, button):
        """Click a button that must be enabled."""
        assert button.isEnabled(), button.accessibleName() or button.text()
        self.qtbot.mouseClick(button, LEFT)

    # -- models -----------------------------------------------------------------------------------------------------

    def open(self, title):
        """Choose a model in the list, by the keyboard."""
        box = self.panel.models
        box.refresh()
        index = box.findText(title)
        assert index >= 0, f"{title} is not among {[box.itemText(i) for i in range(box.count())]}"
        box.setFocus()
        before = box.currentIndex()
        way, steps = (Qt.Key.Key_Down, index - before) if index > before else (Qt.Key.Key_Up, before - index)
        for _ in range(steps):
            self.qtbot.keyClick(box, way)
        if not steps:
            box.activated.emit(index)
        assert box.currentText() == title
        QApplication.processEvents()

    def ready(self):
        """Wait until the map has all its pictures."""
        self.until(self.view.complete)

    def opened(self, title):
        """Choose a model and wait for its map."""
        self.open(title)
        self.ready()

    # -- the map ----------------------------------------------------------------------------------------------------

    def plane(self, kind):
        """Choose the kind of plane."""
        self.map.planes.choose(kind)

    def at(self, x, y):
        """Where in the map's widget a point of the plane is."""
        return self.view.place_of((x, y)).toPoint()

    def click_map(self, x, y):
        """Click a point of the plane; returns the code that is then in hand, with its picture."""
        self.qtbot.mouseClick(self.view, LEFT, pos=self.at(x, y))
        return self.hand()

    def show(self, title):
        """Go to one of the tabs in the middle; returns what it shows."""
        tabs = self.panel.tabs
        index = next(index for index in range(tabs.count()) if tabs.tabText(index) == title)
        self.qtbot.mouseClick(tabs.tabBar(), LEFT, pos=tabs.tabBar().tabRect(index).center())
        assert tabs.currentIndex() == index
        return tabs.currentWidget()

    def ask_class(self, name):
        """Ask a conditional model for a class."""
        box = self.panel.seeds_bar.wanted_box.classes
        box.setCurrentIndex(box.findText(name))
        box.activated.emit(box.currentIndex())

    def hand(self):
        """The code in hand once its picture has come."""
        self.until(lambda: self.bench.code is not None and self.bench.code.picture is not None)
        return self.bench.code

    def click_tool(self, mode):
        """Choose what a drag on the map does."""
        self.click(self.map.tools.mode_button(mode))

    def draw(self, mode, places):
        """Draw over the map in a mode, from place to place (points of the widget)."""
        self.click_tool(mode)
        QTest.mousePress(self.view, LEFT, pos=places[0])
        for place in places[1:]:
            QTest.mouseMove(self.view, place)
            QApplication.processEvents()
        QTest.mouseRelease(self.view, LEFT, pos=places[-1])

    def lay_data(self, source="digits"):
        """Lay data over the map and wait for its dots."""
        box = self.map.data.source
        box.setCurrentIndex(box.findData(source))
        box.activated.emit(box.currentIndex())
        with self.qtbot.waitSignal(self.map.embedded, timeout=WAIT):
            self.click(self.map.data.read)
        QApplication.processEvents()  # the note below the map takes its room

    def dot(self, index):
        """Where in the map's widget a dot is, once it has been drawn there."""
        self.until(lambda: self.view.dot_at(self.view.place_of(tuple(self.view._dots.points[index].tolist()))) >= 0)
        return self.view.place_of(tuple(self.view._dots.points[index].tolist())).toPoint()

    # -- the shelf --------------------------------------------------------------------------------------------------

    def fill_shelf(self, count, seed=0):
        """Put codes on the shelf, as if each had been taken and kept, and wait for their pictures."""
        from tests.gui.latent.drops import code

        for index in range(count):
            assert self.bench.put(code(self.bench, seed + index, f"k{index}", picture=False))
        self.illustrated()

    def illustrated(self):
        """Wait until everything on the shelf has its picture."""
        self.until(lambda: all(code.picture is not None for code in self.bench.codes))

    def select(self, *rows):
        """Select codes on the shelf by clicks."""
        shelf = self.panel.shelf
        for number, row in enumerate(rows):
            place = shelf.list.visualRect(shelf.model.index(row)).center()
            keys = CONTROL if number else Qt.KeyboardModifier.NoModifier
            self.qtbot.mouseClick(shelf.list.viewport(), LEFT, keys, place)

    def picture_of(self, values, wanted=""):
        """What the model makes of a code, asked for in this thread: (H, W, C) uint8."""
        from studio.latent.jobs import CodesRequest

        parts = []
        request = CodesRequest(self.bench.model, 1, np.asarray(values, np.float32)[None], wanted)
        self.workers.session.do(request, parts.append)
        return parts[0].pictures[0]


def ring(centre: QPoint, radius: int, corners: int = 24) -> list[QPoint]:
    """Places around a place."""
    angles = np.linspace(0, 2 * np.pi, corners)
    return [centre + QPoint(round(radius * np.cos(a)), round(radius * np.sin(a))) for a in angles]
