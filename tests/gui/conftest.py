"""Helpers for tests that drive real widgets: a theme, drawn pictures, and wheel events."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.gui import theme


def pytest_itemcollected(item):
    """The offscreen platform says of every window what it cannot do; that is no fault of the program."""
    item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


def pictures(count, side=16, channels=3):
    """``count`` different pictures, (count, side, side, channels) uint8."""
    return np.random.default_rng(count).integers(0, 256, (count, side, side, channels), np.uint8)


def wheel(widget, notches=1, at=None):
    """Turn the wheel over ``widget``, through the window, so that whoever leaves it to a parent really does."""
    window = widget.window()
    place = widget.mapTo(window, at or widget.rect().center())
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, 120 * notches))
    QApplication.processEvents()


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
    """Show a widget in a given size, in the dark theme, and wait until it has the keyboard."""

    def do(widget, width=400, height=300):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        with qtbot.waitActive(widget):
            widget.show()
            widget.activateWindow()
        return widget

    return do
