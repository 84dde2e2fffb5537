"""The list of models: what is in it, and what stays chosen while runs come, go on and go."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import Qt

from studio.gui.latent.model_choice import ModelChoice
from studio.latent.jobs import LIVE
from studio.training import runs

pytestmark = pytest.mark.gui


class Ear:
    """Keeps what the list says."""

    def __init__(self, box):
        self.chosen, self.gone = [], []
        box.chosen.connect(self.chosen.append)
        box.gone.connect(self.gone.append)


@pytest.fixture
def folder(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "runs")
    return tmp_path / "runs"


@pytest.fixture
def box(folder, show):
    box = show(ModelChoice(folder), 300, 40)
    box.refresh()
    return box


@pytest.fixture
def ear(box):
    return Ear(box)


def titles(box):
    return [choice.title for choice in box.choices()]


def pick(box, title):
    assert box.choose(next(choice.model for choice in box.choices() if choice.title == title))


def go_on(folder, name, step):
    """What a run that has gone on has: a newer moment."""
    run = runs.open_run(folder / name)
    old = run.moment(run.moments()[-1])
    shutil.copytree(old, run.moment(step))
    return str(run.moment(step))


def test_models_with_codes_are_listed_and_others_are_not(box):
    listed = titles(box)
    assert {"vae", "gan", "asked", "vae-mnist", "dcgan-digits"} <= set(listed)
    assert "mnist-classifier" not in listed
    assert box.current() is None
    assert box.currentIndex() == -1
    assert [box.itemText(index) for index in range(box.count())] == listed


def test_choosing_says_what_was_chosen(box, ear, qtbot):
    assert box.choose(box.choices()[0].model)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert ear.chosen == box.choices()[:2]
    assert box.current() == box.choices()[1]
    assert not box.choose("no such model")


def test_what_was_chosen_stays_when_the_list_is_read_again(box, ear, folder):
    pick(box, "gan")
    shutil.rmtree(folder / "asked")
    box.refresh()
    assert box.current().title == box.currentText() == "gan"
    assert len(ear.chosen) == 1
    assert ear.gone == []
    assert "asked" not in titles(box)


def test_a_run_that_has_gone_on_is_chosen_anew(box, ear, folder):
    pick(box, "gan")
    newer = go_on(folder, "gan", 999)
    box.refresh()
    assert box.current().model == newer
    assert [choice.model for choice in ear.chosen][1:] == [newer]
    box.refresh()
    assert len(ear.chosen) == 2


def test_what_was_deleted_is_said_once(box, ear, folder):
    pick(box, "gan")
    shutil.rmtree(folder / "gan")
    box.showPopup()
    box.hidePopup()
    box.refresh()
    assert [choice.title for choice in ear.gone] == ["gan"]
    assert box.current() is None
    assert box.currentIndex() == -1


def test_a_run_in_training_stands_first_and_is_a_run_afterwards(box, ear, folder):
    box.set_live(folder / "gan")
    assert box.choices()[0].model == LIVE
    assert titles(box)[0] == "gan · training now"
    assert "gan" not in titles(box)[1:]
    box.choose(LIVE)
    newer = go_on(folder, "gan", 999)
    box.set_live(None)
    assert box.current().model == newer
    assert [choice.model for choice in ear.chosen] == [LIVE, newer]


def test_a_run_that_is_shown_and_trains_again_is_followed(box, ear, folder):
    pick(box, "gan")
    box.set_live(folder / "gan")
    assert box.current().model == LIVE
    assert ear.chosen[-1].model == LIVE
    box.set_live(folder / "gan")  # its next moment
    assert len(ear.chosen) == 2


def test_a_run_with_the_name_of_a_model_is_told_apart(box, folder):
    shutil.copytree(folder / "gan", folder / "dcgan-digits")
    box.refresh()
    assert titles(box).count("dcgan-digits") == 1
    assert "dcgan-digits (run)" in titles(box)


def test_damaged_runs_and_runs_without_a_moment_are_left_out(box, folder):
    moment = max((folder / "gan" / "moments").iterdir())
    (moment / "card.json").write_text("{")
    shutil.rmtree(folder / "vae" / "moments")
    (folder / "asked" / "config.json").write_text("[")
    box.refresh()
    assert not {"gan", "vae", "asked"} & set(titles(box))
    box.set_live(folder / "vae")
    assert all(choice.model != LIVE for choice in box.choices())
