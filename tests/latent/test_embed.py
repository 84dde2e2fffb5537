"""Encoding data and drawing codes for the map of where pictures lie."""

from __future__ import annotations

import numpy as np
import pytest

from studio import events
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.data import registry
from studio.data.config import DataConfig
from studio.errors import Cancelled, Refused
from studio.latent import space
from studio.latent.decode import opened
from studio.latent.embed import embed
from studio.latent.jobs import LIVE
from studio.latent.map_jobs import EmbedJob
from studio.models.family import Prior
from tests.fakes import Listener
from tests.latent.plain_models import living, picture_of, saved

DIGITS = DataConfig(source="digits")


def run(job, place, listener=None, control=None):
    return embed(job, listener or Listener(), control or Control(), place).result


def test_data_is_read_at_the_model_s_size_and_encoded(tmp_path):
    folder, place, listener = saved(tmp_path / "vae", "vae", 16), Workplace(), Listener()
    found = run(EmbedJob(str(folder), DIGITS, limit=150), place, listener)
    assert found.pictures.shape == (150, 16, 16, 1)
    assert np.array_equal(found.codes, opened(str(folder), place).encode(found.pictures))
    assert found.features is found.codes
    assert np.bincount(found.labels).tolist() == [15] * 10, "evenly over the classes"
    assert found.classes == tuple("0123456789")
    assert (found.model, found.sampled) == ("vae", False)
    assert found.stamp == opened(str(folder), place).stamp
    told = [e for e in listener.of(events.Progress) if e.what == "encoding pictures"]
    assert (told[-1].done, told[-1].total) == (150, 150)
    assert "principal" in vars(found), "found with it, so that the window need not wait"


def test_nothing_is_held_out_and_the_data_s_own_limit_holds(tmp_path):
    folder = str(saved(tmp_path / "vae", "vae"))
    assert len(run(EmbedJob(folder, DIGITS), Workplace())) == len(registry.read(DIGITS, held_out=False)) == 1797
    few = DataConfig(source="digits", limit=20)
    assert len(run(EmbedJob(folder, few, limit=100), Workplace())) == 20


def test_a_colour_model_gets_colour(tmp_path):
    folder = saved(tmp_path / "vae", "vae", 8, 3)
    assert run(EmbedJob(str(folder), DIGITS, limit=5), Workplace()).pictures.shape == (5, 8, 8, 3)


def test_the_living_model_encodes(monkeypatch):
    found = run(EmbedJob(LIVE, DIGITS, limit=30), living(monkeypatch))
    assert (found.model, found.stamp, found.step) == ("straight", "", 5)
    levels = found.pictures.reshape(30, 16) / 255.0 - 0.5
    expected = np.stack([levels[:, 4 * k : 4 * k + 4].mean(1) for k in range(3)], 1) / [0.02, 0.3, 0.1]
    assert np.allclose(found.codes, expected, atol=1e-4)


def test_without_data_codes_are_drawn(monkeypatch):
    found = run(EmbedJob(LIVE, None, limit=200, seed=4), living(monkeypatch))
    assert found.sampled
    assert found.labels is None
    assert np.array_equal(found.codes, space.codes(Prior(3), 4, 200).numpy())
    assert np.array_equal(found.pictures[77], picture_of(found.codes[77]))
    assert np.array_equal(found.features, found.pictures.reshape(200, 16).astype(np.float32) / 255)
    assert np.abs(found.principal.directions[0]).argmax() == 1, "the number that does most to the picture"


def test_a_model_without_encoder_shows_its_own_codes_and_says_so(monkeypatch):
    listener = Listener()
    found = run(EmbedJob(LIVE, DIGITS, limit=10), living(monkeypatch, encodes=False), listener)
    assert found.sampled
    assert len(found) == 10
    (message,) = listener.of(events.Message)
    assert "no encoder" in message.text


def test_a_conditional_model_is_asked_for_everything_in_turn(tmp_path):
    folder, place = str(saved(tmp_path / "cgan", "cgan", 16)), Workplace()
    found = run(EmbedJob(folder, limit=21), place)
    assert found.labels.tolist() == [i % 10 for i in range(21)]
    assert found.classes == tuple("0123456789")
    threes = run(EmbedJob(folder, limit=21, wanted="3"), place)
    assert threes.labels is None
    assert np.array_equal(threes.codes, found.codes)
    alike = (threes.pictures == found.pictures).all((1, 2, 3))
    assert alike[3]
    assert not alike.all()


def test_large_pictures_are_kept_small(monkeypatch):
    from studio.latent import embed as module

    monkeypatch.setattr(module, "THUMBNAIL", 2)
    found = run(EmbedJob(LIVE, None, limit=4), living(monkeypatch))
    assert found.pictures.shape == (4, 2, 2, 1)
    assert found.features.shape == (4, 16)


def test_a_stop_ends_it_between_two_parts(monkeypatch):
    control, listener = Control(), Listener()

    def sink(event):
        listener(event)
        control.stop()

    with pytest.raises(Cancelled):
        embed(EmbedJob(LIVE, None, limit=500), sink, control, living(monkeypatch))
    assert [e.done for e in listener.of(events.Progress)] == [64]


def test_what_cannot_be_embedded_is_a_sentence(tmp_path, monkeypatch):
    place = living(monkeypatch)
    with pytest.raises(Refused, match="at most 100,000"):
        run(EmbedJob(LIVE, limit=100_001), place)
    with pytest.raises(Refused, match="cannot be asked for a class"):
        run(EmbedJob(LIVE, wanted="3"), place)
    with pytest.raises(Refused, match="cannot draw codes by itself"):
        run(EmbedJob(str(saved(tmp_path / "ae", "autoencoder"))), place)
    with pytest.raises(Refused, match="makes no pictures from codes"):
        run(EmbedJob(str(saved(tmp_path / "classifier", "classifier")), DIGITS), place)


def test_one_picture_is_an_embedding_without_directions(monkeypatch):
    found = run(EmbedJob(LIVE, limit=1), living(monkeypatch))
    assert len(found) == 1
    with pytest.raises(Refused, match="at least two"):
        _ = found.principal
