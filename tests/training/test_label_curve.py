"""Accuracy over the number of labels, from a trained encoder and from scratch."""

from __future__ import annotations

import json

import pytest

from studio.events import CurvePoint, Message
from studio.imaging import grids
from studio.session import Session
from studio.training import runs
from studio.training.jobs import LabelCurveJob, TrainJob
from tests.fakes import Listener, small


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    session = Session(folder)
    session.do(TrainJob(small("autoencoder", "limit=0"), folder, "encoder", steps=3))
    return session


def recipe(*settings):
    given = ("parent=encoder", "limit=0", "horizon=4", "validate_every=1000", "shift=0", *settings)
    return small("classifier", *given)


def test_each_point_is_a_run_and_the_same_job_goes_on(session, tmp_path):
    job = LabelCurveJob(recipe(), session.runs, "points", (2, 0), tmp_path)
    figures = session.do(job)
    assert figures["labels a class"] == ["2", "all"]
    assert all(len(figures[start]) == 2 for start in ("pretrained", "scratch"))
    assert json.loads((tmp_path / "accuracy.json").read_text()) == figures
    assert grids.load_png(tmp_path / "accuracy.png").shape[2] == 3
    few = runs.open_run(session.runs / "points-pretrained-2")
    assert few.recipe.data.per_class == 2
    assert runs.open_run(session.runs / "points-scratch-all").recipe.model.start == "scratch"
    before = few.state.updated
    assert session.do(job) == figures
    assert runs.open_run(few.folder).state.updated == before, "a finished point is not trained again"


def test_each_point_is_told_as_soon_as_it_is_measured(session, tmp_path):
    heard = Listener()
    job = LabelCurveJob(recipe(), session.runs, "told", (2, 0), tmp_path)
    figures = session.do(job, heard)
    points = heard.of(CurvePoint)
    assert [(p.start, p.labels) for p in points] == [(s, n) for n in (2, 0) for s in ("pretrained", "scratch")]
    assert [p.accuracy for p in points if p.start == "scratch"] == figures["scratch"]
    assert [type(event) for event in heard.heard if isinstance(event, CurvePoint | Message)] == [
        CurvePoint,
        Message,
    ] * 4
    assert heard.of(Message)[0].text == f"2 labels a class, from the trained encoder: {points[0].accuracy:.4f}"


def test_a_name_that_another_curve_has_is_refused_before_any_training(session, tmp_path):
    session.do(LabelCurveJob(recipe(), session.runs, "taken", (2,), tmp_path))
    before = {path.name for path in session.runs.iterdir()}
    final = session.run(LabelCurveJob(recipe("horizon=5"), session.runs, "taken", (1, 2), tmp_path))
    assert final.refused
    assert "its Length differs" in final.reason
    assert {path.name for path in session.runs.iterdir()} == before


def test_a_curve_without_held_out_pictures_is_refused(session, tmp_path):
    final = session.run(LabelCurveJob(recipe("holdout=0"), session.runs, "unmeasured", (2,), tmp_path))
    assert final.refused
    assert "held out" in final.reason


def test_it_needs_a_trained_encoder(session, tmp_path):
    final = session.run(LabelCurveJob(recipe("parent="), session.runs, "none", (2,), tmp_path))
    assert final.refused
    assert "parent=NAME" in final.reason


def test_an_unknown_encoder_is_refused_by_name(session, tmp_path):
    final = session.run(LabelCurveJob(recipe("parent=nobody"), session.runs, "none", (2,), tmp_path))
    assert final.refused
    assert "nobody" in final.reason
