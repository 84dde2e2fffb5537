from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDrag

from studio.gui.latent.arithmetic_bar import ArithmeticBar
from studio.gui.latent.code_mime import CodeMime
from studio.gui.widgets import dialogs
from studio.latent import arithmetic, codes
from tests.gui.conftest import pictures
from tests.gui.latent.drops import Bench, code, drop, names, trigger

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bench(qapp):
    return Bench()


@pytest.fixture
def chosen():
    return []


@pytest.fixture
def bar(bench, chosen, show):
    return show(ArithmeticBar(bench, lambda: list(chosen)), 320, 420)


def length(values):
    return float(np.linalg.norm(values))


def test_codes_dropped_on_the_slots_give_a_minus_b_plus_c(bar, bench, qtbot):
    a, b, c = (code(bench, seed, name) for seed, name in enumerate(("smile", "woman", "man")))
    drop(bar.sum.slots[0].target, CodeMime([a]))
    drop(bar.sum.slots[1].target, CodeMime([b]))
    with qtbot.waitSignal(bar.preview_wanted) as heard:
        drop(bar.sum.slots[2].target, CodeMime([c]))
    result = heard.args[0]
    assert result is bar.result()
    assert result.name == "smile − woman + man"
    assert bar.keep_length.isChecked()  # a DCGAN's codes lie on a shell
    mean = np.mean([length(code.values) for code in (a, b, c)])
    assert length(result.values) == pytest.approx(mean, rel=1e-5)
    bar.keep_length.click()
    assert np.allclose(bar.result().values, a.values - b.values + c.values, atol=1e-5)


def test_a_slot_averages_what_is_selected_on_the_shelf(bar, bench, chosen, qtbot):
    chosen += [code(bench, 1), code(bench, 2)]
    qtbot.mouseClick(bar.sum.slots[0].use, LEFT)
    assert bar.result().name == "mean(code 1, code 2)"
    expected = arithmetic.average([item.values for item in chosen], restore=True)
    assert np.allclose(bar.result().values, expected, atol=1e-5)
    qtbot.mouseClick(bar.sum.slots[0].clear_button, LEFT)
    assert bar.result() is None
    assert not bar.put.isEnabled()


def test_a_slot_works_by_keyboard_and_says_when_nothing_is_selected(bar, bench, chosen, qtbot):
    target = bar.sum.slots[0].target
    qtbot.keyClick(target, Qt.Key.Key_Return)
    assert bench.said[-1][0] == "info"
    chosen.append(code(bench, 1))
    qtbot.keyClick(target, Qt.Key.Key_Space)
    assert bar.result().name == "code 1"
    assert "code 1" in target.accessibleName()
    qtbot.keyClick(target, Qt.Key.Key_Delete)
    assert bar.result() is None


def test_names_say_what_was_done(bar, bench):
    first, second, third = bar.sum.slots
    second.set_codes([code(bench, 2, "b")])
    assert bar.result() is None
    third.set_codes([code(bench, 3, "c")])
    assert bar.result().name == "c − b"
    first.set_codes([code(bench, 1, "a")])
    second.clear()
    assert bar.result().name == "a + c"
    first.set_codes([code(bench, seed) for seed in range(5)])
    assert bar.result().name == "mean of 5 + c"


def test_the_average_begins_with_the_selection(bar, bench, chosen):
    chosen += [code(bench, seed) for seed in range(3)]
    bar.choose(1)
    assert bar.result().name == "mean(code 0, code 1, code 2)"
    expected = np.mean([length(item.values) for item in chosen])
    assert length(bar.result().values) == pytest.approx(expected, rel=1e-5)


def test_between_goes_round_for_a_gaussian_and_straight_for_an_encoder(bar, bench, chosen, qtbot):
    a, b = code(bench, 1), code(bench, 2)
    chosen += [a, b]
    bar.choose(2)
    assert np.allclose(bar.result().values, arithmetic.slerp(a.values, b.values, 0.5), atol=1e-6)
    bar.between.share.slider.setFocus()
    with qtbot.waitSignal(bar.preview_wanted):
        qtbot.keyClick(bar.between.share.slider, Qt.Key.Key_Right)
    assert bar.result().name == "code 1 → code 2 55%"
    bench.use("vae-mnist")
    assert bar.between.kind.currentData() == "lerp"
    assert bar.result() is None  # the codes belong to the other model
    assert not bar.keep_length.isChecked()


def test_truncation_shortens_the_result_and_a_double_click_ends_it(bar, bench, qtbot):
    a = code(bench, 1)
    bar.sum.slots[0].set_codes([a])
    bar.truncation.set_value(0.5)
    assert np.allclose(bar.result().values, 0.5 * a.values, atol=1e-6)
    assert "0.50" in bar.result().source
    qtbot.mouseDClick(bar.truncation.slider, LEFT)
    assert bar.truncation.value() == 1.0
    assert np.array_equal(bar.result().values, a.values)


def test_a_result_is_taken_in_hand_and_kept_with_its_picture(bar, bench, qtbot):
    bar.sum.slots[0].set_codes([code(bench, 1, "a")])
    bar.sum.slots[1].set_codes([code(bench, 2, "b")])
    picture = pictures(1, 12, 1)[0]
    bar.set_preview(picture, bar.result())
    qtbot.mouseClick(bar.take, LEFT)
    assert np.array_equal(bench.code.picture, picture)
    qtbot.mouseClick(bar.put, LEFT)
    assert names(bench) == ["a − b"]
    assert bench.codes[0].stamp == bench.space.stamp


def test_a_late_picture_is_shown_but_never_kept_with_a_newer_code(bar, bench):
    bar.sum.slots[0].set_codes([code(bench, 1)])
    late = bar.result()
    bar.truncation.set_value(0.7)
    bar.set_preview(pictures(1, 12, 1)[0], late)
    assert bar.preview.image() is not None
    assert bar.result().picture is None


def test_the_result_can_be_dragged_out_and_saved_as_a_code(bar, bench, qtbot, tmp_path, monkeypatch):
    bar.sum.slots[0].set_codes([code(bench, 1, "a")])
    bar.set_preview(pictures(1, 12, 1)[0], bar.result())
    dragged = []
    monkeypatch.setattr(QDrag, "exec", lambda self, *_: dragged.extend(self.mimeData().codes))
    middle = bar.preview.rect().center()
    qtbot.mousePress(bar.preview, LEFT, pos=middle)
    qtbot.mouseMove(bar.preview, middle / 2)
    assert dragged == [bar.result()]
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: tmp_path / "result.png")
    trigger(bar.preview.menu(), "Save code")
    assert np.array_equal(codes.load(tmp_path / "result.png").values, bar.result().values)


def test_codes_of_another_model_do_not_fit(bar, bench):
    bench.use("vae-mnist")
    stranger = code(bench, 1, "stranger")
    bench.use("dcgan-digits")
    drop(bar.sum.slots[0].target, CodeMime([stranger]))
    assert bar.sum.slots[0].codes == ()
    assert "stranger" in bench.said[-1][1]


def test_a_slot_shows_a_picture_that_comes_later(bar, bench):
    bench.put(code(bench, 1, picture=False))
    bar.sum.slots[0].set_codes([bench.codes[0]])
    bench.illustrate(bench.codes[0], pictures(1, 12, 1)[0])
    assert bar.sum.slots[0].codes[0].picture is not None


def test_another_moment_of_the_same_model_leaves_choices_alone(bar, bench):
    bar.keep_length.click()
    bar.between.kind.setCurrentIndex(bar.between.kind.findData("lerp"))
    bench.use("dcgan-digits")
    assert not bar.keep_length.isChecked()
    assert bar.between.kind.currentData() == "lerp"


def test_codes_without_a_middle_are_not_truncated(bar, bench):
    a = code(bench, 1)
    bar.truncation.set_value(0.5)
    bench.space = replace(bench.space, prior=None)
    bench.model_changed.emit()
    bar.sum.slots[0].set_codes([a])
    assert not bar.truncation.isEnabled()
    assert bar.truncation.toolTip()
    assert np.array_equal(bar.result().values, a.values)


def test_another_model_is_not_offered_what_is_still_selected(bar, bench, chosen):
    """The shelf follows a moment later; nobody asked for its codes to be here."""
    bar.choose(2)
    chosen[:] = [code(bench, 1), code(bench, 2)]
    bench.use("cgan-mnist")
    assert bench.said == []
    assert bar.result() is None
