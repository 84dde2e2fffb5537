"""The film of a run: its moments in order, each for its share of the time (see test_runs.py as well)."""

from __future__ import annotations

import numpy as np
import pytest

from studio import events, models
from studio.backend.backend import Backend
from studio.config import to_json
from studio.control import Control
from studio.imaging import grids
from studio.models.family import Spec
from studio.models.library import Card
from studio.session import Session
from studio.training import runs
from studio.training.film import SHORTEST_SIDE
from studio.training.gallery import Shown
from studio.training.jobs import FilmJob
from studio.training.moments import Moments
from tests.fakes import Listener, small

LEVELS = {0: 10, 40: 90, 100: 200}


@pytest.fixture
def run(tmp_path):
    """The folder of a run whose moments are grey sheets of the LEVELS."""
    recipe = small("gan")
    folder = runs.create(tmp_path / "runs", "run", recipe, {}).folder
    nets = Backend("cpu", "float32").build(lambda: models.family("gan").build(recipe.model, Spec(8, 1)), 0)
    keeper = Moments(folder, Card("run", "gan", to_json(recipe.model), 8, 1), limit=10)
    for step, level in LEVELS.items():
        keeper.store(step, {"generator": nets["generator"]}, Shown(np.full((4, 8, 8, 1), level, np.uint8)))
    return folder


def levels(folder):
    return [int(grids.load_png(file)[0, 0, 0]) for file in sorted(folder.glob("*.png"))]


def test_each_moment_is_shown_for_its_share_in_order(run, tmp_path):
    listener = Listener()
    final = Session(tmp_path).run(FilmJob(run, tmp_path / "out", fps=3, seconds=2.0), listener)
    assert isinstance(final, events.Done), final
    assert final.result == tmp_path / "out"
    assert levels(tmp_path / "out") == [10, 10, 90, 90, 200, 200]
    assert [(e.done, e.total) for e in listener.of(events.Progress)] == [(n, 6) for n in range(1, 7)]


def test_however_short_no_moment_is_left_out(run, tmp_path):
    Session(tmp_path).do(FilmJob(run, tmp_path / "out", fps=1, seconds=0.5))
    assert levels(tmp_path / "out") == [10, 90, 200]


def test_small_sheets_are_enlarged_without_blur(run, tmp_path):
    Session(tmp_path).do(FilmJob(run, tmp_path / "out", fps=1, seconds=1))
    frame = grids.load_png(next((tmp_path / "out").iterdir()))
    assert frame.shape[0] == frame.shape[1] == SHORTEST_SIDE
    assert len(np.unique(frame)) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"seconds": 0.0}, "600 seconds, not 0"),
        ({"seconds": -1.0}, "not -1"),
        ({"seconds": 601.0}, "not 601"),
        ({"seconds": float("nan")}, "not nan"),
        ({"fps": 0}, "1 to 60 pictures a second, not 0"),
        ({"fps": 61}, "not 61"),
    ],
)
def test_impossible_films_are_refused_and_nothing_is_written(run, tmp_path, settings, words):
    final = Session(tmp_path).run(FilmJob(run, tmp_path / "out", **settings))
    assert final.refused
    assert words in final.reason
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["out", "out.mp4", "out.gif"])
def test_a_film_that_is_stopped_is_not_there(run, tmp_path, name):
    control = Control()
    job = FilmJob(run, tmp_path / "films" / name, fps=2, seconds=3)
    final = Session(tmp_path).run(job, lambda e: control.stop() if isinstance(e, events.Progress) else None, control)
    assert isinstance(final, events.Stopped)
    left = list((tmp_path / "films").iterdir()) if (tmp_path / "films").exists() else []
    assert left == []


def test_moments_without_pictures_are_passed_over(run, tmp_path):
    (run / "moments" / f"{40:09d}" / "pictures.png").unlink()
    Session(tmp_path).do(FilmJob(run, tmp_path / "out", fps=2, seconds=1))
    assert levels(tmp_path / "out") == [10, 200]


def test_what_is_no_run_is_refused(tmp_path):
    final = Session(tmp_path).run(FilmJob(tmp_path / "none", tmp_path / "out"))
    assert final.refused
    assert "There is no run named" in final.reason
