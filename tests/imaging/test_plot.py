"""Loss curves as a picture for the terminal."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageColor

from studio.imaging import plot

CURVE = slice(50, 380), slice(70, 880)
"""where curves are drawn in a picture of 900 × 420"""


def near(picture, colour, distance=40):
    """Where the picture has about this colour, as a mask."""
    wanted = np.array(ImageColor.getrgb(colour))
    return np.abs(picture.astype(int) - wanted).max(axis=2) < distance


def rows_of(picture, colour):
    """For each column of the plot where a colour is: the mean row."""
    mask = near(picture, colour)[CURVE]
    columns = np.flatnonzero(mask.any(axis=0))
    return columns, np.array([np.flatnonzero(mask[:, c]).mean() for c in columns])


def test_shape_and_type():
    made = plot.curves({"a": np.arange(10.0)}, "t", width=300, height=200)
    assert made.shape == (200, 300, 3)
    assert made.dtype == np.uint8


def test_a_falling_loss_falls_from_left_to_right():
    made = plot.curves({"loss": np.linspace(5, 1, 400).astype(np.float32)}, "run", smoothing=1)
    columns, rows = rows_of(made, plot.COLOURS[0])
    assert columns[-1] - columns[0] > 780, "over the whole width"
    assert rows[-1] - rows[0] > 250, "over nearly the whole height, rows count downwards"
    assert (np.diff(rows) >= -1).all()


def test_every_curve_has_its_colour_and_its_name():
    columns = {f"c{i}": np.full(50, float(i)) for i in range(6)}
    made = plot.curves(columns, "")
    heights = []
    for colour in plot.COLOURS:
        assert near(made, colour)[:40].any(), "the legend"
        heights.append(rows_of(made, colour)[1].mean())
    assert heights == sorted(heights, reverse=True), "higher values are drawn higher"


def test_more_curves_than_colours_begin_again():
    made = plot.curves({f"c{i}": np.arange(30.0) + 100 * i for i in range(7)}, "")
    first, seventh = (near(made, plot.COLOURS[0])[half, 70:880].any() for half in (slice(300, 380), slice(50, 130)))
    assert first
    assert seventh


def test_the_running_mean_is_strong_and_the_raw_values_are_faint():
    noise = np.tile([0.0, 10.0], 200)
    made = plot.curves({"loss": noise}, "", smoothing=50)
    columns, rows = rows_of(made, plot.COLOURS[0])
    assert np.ptp(rows) < 8, "the mean of up and down is a level line"
    assert abs(rows.mean() - 165) < 20, "in the middle"
    faint = "#{:02x}{:02x}{:02x}".format(*plot._mixed(plot.COLOURS[0]))
    assert near(made, faint, 12)[CURVE].sum() > 20 * len(columns)


def test_gaps_do_not_spoil_the_rest():
    values = np.linspace(0, 1, 300)
    values[::3], values[100:110], values[5] = np.nan, np.inf, -np.inf
    whole, holed = (plot.curves({"a": v}, "", smoothing=1) for v in (np.linspace(0, 1, 300), values))
    assert np.abs(rows_of(whole, plot.COLOURS[0])[1].mean() - rows_of(holed, plot.COLOURS[0])[1].mean()) < 6


def test_one_spike_does_not_flatten_the_curve():
    values = np.linspace(0, 1, 1000)
    values[500] = 1e6
    _, rows = rows_of(plot.curves({"a": values}, "", smoothing=1), plot.COLOURS[0])
    assert np.ptp(rows) > 200


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"a": np.empty(0)},
        {"a": np.array([1.0])},
        {"a": np.full(5, np.nan)},
        {"a": np.full(5, np.nan), "b": np.arange(5.0)},
        {"a": np.zeros(100)},
        {"a": np.full(3, 1e12)},
        {"a": np.arange(3.0), "b": np.arange(500.0)},
    ],
    ids=["none", "empty", "one point", "all nan", "one nan", "zeros", "large", "lengths"],
)
def test_odd_data_make_a_picture_all_the_same(columns):
    made = plot.curves(columns, "run: 1 step", width=300, height=200)
    assert made.shape == (200, 300, 3)
    assert (made < 100).any(), "title and scale are there"


def test_a_constant_is_a_level_line_in_the_middle():
    _, rows = rows_of(plot.curves({"a": np.full(100, 0.693)}, ""), plot.COLOURS[0])
    assert np.ptp(rows) < 1
    assert abs(rows.mean() - 165) < 5


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.2, 7.7), (1.0, 20_000.0), (1e-4, 3e-4), (0.6, 0.61)])
def test_ticks_are_few_round_and_inside(low, high):
    ticks = plot._ticks(low, high)
    assert 2 <= len(ticks) <= 7
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
    steps = np.diff(ticks)
    assert np.allclose(steps, steps[0])
    assert f"{steps[0]:.0e}"[0] in "125"
