from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QImage

from studio.events import Searching
from studio.gui import convert
from studio.gui.latent.code_mime import CodeMime
from studio.gui.latent.error_curve import ErrorCurve, marks_between
from studio.gui.latent.search_view import SearchView
from studio.gui.widgets import dialogs
from tests.gui.conftest import pictures
from tests.gui.latent.drops import Bench, code, drop, files, names

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bench(qapp):
    return Bench("vae-mnist")


@pytest.fixture
def view(bench, show):
    return show(SearchView(bench), 320, 430)


@pytest.fixture
def photo(tmp_path, qapp):
    convert.to_qimage(pictures(1, 20)[0]).save(str(tmp_path / "photo.png"))
    return tmp_path / "photo.png"


def news(bench, step, error, how="optimisation"):
    values = np.full(bench.space.size, step, np.float32)
    return Searching(step, 100, values, pictures(1, 12, 1)[0], error, (error,) * 10, how)


def test_a_dropped_file_is_searched_for_in_the_chosen_way(view, bench, qtbot, photo):
    assert not view.start.isEnabled()
    assert drop(view.target, files(photo))
    view.way.setCurrentIndex(view.way.findData("optimisation"))
    view.steps.setValue(120)
    with qtbot.waitSignal(view.search_wanted) as heard:
        qtbot.mouseClick(view.start, LEFT)
    assert heard.args == [photo, "optimisation", 120]
    assert view.is_running()
    assert not view.start.isEnabled()
    assert view.stop.isEnabled()


def test_a_pasted_picture_is_searched_for_as_pixels(view, qtbot):
    picture = pictures(1, 20)[0]
    QGuiApplication.clipboard().setImage(convert.to_qimage(picture))
    view.target.setFocus()
    qtbot.keyClick(view.target, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(view.search_wanted) as heard:
        qtbot.mouseClick(view.start, LEFT)
    assert np.array_equal(heard.args[0], picture)
    assert heard.args[1] == "both"


def test_a_click_opens_a_file(view, qtbot, photo, monkeypatch):
    monkeypatch.setattr(dialogs, "ask_open", lambda *_, **__: photo)
    qtbot.mouseClick(view.target, LEFT)
    assert view.target.target() == photo
    view.set_target(pictures(1, 20)[0])
    view.target.setFocus()
    qtbot.keyClick(view.target, Qt.Key.Key_Return)
    assert view.target.target() == photo


def test_what_is_no_picture_is_said(view, bench, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    drop(view.target, files(tmp_path / "broken.png"))
    assert bench.said[-1][0] == "error"
    mime = QMimeData()
    mime.setText("hello")
    assert not drop(view.target, mime)
    assert view.target.target() is None
    assert not view.start.isEnabled()


def test_a_code_gives_its_picture_as_target(view, bench):
    drop(view.target, CodeMime([code(bench, 1, "one")]))
    assert view.target.target().shape == (12, 12, 3)
    assert view.target.name() == "one"


def test_the_best_so_far_grows_and_can_be_taken_at_any_time(view, bench, qtbot, photo):
    view.set_target(photo)
    qtbot.mouseClick(view.start, LEFT)
    assert not view.take.isEnabled()
    view.show_progress(news(bench, 10, 0.1))
    view.show_progress(news(bench, 20, 0.05))
    assert view.progress.value() == 20
    steps, errors = view.curve.points()
    assert steps == list(range(1, 21))
    assert errors == [0.1] * 10 + [0.05] * 10
    qtbot.mouseClick(view.take, LEFT)
    assert bench.code.values[0] == 20
    assert bench.code.name == "photo"
    assert bench.code.source == "search for photo, optimisation"


def test_stop_keeps_the_best_and_the_end_shows_it(view, bench, qtbot, photo):
    view.set_target(photo)
    qtbot.mouseClick(view.start, LEFT)
    with qtbot.waitSignal(view.stop_wanted):
        qtbot.mouseClick(view.stop, LEFT)
    assert view.is_running()  # until the job has ended
    view.set_busy(False)
    view.show_found(code(bench, 3, "found"), "PSNR 21 dB")
    assert not view.is_running()
    assert view.start.isEnabled()
    qtbot.mouseClick(view.put, LEFT)
    assert names(bench) == ["found"]


def test_another_picture_ends_the_search_for_the_first(view, bench, qtbot, photo):
    view.set_target(photo)
    qtbot.mouseClick(view.start, LEFT)
    view.show_progress(news(bench, 10, 0.1))
    with qtbot.waitSignal(view.stop_wanted):
        view.set_target(pictures(1, 20)[0])
    view.show_progress(news(bench, 20, 0.1))
    view.show_found(code(bench, 3, "late"))
    assert view.best.code() is None
    assert not view.take.isEnabled()
    assert view.curve.points() == ([], [])


def test_a_model_without_an_encoder_says_so(bench, view, qtbot, photo):
    view.set_target(photo)
    qtbot.mouseClick(view.start, LEFT)
    with qtbot.waitSignal(view.stop_wanted):
        bench.use("dcgan-digits")
    assert view.way.currentData() == "optimisation"
    item = view.way.model().item(view.way.findData("encoder"))
    assert not item.isEnabled()
    assert "no encoder" in item.toolTip()
    assert view.start.isEnabled()  # the picture is still wanted
    bench.close()
    assert not view.start.isEnabled()


def test_the_encoder_alone_takes_no_steps(view):
    view.way.setCurrentIndex(view.way.findData("encoder"))
    assert not view.steps.isEnabled()


def test_the_error_is_drawn_as_a_falling_line(show):
    curve = show(ErrorCurve(), 300, 120)
    empty = curve.grab().toImage()
    curve.clear(20)
    curve.add(10, [1 / step for step in range(1, 11)])
    shown = curve.grab().toImage()
    assert shown != empty
    heights = [_height(shown, x) for x in range(70, 150, 10)]
    assert heights == sorted(heights)
    assert heights[0] < heights[-1]


def _height(image: QImage, x):
    """Where the line is in a column: the bluest pixel."""
    return max(range(image.height()), key=lambda y: image.pixelColor(x, y).blue() - image.pixelColor(x, y).red())


@pytest.mark.parametrize("extent", [(-3.0, 0.0), (-2.41, -0.9), (-2.1, -2.0), (-9.0, 2.0), (-1.5, -1.2)])
def test_an_axis_has_a_few_round_numbers(extent):
    marks = marks_between(*extent)
    assert 1 <= len(marks) <= 5
    assert all(extent[0] <= mark <= extent[1] for mark in marks)
    assert all(float(f"{10**mark:.1g}") == pytest.approx(10**mark) for mark in marks)


def test_the_best_so_far_of_a_conditional_model_is_no_code_to_take(bench, show, qtbot):
    """Which class it was drawn for is known at the end only."""
    bench.use("cgan-mnist")
    view = show(SearchView(bench), 320, 430)
    view.set_target(pictures(1, 20)[0])
    qtbot.mouseClick(view.start, LEFT)
    event = news(bench, 10, 0.1)
    view.show_progress(event)
    assert np.array_equal(view.best.picture()[..., :1], event.picture)
    assert view.best.code() is None
    assert not view.take.isEnabled()
    view.show_found(replace(code(bench, 1), wanted="7"))
    assert view.best.code().wanted == "7"
    assert view.take.isEnabled()
