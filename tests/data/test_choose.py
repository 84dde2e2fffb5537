import numpy as np
import pytest

from studio.data.choose import apart, subset

UNEVEN = np.repeat([0, 1, 2], [70, 20, 10])


def test_a_subset_is_spread_evenly_over_the_classes():
    chosen = subset(100, UNEVEN, 45, seed=1)
    assert np.bincount(UNEVEN[chosen]).tolist() == [18, 17, 10] or np.bincount(UNEVEN[chosen]).tolist() == [17, 18, 10]
    assert (np.diff(chosen) > 0).all()


def test_a_subset_is_random_but_seeded():
    first = subset(100, None, 10, seed=1)
    np.testing.assert_array_equal(first, subset(100, None, 10, seed=1))
    assert first.tolist() != subset(100, None, 10, seed=2).tolist()
    assert first.tolist() != list(range(10))


@pytest.mark.parametrize("limit", [0, 100, 200])
def test_no_limit_or_a_large_one_takes_all(limit):
    assert subset(100, UNEVEN, limit, seed=0).tolist() == list(range(100))


def test_the_share_of_every_class_is_held_out():
    held = apart(100, UNEVEN, 0.2, seed=3)
    assert np.bincount(UNEVEN[held]).tolist() == [14, 4, 2]


def test_one_is_held_out_and_one_stays():
    assert len(apart(3, None, 0.1, seed=0)) == 1
    assert len(apart(2, None, 0.5, seed=0)) == 1
    assert len(apart(1, None, 0.5, seed=0)) == 0
    assert len(apart(0, None, 0.5, seed=0)) == 0
    assert len(apart(50, None, 0.0, seed=0)) == 0


def test_a_class_with_one_picture_stays_in_training():
    labels = np.array([0] * 50 + [1])
    assert 50 not in apart(51, labels, 0.1, seed=0)
