"""The models that another can be built on, as lists and buttons know them."""

from __future__ import annotations

import shutil

import pytest

from studio import resources
from studio.models import library
from studio.session import Session
from studio.training import encoders, moments, runs
from studio.training.jobs import TrainJob
from tests.fakes import small


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "runs")


def trained(session, family, name, *settings):
    session.do(TrainJob(small(family, *settings), session.runs, name, steps=2))
    return runs.open_run(session.runs / name)


def test_runs_with_features_are_listed_with_what_they_are(session):
    trained(session, "autoencoder", "first")
    trained(session, "pixelcnn", "without")
    trained(session, "gan", "a gan")
    trained(session, "classifier", "reader")
    found = {encoder.name: encoder.about for encoder in encoders.listed(session.runs)}
    assert list(found)[:3] == ["a gan", "first", "reader"], "newest first, classifiers after the others"
    assert found["first"] == "Autoencoder · 8 px grey · 2 steps"
    assert "without" not in found


def test_every_listed_name_is_found(session):
    trained(session, "autoencoder", "first")
    for encoder in encoders.listed(session.runs):
        assert library.read_card(library.find(encoder.name, session.runs)).record.features is not None


def test_a_library_model_is_listed_when_it_carries_its_features(session):
    for family, name in (("autoencoder", "kept"), ("gan", "kept gan")):
        run = trained(session, family, f"{family}-run")
        moments.keep_as_model(run.moment(2), name)
    names = [encoder.name for encoder in encoders.listed(session.runs)]
    assert "kept" in names
    assert "kept gan" not in names, "a library model has no discriminator"
    assert all((resources.user_models() / name).is_dir() for name in ("kept", "kept gan"))


def test_a_run_that_a_model_hides_is_named_by_its_folder(session):
    run = trained(session, "autoencoder", "same")
    assert encoders.name_of(run) == "same"
    moments.keep_as_model(run.moment(2), "same")
    name = encoders.name_of(run)
    assert name != "same"
    assert library.find(name, session.runs).is_relative_to(run.folder)


def test_why_a_run_cannot_be_built_on(session):
    gan = trained(session, "gan", "a gan")
    assert encoders.why_not(gan) == ""
    shutil.rmtree(gan.folder / "checkpoints")
    assert "no checkpoint any more" in encoders.why_not(gan)
    assert "PixelCNN has no features" in encoders.why_not(trained(session, "pixelcnn", "without"))
    fresh = runs.create(session.runs, "fresh", small("autoencoder"), {})
    assert "no stored moment" in encoders.why_not(fresh)
