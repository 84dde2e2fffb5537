import dataclasses

import pytest
from PySide6.QtCore import Qt

from studio.config import Option
from studio.gui.widgets.number_edit import NumberEdit, written

pytestmark = pytest.mark.gui

WHOLE = Option("n", int, 8, "Count", "", low=1, high=10)
REAL = Option("b", float, 0.5, "Beta", "", low=0.0, high=1.0)
RATE = Option("lr", float, 2e-4, "Rate", "", low=0.0, high=1.0, scientific=True)


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        (RATE, 2e-4, "2e-4"), (RATE, 1.5e-4, "1.5e-4"), (RATE, -3e-7, "-3e-7"), (RATE, 0.0, "0"), (RATE, 0.1, "0.1"),
        (RATE, 123456.0, "1.23456e5"), (REAL, 1.0, "1"), (REAL, 0.123456789012, "0.123456789012"), (WHOLE, 64, "64"),
        (REAL, float("nan"), "nan"),
    ],
)  # fmt: skip
def test_numbers_are_written_exactly_and_as_people_write_them(option, value, text):
    assert written(option, value) == text
    if value == value:
        assert float(text) == value


@pytest.mark.parametrize(
    ("option", "value", "up", "down"),
    [
        (WHOLE, 5, "6", "4"), (WHOLE, 10, "10", "9"), (WHOLE, 1, "2", "1"), (REAL, 0.5, "0.51", "0.49"),
        (REAL, 0.995, "1", "0.985"), (RATE, 2e-4, "5e-4", "1e-4"), (RATE, 1e-3, "2e-3", "5e-4"),
        (RATE, 3e-4, "5e-4", "2e-4"),
        (dataclasses.replace(WHOLE, power_of_two=True, high=512), 64, "128", "32"),
        (dataclasses.replace(WHOLE, power_of_two=True, high=512), 48, "64", "32"),
    ],
)  # fmt: skip
def test_the_arrow_keys_step_sensibly_within_the_range(show, qtbot, option, value, up, down):
    edit = show(NumberEdit(option), 120, 28)
    for key, expected in ((Qt.Key.Key_Up, up), (Qt.Key.Key_Down, down)):
        edit.set_value(value)
        qtbot.keyClick(edit, key)
        assert edit.text() == expected


def test_what_is_typed_stays_and_text_that_is_no_number_does_not_step(show, qtbot):
    edit = show(NumberEdit(WHOLE), 120, 28)
    edit.selectAll()
    qtbot.keyClicks(edit, "12 apples")
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "12 apples"
    assert edit.stepEnabled() == NumberEdit.StepEnabledFlag.StepNone
