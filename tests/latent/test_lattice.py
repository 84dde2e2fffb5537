"""The geometry of a map."""

from __future__ import annotations

import numpy as np
import pytest

from studio.latent.lattice import UNIT, Frame, Lattice, in_order

FRAME = Frame(50, 10, 400, 300, x=1.0, y=-2.0, scale=40.0)


def test_the_plane_goes_up_and_the_screen_down():
    places = FRAME.to_screen(np.array([[1.0, -2.0], [2.0, -2.0], [1.0, -1.0]]))
    assert places.tolist() == [[250, 160], [290, 160], [250, 120]]


def test_to_plane_is_the_inverse_of_to_screen():
    points = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_allclose(FRAME.to_plane(FRAME.to_screen(points)), points, atol=1e-12)


def test_zooming_keeps_what_is_under_the_cursor():
    at = (120.0, 77.0)
    before = FRAME.to_plane(np.array([at]))
    zoomed = FRAME.zoomed(3.7, at)
    assert zoomed.scale == pytest.approx(40 * 3.7)
    np.testing.assert_allclose(zoomed.to_plane(np.array([at])), before, atol=1e-12)


def test_dragging_takes_the_plane_along():
    nought = np.zeros((1, 2))
    shift = FRAME.moved(13, -7).to_screen(nought) - FRAME.to_screen(nought)
    np.testing.assert_allclose(shift, [[13, -7]])


def test_showing_a_box_fits_all_of_it():
    left, bottom, right, top = FRAME.showing((0, 0, 2, 1)).box()
    assert (left, right) == (0, 2)
    assert bottom < 0
    assert top > 1


def test_a_frame_is_kept_inside_a_box():
    frame = Frame(0, 0, 100, 100, x=0.95, y=0.5, scale=200.0).within(UNIT)
    assert frame.box() == pytest.approx((0.5, 0.25, 1.0, 0.75))


def test_a_box_smaller_than_the_frame_is_in_the_middle():
    frame = Frame(0, 0, 400, 100, x=7.0, y=0.5, scale=200.0).within(UNIT)
    assert frame.x == 0.5


@pytest.mark.parametrize("scale", [0.001, 1.0, 27.99, 28.0, 55.9, 56.0, 1e9])
def test_cells_are_between_their_size_and_twice_it(scale):
    lattice = Lattice(0.3, 28)
    size = lattice.spacing(lattice.level(scale)) * scale
    assert 28 * (1 - 1e-6) <= size < 56


def test_a_level_has_half_the_spacing_of_the_one_before():
    lattice = Lattice(0.3, 28)
    assert lattice.spacing(5) == lattice.spacing(4) / 2
    assert lattice.spacing(-1) == 0.6


def test_the_window_covers_the_frame_and_no_more():
    lattice = Lattice(1.0, 40)
    window = lattice.window(Frame(0, 0, 400, 400, x=5.25, y=0, scale=40.0))
    assert (window.column, window.columns) == (0, 11)
    assert (window.row, window.rows) == (-5, 10)


def test_twenty_cells_fill_the_quantiles_exactly():
    lattice = Lattice(1 / 20, 28, UNIT, -2)
    frame = Frame(0, 0, 900, 566).showing(UNIT)
    window = lattice.window(frame)
    assert (window.column, window.row, window.columns, window.rows) == (0, 0, 20, 20)
    points = lattice.points(window.keys())
    assert points.shape == (400, 2)
    np.testing.assert_allclose([points.min(), points.max()], [0.025, 0.975])


def test_quantiles_in_a_small_frame_are_still_tiled_by_whole_cells():
    window = Lattice(1 / 20, 28, UNIT, -2).window(Frame(0, 0, 60, 60).showing(UNIT))
    assert (window.level, window.columns, window.rows) == (-2, 5, 5)


def test_snapped_cells_have_whole_pixels_and_the_same_level():
    lattice = Lattice(0.3, 28)
    scale = lattice.snapped(111.1, 1.5)
    assert scale <= 111.1
    pixels = lattice.spacing(lattice.level(scale)) * scale * 1.5
    assert pixels == pytest.approx(round(pixels))
    assert lattice.level(scale) == lattice.level(111.1)


def test_order_is_coarse_to_fine_and_outwards():
    keys = [(0, column, row) for row in range(-8, 8) for column in range(-8, 8)]
    ordered = in_order(keys, (1.5, 1.5))
    assert sorted(ordered) == sorted(keys)
    assert ordered[0] == (0, 1, 1)
    coarse, middle = ordered[:16], ordered[16:64]
    assert all(column % 4 == 1 and row % 4 == 1 for _, column, row in coarse)
    assert all(column % 2 == 1 and row % 2 == 1 for _, column, row in middle)
    distances = [np.hypot(column - 1, row - 1) for _, column, row in ordered[64:]]
    assert distances == sorted(distances)


def test_every_block_has_exactly_one_first_cell():
    keys = [(3, column, row) for row in range(-4, 4) for column in range(-4, 4)]
    first = in_order(keys, (0, 0))[:4]
    assert {(column >> 2, row >> 2) for _, column, row in first} == {(-1, -1), (-1, 0), (0, -1), (0, 0)}


def test_nothing_in_order_is_nothing():
    assert in_order([], (0, 0)) == []
    assert Lattice(1.0, 28).points([]).shape == (0, 2)
