import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from studio.events import CurvePoint
from studio.gui import convert, theme
from studio.gui.train.label_curve_plot import LabelCurvePlot

pytestmark = pytest.mark.gui

POINTS = [
    CurvePoint("pretrained", 10, 0.741),
    CurvePoint("scratch", 10, 0.742),
    CurvePoint("pretrained", 30, 0.8475),
    CurvePoint("scratch", 30, 0.839),
    CurvePoint("pretrained", 0, 0.9652),
]


@pytest.fixture
def plot(show):
    plot = show(LabelCurvePlot(), 560, 420)
    plot.begin((10, 30, 0))
    return plot


def filled(plot):
    for point in POINTS:
        plot.add(point)
    return plot


def drawn(plot, start):
    x, y = plot._lines[start].getData()
    return list(zip(x.tolist(), y.tolist(), strict=True)) if x is not None else []


def colors_in(image):
    array = convert.to_array(image)
    return {tuple(color) for color in np.unique(array.reshape(-1, 3), axis=0).tolist()}


def hover(qtbot, plot, place, reached):
    """Move the mouse until the plot has noticed: it takes no more than a hundred moves a second."""
    shift = itertools.cycle((0, 1))

    def moved():
        qtbot.mouseMove(plot.canvas, place + QPoint(next(shift), 0))
        return reached()

    qtbot.waitUntil(moved)


def test_a_point_is_drawn_at_once_at_its_place(plot):
    plot.add(POINTS[0])
    assert drawn(plot, "pretrained") == [(0, 0.741)]
    assert drawn(plot, "scratch") == []
    filled(plot)
    assert drawn(plot, "pretrained") == [(0, 0.741), (1, 0.8475), (2, 0.9652)]
    assert drawn(plot, "scratch") == [(0, 0.742), (1, 0.839)]
    assert plot.points("scratch") == {10: 0.742, 30: 0.839}
    low, high = plot._plot.viewRange()[1]
    assert low < 0.741
    assert high > 0.9652


def test_what_is_measured_again_replaces_the_older_and_strangers_are_passed_over(plot):
    plot.add(CurvePoint("scratch", 30, 0.1))
    plot.add(CurvePoint("scratch", 30, 0.2))
    plot.add(CurvePoint("scratch", 77, 0.9))
    plot.add(CurvePoint("somewhere", 30, 0.9))
    assert drawn(plot, "scratch") == [(1, 0.2)]


def test_the_places_are_named(plot):
    assert plot._plot.getAxis("bottom")._tickLevels == [[(0, "10"), (1, "30"), (2, "all")]]
    assert plot.legend.keys() == ("pretrained", "scratch")


def test_a_new_curve_begins_empty(plot):
    filled(plot).begin((5,))
    assert drawn(plot, "pretrained") == []
    assert plot._empty.isVisible()
    plot.add(CurvePoint("pretrained", 5, 0.5))
    assert not plot._empty.isVisible()


def test_the_mouse_over_a_place_tells_its_numbers(plot, qtbot):
    filled(plot)
    hover(qtbot, plot, plot.place_of(30), plot.readout.isVisible)
    text = plot.readout.text()
    assert "30 labels a class" in text
    assert "0.8475" in text
    assert "0.8390" in text
    hover(qtbot, plot, plot.place_of(0), lambda: "all labels a class" in plot.readout.text())
    assert "from scratch" not in plot.readout.text(), "there is no such point yet"
    hover(qtbot, plot, QPoint(3, 3), lambda: not plot.readout.isVisible())


def test_a_curve_can_be_hidden(plot, qtbot):
    filled(plot)
    qtbot.mouseClick(plot.legend.item("scratch"), Qt.MouseButton.LeftButton)
    assert not plot._lines["scratch"].isVisible()
    hover(qtbot, plot, plot.place_of(30), plot.readout.isVisible)
    assert "0.8390" not in plot.readout.text()


def test_the_picture_has_both_curves_in_either_theme(plot, qapp):
    filled(plot)
    for dark in (False, True):
        theme.apply(qapp, dark)
        found = colors_in(plot.picture())
        for color in (theme.hue("encoder"), QColor(theme.tokens().muted), QColor(theme.tokens().panel)):
            assert color.getRgb()[:3] in found, (dark, color.name())
