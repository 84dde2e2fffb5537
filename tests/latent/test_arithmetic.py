"""Between codes, sums of codes, and the length they must keep."""

import numpy as np
import pytest

from studio.latent import arithmetic


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_slerp_keeps_the_length_where_lerp_loses_it():
    a, b = normal(2, 512)
    middle = np.linalg.norm(arithmetic.slerp(a, b, 0.5))
    assert middle == pytest.approx((np.linalg.norm(a) + np.linalg.norm(b)) / 2, rel=1e-5)
    assert np.linalg.norm(arithmetic.lerp(a, b, 0.5)) < 0.8 * middle


def test_slerp_goes_in_even_angles():
    a, b = np.float32([1, 0]), np.float32([0, 2])
    third = arithmetic.slerp(a, b, 1 / 3)
    assert np.degrees(np.arctan2(third[1], third[0])) == pytest.approx(30, abs=1e-3)
    assert np.linalg.norm(third) == pytest.approx(4 / 3)


@pytest.mark.parametrize("kind", arithmetic.BLENDS)
def test_both_ends_are_exact(kind):
    a, b = normal(2, 20)
    assert np.allclose(arithmetic.blend(kind, a, b, 0), a, atol=1e-6)
    assert np.allclose(arithmetic.blend(kind, a, b, 1), b, atol=1e-6)


@pytest.mark.parametrize("other", [1.0, -1.0, 2.0, 0.0])
def test_slerp_survives_codes_without_a_circle(other):
    a = normal(16)
    assert np.isfinite(arithmetic.slerp(a, other * a, 0.3)).all()


def test_averages_of_a_gaussian_get_their_length_back():
    codes = list(normal(100, 256))
    lengths = np.mean([np.linalg.norm(code) for code in codes])
    assert np.linalg.norm(arithmetic.average(codes, restore=True)) == pytest.approx(lengths, rel=1e-5)
    assert np.linalg.norm(arithmetic.average(codes, restore=False)) < 0.2 * lengths


def test_arithmetic_adds_and_takes_away():
    a, b, c = normal(3, 8)
    assert np.allclose(arithmetic.combine([a, c], [b], restore=False), a - b + c, atol=1e-6)
    assert np.allclose(arithmetic.combine([a, b], [b], restore=False), a, atol=1e-6)
    kept = arithmetic.combine([a, c], [b], restore=True)
    assert np.linalg.norm(kept) == pytest.approx(np.mean([np.linalg.norm(code) for code in (a, b, c)]), rel=1e-5)


def test_a_path_passes_its_keys_and_a_loop_does_not_stand_still():
    keys = list(normal(3, 8))
    way = arithmetic.path(keys, 9, "lerp")
    assert np.allclose(way[[0, 4, 8]], keys, atol=1e-6)
    around = arithmetic.path(keys, 9, "lerp", loop=True)
    assert np.allclose(around[[0, 3, 6]], keys, atol=1e-6)
    steps = np.linalg.norm(np.diff(np.concatenate([around, around[:1]]), axis=0), axis=1)
    assert steps.min() > 0
    assert len(arithmetic.path(keys[:1], 5, "slerp")) == 5
