"""Drops made by hand, and a workbench whose codes have pictures."""

import numpy as np
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from studio import resources
from studio.gui.latent.workbench import Workbench
from studio.latent.codes import Code
from studio.models import library
from tests.gui.conftest import pictures


class Bench(Workbench):
    """A workbench that keeps what it says."""

    def __init__(self, name="dcgan-digits"):
        super().__init__()
        self.said = []
        self.message.connect(self._keep)
        self.use(name)

    def use(self, name):
        """Open a shipped model."""
        folder = resources.shipped_weights() / name
        self.open(str(folder), library.read_card(folder), folder)

    def _keep(self, text, level):
        self.said.append((level, text))


class _Drop(QDropEvent):
    """A drop that knows where it came from, which the offscreen platform cannot say."""

    origin = None

    def source(self):
        return self.origin


def drop(widget, mime, at=None, source=None):
    """Drop ``mime`` on a widget; returns whether it was wanted."""
    place = at or widget.rect().center()
    left, none, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place, copy, mime, left, none)
    enter.ignore()
    widget.dragEnterEvent(enter)
    if not enter.isAccepted():
        return False
    event = _Drop(QPointF(place), copy, mime, left, none)
    event.origin = source
    widget.dropEvent(event)
    return event.isAccepted()


def files(*paths):
    """What a file manager drops."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def code(bench, seed, name="", picture=True, side=12):
    """A code of the workbench's model, with a picture of noise."""
    space = bench.space
    values = np.random.default_rng(seed).normal(size=space.size)
    shown = pictures(seed + 1, side, 1)[0] if picture else None
    return Code(values, space.model, space.stamp, "", name or f"code {seed}", f"seed {seed}", shown)


def trigger(menu, text):
    """Choose an entry of a menu."""
    next(action for action in menu.actions() if action.text().startswith(text)).trigger()


def names(bench):
    """What stands on the shelf."""
    return [code.name for code in bench.codes]
