"""Ways through codes: they meet their keys, keep their pace, and stay on the shell."""

from __future__ import annotations

import numpy as np
import pytest

from studio.latent import arithmetic, paths

BLENDS = pytest.mark.parametrize("blend", arithmetic.BLENDS)


def keys(count=4, size=32, seed=0):
    return list(np.random.default_rng(seed).standard_normal((count, size)).astype(np.float32))


def steps(codes):
    return np.linalg.norm(np.diff(codes.astype(np.float64), axis=0), axis=1)


@BLENDS
def test_a_plain_way_is_the_arithmetics(blend):
    assert np.allclose(paths.travel(keys(), 31, blend), arithmetic.path(keys(), 31, blend), atol=1e-6)
    assert np.allclose(
        paths.travel(keys(), 30, blend, loop=True), arithmetic.path(keys(), 30, blend, loop=True), atol=1e-6
    )


@BLENDS
@pytest.mark.parametrize("ease", [False, True])
def test_a_way_meets_its_keys(blend, ease):
    codes = paths.travel(keys(), 31, blend, ease=ease)
    assert codes.dtype == np.float32
    assert np.allclose(codes[::10], keys(), atol=1e-5)


@BLENDS
def test_a_smooth_way_passes_its_keys_and_turns_no_corner(blend):
    codes = paths.travel(keys(), 601, blend, smooth=True)
    assert np.allclose(codes[[0, -1]], [keys()[0], keys()[-1]], atol=1e-5)
    for key in keys():
        assert np.linalg.norm(codes - key, axis=1).min() < 0.05
    directions = np.diff(codes.astype(np.float64), axis=0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    turns = (directions[1:] * directions[:-1]).sum(1)
    corners = np.diff(paths.travel(keys(), 601, blend).astype(np.float64), axis=0)
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    assert turns.min() > 0.98
    assert (corners[1:] * corners[:-1]).sum(1).min() < 0.7


def test_easing_rests_at_every_key():
    lengths = steps(paths.travel(keys(3), 41, "lerp", ease=True))
    assert lengths[[0, 19, 20, 39]].max() < 0.2 * lengths[[9, 30]].min()


@BLENDS
@pytest.mark.parametrize("smooth", [False, True])
def test_an_even_way_has_one_speed_however_far_apart_the_keys_are(blend, smooth):
    far = [keys()[0], keys()[0] + 0.01 * keys()[1], keys()[2], keys()[3]]
    lengths = steps(paths.travel(far, 200, blend, even=True, smooth=smooth))
    assert lengths.std() < 0.05 * lengths.mean()
    if not smooth:
        uneven = steps(paths.travel(far, 200, blend))
        assert uneven.std() > 0.3 * uneven.mean()


def test_an_eased_even_way_starts_and_ends_gently():
    lengths = steps(paths.travel(keys(), 100, "lerp", even=True, ease=True))
    assert lengths[[0, -1]].max() < 0.1 * lengths[50]


@pytest.mark.parametrize("smooth", [False, True])
def test_a_way_on_a_shell_stays_there(smooth):
    codes = paths.travel(keys(5, 256), 200, "slerp", smooth=smooth)
    lengths = np.linalg.norm(codes, axis=1)
    own = [np.linalg.norm(key) for key in keys(5, 256)]
    assert min(own) - 1e-3 <= lengths.min()
    assert lengths.max() <= max(own) + 1e-3


@BLENDS
@pytest.mark.parametrize("smooth", [False, True])
def test_a_loop_comes_round_without_standing_still(blend, smooth):
    codes = paths.travel(keys(), 240, blend, loop=True, smooth=smooth, even=True)
    around = steps(np.concatenate([codes, codes[:1]]))
    assert around.std() < 0.05 * around.mean()
    assert np.allclose(codes[0], keys()[0], atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"even": True}, {"smooth": True, "loop": True}, {"even": True, "ease": True}])
def test_keys_that_are_the_same_make_no_numbers_that_are_not(settings):
    same = [keys()[0]] * 3
    assert np.allclose(paths.travel(same, 20, "slerp", **settings), same[0], atol=1e-5)
    doubled = [keys()[0], keys()[0], keys()[1]]
    assert np.isfinite(paths.travel(doubled, 20, "lerp", **settings)).all()


def test_one_key_is_a_still_picture():
    assert np.array_equal(paths.travel(keys(1), 3, "lerp"), np.repeat(keys(1), 3, axis=0))
