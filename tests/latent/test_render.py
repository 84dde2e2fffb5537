"""Grids for the window and files for the terminal, from small nets that were never trained."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from studio import events, models, resources
from studio.backend.backend import Backend
from studio.config import to_json
from studio.control import Control
from studio.errors import Refused
from studio.imaging import grids, pixels
from studio.latent import render, space
from studio.latent.jobs import LIVE, ReconstructJob, RenderRequest, SampleJob
from studio.models import library
from studio.models.family import Spec
from studio.models.library import Card
from studio.session import Session
from tests.fakes import Listener, small

CPU = Backend("cpu", "float32")


@pytest.fixture(autouse=True)
def without_gpu(monkeypatch):
    """Pictures are compared to the last level with those made here, so on the same device."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def build(family, seed=0, size=16, channels=1):
    config, about = small(family).model, models.family(family)
    nets = CPU.build(lambda: about.build(config, Spec(size, channels)), seed)
    return {name: nets[name].eval() for name in about.shown}, Card(family, family, to_json(config), size, channels)


@pytest.fixture
def vae(tmp_path):
    """The folder of a VAE for 16 × 16 grey pictures."""
    nets, card = build("vae")
    library.save(tmp_path / "vae", card, nets)
    return tmp_path / "vae"


@pytest.fixture
def gan(tmp_path):
    """The folder of a GAN, which does not encode."""
    nets, card = build("gan")
    library.save(tmp_path / "gan", card, nets)
    return tmp_path / "gan"


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "runs")


def pictures_of(folder, seed, count, truncation=1.0):
    """What the model makes, computed here step by step."""
    model = library.load(folder, CPU)
    about = model.record
    with torch.inference_mode():
        batch = about.generate(
            model.nets, space.codes(about.prior(model.config, model.card.spec), seed, count, truncation)
        )
    return pixels.to_pixels(batch, *about.value_range)


def text_of(path):
    with Pillow.open(path) as image:
        return dict(image.info)


# -- samples ---------------------------------------------------------------------------------------------------------


def test_a_png_is_one_grid_that_says_what_it_shows(session, vae, tmp_path):
    out = tmp_path / "deep" / "grid.PNG"
    assert session.do(SampleJob(vae, out, count=6, seed=3)) == out
    assert np.array_equal(grids.load_png(out), grids.grid(pictures_of(vae, 3, 6)))
    about = text_of(out)
    assert (about["model"], about["seed"], about["truncation"]) == ("vae", "3", "1")
    assert library.load(vae, CPU).stamp.startswith(about["stamp"])


def test_anything_else_is_a_folder_of_single_pictures(session, vae, tmp_path):
    session.do(SampleJob(vae, tmp_path / "out", count=5, seed=3))
    expected = pictures_of(vae, 3, 5)
    files = sorted((tmp_path / "out").iterdir())
    assert [file.name for file in files] == [f"{i:05d}.png" for i in range(5)]
    for index, file in enumerate(files):
        assert np.array_equal(grids.load_png(file), expected[index])
        assert text_of(file)["index"] == str(index)


def test_more_than_a_chunk_is_the_same_pictures(session, gan, tmp_path):
    count = render.CHUNK + 6
    listener = Listener()
    session.run(SampleJob(gan, tmp_path / "out", count=count), listener)
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == count
    assert np.array_equal(grids.load_png(files[-1]), pictures_of(gan, 0, count)[-1])
    assert [(e.done, e.total) for e in listener.of(events.Progress)] == [(render.CHUNK, count), (count, count)]


def test_truncation_pulls_towards_the_middle(session, vae, tmp_path):
    for truncation in (1.0, 0.5):
        session.do(SampleJob(vae, tmp_path / f"{truncation}.png", count=4, truncation=truncation))
        sheet = grids.load_png(tmp_path / f"{truncation}.png")
        assert np.array_equal(sheet, grids.grid(pictures_of(vae, 0, 4, truncation)))
        assert text_of(tmp_path / f"{truncation}.png")["truncation"] == f"{truncation:g}"
    assert not np.array_equal(grids.load_png(tmp_path / "1.0.png"), grids.load_png(tmp_path / "0.5.png"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"count": 0}, "from 1 to 100,000, not 0"),
        ({"count": -5}, "not -5"),
        ({"count": 100_001}, "not 100001"),
        ({"truncation": 0.0}, "above 0 and at most 2, not 0"),
        ({"truncation": 2.5}, "not 2.5"),
        ({"truncation": float("nan")}, "not nan"),
        ({"device": "quantum"}, "'quantum' is unknown"),
    ],
)
def test_impossible_samples_are_refused_before_anything_is_written(session, vae, tmp_path, settings, words):
    final = session.run(SampleJob(vae, tmp_path / "out", **settings))
    assert final.refused
    assert words in final.reason
    assert not (tmp_path / "out").exists()


def test_stopping_in_the_middle_leaves_no_half_grid(session, gan, tmp_path):
    control = Control()
    job = SampleJob(gan, tmp_path / "grid.png", count=2 * render.CHUNK)
    final = session.run(job, lambda e: control.stop() if isinstance(e, events.Progress) else None, control)
    assert isinstance(final, events.Stopped)
    assert not (tmp_path / "grid.png").exists()


def test_a_folder_without_model_is_refused(session, tmp_path):
    final = session.run(SampleJob(tmp_path / "none", tmp_path / "x.png"))
    assert final.refused
    assert "is not a model" in final.reason


# -- the window's renders --------------------------------------------------------------------------------------------


def test_a_request_is_answered_with_a_grid_for_it(session, vae):
    final = session.run(RenderRequest(str(vae), serial=7, seed=2, count=6))
    rendered = final.result
    assert isinstance(rendered, events.Rendered)
    assert (rendered.model, rendered.serial, rendered.step) == (str(vae), 7, 0)
    assert np.array_equal(rendered.picture, grids.grid(pictures_of(vae, 2, 6), gap=0))
    assert rendered.about == {"cell": 16, "count": 6}
    assert rendered.seconds > 0


def test_a_model_is_opened_once_until_it_changes(session, vae, monkeypatch):
    opened, load = [], library.load
    monkeypatch.setattr(library, "load", lambda *a: opened.append(a) or load(*a))
    before = [session.do(RenderRequest(str(vae), serial, count=2)).picture for serial in range(3)]
    assert len(opened) == 1
    assert np.array_equal(before[0], before[2])
    nets, card = build("vae", seed=1)
    library.save(vae, card, nets)
    os.utime(vae / library.WEIGHTS, ns=(1, 1))  # whatever the clock's grain
    after = session.do(RenderRequest(str(vae), 4, count=2)).picture
    assert len(opened) == 2
    assert not np.array_equal(before[0], after)


def test_a_name_in_the_library_is_a_model_too(session, vae, tmp_path):
    vae.rename(tmp_path / "moved")
    resources.user_models().mkdir(parents=True)
    (tmp_path / "moved").rename(resources.user_models() / "mine")
    final = session.run(RenderRequest("mine", serial=1, count=2))
    assert isinstance(final, events.Done), final


def test_no_pictures_are_refused_in_a_sentence(session, vae):
    final = session.run(RenderRequest(str(vae), serial=1, count=0))
    assert isinstance(final, events.Failed)
    assert "Unexpected" not in final.reason


def test_nothing_is_live_before_a_training(session):
    final = session.run(RenderRequest(LIVE, serial=1))
    assert final.refused
    assert "Nothing is training yet" in final.reason


def test_nothing_is_live_before_the_first_step(session):
    box = session.place.live(build("gan")[1])
    final = session.run(RenderRequest(LIVE, serial=1))
    assert final.refused
    nets, _ = build("gan")
    box.offer(1, nets)
    assert isinstance(session.run(RenderRequest(LIVE, serial=2)), events.Done)


def test_the_live_model_is_the_newest_snapshot(session, gan):
    nets, card = build("gan", seed=5)
    box = session.place.live(card)
    box.offer(12, nets)
    rendered = session.do(RenderRequest(LIVE, serial=1, seed=4, count=5))
    prior = models.family("gan").prior(small("gan").model, card.spec)
    with torch.inference_mode():
        expected = pixels.to_pixels(models.family("gan").generate(nets, space.codes(prior, 4, 5)), -1.0, 1.0)
    assert rendered.step == 12
    assert np.array_equal(rendered.picture, grids.grid(expected, gap=0))
    with torch.no_grad():
        for value in nets["generator"].parameters():
            value.add_(1.0)
    box.offer(13, nets)
    newer = session.do(RenderRequest(LIVE, serial=2, seed=4, count=5))
    assert newer.step == 13
    assert not np.array_equal(newer.picture, rendered.picture)


def test_rendering_the_live_model_waits_for_nobody(session):
    nets, card = build("gan")
    session.place.live(card).offer(1, nets)
    with session.place.gate.training():  # a long phase is being computed
        assert isinstance(session.run(RenderRequest(LIVE, serial=1, count=2)), events.Done)


def test_a_model_that_makes_no_pictures_is_refused(session, gan, monkeypatch):
    blind = dataclasses.replace(models.family("gan"), generate=None)
    monkeypatch.setattr(models, "FAMILIES", (blind,))
    final = session.run(RenderRequest(str(gan), serial=1))
    assert final.refused
    assert "makes no pictures" in final.reason


# -- reconstructions -------------------------------------------------------------------------------------------------


def picture(path, level, size=(16, 16)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.new("L", size, level).save(path)
    return path


def test_a_reconstruction_is_encoded_and_decoded(session, vae, tmp_path):
    inputs = (picture(tmp_path / "a.png", 200), picture(tmp_path / "b.bmp", 10, (40, 30)))
    final = session.run(ReconstructJob(vae, inputs, tmp_path / "out"))
    assert final.result == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]
    model = library.load(vae, CPU)
    about = model.record
    with torch.inference_mode():
        codes = about.encode(model.nets, torch.full((1, 1, 16, 16), 200 / 255))
        expected = pixels.to_pixels(about.generate(model.nets, codes), 0.0, 1.0)[0]
    made = grids.load_png(tmp_path / "out" / "a.png")
    assert np.abs(made.astype(int) - expected).max() <= 1
    assert text_of(tmp_path / "out" / "a.png")["model"] == "vae"


def test_a_bad_file_is_named_and_the_others_go_on(session, vae, tmp_path):
    (tmp_path / "bad.png").write_text("not a picture")
    inputs = (tmp_path / "bad.png", tmp_path / "missing.png", picture(tmp_path / "good.png", 90))
    listener = Listener()
    final = session.run(ReconstructJob(vae, inputs, tmp_path / "out"), listener)
    assert isinstance(final, events.Done)
    assert final.result == 2
    assert final.text.startswith("1 of 3 pictures")
    said = listener.of(events.Message)
    assert [message.level for message in said] == ["error", "error"]
    assert "bad.png" in said[0].text
    assert "missing.png" in said[1].text
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["good.png"]
    assert [e.done for e in listener.of(events.Progress)] == [1, 2, 3]


def test_pictures_of_the_same_name_do_not_overwrite_each_other_silently(session, vae, tmp_path):
    inputs = (picture(tmp_path / "a" / "1.png", 0), picture(tmp_path / "b" / "1.png", 255))
    final = session.run(ReconstructJob(vae, inputs, tmp_path / "out"))
    assert isinstance(final, events.Failed) or len(list((tmp_path / "out").iterdir())) == len(inputs) - final.result


def test_a_colour_model_gets_colours(session, tmp_path):
    nets, card = build("vae", channels=3)
    library.save(tmp_path / "colour", card, nets)
    Pillow.new("RGB", (16, 16), "red").save(tmp_path / "red.png")
    session.do(ReconstructJob(tmp_path / "colour", (tmp_path / "red.png",), tmp_path / "out"))
    assert grids.load_png(tmp_path / "out" / "red.png").shape == (16, 16, 3)


def test_a_model_that_does_not_encode_is_refused(session, gan, tmp_path):
    final = session.run(ReconstructJob(gan, (picture(tmp_path / "a.png", 0),), tmp_path / "out"))
    assert final.refused
    assert "cannot encode" in final.reason
    assert not (tmp_path / "out").exists()


def test_a_stopped_reconstruction_keeps_what_is_done(session, vae, tmp_path):
    control = Control()
    inputs = tuple(picture(tmp_path / f"{i}.png", i) for i in range(3))
    job = ReconstructJob(vae, inputs, tmp_path / "out")
    final = session.run(job, lambda e: control.stop() if isinstance(e, events.Progress) else None, control)
    assert isinstance(final, events.Stopped)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["0.png"]


def test_a_model_from_the_place_is_shared_between_samples_and_renders(session, vae):
    first = render.open_model(vae, session.place)
    assert render.open_model(vae, session.place) is first
    assert render.open_model(vae, session.place, "cpu") is not first, "another device is another model"
    with pytest.raises(Refused, match="quantum"):
        render.open_model(vae, session.place, "quantum")
