from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter

from studio.gui.latent.seed_bar import SeedBar
from studio.gui.latent.walk_pad import PITCH, WalkPad
from studio.gui.latent.wanted_box import WantedBox
from studio.models.family import Condition
from tests.gui.conftest import wheel
from tests.gui.latent.drops import Bench

pytestmark = pytest.mark.gui
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bar(qapp, show):
    return show(SeedBar(Bench()), 290, 200)


def test_a_typed_seed_is_asked_for_once_it_is_whole(bar, qtbot):
    heard = []
    bar.seed_wanted.connect(heard.append)
    bar.seed_box.selectAll()
    qtbot.keyClicks(bar.seed_box, "42")
    assert heard == []
    qtbot.keyClick(bar.seed_box, Qt.Key.Key_Return)
    assert heard == [42]
    assert bar.pad.place() == (42.0, 0.0)
    assert bar.place.text() == "seed 42"


def test_the_dice_always_brings_another_seed(bar, qtbot):
    for _ in range(20):
        before = bar.seed()
        with qtbot.waitSignal(bar.seed_wanted) as heard:
            qtbot.mouseClick(bar.dice, LEFT)
        assert heard.args == [bar.seed()]
        assert bar.seed() != before


def test_a_drag_on_the_pad_walks_over_the_lattice(bar, qtbot):
    bar.set_seed(7)
    heard = []
    bar.walked.connect(lambda x, y: heard.append((x, y)))
    start = QPoint(50, 50)
    qtbot.mousePress(bar.pad, LEFT, pos=start)
    for way in range(4, PITCH + 1, 4):
        qtbot.mouseMove(bar.pad, start + QPoint(way, way // 2))
    qtbot.mouseRelease(bar.pad, LEFT, pos=start)
    assert len(heard) == PITCH // 4
    assert heard[-1] == pytest.approx((8.0, 0.5))
    assert bar.place.text() == "x 8.00   y 0.50"
    qtbot.mouseMove(bar.pad, start)
    assert len(heard) == PITCH // 4


def test_arrows_step_and_a_double_click_goes_to_the_nearest_seed(show, qtbot):
    pad = show(WalkPad(), 120, 120)
    for _ in range(7):
        qtbot.keyClick(pad, Qt.Key.Key_Right)
    qtbot.keyClick(pad, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert pad.place() == pytest.approx((0.7, 0.01))
    with qtbot.waitSignal(pad.walked) as heard:
        qtbot.mouseDClick(pad, LEFT)
    assert heard.args == [1.0, 0.0]
    with qtbot.assertNotEmitted(pad.walked):
        qtbot.keyClick(pad, Qt.Key.Key_Home)


def test_the_pad_ends_where_the_lattice_does(show, qtbot):
    pad = show(WalkPad(), 120, 120)
    pad.set_place(1e9, -1e9)
    assert pad.place() == (999_999.0, -999_999.0)
    with qtbot.assertNotEmitted(pad.walked):
        qtbot.keyClick(pad, Qt.Key.Key_Right)


def test_truncation_says_its_value(bar, qtbot):
    with qtbot.waitSignal(bar.truncation_changed) as heard:
        qtbot.keyClick(bar.truncation.slider, Qt.Key.Key_Left)
    assert heard.args == pytest.approx([0.95])
    bar.seed_box.setFocus()
    wheel(bar.truncation.slider, 3)
    assert bar.truncation.value() == pytest.approx(0.95)


def test_classes_can_be_asked_for_only_where_there_are_any(show, qtbot):
    bench = Bench("cgan-mnist")
    bar = show(SeedBar(bench), 290, 200)
    box = bar.wanted_box.classes
    assert [box.itemText(i) for i in range(2)] == [*bench.space.wanted[:2]]
    assert bar.wanted() == bench.space.wanted[0]
    box.setFocus()
    with qtbot.waitSignal(bar.wanted_changed) as heard:
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert heard.args == [bench.space.wanted[1]]
    bench.use("dcgan-digits")
    assert bar.wanted_box.isHidden()
    assert bar.wanted() == ""


def test_attributes_can_be_joined(show, qtbot):
    box = show(WantedBox(), 200, 40)
    box.set_condition(Condition("attributes", ("smiling", "hat", "beard")))
    entries = {action.text(): action for action in box.attributes.menu().actions()}
    entries["beard"].trigger()
    with qtbot.waitSignal(box.wanted_changed) as heard:
        entries["smiling"].trigger()
    assert heard.args == ["smiling,beard"]
    assert box.attributes.text() == "2 attributes"
    entries["beard"].trigger()
    assert box.attributes.text() == "smiling"


def test_a_bench_without_a_model_asks_for_one(bar):
    bar._bench.close()
    assert not bar.pad.isEnabled()
    assert not bar.dice.isEnabled()
    assert bar.note.text() == "Choose a model first."


def test_a_model_without_codes_of_seeds_says_what_to_do(bar):
    bar._bench.space = replace(bar._bench.space, prior=None)
    bar._bench.model_changed.emit()
    assert not bar.seed_box.isEnabled()
    assert "search" in bar.note.text()


def test_no_number_on_the_pad_is_cut_off(show, monkeypatch):
    drawn = []
    monkeypatch.setattr(QPainter, "drawText", lambda painter, place, flags, text: drawn.append((place, text)))
    pad = show(WalkPad(), 120, 120)
    pad.set_place(4206, 0)
    drawn.clear()
    pad.grab()
    assert {text for _, text in drawn} == {"4105", "4106", "4205", "4206"}
    assert all(pad.rect().contains(place) for place, _ in drawn)
