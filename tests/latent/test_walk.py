"""Films of the way through codes."""

from __future__ import annotations

import json

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from studio import events
from studio.control import Control
from studio.imaging import grids
from studio.latent import arithmetic, walk
from studio.latent.decode import opened
from studio.latent.jobs import LIVE
from studio.latent.search_jobs import LatentFilmJob
from studio.session import Session
from tests.fakes import Listener
from tests.latent import ground


@pytest.fixture(autouse=True)
def prepared(monkeypatch):
    ground.know_all_jobs(monkeypatch)
    ground.without_gpu(monkeypatch)


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "runs")


@pytest.fixture
def model(tmp_path):
    return ground.untrained(tmp_path / "gan", "gan", "latent=8", size=16)


KEYS = np.random.default_rng(0).standard_normal((3, 8)).astype(np.float32)


def film(model, out, **settings):
    return LatentFilmJob(model, KEYS, out, **{"seconds": 0.5, "fps": 8, "size": 32} | settings)


def frames(path):
    """Pictures of a film and its comment."""
    with av.open(str(path)) as container:
        about = json.loads(container.metadata["comment"])
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)], about


def test_a_film_goes_from_key_to_key(session, model, tmp_path):
    listener = Listener()
    assert session.run(film(model, tmp_path / "frames", about={"keys": "seed 1, seed 2"}), listener).result
    files = sorted((tmp_path / "frames").iterdir())
    assert len(files) == 2 * 4 + 1
    source = opened(model, session.place)
    codes = arithmetic.path(list(KEYS), 9, "slerp")
    expected = np.concatenate(list(source.decode(codes)))
    for file, picture in zip(files, expected, strict=True):
        assert np.abs(grids.load_png(file).astype(int) - grids.upscale(picture, 2)).max() <= 1
    assert [event.done for event in listener.of(events.Progress)] == list(range(1, 10))
    with Pillow.open(files[0]) as image:
        about = dict(image.info)
    assert (about["model"], about["blend"], about["seconds"], about["fps"]) == ("gan", "slerp", "0.5", "8")
    assert about["keys"] == "seed 1, seed 2"
    assert source.stamp.startswith(about["stamp"])


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_and_colour_become_films_with_their_settings_inside(session, tmp_path, channels):
    model = ground.untrained(tmp_path / "gan", "gan", "latent=8", size=16, channels=channels)
    session.do(film(model, tmp_path / "film.mp4", loop=True, blend="lerp", smooth=True))
    pictures, about = frames(tmp_path / "film.mp4")
    assert len(pictures) == 3 * 4
    assert pictures[0].shape == (32, 32, 3)
    assert (about["blend"], about["pace"], about["codes"]) == ("lerp", "smooth loop", "3")
    session.do(film(model, tmp_path / "film.gif"))
    with Pillow.open(tmp_path / "film.gif") as image:
        assert image.n_frames > 1


def test_the_length_of_the_whole_can_be_given_for_a_drawn_path(session, model, tmp_path):
    line = np.linspace(KEYS[0], KEYS[1], 50).astype(np.float32)
    session.do(LatentFilmJob(model, line, tmp_path / "frames", fps=10, even=True, length=1.2))
    assert len(list((tmp_path / "frames").iterdir())) == 12


@pytest.mark.parametrize(
    ("side", "wanted", "factor"), [(28, 0, 18), (128, 0, 1), (64, 200, 3), (64, 10, 1), (8, 64, 8)]
)
def test_pictures_grow_by_whole_multiples(side, wanted, factor):
    assert walk.enlarged(side, wanted) == factor


def test_the_live_model_is_filmed(session, model, tmp_path):
    source = opened(model, session.place)
    session.place.live(source.card).offer(5, source.nets)
    session.do(film(LIVE, tmp_path / "film.mp4"))
    assert frames(tmp_path / "film.mp4")[1]["step"] == "5"


@pytest.mark.parametrize("name", ["film.mp4", "film.gif", "frames"])
def test_a_stopped_film_leaves_nothing(session, model, tmp_path, name):
    control = Control()
    out = tmp_path / "out" / name
    final = session.run(film(model, out), lambda e: control.stop() if isinstance(e, events.Progress) else None, control)
    assert isinstance(final, events.Stopped)
    assert not out.exists()
    assert not out.parent.exists() or not list(out.parent.iterdir())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"keys": KEYS[:1]}, "at least two codes"),
        ({"keys": KEYS[0]}, "at least two codes"),
        ({"keys": KEYS[:, :5]}, "takes codes of 8 numbers, not of 5"),
        ({"keys": np.where(np.arange(8) == 3, np.nan, KEYS)}, "not finite"),
        ({"blend": "jump"}, "not by 'jump'"),
        ({"fps": 0.0}, "1 to 60 pictures a second"),
        ({"seconds": 0.0}, "not 0"),
        ({"seconds": 400.0}, "not 800"),
        ({"length": 700.0}, "not 700"),
        ({"seconds": float("nan")}, "not nan"),
        ({"size": -1}, "not -1"),
        ({"wanted": "7"}, "cannot be asked for a class"),
        ({"out": "film.avi"}, ".mp4 or .gif"),
    ],
)
def test_impossible_films_are_refused_before_anything_is_written(session, model, tmp_path, settings, words):
    out = tmp_path / "new" / settings.pop("out", "film.mp4")
    final = session.run(LatentFilmJob(**{"model": model, "keys": KEYS, "out": out, "fps": 8.0} | settings))
    assert isinstance(final, events.Failed)
    assert final.refused
    assert words in final.reason
    assert not out.exists()
