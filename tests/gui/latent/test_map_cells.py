"""The cache of a map's pictures, their stand-ins, and what has been asked for."""

from __future__ import annotations

import numpy as np
import pytest

from studio.gui import convert
from studio.gui.latent.map_cells import CellCache, CellLayer
from studio.gui.latent.map_requests import PATIENCE, CellRequests
from studio.latent.lattice import Frame, Lattice

SIDE = 8


def flat(*levels):
    """A picture of one grey each, (N, 8, 8, 1) uint8."""
    return np.stack([np.full((SIDE, SIDE, 1), level, np.uint8) for level in levels])


@pytest.fixture
def cache(dressed):
    return CellCache()


def grey(image, x, y):
    return image.pixelColor(x, y).red()


def composed(cache, frame=None):
    frame = frame or Frame(0, 0, 4 * SIDE, 4 * SIDE, x=2.0, y=2.0, scale=float(SIDE))
    return CellLayer(cache).image(frame, Lattice(1.0, SIDE), 1.0)


def test_old_cells_go_when_room_runs_out(dressed):
    cache = CellCache(limit=3 * SIDE * SIDE * 4)
    cache.put([(0, i, 0) for i in range(3)], flat(1, 2, 3), 0, 64)
    cache.get((0, 0, 0))
    cache.put([(0, 9, 0)], flat(9), 0, 64)
    assert len(cache) == 3
    assert cache.get((0, 1, 0)) is None
    assert cache.get((0, 0, 0)) is not None


def test_an_older_picture_never_replaces_a_newer_one(cache):
    cache.put([(0, 0, 0)], flat(200), 2, 64)
    cache.put([(0, 0, 0)], flat(10), 1, 64)
    assert grey(cache.get((0, 0, 0)).picture.toImage(), 0, 0) == 200
    assert cache.missing([(0, 0, 0)], 2) == []
    assert cache.missing([(0, 0, 0)], 3) == [(0, 0, 0)]


def test_large_pictures_are_kept_small(cache):
    cache.put([(0, 0, 0)], np.zeros((1, 64, 64, 3), np.uint8), 0, 16)
    assert cache.get((0, 0, 0)).picture.width() == 16


def test_a_coarser_cell_stands_in_with_the_right_quarter(cache):
    picture = np.zeros((1, SIDE, SIDE, 1), np.uint8)
    picture[0, : SIDE // 2, SIDE // 2 :] = 250  # top right
    cache.put([(-1, 0, 0)], picture, 0, 64)
    image = composed(cache, Frame(0, 0, 2 * SIDE, 2 * SIDE, x=1.0, y=1.0, scale=float(SIDE)))
    corners = [grey(image, x, y) for y in (2, 13) for x in (2, 13)]
    assert corners == [0, 250, 0, 0]


def test_negative_cells_find_their_coarser_one(cache):
    cache.put([(-2, -1, -1)], flat(77), 0, 64)
    assert cache.coarser((0, -1, -4)) is not None
    assert cache.coarser((0, 0, -4)) is None


def test_finer_cells_stand_in_each_in_its_quarter(cache):
    cache.put([(1, 0, 0), (1, 1, 0), (1, 0, 1), (1, 1, 1)], flat(10, 20, 30, 40), 0, 64)
    image = composed(cache, Frame(0, 0, SIDE, SIDE, x=0.5, y=0.5, scale=float(SIDE)))
    assert [grey(image, x, y) for y in (2, 6) for x in (2, 6)] == [30, 40, 10, 20]


def test_the_first_cell_of_a_block_is_drawn_over_all_of_it(cache):
    cache.put([(0, 1, 1)], flat(99), 0, 64)
    image = convert.to_array(composed(cache))[..., 0]
    assert (image == 99).all()


def test_a_block_turns_fine_only_when_all_of_it_is_there(cache):
    cache.put([(0, 1, 1)], flat(99), 0, 64)
    cache.put([(0, 0, 0), (0, 0, 1)], flat(10, 20), 0, 64)
    image = convert.to_array(composed(cache))[..., 0]
    assert (image == 99).all()
    cache.put([(0, 1, 0), (0, 3, 1), (0, 1, 3), (0, 3, 3)], flat(30, 40, 50, 60), 0, 64)
    image = convert.to_array(composed(cache))[..., 0]
    low = image[2 * SIDE :, : 2 * SIDE]
    assert [low[y, x] for y in (12, 3) for x in (3, 12)] == [10, 30, 20, 99]
    assert (image[2 * SIDE :, 2 * SIDE :] == 40).all()
    assert (image[: 2 * SIDE, 2 * SIDE :] == 60).all()


def test_cells_lie_beside_each_other_without_a_seam(cache):
    keys = [(0, column, row) for row in range(-1, 8) for column in range(-1, 8)]
    cache.put(keys, flat(*[200] * len(keys)), 0, 64)
    image = convert.to_array(composed(cache, Frame(0, 0, 61, 47, x=3.123, y=2.717, scale=9.3)))
    assert (image == 200).all()


def test_a_layer_is_drawn_once_for_each_change(cache):
    layer, lattice = CellLayer(cache), Lattice(1.0, SIDE)
    frame = Frame(0, 0, 16, 16, x=1.0, y=1.0, scale=float(SIDE))
    cache.put([(0, 1, 1)], flat(50), 0, 64)
    assert grey(layer.image(frame, lattice, 1.0), 12, 2) == 50
    cache.put([(0, 1, 1)], flat(70), 1, 64)
    assert grey(layer.image(frame, lattice, 1.0), 12, 2) == 50
    layer.outdate()
    assert grey(layer.image(frame, lattice, 1.0), 12, 2) == 70


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_late_answers_to_an_older_request_are_still_its_cells():
    requests = CellRequests()
    first = requests.open([(0, 0, 0), (0, 1, 0)], 3)
    requests.open([(0, 5, 5)], 4)
    assert requests.answered(first, 1, 1) == (((0, 1, 0),), 3)
    assert requests.underway()


def test_what_is_on_its_way_is_not_asked_for_twice():
    clock = Clock()
    requests = CellRequests(clock)
    serial = requests.open([(0, 0, 0), (0, 1, 0)], 1)
    assert requests.covers([(0, 1, 0)], 1)
    assert not requests.covers([(0, 2, 0)], 1)
    assert not requests.covers([(0, 1, 0)], 2)
    requests.answered(serial, 0, 2)
    assert not requests.underway()


def test_a_request_that_nobody_answers_is_lost():
    clock = Clock()
    requests = CellRequests(clock)
    requests.open([(0, 0, 0)], 1)
    clock.now = PATIENCE + 0.1
    assert not requests.underway()
    assert not requests.covers([(0, 0, 0)], 1)


def test_forgotten_requests_have_no_answers():
    requests = CellRequests()
    serial = requests.open([(0, 0, 0)], 1)
    requests.forget()
    assert requests.answered(serial, 0, 1)[0] == ()
