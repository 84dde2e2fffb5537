"""The map as a whole: what it asks for, what it shows, and what the hand does on it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.gui import theme
from studio.gui.latent.map_view import MapView
from studio.latent import planes
from tests.gui.conftest import wheel

SIDE = 28


class Decoder:
    """Answers a map at once, in parts; each picture is one grey made from its point."""

    def __init__(self, view, part=64):
        self.view, self.part, self.on = view, part, True
        self.asked = []
        view.cells_wanted.connect(self.answer)

    def answer(self, points, serial):
        self.asked.append((points, serial))
        if self.on:
            self.send(points, serial)

    def send(self, points, serial, level=None):
        pictures = np.zeros((len(points), SIDE, SIDE, 1), np.uint8)
        greys = np.floor(points[:, 0] * 20) % 200 if level is None else np.full(len(points), level)
        pictures[:] = greys.reshape(-1, 1, 1, 1)
        for start in range(0, len(points), self.part):
            self.view.set_cells(start, pictures[start : start + self.part], serial)

    def count(self):
        return sum(len(points) for points, _ in self.asked)


def settle():
    for _ in range(3):
        QApplication.processEvents()


@pytest.fixture
def view(show):
    return show(MapView(), 720, 640)


@pytest.fixture
def quantiles(view):
    decoder = Decoder(view)
    view.set_plane(planes.of_axes(2, quantiles=True), SIDE)
    settle()
    return view, decoder


@pytest.fixture
def plane(view):
    decoder = Decoder(view)
    view.set_plane(planes.of_axes(2), SIDE)
    settle()
    return view, decoder


def at(view, x, y):
    return view.place_of((x, y)).toPoint()


def pixel(view, x, y):
    place = at(view, x, y)
    return view.grab().toImage().pixelColor(place)


def drag(view, places, button=Qt.MouseButton.LeftButton):
    QTest.mousePress(view, button, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(view, place)
        QApplication.processEvents()
    QTest.mouseRelease(view, button, pos=places[-1])


def test_home_shows_twenty_by_twenty_quantiles(quantiles):
    view, decoder = quantiles
    assert len(decoder.asked) == 1
    points = decoder.asked[0][0]
    assert points.shape == (400, 2)
    assert points.dtype == np.float64
    assert len(np.unique(points, axis=0)) == 400
    assert view.complete()
    assert pixel(view, 0.525, 0.5).red() == 10


def test_pictures_at_home_have_whole_pixels(quantiles):
    view, _ = quantiles
    assert view.frame.scale / 20 == pytest.approx(round(view.frame.scale / 20))


def test_quantiles_cannot_be_left(quantiles):
    view, _ = quantiles
    view.zoom(8)
    view.pan(1e5, -1e5)
    left, bottom, _, _ = view.frame.box()
    assert (left, bottom) == pytest.approx((0, 0))
    view.zoom(1e-6)
    assert view.frame.box()[2] <= 1.2


def test_zooming_in_asks_for_finer_cells_and_out_again_for_none(quantiles):
    view, decoder = quantiles
    view.zoom(2)
    settle()
    points = decoder.asked[-1][0]
    assert len(decoder.asked) == 2
    assert np.diff(np.unique(points[:, 0])).min() == pytest.approx(1 / 40)
    view.home()
    settle()
    assert len(decoder.asked) == 2


def test_a_pan_asks_only_for_the_new_cells(plane):
    view, decoder = plane
    before = decoder.count()
    view.pan(-view.spacing() * view.frame.scale, 0)
    settle()
    rows = len({round(y, 6) for _, y in decoder.asked[-1][0].tolist()})
    assert 0 < decoder.count() - before <= 2 * rows
    assert view.complete()


def test_changes_at_once_are_one_request(plane):
    view, decoder = plane
    before = len(decoder.asked)
    for _ in range(5):
        view.pan(200, 50)
    settle()
    assert len(decoder.asked) == before + 1


def test_the_first_cells_asked_for_are_at_the_cursor(plane):
    view, decoder = plane
    QTest.mouseMove(view, at(view, 2, 2))
    settle()
    view.zoom(4, QPointF(at(view, 2, 2)))
    settle()
    first = decoder.asked[-1][0][0]
    assert np.hypot(*(first - (2, 2))) < 3 * view.spacing()


def test_late_parts_of_an_older_request_are_used(plane):
    view, decoder = plane
    decoder.on = False
    view.pan(-100, 0)
    settle()
    points, serial = decoder.asked[-1]
    view.pan(-100, 0)
    settle()
    decoder.send(points, serial)
    newer, newest = decoder.asked[-1]
    assert newest > serial
    decoder.send(newer, newest)
    assert view.complete()


def test_cells_on_their_way_are_not_asked_for_again(plane):
    view, decoder = plane
    decoder.on = False
    view.pan(-100, 0)
    settle()
    asked = len(decoder.asked)
    view.pan(1, 0)
    settle()
    assert len(decoder.asked) == asked


def test_while_a_model_learns_old_cells_stay_until_new_ones_come(plane):
    view, decoder = plane
    decoder.on = False
    old = pixel(view, 1, 1)
    view.invalidate()
    settle()
    assert not view.complete()
    assert pixel(view, 1, 1) == old
    points, serial = decoder.asked[-1]
    decoder.send(points, serial, level=251)
    assert view.complete()
    assert pixel(view, 1, 1).red() == 251


def test_new_weights_wait_for_the_request_underway(plane):
    view, decoder = plane
    decoder.on = False
    view.invalidate()
    settle()
    asked = len(decoder.asked)
    for _ in range(3):
        view.invalidate()
        settle()
    assert len(decoder.asked) == asked
    decoder.on = True
    decoder.send(*decoder.asked[-1])
    settle()
    assert len(decoder.asked) == asked + 1
    assert view.complete()


def test_a_failed_request_is_tried_once_more_and_not_for_ever(plane):
    view, decoder = plane
    decoder.on = False
    view.invalidate()
    settle()
    asked = len(decoder.asked)
    for _ in range(5):
        view.ask_again()
        settle()
    assert len(decoder.asked) == asked + 1
    view.pan(300, 0)
    settle()
    assert len(decoder.asked) == asked + 2


def test_another_plane_with_keep_shows_the_old_pictures_meanwhile(plane):
    view, decoder = plane
    view.zoom(3)
    settle()
    frame, old = view.frame, pixel(view, 0.2, 0.2)
    decoder.on = False
    view.set_plane(planes.of_axes(3, base=np.ones(3, np.float32)), SIDE, keep=True)
    settle()
    assert view.frame == frame
    assert pixel(view, 0.2, 0.2) == old
    assert not view.complete()


def test_another_plane_without_keep_begins_anew(plane):
    view, decoder = plane
    view.zoom(3)
    settle()
    decoder.on = False
    view.set_plane(planes.of_axes(3), SIDE)
    settle()
    assert view.at_home()
    assert pixel(view, 0.2, 0.2).name() == theme.tokens().picture_background


def test_hidden_pictures_are_not_asked_for(view):
    decoder = Decoder(view)
    view.set_pictures_shown(False)
    view.set_plane(planes.of_axes(2), SIDE)
    settle()
    assert decoder.asked == []
    view.set_pictures_shown(True)
    settle()
    assert view.complete()


def test_a_map_that_is_not_seen_asks_for_nothing(qtbot, dressed):
    view = MapView()
    qtbot.addWidget(view)
    decoder = Decoder(view)
    view.set_plane(planes.of_axes(2), SIDE)
    settle()
    assert decoder.asked == []


def test_the_wheel_zooms_about_the_cursor(plane):
    view, _ = plane
    place = QPoint(500, 200)
    before = view.point_at(QPointF(place))
    wheel(view, 3, place)
    assert view.frame.scale > 20
    assert view.point_at(QPointF(place)) == pytest.approx(before)


def test_keys_move_zoom_and_go_home(plane):
    view, _ = plane
    home = view.frame
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.frame.x > home.x
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.frame.y > home.y
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.frame.scale > home.scale
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.frame == home


def test_zooming_in_ends_where_numbers_do(plane):
    view, decoder = plane
    decoder.on = False
    view.zoom(1e30)
    settle()
    assert np.isfinite(view.frame.box()).all()
    assert len(np.unique(decoder.asked[-1][0][:, 0])) > 10
    assert not view.grab().isNull()


def test_a_drag_moves_and_chooses_nothing(qtbot, plane):
    view, _ = plane
    before = view.frame
    with qtbot.assertNotEmitted(view.chosen):
        drag(view, [QPoint(300, 300), QPoint(340, 300), QPoint(380, 320)])
    assert view.frame.x == pytest.approx(before.x - 80 / before.scale)
    assert view.frame.y == pytest.approx(before.y + 20 / before.scale)


def test_a_click_chooses_a_point_once_even_when_doubled(qtbot, plane):
    view, _ = plane
    heard = []
    view.chosen.connect(lambda x, y: heard.append((x, y)))
    place = at(view, 1, -1)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert heard == [pytest.approx((1, -1), abs=0.02)]


def test_nothing_is_chosen_beside_the_quantiles(qtbot, show):
    view = show(MapView(), 900, 400)
    view.set_plane(planes.of_axes(2, quantiles=True), SIDE)
    with qtbot.assertNotEmitted(view.chosen):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    heard = []
    view.hovered.connect(heard.append)
    QTest.mouseMove(view, QPoint(101, 101))
    QTest.mouseMove(view, at(view, 0.5, 0.5))
    settle()
    assert heard[0] is None
    assert heard[-1] == pytest.approx((0.5, 0.5), abs=0.01)


@pytest.fixture
def dotted(plane):
    view, _ = plane
    view.set_dots(np.array([[0.0, 0], [1, 1], [-2, 1]]), np.array([0, 1, 1]), names=["cat", "dog"])
    view.grab()
    return view


def test_a_click_on_a_dot_chooses_the_dot(qtbot, dotted):
    with qtbot.waitSignal(dotted.dot_chosen) as heard, qtbot.assertNotEmitted(dotted.chosen):
        QTest.mouseClick(dotted, Qt.MouseButton.LeftButton, pos=at(dotted, 1, 1) + QPoint(3, 3))
    assert heard.args == [1]


def test_hovering_a_dot_tells_which_and_shows_its_thumbnail(dotted):
    dots, points = [], []
    dotted.hovered_dot.connect(dots.append)
    dotted.hovered.connect(points.append)
    dotted.set_thumbnails(np.full((3, 8, 8, 3), (255, 0, 255), np.uint8))
    QTest.mouseMove(dotted, at(dotted, 1, 1))
    QTest.mouseMove(dotted, at(dotted, 1, 1) + QPoint(2, 0))
    settle()
    assert dots == [1]
    assert points == []
    card = dotted.grab().toImage().pixelColor(at(dotted, 1, 1) + QPoint(50, 50))
    assert card.name() == "#ff00ff"
    QTest.mouseMove(dotted, at(dotted, 0.5, 1.5))
    settle()
    assert dots == [1, -1]
    assert len(points) == 1


def test_the_legend_hides_a_class(dotted):
    place = dotted.legend.row_rect(1).center()
    before = pixel(dotted, 1, 1)
    QTest.mouseClick(dotted.legend, Qt.MouseButton.LeftButton, pos=place)
    assert pixel(dotted, 1, 1) != before
    assert dotted.dot_at(QPointF(at(dotted, 1, 1))) == -1
    assert dotted.dot_at(QPointF(at(dotted, 0, 0))) == 0


def test_dots_alone_fill_the_map_and_are_followed_while_nobody_moves(view):
    view.set_dots(np.array([[100.0, 100], [300, 200]]))
    left, _, right, _ = view.frame.box()
    assert left < 100 < 300 < right
    view.move_dots(np.array([[1000.0, 100], [3000, 200]]))
    assert view.frame.box()[2] > 3000
    view.zoom(2)
    frame = view.frame
    view.move_dots(np.array([[0.0, 0], [1, 1]]))
    assert view.frame == frame


def test_no_point_is_chosen_where_there_is_no_plane(qtbot, view):
    view.set_dots(np.array([[0.0, 0], [1, 1]]))
    view.grab()
    with qtbot.assertNotEmitted(view.chosen):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 0.5, 0.2))
    with qtbot.waitSignal(view.dot_chosen):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 1, 1))


def test_fewer_dots_leave_no_mark_on_one_that_is_gone(dotted):
    QTest.mouseMove(dotted, at(dotted, -2, 1))
    QTest.mouseClick(dotted, Qt.MouseButton.LeftButton, pos=at(dotted, -2, 1))
    dotted.set_dots(np.array([[0.0, 0]]))
    assert not dotted.grab().isNull()
    dotted.set_dots(None)
    assert dotted.legend.isHidden()
    assert not dotted.grab().isNull()


def test_a_drawn_path_is_smooth_even_and_stays(qtbot, plane):
    view, _ = plane
    view.set_mode("path")
    places = [at(view, -2, -1), at(view, 0, -1), at(view, 1, 1), at(view, 2, 1)]
    frame = view.frame
    with qtbot.waitSignal(view.path_drawn) as heard:
        drag(view, places)
    (points,) = heard.args
    assert view.frame == frame
    np.testing.assert_allclose(points[[0, -1]], [(-2, -1), (2, 1)], atol=0.03)
    steps = np.hypot(*np.diff(points, axis=0).T)
    assert steps.max() < 1.2 * steps.min()
    assert len(points) > 20
    with qtbot.waitSignal(view.path_drawn) as gone:
        QTest.keyClick(view, Qt.Key.Key_Escape)
    assert gone.args[0].shape == (0, 2)


def test_esc_drops_a_stroke_before_it_is_finished(qtbot, plane):
    view, _ = plane
    view.set_mode("path")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    QTest.mouseMove(view, QPoint(400, 300))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    with qtbot.assertNotEmitted(view.path_drawn):
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))


def test_a_click_in_any_mode_chooses(qtbot, plane):
    view, _ = plane
    for mode in ("path", "lasso"):
        view.set_mode(mode)
        with qtbot.waitSignal(view.chosen):
            QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 1, 0))


def test_the_middle_button_moves_in_any_mode(plane):
    view, _ = plane
    view.set_mode("lasso")
    before = view.frame
    drag(view, [QPoint(300, 300), QPoint(340, 300)], Qt.MouseButton.MiddleButton)
    assert view.frame.x < before.x


def test_a_lasso_gathers_the_dots_inside(qtbot, dotted):
    dotted.set_mode("lasso")
    corners = [at(dotted, *corner) for corner in ((-0.5, -0.5), (1.5, -0.5), (1.5, 1.5), (-0.5, 1.5))]
    with qtbot.waitSignal(dotted.lassoed) as heard:
        drag(dotted, corners)
    assert heard.args[0].tolist() == [0, 1]
    faint = pixel(dotted, -2, 1)
    QTest.keyClick(dotted, Qt.Key.Key_Escape)
    assert pixel(dotted, -2, 1) != faint


def test_a_lasso_leaves_hidden_classes_out(qtbot, dotted):
    QTest.mouseClick(dotted.legend, Qt.MouseButton.LeftButton, pos=dotted.legend.row_rect(1).center())
    dotted.set_mode("lasso")
    corners = [at(dotted, *corner) for corner in ((-2.5, -0.5), (1.5, -0.5), (1.5, 1.5), (-2.5, 1.5))]
    with qtbot.waitSignal(dotted.lassoed) as heard:
        drag(dotted, corners)
    assert heard.args[0].tolist() == [0]


def test_only_known_modes(view):
    with pytest.raises(ValueError, match="mode"):
        view.set_mode("fly")


def test_the_menu_tells_where(qtbot, plane):
    view, _ = plane
    place = at(view, 1, 1)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.mapToGlobal(place))
    with qtbot.waitSignal(view.menu_wanted) as heard:
        QApplication.sendEvent(view, event)
    assert heard.args[0] == view.mapToGlobal(place)
    assert heard.args[1] == pytest.approx((1, 1), abs=0.02)


def test_marks_and_pins_are_drawn(plane):
    view, _ = plane
    bare = view.grab().toImage()
    view.set_mark((0, 0))
    marked = view.grab().toImage()
    assert marked != bare
    view.set_pins([(1, 1, "smile"), (1.01, 1, "grin")])
    assert view.grab().toImage() != marked
    view.set_mark(None)
    view.set_pins([])
    assert view.grab().toImage() == bare


def test_an_empty_map_says_what_to_do(view):
    bare = view.grab().toImage()
    view.set_empty_text("Something else entirely.")
    assert view.grab().toImage() != bare
    assert view.accessibleName() == "Map"


def test_a_new_theme_is_followed(qapp, dotted):
    dark = pixel(dotted, 0, 0)
    theme.apply(qapp, False)
    try:
        settle()
        assert pixel(dotted, 0, 0) != dark
        assert dotted.grab().toImage().pixelColor(2, 2).name() == theme.tokens().panel
    finally:
        theme.apply(qapp, True)


def test_a_larger_window_shows_all_until_somebody_has_moved(plane):
    view, _ = plane
    view.resize(900, 800)
    settle()
    assert view.at_home()
    assert view.frame.box()[3] == pytest.approx(3, rel=0.1)
    view.pan(50, 0)
    centre, scale = (view.frame.x, view.frame.y), view.frame.scale
    view.resize(720, 640)
    settle()
    assert ((view.frame.x, view.frame.y), view.frame.scale) == (centre, scale)
    assert view.complete()
