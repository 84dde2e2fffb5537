"""What is looked at while a model learns."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from studio.backend.backend import Backend
from studio.models.family import Batch, Prior, Spec
from studio.training import recipe as recipes
from studio.training.gallery import ROWS, SAMPLES, Gallery, Shown
from tests.fakes import FAKE

CPU = Backend("cpu", "float32")


class Counted:
    """A family whose pictures are as bright as their code's first number, and that says what it was given."""

    def __init__(self, monkeypatch, **changes):
        self.calls = 0

        def generate(nets, codes, conditions):
            self.calls += 1
            self.conditions = conditions
            return codes[:, :1, None, None].sigmoid().expand(-1, 1, 8, 8)

        family = dataclasses.replace(FAKE, generate=generate, **changes)
        monkeypatch.setattr("studio.models.family", lambda name: family)
        self.recipe = recipes.Recipe("fake", FAKE.config(), recipes.TrainingConfig(), recipes.DataConfig())


def gallery(counted, watched=None):
    return Gallery(counted.recipe, Spec(8, 1, ("a", "b", "c")), CPU, watched)


def test_the_codes_are_the_same_at_every_step_and_in_every_run_of_a_seed(monkeypatch):
    counted = Counted(monkeypatch)
    first, again = gallery(counted), gallery(counted)
    one, two = first.make(0, {}, {}).pictures, first.make(7, {}, {}).pictures
    assert one.shape == (SAMPLES, 8, 8, 1)
    assert np.array_equal(one, two)
    assert np.array_equal(one, again.make(0, {}, {}).pictures)
    assert len(np.unique(one[:, 0, 0, 0])) > SAMPLES // 2


def test_a_step_is_drawn_once(monkeypatch):
    counted = Counted(monkeypatch)
    shown = gallery(counted)
    assert shown.make(3, {}, {}) is shown.make(3, {}, {})
    assert counted.calls == 1
    assert shown.cost > 0


def test_a_model_without_codes_shows_rows_alone(monkeypatch):
    rows = {"picture": lambda batch: batch.pictures, "inverted": lambda batch: 1 - batch.pictures}
    compare = lambda nets, batch: {name: change(batch) for name, change in rows.items()}  # noqa: E731
    counted = Counted(monkeypatch, prior=None, compare=compare)
    watched = Batch(torch.linspace(0, 1, ROWS)[:, None, None, None].expand(-1, 1, 8, 8))
    made = gallery(counted, watched).make(0, {}, {"grey": lambda pictures: torch.full_like(pictures, 0.5)})
    assert made.pictures is None
    assert list(made.rows) == ["picture", "inverted", "grey"]
    total = made.rows["picture"].astype(int) + made.rows["inverted"]
    assert np.all(np.abs(total - 255) <= 1)
    assert np.all(np.abs(made.rows["grey"].astype(int) - 128) <= 1)


def test_a_baseline_gets_what_the_model_was_given(monkeypatch):
    compare = lambda nets, batch: {  # noqa: E731
        "picture": batch.pictures, "corrupted": batch.pictures * 0.5, "restored": batch.pictures
    }  # fmt: skip
    counted = Counted(monkeypatch, prior=None, compare=compare)
    made = gallery(counted, Batch(torch.ones(4, 1, 8, 8))).make(0, {}, {"same": lambda pictures: pictures})
    assert np.array_equal(made.rows["same"], made.rows["corrupted"])


def test_without_pictures_to_watch_there_are_no_rows(monkeypatch):
    counted = Counted(monkeypatch, compare=lambda nets, batch: {"picture": batch.pictures})
    assert gallery(counted).make(0, {}, {}).rows == {}


def test_a_conditional_model_shows_its_classes_in_turn(monkeypatch):
    from studio.models.family import Condition

    counted = Counted(
        monkeypatch,
        condition=lambda config, spec: Condition("class", spec.classes),
        prior=lambda config, spec: Prior(2),
    )
    gallery(counted).make(0, {}, {})
    assert counted.conditions.argmax(1).tolist() == [i % 3 for i in range(SAMPLES)]


def test_nothing_to_show_is_nothing():
    assert Shown().pictures is None
    assert Shown().rows == {}
