import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSlider, QWidget

from studio.gui.widgets import dialogs
from studio.gui.widgets.flow import FlowLayout
from studio.gui.widgets.switch import Switch
from studio.gui.widgets.wheel_guard import guard
from tests.gui.conftest import wheel

pytestmark = pytest.mark.gui


def test_a_switch_obeys_mouse_and_keyboard_and_looks_different(show, qtbot):
    switch = show(Switch(), 40, 24)
    off = switch.grab().toImage()
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert switch.isChecked()
    assert switch.grab().toImage() != off
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()


def test_a_guarded_slider_needs_the_focus_for_the_wheel(show):
    slider = show(QSlider(Qt.Orientation.Horizontal), 200, 30)
    guard(slider)
    slider.clearFocus()
    wheel(slider)
    assert slider.value() == 0
    slider.setFocus()
    wheel(slider)
    assert slider.value() > 0


def test_a_flow_wraps_its_items(show):
    box = QWidget()
    flow = FlowLayout(box)
    labels = [QLabel(f"label {i}") for i in range(6)]
    for label in labels:
        label.setFixedSize(80, 20)
        flow.addWidget(label)
    show(box, 270, 100)
    assert [label.y() for label in labels] == [0, 0, 0, 24, 24, 24]
    assert flow.heightForWidth(90) > flow.heightForWidth(600) == 20


@pytest.mark.parametrize(("typed", "expected"), [("", None), ("/a/face", "face.png"), ("/a/face.jpg", "face.jpg")])
def test_a_file_name_without_a_suffix_gets_one(qtbot, monkeypatch, typed, expected):
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getSaveFileName", lambda *_: (typed, ""))
    path = dialogs.ask_save(None, "Save", "picture.png")
    assert (path and path.name) == expected
