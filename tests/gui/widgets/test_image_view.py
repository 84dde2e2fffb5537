import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QDrag, QGuiApplication, QImage
from PySide6.QtWidgets import QScrollArea

from studio.gui import convert, theme
from studio.gui.widgets import dialogs
from studio.gui.widgets.image_view import ImageView
from studio.gui.widgets.picture_actions import PictureMime
from tests.gui.conftest import pictures, wheel

pytestmark = pytest.mark.gui


def trigger(menu, text):
    next(action for action in menu.actions() if action.text().startswith(text)).trigger()


def test_a_small_picture_is_shown_in_whole_multiples_without_blur(show):
    view = show(ImageView(), 100, 100)
    picture = pictures(1, 28)[0]
    view.set_picture(picture)
    place = view.picture_rect().toRect()
    assert (place.width(), place.height()) == (84, 84)
    shown = convert.to_array(view.grab(place).toImage())
    assert np.array_equal(shown, picture.repeat(3, 0).repeat(3, 1))


def test_a_large_picture_is_averaged_when_it_shrinks(show):
    view = show(ImageView(), 100, 100)
    chequers = (np.indices((400, 400)).sum(0) % 2 * 255).astype(np.uint8)[:, :, None].repeat(3, 2)
    view.set_picture(chequers)
    shown = convert.to_array(view.grab(view.picture_rect().toRect().adjusted(8, 8, -8, -8)).toImage())
    assert 110 < shown.min() <= shown.max() < 145


def test_the_ground_is_the_neutral_grey_of_the_theme(show):
    view = show(ImageView(), 200, 100)
    view.set_picture(pictures(1, 16)[0])
    assert view.grab().toImage().pixelColor(10, 50) == QColor(theme.tokens().picture_background)


def test_a_caption_takes_room_from_the_picture_and_not_its_place(show):
    view = show(ImageView(), 120, 120)
    view.set_picture(pictures(1, 120)[0], "seed 42")
    assert view.picture_rect().bottom() < 120 - view.fontMetrics().height()


def test_without_a_picture_there_is_a_sentence_and_no_menu(show):
    view = show(ImageView(empty_text="Move the mouse over the map."), 300, 100)
    ground = QColor(theme.tokens().picture_background)
    image = view.grab().toImage()
    assert any(image.pixelColor(x, 50) != ground for x in range(20, 280))
    assert view.menu().actions() == []
    assert view.picture() is None


def test_copy_puts_the_picture_in_its_own_size_on_the_clipboard(show):
    view = show(ImageView())
    picture = pictures(1, 16)[0]
    view.set_picture(picture)
    trigger(view.menu(), "Copy")
    assert np.array_equal(convert.to_array(QGuiApplication.clipboard().image()), picture)


def test_save_writes_the_picture_and_says_so(show, qtbot, tmp_path, monkeypatch):
    view = show(ImageView())
    picture = pictures(1, 16)[0]
    view.set_picture(picture)
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: tmp_path / "face.png")
    with qtbot.waitSignal(view.message) as said:
        trigger(view.menu(), "Save")
    assert said.args[1] == "info"
    assert np.array_equal(convert.to_array(QImage(str(tmp_path / "face.png"))), picture)


def test_a_failed_save_is_a_sentence_and_leaves_nothing_behind(show, qtbot, tmp_path, monkeypatch):
    view = show(ImageView())
    view.set_picture(pictures(1, 16)[0])
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: tmp_path / "face.unknown-kind")
    with qtbot.waitSignal(view.message) as said:
        trigger(view.menu(), "Save")
    assert said.args[1] == "error"
    assert "face.unknown-kind" in said.args[0]
    assert list(tmp_path.iterdir()) == []


def test_a_tab_can_add_to_the_menu_and_gets_the_picture(show):
    view = show(ImageView())
    picture, got = pictures(1, 16, 1)[0], []
    view.set_picture(picture)
    view.add_action_provider(lambda p: [("Use as code", lambda: got.append(p))])
    trigger(view.menu(), "Use as code")
    assert np.array_equal(got[0], picture.repeat(3, 2))


def test_the_wheel_scrolls_the_page_unless_zoom_is_allowed(show, qtbot):
    view = ImageView()
    view.setMinimumSize(300, 900)
    area = QScrollArea()
    area.setWidget(view)
    show(area, 320, 200)
    view.set_picture(pictures(1, 16)[0])
    wheel(view, -1, QPoint(50, 50))
    assert view.zoom() == 1.0
    assert area.verticalScrollBar().value() > 0


def test_the_wheel_zooms_about_the_cursor_and_a_double_click_fits_again(show, qtbot):
    view = show(ImageView(zoomable=True), 200, 200)
    view.set_picture(pictures(1, 100)[0])
    cursor = QPoint(70, 120)

    def under_cursor():
        place = view.picture_rect()
        return (cursor.x() - place.x()) / place.width(), (cursor.y() - place.y()) / place.height()

    before = under_cursor()
    wheel(view, 3, cursor)
    assert view.zoom() > 1.5
    assert under_cursor() == pytest.approx(before, abs=0.01)
    wheel(view, -30, cursor)
    assert view.zoom() == 1.0
    wheel(view, 2, cursor)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=cursor)
    assert view.zoom() == 1.0


def test_an_enlarged_picture_is_panned_but_never_out_of_sight(show, qtbot):
    view = show(ImageView(zoomable=True), 200, 200)
    view.set_picture(pictures(1, 100)[0])
    wheel(view, 4)
    left = view.picture_rect().left()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view, QPoint(120, 100))
    assert view.picture_rect().left() == pytest.approx(left + 20)
    qtbot.mouseMove(view, QPoint(5000, 100))
    assert view.picture_rect().left() <= 1
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(5000, 100))


def test_a_drag_carries_the_picture_and_a_click_does_not(show, qtbot, monkeypatch):
    view = show(ImageView())
    picture, dropped = pictures(1, 16)[0], []
    view.set_picture(picture)
    monkeypatch.setattr(QDrag, "exec", lambda self, *_: dropped.append(self.mimeData().imageData()))
    with qtbot.waitSignal(view.clicked):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton)
    assert not dropped
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view, QPoint(160, 100))
    assert np.array_equal(convert.to_array(dropped[0]), picture)


def test_the_file_of_a_drag_is_written_only_when_a_file_is_wanted(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    picture = pictures(1, 16)[0]
    mime = PictureMime(convert.to_qimage(picture))
    assert mime.hasImage()
    assert mime.hasUrls()
    assert list(tmp_path.iterdir()) == []
    path = mime.urls()[0].toLocalFile()
    assert mime.urls()[0].toLocalFile() == path
    assert np.array_equal(convert.to_array(QImage(path)), picture)


def test_pictures_of_one_size_keep_the_zoom_and_others_do_not(show):
    view = show(ImageView(zoomable=True), 200, 200)
    view.set_picture(pictures(1, 64)[0])
    wheel(view, 2)
    zoom = view.zoom()
    view.set_picture(pictures(2, 64)[1])
    assert view.zoom() == zoom
    view.set_picture(pictures(1, 32)[0])
    assert view.zoom() == 1.0
