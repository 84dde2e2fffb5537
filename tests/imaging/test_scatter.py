"""Points as a picture."""

from __future__ import annotations

import numpy as np

from studio.imaging.scatter import COLOURS, scatter


def near(picture, colour, tolerance=40):
    """Where a picture has about a colour, as (rows, columns)."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return np.nonzero((np.abs(picture.astype(int) - wanted) < tolerance).all(2))


def test_points_lie_where_they_should_in_the_colour_of_their_class():
    points = np.array([[0.0, 0.0], [10.0, 10.0]])
    picture = scatter(points, np.array([0, 1]), ("low", "high"), "two", side=300)
    assert picture.shape == (300, 450, 3)
    rows, columns = near(picture[:, :300], COLOURS[0])
    assert rows.min() > 250, "low is down"
    assert columns.max() < 50, "and left"
    rows, columns = near(picture[:, :300], COLOURS[1])
    assert rows.max() < 80
    assert columns.min() > 250
    assert len(near(picture[:, 300:], COLOURS[1])[0]), "the legend has a dot"


def test_without_classes_there_is_no_legend_and_equal_points_are_drawn():
    picture = scatter(np.zeros((5, 2)), None, (), "", side=200)
    assert picture.shape == (200, 200, 3)
    assert len(near(picture, COLOURS[0])[0])


def test_more_classes_than_colours_and_lines():
    labels = np.arange(60)
    points = np.random.default_rng(0).standard_normal((60, 2))
    assert scatter(points, labels, [f"class number {i}" for i in range(60)], "many", side=400).shape == (400, 550, 3)
