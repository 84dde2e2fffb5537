import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag

from studio.gui import convert
from studio.gui.latent.traversal_view import DIMENSIONS, MINE, TraversalView
from tests.gui.conftest import pictures
from tests.gui.latent.drops import Bench, code, trigger

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(show):
    view = show(TraversalView(), 320, 300)
    view.set_rows_expected(3)
    for name, change, order in (("z5", 0.2, 4), ("z2", 0.9, 1), ("z9", 0.5, 8)):
        view.add_row(name, change, pictures(7 + order, 8, 1)[:7], order)
    return view


def click(qtbot, view, row, column):
    qtbot.mouseClick(view.rows, LEFT, pos=view.rows.cell_rect(row, column).center())


def test_rows_stand_by_change_or_in_their_own_order(view, qtbot):
    assert view.rows.order() == [1, 2, 0]
    qtbot.mouseClick(view.sort, LEFT)
    assert view.rows.order() == [1, 0, 2]


def test_a_click_names_the_row_as_it_was_added(view, qtbot):
    with qtbot.waitSignal(view.picked) as heard:
        click(qtbot, view, 2, 6)
    assert heard.args == [2, 6]
    with qtbot.assertNotEmitted(view.picked):
        qtbot.mouseClick(view.rows, LEFT, pos=QPoint(10, 10))  # a name


def test_pictures_are_enlarged_by_whole_multiples(view):
    place = view.rows.cell_rect(0, 5)
    assert place.width() == 32
    shown = convert.to_array(view.rows.grab(place).toImage())
    expected = view.rows.rows[0].pictures[5].repeat(4, 0).repeat(4, 1)
    assert np.array_equal(shown[:, :, :1], expected)


def test_the_arrow_keys_move_and_enter_picks(view, qtbot):
    view.rows.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(view.rows, key)
    with qtbot.waitSignal(view.picked) as heard:
        qtbot.keyClick(view.rows, Qt.Key.Key_Return)
    assert heard.args == [2, 6]


def test_rows_that_are_awaited_have_their_place(view):
    before = view.rows.height()
    view.set_rows_expected(30)
    assert view.rows.height() > 5 * before
    assert view.rows.order() == []
    view.add_row("z1", 0.1, pictures(7, 8, 1))
    assert view.rows.height() > 5 * before


def test_the_keyboard_scrolls_to_its_cursor(view, qtbot):
    view.set_rows_expected(30)
    for number in range(30):
        view.add_row(f"z{number}", 1 / (number + 1), pictures(7, 8, 1))
    bar = view._area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    for _ in range(29):
        qtbot.keyClick(view.rows, Qt.Key.Key_Down)
    assert bar.value() > bar.maximum() * 0.9


def test_without_rows_there_is_a_sentence(view):
    view.clear()
    assert view._empty.isVisible()
    assert not view._area.isVisible()
    view.set_rows_expected(2)
    assert not view._empty.isVisible()


def test_another_reach_or_source_asks_for_new_rows(view, qtbot):
    with qtbot.waitSignal(view.refresh_wanted):
        view.reach_box.stepUp()
    assert view.reach() == 3.5
    with qtbot.waitSignal(view.refresh_wanted):
        qtbot.mouseClick(view.again, LEFT)
    view.source_box.setFocus()
    with qtbot.waitSignal(view.refresh_wanted):
        qtbot.keyClick(view.source_box, Qt.Key.Key_Down)
    assert view.source() != DIMENSIONS


def test_a_source_that_is_not_there_says_why(view):
    index = view.source_box.findData(MINE)
    item = view.source_box.model().item(index)
    assert not item.isEnabled()
    assert "no directions" in view.source_box.itemData(index, Qt.ItemDataRole.ToolTipRole)
    view.set_source_available(MINE)
    assert item.isEnabled()
    view.source_box.setCurrentIndex(index)
    view.set_source_available(MINE, "They are gone.")
    assert view.source() == DIMENSIONS


def test_a_picture_is_dragged_out_as_its_code(view, qtbot, monkeypatch):
    bench = Bench()
    codes = [code(bench, seed) for seed in range(7)]
    view.set_rows_expected(1)
    view.add_row("z1", 1.0, pictures(7, 8, 1), codes=codes)
    dragged = []
    monkeypatch.setattr(QDrag, "exec", lambda self, *_: dragged.extend(self.mimeData().codes))
    place = view.rows.cell_rect(0, 2).center()
    with qtbot.assertNotEmitted(view.picked):
        qtbot.mousePress(view.rows, LEFT, pos=place)
        qtbot.mouseMove(view.rows, place + QPoint(40, 0))
        qtbot.mouseRelease(view.rows, LEFT, pos=place)
    assert dragged == [codes[2]]


def test_the_menu_puts_on_the_shelf(view, qtbot):
    with qtbot.waitSignal(view.put_wanted) as heard:
        trigger(view.menu(1, 4), "Put on the shelf")
    assert heard.args == [1, 4]
    with qtbot.waitSignal(view.picked):
        trigger(view.menu(1, 4), "Take in hand")


def test_only_my_own_directions_can_be_renamed_and_removed(view, qtbot):
    assert not [entry for entry in view.menu(1, 4).actions() if "z2" in entry.text()]
    view.set_source_available(MINE)
    view.source_box.setCurrentIndex(view.source_box.findData(MINE))
    with qtbot.waitSignal(view.rename_wanted) as heard:
        trigger(view.menu(1, 4), "Rename “z2”…")
    assert heard.args == [1]
    with qtbot.waitSignal(view.remove_wanted) as heard:
        trigger(view.menu(0, 4), "Remove “z5”")
    assert heard.args == [4]


def test_a_row_of_another_length_is_an_error(view):
    with pytest.raises(ValueError, match="7 pictures"):
        view.add_row("z1", 1.0, pictures(5, 8, 1))
