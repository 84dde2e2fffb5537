"""What of a model is looked at."""

from __future__ import annotations

import numpy as np
import pytest

from studio.events import Preview
from studio.gui.train.picture_choice import ALL, COMPARE, SAMPLES, PictureChoice
from studio.gui.train.pictures_view import PicturesView
from studio.models.family import Condition


@pytest.fixture
def choice(qtbot):
    widget = PictureChoice()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_nothing_is_offered_where_there_is_no_choice(choice):
    choice.set_available(samples=True, rows=False)
    assert choice.isHidden()
    assert not choice.compares
    choice.set_available(samples=False, rows=True)
    assert choice.isHidden()
    assert choice.compares, "the only thing there is"


def test_samples_and_comparison_are_chosen_between(choice, qtbot):
    choice.set_available(samples=True, rows=True)
    assert choice.view.isVisible()
    assert not choice.compares
    with qtbot.waitSignal(choice.view_changed):
        choice.view.setCurrentText(COMPARE)
    assert choice.compares


def test_a_class_is_asked_for(choice, qtbot):
    choice.set_available(samples=True, rows=False)
    choice.set_condition(Condition("class", ("cat", "dog")))
    assert [choice.classes.itemText(i) for i in range(3)] == [ALL, "cat", "dog"]
    assert choice.wanted == ""
    assert not choice.classes.isEditable()
    choice.classes.setCurrentText("dog")
    with qtbot.waitSignal(choice.wanted_changed) as caught:
        choice.classes.activated.emit(2)
    assert caught.args == ["dog"]


def test_attributes_can_be_written_together(choice):
    choice.set_available(samples=True, rows=False)
    choice.set_condition(Condition("attributes", ("smiles", "glasses")))
    choice.classes.setEditText("smiles, glasses")
    assert choice.wanted == "smiles, glasses"
    choice.set_condition(None)
    assert choice.wanted == ""
    assert choice.classes.isHidden()


def level(value, count=4):
    return np.full((count, 8, 8, 1), value, np.uint8)


def test_a_preview_of_rows_is_shown_as_a_comparison(qtbot):
    view = PicturesView()
    qtbot.addWidget(view)
    view.show_preview(Preview(5, None, {"picture": level(0), "again": level(200)}))
    assert view.samples.count() == 8
    assert view.caption.text() == "Compare · step 5"
    assert not view.dice.isEnabled()
    view.show_preview(Preview(6, level(9, 6), {"picture": level(0), "again": level(200)}))
    assert view.samples.count() == 6
    assert view.choice.view.currentText() == SAMPLES
    view.choice.view.setCurrentText(COMPARE)
    assert view.samples.count() == 8
