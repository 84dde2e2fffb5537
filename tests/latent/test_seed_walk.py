"""Codes of seeds and the lattice between them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio import events, models
from studio.control import Control
from studio.errors import Refused
from studio.imaging import grids
from studio.latent import seed_walk, space
from studio.latent.codes import Code
from studio.latent.decode import opened
from studio.latent.jobs import CodesRequest, SampleJob
from studio.latent.latent_space import LatentSpace
from studio.latent.search_jobs import SeedCodesJob, WalkRequest
from studio.models.family import Prior
from studio.session import Session
from tests.fakes import Listener
from tests.latent import ground

SHELL = LatentSpace("shell", "Shell", 64, Prior(64), None, False, (16, 1))
CLOUD = LatentSpace("cloud", "Cloud", 64, Prior(64), None, True, (16, 1))


@pytest.fixture(autouse=True)
def prepared(monkeypatch):
    ground.know_all_jobs(monkeypatch)
    ground.without_gpu(monkeypatch)


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "runs")


@pytest.fixture
def model(tmp_path):
    return ground.untrained(tmp_path / "dcgan", "dcgan", "latent=8")


def test_whole_places_are_seeds():
    for x, y, seed in ((0, 0, 0), (7, 0, 7), (3, 2, 203), (-1, 0, -1)):
        code = seed_walk.walk_code(SHELL, x, y)
        assert np.array_equal(code, seed_walk.seed_codes(SHELL, (seed,))[0])
        assert np.array_equal(code, space.codes(SHELL.prior, seed, 1)[0].numpy())


def test_between_seeds_the_four_neighbours_mix():
    corners = seed_walk.seed_codes(CLOUD, (3, 4, 103, 104))
    shares = np.float32([0.75 * 0.5, 0.25 * 0.5, 0.75 * 0.5, 0.25 * 0.5])
    assert np.allclose(seed_walk.walk_code(CLOUD, 3.25, 0.5), shares @ corners, atol=1e-6)


def test_on_a_shell_the_mix_keeps_its_length():
    corners = np.linalg.norm(seed_walk.seed_codes(SHELL, (0, 1, 100, 101)), axis=1)
    assert np.linalg.norm(seed_walk.walk_code(SHELL, 0.5, 0.5)) == pytest.approx(corners.mean(), rel=1e-5)
    assert np.linalg.norm(seed_walk.walk_code(CLOUD, 0.5, 0.5)) < 0.7 * corners.mean()


@pytest.mark.parametrize("about", [SHELL, CLOUD], ids=lambda about: about.model)
def test_a_small_step_is_a_small_change(about):
    line = np.stack([seed_walk.walk_code(about, x, 0.3) for x in np.arange(0.9, 1.1, 0.01)])
    assert np.linalg.norm(np.diff(line, axis=0), axis=1).max() < 0.05 * np.linalg.norm(line[0])


def test_truncation_pulls_to_the_middle():
    assert np.allclose(seed_walk.walk_code(SHELL, 0.5, 0, 0.5), 0.5 * seed_walk.walk_code(SHELL, 0.5, 0), atol=1e-6)


@pytest.mark.parametrize("truncation", [0.0, -1.0, 2.5, float("nan")])
def test_an_impossible_truncation_is_refused(truncation):
    with pytest.raises(Refused, match="truncation"):
        seed_walk.walk_code(SHELL, 0, 0, truncation)


@pytest.mark.parametrize("place", [(float("nan"), 0), (0, float("inf")), (1e9, 0)])
def test_there_is_an_end_of_the_lattice(place):
    with pytest.raises(Refused, match="beyond"):
        seed_walk.walk_code(SHELL, *place)


def test_codes_of_seeds_are_those_of_samples(session, model, tmp_path):
    found = session.do(SeedCodesJob(model, (7, 3), 0.8))
    assert [code.name for code in found] == ["seed 7", "seed 3"]
    assert [code.source for code in found] == ["seed 7, truncation 0.8", "seed 3, truncation 0.8"]
    session.do(SampleJob(tmp_path / "dcgan", tmp_path / "one.png", count=1, seed=7, truncation=0.8))
    assert np.abs(grids.load_png(tmp_path / "one.png").astype(int) - found[0].picture).max() <= 1


def test_their_pictures_are_those_of_the_codes_alone(session, model):
    for code in session.do(SeedCodesJob(model, (1, 2, 3))):
        listener = Listener()
        session.run(CodesRequest(model, 0, np.array(code.values[None])), listener)
        assert np.array_equal(listener.of(events.Decoded)[0].pictures[0], code.picture)
        assert code.stamp == opened(model, session.place).stamp


def test_a_walk_is_answered_with_a_code(session, model):
    final = session.run(WalkRequest(model, 3, 5, 1))
    assert isinstance(final.result, Code)
    (seed,) = session.do(SeedCodesJob(model, (105,)))
    assert final.result.name == "seed 105"
    assert np.array_equal(final.result.values, seed.values)
    assert np.array_equal(final.result.picture, seed.picture)
    between = session.do(WalkRequest(model, 4, 5.5, 1.25))
    assert between.name == "seed walk (5.5, 1.25)"
    assert not np.array_equal(between.picture, seed.picture)


def test_walking_waits_for_no_training(session, model):
    with session.place.gate.training():
        assert isinstance(session.run(WalkRequest(model, 1, 0.5, 0.5)), events.Done)


def test_a_class_travels_with_the_code(session, tmp_path):
    model = ground.untrained(tmp_path / "cgan", "cgan", "embedding=3", classes=("a", "b"))
    assert session.do(SeedCodesJob(model, (1,)))[0].wanted == "a"
    assert session.do(WalkRequest(model, 1, 0.5, 0, wanted="b")).wanted == "b"


def test_stopping_says_so(session, model):
    control = Control()
    control.stop()
    assert isinstance(session.run(SeedCodesJob(model, (1,)), control=control), events.Stopped)


def test_a_model_without_a_prior_is_refused(session, model, monkeypatch):
    blind = dataclasses.replace(models.family("dcgan"), prior=None, latent=lambda config, spec: 8)
    monkeypatch.setattr(models, "FAMILIES", (blind,))
    final = session.run(SeedCodesJob(model, (1,)))
    assert final.refused
    assert "no codes of seeds" in final.reason
    assert session.run(SeedCodesJob(model, ())).refused
