"""Helpers for tests that drive real widgets: a theme, drawn pictures, and wheel events."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from studio.gui import theme


def pictures(count, side=16, channels=3):
    """``count`` different pictures, (count, side, side, channels) uint8."""
    return np.random.default_rng(count).integers(0, 256, (count, side, side, channels), np.uint8)


def wheel(widget, notches=1, at=None):
    """Turn the wheel over ``widget`` as the window system would."""
    place = QPointF(at or widget.rect().center())
    event = QWheelEvent(
        place,
        QPointF(widget.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event


@pytest.fixture(params=["dark", "light"])
def any_theme(request, qapp):
    """Both themes, one after the other."""
    theme.apply(qapp, request.param == "dark")
    yield request.param
    theme.apply(qapp, True)


@pytest.fixture
def dressed(qapp):
    """The dark theme."""
    theme.apply(qapp, True)


@pytest.fixture
def show(qtbot, dressed):
    """Show a widget in a given size, in the dark theme, and wait until it is on the screen."""

    def do(widget, width=400, height=300):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return do
