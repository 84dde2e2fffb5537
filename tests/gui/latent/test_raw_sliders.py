import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from studio.gui.latent.raw_sliders import AT_ONCE, RawSliders, wanted_numbers
from studio.latent.codes import Code
from tests.gui.conftest import pictures, wheel
from tests.gui.latent.drops import Bench, code

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bench(qapp):
    return Bench()


@pytest.fixture
def sliders(bench, show):
    bench.take(code(bench, 1, "one"))
    bench.undo.clear()
    return show(RawSliders(bench), 320, 400)


def drag(qtbot, slider, ways):
    """Drag the handle of a slider over ``ways`` px, step by step."""
    span = slider.maximum() - slider.minimum()
    start = QPoint(round((slider.value() - slider.minimum()) / span * (slider.width() - 14)) + 7, slider.height() // 2)
    qtbot.mousePress(slider, LEFT, pos=start)
    for way in ways:
        qtbot.mouseMove(slider, start + QPoint(way, 0))
    qtbot.mouseRelease(slider, LEFT, pos=start + QPoint(ways[-1], 0))


def test_one_drag_is_one_step_to_undo(sliders, bench, qtbot):
    before = bench.code
    row = sliders.rows()[2]
    drag(qtbot, row.slider, range(2, 30, 4))
    first = bench.code.values[2]
    assert first > before.values[2]
    assert np.array_equal(np.delete(bench.code.values, 2), np.delete(before.values, 2))
    drag(qtbot, row.slider, range(2, 20, 4))
    assert bench.undo.count() == 2
    assert bench.undo.undoText() == "Slide z3"
    bench.undo.undo()
    assert bench.code.values[2] == first
    assert row.value() == pytest.approx(first)
    bench.undo.undo()
    assert bench.code is before


def test_a_typed_number_is_kept_as_typed_and_one_step(sliders, bench, qtbot):
    row = sliders.rows()[0]
    row.number.setFocus()
    row.number.selectAll()
    qtbot.keyClicks(row.number, "-1.25")
    assert bench.code.values[0] == -1.25
    assert row.number.text() == "-1.25"
    assert row.slider.value() == -125
    assert bench.undo.count() == 1


def test_what_is_no_number_is_marked_and_changes_nothing(sliders, bench, qtbot):
    row, before = sliders.rows()[0], bench.code
    row.number.setFocus()
    row.number.selectAll()
    qtbot.keyClicks(row.number, "x")
    assert bench.code is before
    assert row.number.property("wrong")
    row.number.selectAll()
    qtbot.keyClicks(row.number, "1e9")
    assert bench.code.values[0] == 1.0  # as far as it made sense
    assert row.number.property("wrong")
    row.number.selectAll()
    qtbot.keyClicks(row.number, "2")
    assert not row.number.property("wrong")


def test_each_row_goes_back_to_what_it_was(sliders, bench, qtbot):
    before, (first, second) = bench.code, sliders.rows()[:2]
    assert not first.reset.isVisible()
    drag(qtbot, first.slider, [20])
    drag(qtbot, second.slider, [-20])
    moved = bench.code.values[1]
    qtbot.mouseClick(first.reset, LEFT)
    assert bench.code.values[0] == before.values[0]
    assert bench.code.values[1] == moved
    qtbot.mouseClick(sliders.reset, LEFT)
    assert np.array_equal(bench.code.values, before.values)
    assert not sliders.reset.isEnabled()


def test_a_picture_that_comes_later_does_not_move_what_rows_go_back_to(sliders, bench, qtbot):
    row = sliders.rows()[0]
    drag(qtbot, row.slider, [30])
    bench.illustrate(bench.code, pictures(1, 12, 1)[0])
    assert row.reset.isVisible()
    bench.take(code(bench, 5))
    assert not row.reset.isVisible()
    assert row.value() == pytest.approx(float(bench.code.values[0]))


def test_an_edited_code_says_where_it_comes_from(sliders, bench, qtbot):
    drag(qtbot, sliders.rows()[0].slider, [30])
    drag(qtbot, sliders.rows()[1].slider, [30])
    assert bench.code.source == "one, edited"
    assert bench.code.stamp == bench.space.stamp
    assert bench.code.picture is None
    assert bench.said == []


def test_the_filter_chooses_numbers(sliders, qtbot):
    qtbot.keyClicks(sliders.filter, "3, z10-12")
    assert [row.dimension() for row in sliders.rows()] == [2, 9, 10, 11]
    assert "4 of" in sliders.note.text()
    qtbot.keyClicks(sliders.filter, " what")
    assert sliders.filter.property("wrong")
    sliders.filter.clear()
    assert not sliders.filter.property("wrong")
    assert sliders.rows()[0].dimension() == 0


def test_at_most_64_rows_the_strongest_first(sliders, bench):
    changes = np.zeros(bench.space.size)
    changes[[40, 7]] = 2, 1
    sliders.set_changes(changes)
    assert [row.dimension() for row in sliders.rows()][:3] == [40, 7, 0]
    assert len(sliders.rows()) == min(AT_ONCE, bench.space.size)
    assert "strongest first" in sliders.note.text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("3", [2]),
        ("z1, 2 2", [0, 1]),
        ("2-4", [1, 2, 3]),
        ("4-2", None),
        ("0", None),
        ("11", None),
        ("x", None),
    ],
)
def test_which_numbers_a_text_names(text, found):
    assert wanted_numbers(text, 10) == found


def test_the_wheel_leaves_numbers_alone_without_the_focus(sliders, bench):
    before = bench.code
    sliders.filter.setFocus()
    wheel(sliders.rows()[0].slider, 2)
    wheel(sliders.rows()[0].number, 2)
    assert bench.code is before


def test_without_a_code_there_is_a_sentence(bench, show):
    sliders = show(RawSliders(bench), 320, 200)
    assert sliders._empty.isVisible()
    assert not sliders.filter.isEnabled()
    bench.take(code(bench, 1))
    assert not sliders._empty.isVisible()
    assert len(sliders.rows()) == min(AT_ONCE, bench.space.size)


def test_another_model_has_other_rows(sliders, bench):
    bench.use("vae-mnist")
    assert sliders.rows() == []
    bench.take(code(bench, 1))
    assert len(sliders.rows()) == bench.space.size


def test_sliders_reach_as_far_as_the_code_that_came_to_hand(sliders, bench):
    short = sliders.rows()[0].slider.maximum()
    far = code(bench, 2)
    values = far.values.copy()
    values[0], values[1] = -6.6, 1.75
    bench.take(Code(values, far.model, far.stamp))
    first, second = sliders.rows()[:2]
    assert first.value() == pytest.approx(-6.6)
    assert -short < first.slider.value() < 0
    assert second.slider.value() == short // 4
    first.slider.setValue(0)
    assert second.slider.value() == short // 4, "a drag does not change the scale under the hand"
    bench.take(Code(values.clip(-1.5, 1.5), far.model, far.stamp))
    assert sliders.rows()[0].slider.value() == -short // 2
