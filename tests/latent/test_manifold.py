"""A map of a code space as one picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow
from scipy.special import ndtri

from studio import events
from studio.control import Control
from studio.errors import Cancelled, Refused
from studio.imaging import grids
from studio.latent import planes
from studio.latent.jobs import LIVE
from studio.latent.manifold import manifold
from studio.latent.map_jobs import ManifoldJob
from tests.fakes import Listener
from tests.latent.plain_models import living, picture_of, saved


def cells(path, rows):
    return grids.cells(grids.load_png(path), 4).reshape(rows, rows, 4, 4, 1)


def test_up_and_right_are_up_and_right(monkeypatch, tmp_path):
    out, listener = tmp_path / "map.png", Listener()
    job = ManifoldJob(LIVE, out, rows=3, axes=(2, 1), area=1.5)
    assert manifold(job, listener, Control(), living(monkeypatch)).result == out
    found = cells(out, 3)
    for row, up in enumerate((1.5, 0, -1.5)):
        for column, across in enumerate((-1.5, 0, 1.5)):
            assert np.array_equal(found[row, column], picture_of([0, up, across]))
    with Pillow.open(out) as image:
        assert (image.text["model"], image.text["across"], image.text["up"]) == ("straight", "z3", "z2")
        assert image.text["shown"] == "-1.5 to 1.5"
    assert listener.of(events.Progress)[-1].done == 9


def test_quantiles_are_shares_of_a_normal_distribution(monkeypatch, tmp_path):
    manifold(
        ManifoldJob(LIVE, tmp_path / "m.png", 3, (1, 2), quantiles=True), Listener(), Control(), living(monkeypatch)
    )
    corner = ndtri(0.98)
    assert np.array_equal(cells(tmp_path / "m.png", 3)[0, 2], picture_of([0, corner, corner]))


def test_the_other_numbers_are_the_base_s(monkeypatch, tmp_path):
    base = np.array([5, 5, 2], np.float32)
    job = ManifoldJob(LIVE, tmp_path / "m.png", 3, area=1, base=base)
    manifold(job, Listener(), Control(), living(monkeypatch))
    assert np.array_equal(cells(tmp_path / "m.png", 3)[1, 1], picture_of([0, 0, 2]))


def test_any_plane_can_be_shown(monkeypatch, tmp_path):
    plane = planes.through(*np.eye(3, dtype=np.float32))
    manifold(ManifoldJob(LIVE, tmp_path / "m.png", 3, plane=plane, area=1), Listener(), Control(), living(monkeypatch))
    assert np.array_equal(cells(tmp_path / "m.png", 3)[1, 2], picture_of([0, 1, 0]))


def test_a_stopped_map_is_not_written(monkeypatch, tmp_path):
    control = Control()
    with pytest.raises(Cancelled):
        manifold(ManifoldJob(LIVE, tmp_path / "m.png"), lambda event: control.stop(), control, living(monkeypatch))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": 1}, "from 2 to 200 rows, not 1"),
        ({"rows": 201}, "not 201"),
        ({"axes": (1, 1)}, "two different dimensions"),
        ({"axes": (0, 3)}, "two different dimensions"),
        ({"area": -1.0}, "The area"),
        ({"area": float("inf")}, "The area"),
        ({"base": np.zeros(4, np.float32)}, "takes codes of 3 numbers"),
        ({"plane": planes.of_axes(5)}, "another model"),
    ],
)
def test_what_is_no_map_is_a_sentence(monkeypatch, tmp_path, changes, words):
    with pytest.raises(Refused, match=words):
        manifold(ManifoldJob(LIVE, tmp_path / "m.png", **changes), Listener(), Control(), living(monkeypatch))


def test_quantiles_need_normal_codes(monkeypatch, tmp_path):
    place = living(monkeypatch)
    folder = str(saved(tmp_path / "ae", "autoencoder"))
    with pytest.raises(Refused, match="not normally distributed"):
        manifold(ManifoldJob(folder, tmp_path / "m.png", quantiles=True), Listener(), Control(), place)
    with pytest.raises(Refused, match=r"end in \.png"):
        manifold(ManifoldJob(LIVE, tmp_path / "m"), Listener(), Control(), place)
