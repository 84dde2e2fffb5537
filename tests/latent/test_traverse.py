"""Rows of pictures along directions, the strongest first."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow

from studio import events
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Cancelled, Refused
from studio.events import Done, Stopped
from studio.imaging import grids
from studio.latent import traverse as module
from studio.latent.jobs import LIVE
from studio.latent.map_jobs import Traversal, TraverseJob, TraverseSheetJob
from studio.latent.traverse import prior_spreads, sheet, traverse
from studio.models.family import Prior
from tests.fakes import Listener
from tests.latent.plain_models import WEIGHTS, living, picture_of, saved

BASE = np.array([0.1, -0.2, 0.3], np.float32)


def rows_of(job, place):
    listener = Listener()
    final = traverse(job, listener, Control(), place)
    return final, listener.of(Traversal), listener


def test_axes_are_sorted_by_how_much_they_change_the_picture(monkeypatch):
    final, rows, _ = rows_of(TraverseJob(LIVE, BASE, serial=9), living(monkeypatch))
    assert isinstance(final, Done)
    assert final.result.tolist() == [1, 2, 0]
    assert [row.index for row in rows] == [1, 2, 0]
    assert [row.rank for row in rows] == [0, 1, 2]
    assert {(row.serial, row.total, row.step, row.model) for row in rows} == {(9, 3, 5, LIVE)}
    # four of sixteen pixels, two σ apart, in levels of 1/255
    assert [row.change for row in rows] == pytest.approx([2 * WEIGHTS[k] / 4 for k in (1, 2, 0)], abs=0.002)


def test_a_row_goes_from_minus_reach_to_plus_reach(monkeypatch):
    _, rows, _ = rows_of(TraverseJob(LIVE, BASE, reach=1.5, columns=3), living(monkeypatch))
    for row in rows:
        for offset, picture in zip((-1.5, 0, 1.5), row.pictures, strict=True):
            assert np.array_equal(picture, picture_of(BASE + offset * np.eye(3)[row.index]))


def test_directions_and_spreads_of_one_s_own(monkeypatch):
    ways = np.array([[0, 0, 1], [0, 0.5, 0]])
    spreads = np.array([4.0, 1.0])
    final, rows, _ = rows_of(TraverseJob(LIVE, BASE, ways, spreads, 1, 2), living(monkeypatch))
    assert final.result.tolist() == [0, 1], "four σ of 0.1 do more than half a step of 0.3"
    assert np.array_equal(rows[0].pictures[1], picture_of(BASE + np.array([0, 0, 4])))
    _, alone, _ = rows_of(TraverseJob(LIVE, BASE, ways, None, 1, 2), living(monkeypatch))
    assert [row.index for row in alone] == [1, 0]


def test_only_the_strongest_rows_are_sent_when_asked(monkeypatch):
    final, rows, _ = rows_of(TraverseJob(LIVE, BASE, rows=1), living(monkeypatch))
    assert len(rows) == 1
    assert rows[0].total == 1
    assert len(final.result) == 3


def test_many_directions_come_in_parts_with_progress(monkeypatch):
    ways = np.random.default_rng(0).standard_normal((100, 3))
    _, rows, listener = rows_of(TraverseJob(LIVE, BASE, ways), living(monkeypatch))
    assert sorted(row.index for row in rows) == list(range(100))
    changes = [row.change for row in rows]
    assert changes == sorted(changes, reverse=True)
    measured = [e.done for e in listener.of(events.Progress) if e.what == "measuring directions"]
    assert measured == [32, 64, 96, 100]
    assert len({row.pictures.base is None for row in rows}) == 1, "each row is an array of its own"


def test_a_stop_while_measuring_has_nothing_yet(monkeypatch):
    control, place = Control(), living(monkeypatch)
    ways = np.random.default_rng(0).standard_normal((100, 3))
    with pytest.raises(Cancelled):
        traverse(TraverseJob(LIVE, BASE, ways), lambda event: control.stop(), control, place)


def test_a_stop_among_the_rows_keeps_those_that_came(monkeypatch):
    control, listener = Control(), Listener()

    def sink(event):
        listener(event)
        if isinstance(event, Traversal):
            control.stop()

    ways = np.random.default_rng(0).standard_normal((100, 3))
    final = traverse(TraverseJob(LIVE, BASE, ways), sink, control, living(monkeypatch))
    assert isinstance(final, Stopped)
    assert len(final.result) == 100
    assert 1 <= len(listener.of(Traversal)) < 100


def test_one_sigma_is_the_prior_s():
    assert prior_spreads(Prior(4), 4).tolist() == [1] * 4
    assert prior_spreads(None, 2).tolist() == [1, 1]
    assert np.allclose(prior_spreads(Prior(2, "uniform"), 2), 0.577, atol=0.001)
    ring = prior_spreads(Prior(3, "mixture"), 3)
    assert ring[0] > 1.8
    assert ring[2] == pytest.approx(1, abs=0.1)


def test_the_sheet_has_a_row_for_each_direction_and_says_which(monkeypatch, tmp_path):
    place = living(monkeypatch)
    job = TraverseJob(LIVE, BASE, columns=5)
    final = sheet(TraverseSheetJob(job, tmp_path / "sheet.png"), Listener(), Control(), place)
    assert final.result == tmp_path / "sheet.png"
    _, rows, _ = rows_of(job, place)
    expected = grids.grid(np.concatenate([row.pictures for row in rows]), 5)
    assert np.array_equal(grids.load_png(final.result), expected)
    with Pillow.open(final.result) as image:
        assert image.text["model"] == "straight"
        assert image.text["rows"].startswith("2: 0.1")
    assert "strongest: 2, 3, 1" in final.text


def test_a_stopped_sheet_is_not_written(monkeypatch, tmp_path):
    control = Control()

    def sink(event):
        if event.what == "making rows":
            control.stop()

    with pytest.raises(Cancelled):
        sheet(TraverseSheetJob(TraverseJob(LIVE, BASE), tmp_path / "s.png"), sink, control, living(monkeypatch))
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_traversed_is_a_sentence(monkeypatch, tmp_path):
    place = living(monkeypatch)
    for job, words in [
        (TraverseJob(LIVE, np.zeros(2, np.float32)), "codes of 3 numbers"),
        (TraverseJob(LIVE, BASE, np.ones((2, 4))), "codes of 3 numbers"),
        (TraverseJob(LIVE, BASE, np.ones((2, 3)), np.ones(3)), "2 directions and 3 spreads"),
        (TraverseJob(LIVE, BASE, np.ones((0, 3))), "0 directions"),
        (TraverseJob(LIVE, BASE, columns=1), "2 to 99 pictures"),
        (TraverseJob(LIVE, BASE, reach=0), "above 0 to 100"),
        (TraverseJob(LIVE, BASE, reach=float("nan")), "above 0 to 100"),
    ]:
        with pytest.raises(Refused, match=words):
            traverse(job, Listener(), Control(), place)
    with pytest.raises(Refused, match=r"end in \.png"):
        sheet(TraverseSheetJob(TraverseJob(LIVE, BASE), tmp_path / "s"), Listener(), Control(), place)
    monkeypatch.setattr(module, "LARGEST_SIDE", 20)
    with pytest.raises(Refused, match="too large"):
        sheet(TraverseSheetJob(TraverseJob(LIVE, BASE), tmp_path / "s.png"), Listener(), Control(), place)


def test_a_model_of_the_library_is_traversed(tmp_path):
    folder = saved(tmp_path / "gan", "gan")
    final, rows, _ = rows_of(TraverseJob(str(folder), np.zeros(4, np.float32)), Workplace())
    assert len(rows) == 4
    assert rows[0].stamp
    assert rows[0].pictures.shape == (7, 8, 8, 1)
    assert final.result.tolist() == [row.index for row in rows]
