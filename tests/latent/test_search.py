"""Searching a picture's code: nearer than where it began, the same again, and stopped with the best so far."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from studio import events
from studio.backend.ema import frozen_copy
from studio.control import Control
from studio.latent import search
from studio.latent.decode import opened
from studio.latent.jobs import LIVE, CodesRequest
from studio.latent.likeness import Likeness, psnr, seen_error
from studio.latent.search_jobs import Found, SearchJob, SeedCodesJob
from studio.models import library
from studio.session import Session
from studio.training.jobs import TrainJob
from tests.fakes import Listener, small
from tests.latent import ground


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two models that were trained for a second or two: a VAE and a DCGAN."""
    folder = tmp_path_factory.mktemp("runs")
    session = Session(folder)
    session.do(TrainJob(small("vae", "size=16", "latent=4", "width=8", "batch=16"), folder, "vae", steps=100))
    session.do(TrainJob(small("dcgan", "latent=8", "width=8"), folder, "dcgan", steps=40))
    return folder


@pytest.fixture(autouse=True)
def prepared(runs, monkeypatch):
    ground.know_all_jobs(monkeypatch)
    ground.without_gpu(monkeypatch)


@pytest.fixture
def vae(runs):
    return str(library.find("vae", runs))


@pytest.fixture
def dcgan(runs):
    return str(library.find("dcgan", runs))


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "runs")


def own_picture(session, model, seed=7):
    """A picture that the model makes of a known code."""
    return session.do(SeedCodesJob(model, (seed,)))[0].picture


def digit(size=16, seed=0):
    """A picture that no model made."""
    return np.random.default_rng(seed).integers(0, 256, (size, size, 1), np.uint8)


@pytest.mark.parametrize("name", ["vae", "dcgan"])
def test_the_optimisation_comes_much_nearer_than_the_best_start(session, name, request):
    model = request.getfixturevalue(name)
    found = session.do(SearchJob(model, own_picture(session, model), "optimisation", steps=120))
    assert isinstance(found, Found)
    assert found.how == "optimisation"
    assert found.error < 0.3 * found.start
    assert found.psnr == pytest.approx(psnr(found.error))


def test_both_is_never_worse_than_the_encoder(session, vae):
    for picture in (own_picture(session, vae), digit(), digit(seed=1)):
        encoder = session.do(SearchJob(vae, picture, "encoder"))
        both = session.do(SearchJob(vae, picture, "both", steps=40))
        assert encoder.how == "encoder"
        assert both.error <= encoder.error


def test_the_result_is_what_the_model_makes_of_the_code(session, vae):
    found = session.do(SearchJob(vae, own_picture(session, vae), steps=20))
    listener = Listener()
    session.run(CodesRequest(vae, 1, found.code[None]), listener)
    (decoded,) = listener.of(events.Decoded)
    assert np.array_equal(decoded.pictures[0], found.picture)
    assert found.error == pytest.approx(seen_error(found.picture, found.target))
    code = found.as_code("mine", "photo.png")
    assert (code.model, code.name, code.source, code.stamp) == ("vae", "mine", "photo.png", found.stamp)
    assert np.array_equal(code.values, found.code)


@pytest.mark.parametrize("name", ["vae", "dcgan"])
def test_equal_seeds_find_equal_codes(session, name, request):
    model = request.getfixturevalue(name)
    picture = digit()
    first, again, other = (session.do(SearchJob(model, picture, "optimisation", 12, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.code, again.code)
    assert not np.array_equal(first.code, other.code)


def test_the_search_says_how_near_it_is(session, vae):
    listener = Listener()
    session.run(SearchJob(vae, own_picture(session, vae), steps=30), listener)
    told = listener.of(events.Searching)
    assert told[0].step == 0
    assert (told[-1].step, told[-1].total) == (30, 30)
    errors = [event.error for event in told]
    assert errors == sorted(errors, reverse=True)
    assert all(event.picture.shape == (16, 16, 1) and event.picture.dtype == np.uint8 for event in told)
    assert sum(len(event.errors) for event in told) >= 30
    assert min(min(event.errors) for event in told if event.errors) == pytest.approx(errors[-1])


def test_reports_are_rare_however_quick_the_steps(session, vae, monkeypatch):
    monkeypatch.setattr("studio.latent.quest.time.perf_counter", lambda: 5.0)
    listener = Listener()
    session.run(SearchJob(vae, digit(), "optimisation", steps=30), listener)
    assert [event.step for event in listener.of(events.Searching)] == [0, 30]


def test_stop_keeps_the_best(session, vae):
    control, listener = Control(), Listener()

    def stop_soon(event):
        listener(event)
        if isinstance(event, events.Searching):
            control.stop()

    final = session.run(SearchJob(vae, own_picture(session, vae), "optimisation", steps=50_000), stop_soon, control)
    assert isinstance(final, events.Stopped)
    told = listener.of(events.Searching)
    assert final.result.error == pytest.approx(told[-1].error, abs=1e-4)
    assert np.array_equal(final.result.code, told[-1].code)


def test_a_search_stopped_at_once_has_the_best_start(session, dcgan):
    control = Control()
    control.stop()
    final = session.run(SearchJob(dcgan, digit()), control=control)
    assert isinstance(final, events.Stopped)
    assert final.result.error == pytest.approx(final.result.start, abs=1e-3)


def test_the_live_model_is_searched_and_stays_as_it_is(session, vae):
    source = opened(vae, session.place)
    box = session.place.live(source.card)
    box.offer(9, source.nets)
    before = frozen_copy(box.latest().nets["decoder"]).state_dict()
    found = session.do(SearchJob(LIVE, own_picture(session, vae), "optimisation", steps=20))
    assert found.error < found.start
    assert found.stamp == ""
    after = box.latest().nets["decoder"]
    assert all(torch.equal(value, after.state_dict()[key]) for key, value in before.items())
    assert all(value.grad is None and not value.requires_grad for value in after.parameters())


def test_gradients_work_under_the_inference_mode_of_a_caller(session, vae):
    picture = own_picture(session, vae)
    with torch.inference_mode():
        found = session.do(SearchJob(vae, picture, steps=15))
    assert found.error <= found.start


def test_training_waits_for_no_more_than_a_step(session, vae):
    """Between two steps the gate is free: the reports come while nobody holds it."""

    def enter(event):
        if isinstance(event, events.Searching):
            with session.place.gate.guest():
                pass

    assert isinstance(session.run(SearchJob(vae, digit(), steps=5), enter), events.Done)


def test_a_flow_needs_its_encoder_alone(session, tmp_path):
    model = ground.untrained(tmp_path / "flow", "realnvp", size=8)
    listener = Listener()
    final = session.run(SearchJob(model, digit(8)), listener)
    assert final.result.how == "encoder"
    assert final.result.error < search.EXACT
    assert {event.step for event in listener.of(events.Searching)} == {0}


@pytest.mark.parametrize("family", ["pixelcnn", "rbm"])
def test_models_that_draw_by_chance_are_searched_by_trial(session, tmp_path, family):
    model = ground.untrained(tmp_path / family, family, size=8)
    listener = Listener()
    found = session.run(SearchJob(model, digit(8), steps=8, starts=2), listener).result
    assert found.how in ("trial", "start")
    assert found.error <= found.start
    assert np.abs(found.code).max() <= 1
    assert ["no gradient" in message.text for message in listener.of(events.Message)] == [True]


def test_trials_come_nearer_too(session, tmp_path):
    model = ground.untrained(tmp_path / "cnn", "pixelcnn", size=8)
    picture = own_picture(session, model, 5)
    found = session.do(SearchJob(model, picture, steps=40, starts=2))
    assert found.error < 0.95 * found.start


def test_a_model_without_gradient_keeps_its_encoders_answer(session, tmp_path):
    model = ground.untrained(tmp_path / "made", "made", size=8)
    found = session.do(SearchJob(model, digit(8), steps=5))
    assert found.how in ("encoder", "start")
    assert found.error <= session.do(SearchJob(model, digit(8), "encoder")).error


def test_every_class_is_tried_unless_one_is_wanted(session, tmp_path):
    names = tuple("abc")
    model = ground.untrained(tmp_path / "cgan", "cgan", "embedding=3", classes=names)
    picture = session.do(SeedCodesJob(model, (4,), wanted="c"))[0].picture
    assert session.do(SearchJob(model, picture, steps=10)).wanted in names
    assert session.do(SearchJob(model, picture, steps=10, wanted="b")).wanted == "b"
    assert "knows no class" in session.run(SearchJob(model, picture, wanted="x")).reason


def test_a_colour_file_is_fitted_to_a_grey_model(session, vae, tmp_path):
    path = tmp_path / "wide.png"
    Pillow.new("RGB", (50, 30), (200, 40, 10)).save(path)
    found = session.do(SearchJob(vae, path, steps=5))
    assert found.target.shape == (16, 16, 1)
    assert len(np.unique(found.target)) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"how": "prayer"}, "not by 'prayer'"),
        ({"steps": 0}, "steps, not 0"),
        ({"starts": 0}, "at first, not 0"),
        ({"how": "encoder"}, "has no encoder"),
        ({"how": "both"}, "has no encoder"),
        ({"wanted": "7"}, "cannot be asked for a class"),
        ({"picture": np.zeros((4, 4), np.uint8)}, "pixels of one or three channels"),
        ({"picture": np.zeros((4, 4, 3), np.float32)}, "pixels of one or three channels"),
        ({"picture": np.zeros((0, 4, 3), np.uint8)}, "pixels of one or three channels"),
    ],
)
def test_impossible_searches_are_refused_in_a_sentence(session, dcgan, settings, words):
    final = session.run(SearchJob(**{"model": dcgan, "picture": digit()} | settings))
    assert isinstance(final, events.Failed)
    assert final.refused
    assert words in final.reason


def test_a_file_that_is_no_picture_is_named(session, dcgan, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("not a picture")
    for path in (bad, tmp_path / "missing.png"):
        final = session.run(SearchJob(dcgan, path))
        assert final.refused
        assert path.name in final.reason


def test_likeness_is_the_mean_squared_error_of_what_is_seen():
    target = digit()
    likeness = Likeness(target, (-1.0, 1.0), torch.device("cpu"))
    same = torch.from_numpy(target).permute(2, 0, 1)[None] / 127.5 - 1
    made = torch.cat([same, torch.full_like(same, 5.0), torch.full_like(same, torch.nan)])
    errors = likeness.errors(made)
    assert float(errors[0]) == pytest.approx(0, abs=1e-12)
    assert float(errors[1]) == pytest.approx(seen_error(np.full_like(target, 255), target), rel=1e-5)
    assert torch.isinf(errors[2])
    assert float(likeness.loss(same)) == pytest.approx(0, abs=1e-12)
    assert psnr(0.0) == 100.0
    assert psnr(0.01) == pytest.approx(20)
