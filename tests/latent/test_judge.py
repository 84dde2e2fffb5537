"""A classifier reads what a model makes."""

from __future__ import annotations

import numpy as np
import pytest

from studio.data.config import DataConfig
from studio.latent.jobs import JudgeJob
from studio.latent.judge import Verdict
from studio.session import Session
from studio.training.jobs import TrainJob
from tests.fakes import small


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A trained classifier of 8 px digits, a conditional GAN, a CycleGAN between two digits."""
    folder = tmp_path_factory.mktemp("runs")
    session = Session(folder)
    by = small("classifier", "width=8", "limit=0", "batch=64", "shift=0", "dropout=0", "rate=1e-2", "horizon=60")
    session.do(TrainJob(by, folder, "by", steps=60))
    session.do(TrainJob(small("cgan"), folder, "cgan", steps=1))
    session.do(TrainJob(small("cyclegan", "limit=200"), folder, "cyclegan", steps=1))
    session.do(TrainJob(small("autoencoder"), folder, "ae", steps=1))
    return session


def newest(session, name):
    from studio.models import library

    return library.find(name, session.runs)


def test_samples_are_judged_class_by_class(place):
    found = place.do(JudgeJob(newest(place, "cgan"), newest(place, "by"), count=30))["samples"]
    assert found["pictures"] == 30
    assert sum(found["shares"].values()) == pytest.approx(1.0, abs=0.01)
    assert len(found["shares"]) == 10
    assert 0 <= found["read at 0.9"] <= 1
    assert 0 <= found["as asked"] <= 1


def test_one_class_can_be_asked_for(place):
    found = place.do(JudgeJob(newest(place, "cgan"), newest(place, "by"), count=10, wanted="3"))["samples"]
    assert found["as asked"] == pytest.approx(found["shares"]["3"])


def test_translations_of_held_out_pictures_are_judged_in_both_directions(place):
    data = DataConfig(source="digits", limit=200)
    job = JudgeJob(newest(place, "cyclegan"), newest(place, "by"), count=8, data=data)
    found = place.do(job)
    assert len(found) == 2
    assert all(0 <= figures["as asked"] <= 1 for figures in found.values())


@pytest.mark.parametrize(
    ("model", "by", "why"),
    [
        ("cgan", "cgan", "does not classify"),
        ("ae", "by", "neither samples nor translates"),
        ("cyclegan", "by", "Say which pictures"),
    ],
)
def test_what_cannot_be_judged_is_a_sentence(place, model, by, why):
    final = place.run(JudgeJob(newest(place, model), newest(place, by), count=4))
    assert final.refused
    assert why in final.reason


def test_figures_count_what_they_say():
    verdict = Verdict(("a", "b"), np.array([0.95, 0.5, 0.91, 0.2]), np.array([0, 1, 0, 0]), np.array([0, 0, 0, 1]))
    assert verdict.figures() == {
        "pictures": 4,
        "read at 0.9": 0.5,
        "shares": {"a": 0.75, "b": 0.25},
        "as asked": 0.5,
    }
