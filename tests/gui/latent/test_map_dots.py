"""Dots, strokes, axes and the legend of a map."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage

from studio.gui.latent import map_axes, map_colours, map_marks, map_strokes
from studio.gui.latent.map_dots import DotLayer
from studio.gui.latent.map_legend import MapLegend
from studio.latent.lattice import Frame

FRAME = Frame(10, 0, 200, 100, scale=50.0)
COLOURS = ("#ff0000", "#00ff00", "#808080")


def layer(points, labels=None):
    dots = DotLayer()
    points = np.array(points, np.float64)
    dots.set_dots(points, np.zeros(len(points), np.int64) if labels is None else np.array(labels))
    return dots


def colour(dots, x, y, frame=FRAME, ratio=1.0):
    """What is drawn at a screen place."""
    image = dots.image(frame, ratio, COLOURS, "#000000")
    shift = -dots.corner
    return image.pixelColor(int((x - frame.left + shift) * ratio), int((y - frame.top + shift) * ratio))


def test_dots_are_drawn_where_they_are_in_their_colours(dressed):
    dots = layer([(0, 0), (1, 0.5), (-1, 0)], [0, 1, -1])
    assert colour(dots, 110, 50).name() == "#ff0000"
    assert colour(dots, 160, 25).name() == "#00ff00"
    assert colour(dots, 60, 50).name() == "#808080"
    assert colour(dots, 80, 80).alpha() == 0


def test_a_dot_has_a_ring_that_is_seen_through(dressed):
    dots = layer([(0, 0)])
    alphas = [colour(dots, 110 + right, 50).alpha() for right in range(8)]
    assert alphas[0] == 255
    assert any(0 < alpha < 255 for alpha in alphas[2:])
    assert alphas[-1] == 0


def test_dots_at_the_edge_and_beyond_do_no_harm(dressed):
    dots = layer([(-2, 0), (2, 0), (0, 1), (0, -1), (50, 50), (np.nan, 0)])
    assert colour(dots, 10, 50).alpha() == 255
    assert colour(dots, 110, 0).alpha() == 255


def test_twice_the_pixels_make_twice_the_disc(dressed):
    dots = layer([(0, 0)])

    def drawn(ratio):
        image = dots.image(FRAME, ratio, COLOURS, "#000000")
        pixels = np.frombuffer(image.constBits(), np.uint32)
        return int((pixels >> 24 > 128).sum())

    assert drawn(2.0) == pytest.approx(4 * drawn(1.0), rel=0.35)


def test_hidden_classes_are_neither_drawn_nor_hit(dressed):
    dots = layer([(0, 0), (1, 0)], [0, 1])
    dots.hidden = frozenset({1})
    dots.outdate()
    assert colour(dots, 160, 50).alpha() == 0
    assert dots.nearest(160, 50, 8) == -1
    assert dots.nearest(112, 50, 8) == 0


def test_the_nearest_dot_within_reach_is_found(dressed):
    dots = layer([(0, 0), (0.1, 0)])
    colour(dots, 20, 20)
    assert dots.nearest(113.5, 50, 8) == 1
    assert dots.nearest(111, 50, 8) == 0
    assert dots.nearest(111, 70, 8) == -1


def test_unselected_dots_are_faint(dressed):
    dots = layer([(0, 0), (1, 0)])
    dots.selected = np.array([1])
    dots.outdate()
    assert colour(dots, 110, 50).alpha() < 100
    assert colour(dots, 160, 50).alpha() == 255


def test_more_dots_are_smaller():
    assert layer(np.zeros((30_000, 2))).radius() < layer(np.zeros((100, 2))).radius()


def test_the_box_of_dots_holds_them_all():
    left, bottom, right, top = layer([(0, 0), (4, 2)]).box()
    assert left < 0 < 4 < right
    assert bottom < 0 < 2 < top
    one = layer([(3, 3)]).box()
    assert one[0] < 3 < one[2]


def test_class_colours_differ_in_both_themes(any_theme):
    assert len(set(map_colours.classes(12))) == 12
    assert len(map_colours.classes(0)) == 1


def test_a_straight_stroke_is_two_points():
    line = np.stack([np.linspace(0, 100, 50), np.linspace(0, 50, 50)], 1)
    assert map_strokes.simplified(line, 1.0).tolist() == [[0, 0], [100, 50]]


def test_a_corner_survives_what_trembling_does_not():
    stroke = np.array([[0, 0], [10, 0.5], [20, -0.5], [30, 0], [30, 10], [30.5, 20], [30, 30]])
    assert map_strokes.simplified(stroke, 2.0).tolist() == [[0, 0], [30, 0], [30, 30]]


def test_smoothing_keeps_the_ends_and_cuts_the_corner():
    smooth = map_strokes.smoothed(np.array([[0.0, 0], [30, 0], [30, 30]]))
    assert smooth[0].tolist() == [0, 0]
    assert smooth[-1].tolist() == [30, 30]
    assert np.hypot(*(smooth - (30, 0)).T).min() > 2


def test_even_points_are_equally_far_from_each_other():
    points = map_strokes.even(np.array([[0.0, 0], [9, 0], [10, 0], [10, 20]]), 7)
    assert points[0].tolist() == [0, 0]
    assert points[-1].tolist() == [10, 20]
    np.testing.assert_allclose(np.hypot(*np.diff(points[:3], axis=0).T), 5)


def test_what_a_bent_lasso_encloses():
    shape = np.array([[0, 0], [10, 0], [10, 10], [5, 2], [0, 10]], np.float64)
    points = np.array([[1, 1], [5, 1], [5, 5], [9, 7], [11, 5], [5, -1]])
    assert map_strokes.inside(points, shape).tolist() == [True, True, False, True, False, False]


@pytest.mark.parametrize(
    ("low", "high"), [(-3, 3), (0, 1), (0.3, 0.3000001), (-1e-7, 1e-7), (1e6, 1e6 + 1), (-1e8, 1e8)]
)
def test_ticks_are_round_and_inside(low, high):
    found = map_axes.ticks(low, high, 600)
    assert 2 <= len(found.places) <= 10
    span = high - low
    assert all(low - 1e-6 * span <= place <= high + 1e-6 * span for place in found.places)
    assert len(set(found.texts)) == len(found.texts)
    assert max(len(text) for text in found.texts) <= 7


def test_ticks_far_in_count_from_a_base():
    found = map_axes.ticks(0.2999999, 0.3000001, 600)
    assert found.named("z1") == "z1 from 0.3, in 10⁻⁷"
    assert "0.0" in found.texts


def test_ticks_stay_in_the_box_and_are_plain_where_they_can_be():
    found = map_axes.ticks(-0.4, 1.4, 600, (0, 1))
    assert found.texts[0] == "0.0"
    assert found.texts[-1] == "1.0"
    assert found.named("z1") == "z1"
    assert "−1" in map_axes.ticks(-3, 3, 600).texts


def test_a_card_stays_inside_the_frame():
    card = QRectF(0, 0, 90, 90)
    inside = QRectF(10, 0, 200, 100)
    for x, y in ((20, 5), (205, 5), (20, 95), (205, 95)):
        corner = map_marks.beside(QPointF(x, y), card, FRAME)
        assert inside.contains(corner)
        assert corner.x() + 90 <= inside.right()


def test_the_legend_toggles_a_class(qtbot, show):
    legend = MapLegend()
    legend.set_classes(["cat", "dog"], ["#ff0000", "#00ff00"])
    show(legend, legend.width(), legend.height())
    with qtbot.waitSignal(legend.toggled) as heard:
        qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=legend.row_rect(1).center())
    assert heard.args == [frozenset({1})]
    qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=legend.row_rect(1).center())
    assert legend.hidden == frozenset()


def test_the_legend_shows_a_hidden_class_hollow(show):
    legend = MapLegend()
    legend.set_classes(["cat"], ["#ff0000"])
    show(legend, legend.width(), legend.height())

    def red():
        image = legend.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), np.uint32)
        return int((((pixels >> 16) & 255 > 240) & ((pixels & 255) < 40)).sum())

    before = red()
    legend.hidden = frozenset({0})
    assert red() < before / 2


def test_many_classes_take_several_columns(show):
    legend = MapLegend()
    legend.set_classes([str(i) for i in range(30)], ["#ff0000"])
    assert legend.row_rect(29).left() > legend.row_rect(0).left()
    assert legend.rect().contains(legend.row_rect(29))


def test_no_names_no_legend(qapp, dressed):
    legend = MapLegend()
    legend.set_classes([], [])
    assert legend.isHidden()
