"""Planes through code spaces: there and back, quantiles, and planes that are none."""

import numpy as np
import pytest

from studio.errors import Refused
from studio.latent import planes


def test_quantiles_give_each_part_equally_many_codes():
    plane = planes.of_axes(2, quantiles=True)
    codes = plane.codes(np.array([[0.5, 0.5], [0.8413447, 0.0227501]]))
    assert np.allclose(codes, [[0, 0], [1, -2]], atol=1e-4)
    assert np.allclose(plane.points(codes), [[0.5, 0.5], [0.8413447, 0.0227501]], atol=1e-5)
    assert np.isfinite(plane.codes(np.array([[0.0, 1.0], [-3.0, 4.0]]))).all()


def test_points_and_codes_are_each_other_s_inverse():
    a, b, c = np.random.default_rng(0).standard_normal((3, 50)).astype(np.float32)
    plane = planes.through(a, b, c)
    assert np.allclose(plane.codes(np.array([[0, 0], [1, 0], [0, 1]])), [a, b, c], atol=1e-5)
    places = np.random.default_rng(1).standard_normal((7, 2))
    assert np.allclose(plane.points(plane.codes(places)), places, atol=1e-4)


def test_two_axes_leave_the_others_where_they_are():
    base = np.arange(5, dtype=np.float32)
    code = planes.of_axes(5, 1, 3, base).codes(np.array([[10.0, 20.0]]))[0]
    assert code.tolist() == [0, 10, 2, 20, 4]


def test_planes_that_are_none_are_refused():
    a, b = np.random.default_rng(0).standard_normal((2, 9)).astype(np.float32)
    with pytest.raises(Refused, match="three different pictures"):
        planes.through(a, b, b)
    with pytest.raises(Refused, match="three different pictures"):
        planes.through(a, a, b)
    with pytest.raises(Refused, match="one line"):
        planes.through(a, b, a + 3 * (b - a))
    with pytest.raises(Refused, match="same way"):
        planes.of_directions(a, b, -2 * b, ("x", "y"))
    with pytest.raises(Refused, match="two different dimensions"):
        planes.of_axes(5, 2, 2)
    with pytest.raises(Refused, match="at least two"):
        planes.of_axes(1)
