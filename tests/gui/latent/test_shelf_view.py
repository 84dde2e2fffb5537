import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag, QGuiApplication
from PySide6.QtWidgets import QLineEdit

from studio.gui import convert
from studio.gui.latent.code_mime import CodeMime
from studio.gui.latent.shelf_view import ShelfView
from studio.gui.widgets import dialogs
from studio.latent import codes
from tests.gui.conftest import pictures
from tests.gui.latent.drops import Bench, code, drop, files, names, trigger

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bench(qapp):
    return Bench()


@pytest.fixture
def shelf(bench, show):
    for seed in range(4):
        bench.put(code(bench, seed))
    bench.undo.clear()
    return show(ShelfView(bench), 300, 360)


def middle(shelf, row):
    return shelf.list.visualRect(shelf.model.index(row)).center()


def click(qtbot, shelf, row, keys=Qt.KeyboardModifier.NoModifier):
    qtbot.mouseClick(shelf.list.viewport(), LEFT, keys, middle(shelf, row))


def test_clicks_select_and_the_selection_is_told(shelf, qtbot):
    with qtbot.waitSignal(shelf.selection_changed):
        click(qtbot, shelf, 2)
    click(qtbot, shelf, 0, Qt.KeyboardModifier.ControlModifier)
    assert [item.name for item in shelf.selected()] == ["code 0", "code 2"]


def test_small_pictures_are_shown_in_whole_multiples(shelf):
    spot = shelf.list.visualRect(shelf.model.index(1))
    shown = convert.to_array(shelf.list.viewport().grab().toImage())
    picture = shelf.model.codes[1].picture.repeat(5, 0).repeat(5, 1)
    corner = (spot.x() + 3 + 2, spot.y() + 4 + 2)
    assert np.array_equal(shown[corner[1] :, corner[0] :][:60, :60, :1], picture)


def test_enter_and_a_double_click_take_in_hand(shelf, bench, qtbot):
    click(qtbot, shelf, 1)
    qtbot.keyClick(shelf.list, Qt.Key.Key_Return)
    assert bench.code is bench.codes[1]
    qtbot.mouseDClick(shelf.list.viewport(), LEFT, pos=middle(shelf, 3))
    assert bench.code is bench.codes[3]
    bench.undo.undo()
    assert bench.code is bench.codes[1]


def test_delete_removes_all_selected_as_one_edit(shelf, bench, qtbot):
    click(qtbot, shelf, 1)
    click(qtbot, shelf, 2, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(shelf.list, Qt.Key.Key_Delete)
    assert names(bench) == ["code 0", "code 3"]
    assert [item.name for item in shelf.selected()] == ["code 3"]
    bench.undo.undo()
    assert names(bench) == ["code 0", "code 1", "code 2", "code 3"]


def test_f2_renames(shelf, bench, qtbot):
    click(qtbot, shelf, 1)
    qtbot.keyClick(shelf.list, Qt.Key.Key_F2)
    editor = shelf.list.findChild(QLineEdit)
    qtbot.keyClicks(editor, "smile")
    with qtbot.waitSignal(bench.shelf_changed):
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert names(bench)[1] == "smile"
    assert [item.name for item in shelf.selected()] == ["smile"]


def test_a_drop_of_its_own_codes_orders_them(shelf, bench, qtbot):
    click(qtbot, shelf, 0)
    click(qtbot, shelf, 2, Qt.KeyboardModifier.ControlModifier)
    after_last = shelf.list.visualRect(shelf.model.index(3)).bottomRight() + QPoint(20, 0)
    drop(shelf.list, CodeMime(shelf.selected()), after_last, shelf.list)
    assert names(bench) == ["code 1", "code 3", "code 0", "code 2"]
    assert [item.name for item in shelf.selected()] == ["code 0", "code 2"]
    bench.undo.undo()
    assert names(bench) == ["code 0", "code 1", "code 2", "code 3"]


def test_a_drop_where_they_stand_is_no_edit(shelf, bench, qtbot):
    click(qtbot, shelf, 1)
    drop(shelf.list, CodeMime(shelf.selected()), middle(shelf, 1), shelf.list)
    assert not bench.undo.canUndo()


def test_codes_and_files_can_be_dropped_between_others(shelf, bench, tmp_path):
    codes.save(tmp_path / "a.png", code(bench, 8, "eight"))
    codes.save(tmp_path / "b.json", code(bench, 9, "nine"))
    place = shelf.list.visualRect(shelf.model.index(1)).topLeft() + QPoint(2, 20)
    assert drop(shelf.list, files(tmp_path / "a.png", tmp_path / "b.json"), place)
    assert names(bench) == ["code 0", "eight", "nine", "code 1", "code 2", "code 3"]
    assert [item.name for item in shelf.selected()] == ["eight", "nine"]
    bench.undo.undo()
    assert len(bench.codes) == 4


def test_a_plain_picture_is_handed_on_to_the_search(shelf, bench, qtbot, tmp_path):
    convert.to_qimage(pictures(1)[0]).save(str(tmp_path / "photo.png"))
    with qtbot.waitSignal(shelf.picture_dropped) as heard:
        drop(shelf.list, files(tmp_path / "photo.png"))
    assert heard.args == [tmp_path / "photo.png"]
    assert len(bench.codes) == 4


def test_a_code_of_another_model_is_refused_in_words(shelf, bench, tmp_path):
    bench.use("vae-mnist")
    stranger = code(bench, 1, "stranger")
    bench.use("dcgan-digits")
    drop(shelf.list, CodeMime([stranger]))
    assert bench.said[-1][0] == "error"
    assert "stranger" in bench.said[-1][1]


def test_damaged_files_and_other_files_are_said(shelf, bench, tmp_path):
    (tmp_path / "broken.json").write_text("[")
    (tmp_path / "notes.txt").write_text("hello")
    drop(shelf.list, files(tmp_path / "broken.json"))
    drop(shelf.list, files(tmp_path / "notes.txt"))
    assert [level for level, _ in bench.said] == ["error", "warning"]


def test_a_drag_takes_the_selected_codes_out(shelf, qtbot, monkeypatch):
    dragged = []
    monkeypatch.setattr(QDrag, "exec", lambda self, *_: dragged.extend(self.mimeData().codes))
    click(qtbot, shelf, 1)
    shelf.list.startDrag(Qt.DropAction.CopyAction)
    assert [item.name for item in dragged] == ["code 1"]


def test_copy_and_paste_by_the_keyboard(shelf, bench, qtbot):
    click(qtbot, shelf, 2)
    qtbot.keyClick(shelf.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().mimeData().hasImage()
    qtbot.keyClick(shelf.list, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert names(bench)[-1] == "code 2 2"


def test_the_menu_saves_the_code_and_duplicates(shelf, bench, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: tmp_path / "mine.png")
    click(qtbot, shelf, 1)
    trigger(shelf.menu(), "Save code")
    assert np.array_equal(codes.load(tmp_path / "mine.png").values, bench.codes[1].values)
    assert bench.said[-1][0] == "info"
    trigger(shelf.menu(), "Duplicate")
    assert names(bench) == ["code 0", "code 1", "code 1 2", "code 2", "code 3"]
    trigger(shelf.menu(), "Remove")
    assert names(bench) == ["code 0", "code 1", "code 2", "code 3"]


def test_several_codes_are_saved_into_a_folder(shelf, bench, tmp_path, monkeypatch):
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_: tmp_path)
    shelf.list.selectAll()
    trigger(shelf.menu(), "Save 4 codes")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"code {i}.png" for i in range(4)]


def test_each_code_without_a_picture_is_asked_for_once(shelf, bench, qtbot):
    with qtbot.waitSignal(shelf.pictures_wanted) as heard:
        bench.put(code(bench, 7, picture=False))
    (wanted,) = heard.args[0]
    with qtbot.assertNotEmitted(shelf.pictures_wanted):
        bench.rename(0, "other")
    with qtbot.waitSignal(shelf.pictures_wanted):
        shelf.request_pictures()
    shelf.list.select([4])
    bench.illustrate(wanted, pictures(1, 12, 1)[0])
    assert shelf.selected()[0].picture is not None
    with qtbot.assertNotEmitted(shelf.pictures_wanted):
        shelf.request_pictures()


def test_the_code_in_hand_can_be_kept(bench, show, qtbot):
    shelf = show(ShelfView(bench), 300, 200)
    assert not shelf.keep.isEnabled()
    assert not shelf.remove.isEnabled()
    bench.take(code(bench, 5, "five"))
    qtbot.mouseClick(shelf.keep, LEFT)
    assert names(bench) == ["five"]
    assert [item.name for item in shelf.selected()] == ["five"]
    assert shelf.title.text() == "Shelf · 1"


def test_an_empty_shelf_says_what_to_do(bench, show):
    shelf = show(ShelfView(bench), 300, 200)
    empty = shelf.list.viewport().grab().toImage()
    bench.put(code(bench, 1))
    assert empty != shelf.list.viewport().grab().toImage()
    assert len({empty.pixelColor(x, y).name() for x in range(0, 280, 2) for y in range(60, 120)}) > 3


def test_codes_that_leave_by_undo_are_no_longer_selected(shelf, bench, qtbot):
    bench.put(code(bench, 9))
    shelf.list.select([4])
    with qtbot.waitSignal(shelf.selection_changed):
        bench.undo.undo()
    assert shelf.selected() == []
