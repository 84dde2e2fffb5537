import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QDrag, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip

from studio.gui import convert, theme
from studio.gui.widgets import dialogs
from studio.gui.widgets.picture_grid import PictureGrid
from tests.gui.conftest import pictures

pytestmark = pytest.mark.gui


def test_every_picture_is_shown_pixel_by_pixel(show):
    grid = show(PictureGrid(), 300, 200)
    batch = pictures(6, 16)
    grid.set_pictures(batch)
    screen = convert.to_array(grid.grab().toImage())
    for i, picture in enumerate(batch):
        cell = grid.cell_rect(i)
        factor = cell.width() // 16
        assert factor >= 2
        shown = screen[cell.top() : cell.bottom() + 1, cell.left() : cell.right() + 1]
        assert np.array_equal(shown, picture.repeat(factor, 0).repeat(factor, 1))


def test_a_new_size_arranges_the_pictures_anew(show, qtbot):
    grid = show(PictureGrid(), 400, 120)
    grid.set_pictures(pictures(4, 16))
    assert len({grid.cell_rect(i).top() for i in range(4)}) == 1
    grid.resize(120, 400)
    assert len({grid.cell_rect(i).left() for i in range(4)}) == 1
    for i in range(4):
        assert grid.rect().contains(grid.cell_rect(i))


def test_grey_pictures_and_pictures_larger_than_their_cells_are_shown(show):
    grid = show(PictureGrid(), 100, 100)
    grid.set_pictures(np.full((4, 200, 200, 1), 90, np.uint8))
    centre = grid.cell_rect(3).center()
    assert grid.grab().toImage().pixelColor(centre) == QColor(90, 90, 90)


def test_a_click_names_the_picture_and_the_gap_is_nobody(show, qtbot):
    grid = show(PictureGrid(), 300, 300)
    grid.set_pictures(pictures(9, 16))
    with qtbot.waitSignal(grid.clicked) as clicked:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.cell_rect(5).center())
    assert clicked.args == [5]
    with qtbot.assertNotEmitted(grid.clicked):
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))


def test_the_picture_under_the_mouse_is_framed(show, qtbot):
    grid = show(PictureGrid(), 300, 300)
    grid.set_pictures(np.zeros((4, 16, 16, 3), np.uint8))
    edge = grid.cell_rect(2).topLeft() + QPoint(20, -1)
    qtbot.mouseMove(grid, grid.cell_rect(2).center())
    framed = grid.grab().toImage().pixelColor(edge)
    QApplication.sendEvent(grid, QEvent(QEvent.Type.Leave))
    plain = grid.grab().toImage().pixelColor(edge)
    assert framed.lightness() > plain.lightness() + 60


def test_the_caption_is_the_tooltip(show, monkeypatch):
    shown = []
    # a real tool tip is a window, and the offscreen platform warns that it cannot raise one
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, *_: shown.append(text))
    grid = show(PictureGrid(), 300, 300)
    grid.set_pictures(pictures(2, 16), ["seed 1", "seed 2"])
    place = grid.cell_rect(1).center()
    QApplication.sendEvent(grid, QHelpEvent(QEvent.Type.ToolTip, place, grid.mapToGlobal(place)))
    assert shown == ["seed 2"]


def test_one_picture_and_the_whole_grid_can_be_saved(show, tmp_path, monkeypatch):
    grid = show(PictureGrid(), 300, 300)
    batch = pictures(4, 16)
    grid.set_pictures(batch)
    said = []
    grid.message.connect(lambda text, level: said.append(level))
    for text, name in (("Save picture", "one.png"), ("Save the whole grid", "all.png")):
        monkeypatch.setattr(dialogs, "ask_save", lambda *_, name=name: tmp_path / name)
        next(a for a in grid.menu(3).actions() if a.text().startswith(text)).trigger()
    assert said == ["info", "info"]
    assert np.array_equal(convert.to_array(QImage(str(tmp_path / "one.png"))), batch[3])
    whole = convert.to_array(QImage(str(tmp_path / "all.png")))
    assert whole.shape == (34, 34, 3)
    assert np.array_equal(whole[18:, 18:], batch[3])


def test_a_drag_takes_the_picture_under_the_mouse(show, qtbot, monkeypatch):
    grid = show(PictureGrid(), 300, 300)
    batch, dropped = pictures(4, 16), []
    grid.set_pictures(batch)
    monkeypatch.setattr(QDrag, "exec", lambda self, *_: dropped.append(self.mimeData().imageData()))
    start = grid.cell_rect(1).center()
    qtbot.mousePress(grid, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(grid, start + QPoint(-60, 0))
    assert np.array_equal(convert.to_array(dropped[0]), batch[1])


@pytest.mark.parametrize("nothing", [None, np.empty((0, 8, 8, 3), np.uint8)])
def test_without_pictures_there_is_a_sentence(show, qtbot, nothing):
    grid = show(PictureGrid(empty_text="Press Start."), 300, 100)
    grid.set_pictures(pictures(4, 16))
    grid.set_pictures(nothing)
    assert grid.count() == 0
    assert grid.index_at(QPoint(150, 50)) == -1
    image, ground = grid.grab().toImage(), QColor(theme.tokens().picture_background)
    assert any(image.pixelColor(x, 50) != ground for x in range(60, 240))


def test_the_ground_follows_the_theme(show, qapp):
    grid = show(PictureGrid(), 300, 100)
    grid.set_pictures(pictures(2, 16))
    grid.grab()
    theme.apply(qapp, False)
    assert grid.grab().toImage().pixelColor(20, 50) == QColor(theme.tokens().picture_background)
    theme.apply(qapp, True)
