"""Directions from labelled codes: what they catch, and what leaks into them."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import Refused
from studio.latent import directions

SIZE = 32


def faces(count=4000, seed=0):
    """Codes with two attributes that mostly come together, and the true ways of both, (2, D)."""
    random = np.random.default_rng(seed)
    ways = np.zeros((2, SIZE))
    ways[0, 0], ways[1, 1] = 2.0, 3.0
    glasses = random.random(count) < 0.5
    old = np.where(glasses, random.random(count) < 0.85, random.random(count) < 0.15)
    labels = np.stack([glasses, old], 1).astype(np.float64)
    codes = 1.0 + labels @ ways + random.standard_normal((count, SIZE))
    return codes.astype(np.float32), labels, ways


def leak(direction, ways):
    """How far one step of the direction of the first attribute also goes along the second."""
    return abs(float(direction @ ways[1])) / float(ways[1] @ ways[1])


def test_joint_directions_leak_less_than_the_difference_of_means():
    codes, labels, ways = faces()
    joint = directions.least_squares(codes, labels)
    means = directions.from_groups(codes, np.flatnonzero(labels[:, 0]), "glasses", "m", "s").vector
    assert leak(means, ways) > 0.6, "0.85 - 0.15 of the other attribute"
    assert leak(joint[0], ways) < 0.05
    assert np.allclose(joint, ways, atol=0.2), "one step goes from absent to present"


def test_labels_on_any_scale_give_the_same_step():
    codes, labels, _ = faces(500)
    plain = directions.least_squares(codes, labels)
    assert np.allclose(directions.least_squares(codes, 2 * labels - 1), plain, atol=1e-4)
    assert np.allclose(directions.least_squares(codes, labels * [100, 1] + 7), plain, atol=1e-4)


def test_unknown_labels_are_left_out_column_by_column():
    codes, labels, ways = faces()
    half = len(codes) // 2
    labels[half:, 0] = np.nan  # the first attribute was only noted on the first half
    labels[:200, 1] = np.nan  # and the second is unknown for some of them
    found = directions.least_squares(codes, labels)
    assert np.isfinite(found).all()
    assert np.allclose(found, ways, atol=0.25)
    assert leak(found[0], ways) < 0.05


def test_labels_never_known_together_still_give_directions():
    codes, labels, _ = faces()
    labels[::2, 0], labels[1::2, 1] = np.nan, np.nan
    found = directions.least_squares(codes, labels)
    alone = directions.least_squares(codes[1::2], labels[1::2, :1])
    assert np.allclose(found[0], alone[0], atol=1e-4)
    assert np.argmax(np.abs(found[1])) == 1


def test_a_label_that_is_almost_never_known_does_not_take_the_rows_of_the_others():
    codes, labels, _ = faces(1000)
    rare = np.full((1000, 1), np.nan)
    rare[:30, 0] = np.arange(30) % 2
    with_rare = directions.least_squares(codes, np.hstack([labels, rare]))
    assert np.allclose(with_rare[:2], directions.least_squares(codes, labels), atol=1e-4)


@pytest.mark.parametrize("column", [np.zeros(6), np.full(6, np.nan), np.array([1, np.nan, 1, 1, np.nan, 1])])
def test_a_label_that_never_changes_is_refused(column):
    labels = np.stack([np.array([0, 1, 0, 1, 0, 1.0]), column], 1)
    with pytest.raises(Refused, match="Label 2 is the same"):
        directions.least_squares(np.random.default_rng(0).standard_normal((6, 3)), labels)


def test_infinite_labels_are_refused():
    with pytest.raises(Refused, match="not finite"):
        directions.least_squares(np.zeros((2, 3)), np.array([[0.0], [np.inf]]))


def test_a_group_becomes_a_direction_that_says_where_it_is_from():
    codes = np.array([[0, 0], [0, 2], [4, 0], [4, 2]], np.float32)
    found = directions.from_groups(codes, [2, 3], "right", "model", "stamp")
    assert found.vector.tolist() == [4, 0]
    assert (found.name, found.model, found.stamp) == ("right", "model", "stamp")
    assert "2 chosen" in found.source
    assert found.spread == pytest.approx(0.5), "σ of the codes is 2, half a step"


def test_nothing_and_everything_are_no_groups():
    codes = np.eye(3, dtype=np.float32)
    with pytest.raises(Refused, match="No points"):
        directions.from_groups(codes, [], "x", "m", "s")
    with pytest.raises(Refused, match="All points"):
        directions.from_groups(codes, [0, 1, 2], "x", "m", "s")
    with pytest.raises(Refused, match="leads nowhere"):
        directions.from_groups(np.ones((4, 3), np.float32), [0], "x", "m", "s")


def test_one_standard_deviation_is_spread_times_the_vector():
    codes = np.random.default_rng(0).standard_normal((5000, 2)) * [3, 1]
    for vector in ([1.0, 0.0], [0.5, 0.0], [-10.0, 0.0]):
        length = directions.spread(codes, np.array(vector)) * np.linalg.norm(vector)
        assert length == pytest.approx(3, rel=0.03)


def test_a_lock_moves_one_score_and_no_other():
    normals = np.random.default_rng(3).standard_normal((4, SIZE)).astype(np.float32)
    normals[1] = normals[0] + 0.3 * normals[1]  # hard to tell apart
    for k in range(4):
        step = directions.locked(normals, k)
        assert np.allclose(normals @ step, np.eye(4)[k], atol=1e-4)


def test_locks_that_leave_no_way_are_refused():
    normals = np.eye(3)
    with pytest.raises(Refused, match="no way to go"):
        directions.locked(np.stack([normals[0], normals[1], normals[0] + normals[1]]), 0)
    with pytest.raises(Refused, match="no way to go"):
        directions.locked(np.ones((3, 2)) * [[1, 0], [0, 1], [1, 1]], 0)
    with pytest.raises(Refused, match="zero"):
        directions.locked(np.stack([normals[0], np.zeros(3)]), 0)
