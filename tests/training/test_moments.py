"""Moments: when one is due, what it holds, what goes when there are too many (see test_runs.py as well)."""

from __future__ import annotations

import time

import numpy as np
import pytest

from studio import models, resources
from studio.backend.backend import Backend
from studio.config import to_json
from studio.errors import Refused
from studio.models import library
from studio.models.family import Spec
from studio.models.library import Card
from studio.training import moments
from studio.training.gallery import Shown
from studio.training.moments import FIRST_SPACING, Moments
from studio.training.runs import numbered
from tests.fakes import small

CONFIG = small("gan").model
CARD = Card("run", "gan", to_json(CONFIG), 8, 1)


@pytest.fixture(scope="module")
def nets():
    built = Backend("cpu", "float32").build(lambda: models.family("gan").build(CONFIG, Spec(8, 1)), 0)
    return {"generator": built["generator"]}


@pytest.fixture
def clock(monkeypatch):
    """Time that passes when the test says so."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def sheet(count=4):
    return np.arange(count, dtype=np.uint8)[:, None, None, None].repeat(8, 1).repeat(8, 2)


def test_the_first_is_due_at_once_and_the_next_after_the_spacing(tmp_path, nets, clock):
    keeper = Moments(tmp_path, CARD, limit=10)
    assert keeper.due()
    keeper.store(0, nets, Shown())
    assert not keeper.due()
    clock[0] += FIRST_SPACING - 0.01
    assert not keeper.due()
    clock[0] += 0.02
    assert keeper.due()


def test_a_slow_disk_makes_them_rarer(tmp_path, nets, clock, monkeypatch):
    keeper, write = Moments(tmp_path, CARD, limit=10), library.write

    def slowly(*arguments):
        clock[0] += 1.0
        return write(*arguments)

    monkeypatch.setattr(library, "write", slowly)
    keeper.store(0, nets, Shown())
    clock[0] += 39
    assert not keeper.due(), "at most a fortieth of the time"
    clock[0] += 2
    assert keeper.due()


def test_when_there_are_too_many_they_thin_out_and_come_half_as_often(tmp_path, nets, clock):
    keeper = Moments(tmp_path, CARD, limit=8)
    for step in range(9):
        keeper.store(step, nets, Shown())
    assert numbered(tmp_path / "moments") == [0, 2, 4, 6, 8]
    clock[0] += 1.5 * FIRST_SPACING
    assert not keeper.due()
    clock[0] += 0.6 * FIRST_SPACING
    assert keeper.due()


def test_marked_ones_are_neither_thinned_nor_counted(tmp_path, nets, clock):
    keeper = Moments(tmp_path, CARD, limit=8)
    for step in range(12):
        keeper.store(step, nets, Shown(), marked=step in (1, 3, 5))
    assert {0, 1, 3, 5, 11} <= set(numbered(tmp_path / "moments"))
    keeper.forget_after(2)
    assert numbered(tmp_path / "moments")[-2:] == [3, 5], "a mark is for good"


def test_a_moment_is_a_model_with_its_step_and_its_pictures(tmp_path, nets):
    Moments(tmp_path, CARD, limit=8).store(1200, nets, Shown(sheet()))
    folder = tmp_path / "moments" / "000001200"
    assert library.load(folder, Backend("cpu", "float32")).card.step == 1200
    assert moments.pictures(folder).shape == (16, 16, 1)
    assert np.array_equal(moments.samples(folder), sheet())


def test_a_moment_without_pictures_has_none(tmp_path, nets):
    Moments(tmp_path, CARD, limit=8).store(0, nets, Shown())
    assert moments.pictures(tmp_path / "moments" / "000000000") is None
    assert moments.samples(tmp_path / "moments" / "000000000") is None


def test_a_moment_lived_anew_replaces_the_old_one(tmp_path, nets):
    keeper = Moments(tmp_path, CARD, limit=8)
    keeper.store(5, nets, Shown(sheet()), marked=True)
    keeper.store(5, nets, Shown())
    folder = tmp_path / "moments" / "000000005"
    assert sorted(p.name for p in folder.iterdir()) == [library.CARD, "marked", library.WEIGHTS], "a mark stays"


def test_a_kept_model_has_its_new_name_and_its_pictures_but_no_mark(tmp_path, nets):
    Moments(tmp_path, CARD, limit=8).store(5, nets, Shown(sheet()), marked=True)
    folder = moments.keep_as_model(tmp_path / "moments" / "000000005", "my model")
    assert folder == resources.user_models() / "my model"
    assert sorted(p.name for p in folder.iterdir()) == [library.CARD, library.WEIGHTS, moments.PICTURES]
    card = library.load(folder, Backend("cpu", "float32")).card
    assert (card.name, card.step) == ("my model", 5)
    assert library.read_card(tmp_path / "moments" / "000000005").name == "run", "the moment itself is as it was"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x"])
def test_a_model_cannot_be_kept_under_a_name_that_is_no_folder(tmp_path, nets, name):
    Moments(tmp_path, CARD, limit=8).store(5, nets, Shown())
    with pytest.raises(Refused, match="cannot be a name"):
        moments.keep_as_model(tmp_path / "moments" / "000000005", name)
    assert not resources.user_models().exists()
