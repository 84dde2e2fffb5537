import numpy as np
import pytest

from studio.gui.train.curve_data import CurveData, Steps
from studio.gui.train.smoothing import Smoother
from studio.training.history import History


def plainly(values, s):
    """The debiased average, one step after the other."""
    total = weight = 0.0
    found = []
    for x in values:
        finite = np.isfinite(x)
        total, weight = s * total + (1 - s) * (x if finite else 0), s * weight + (1 - s) * finite
        found.append(total / weight if weight else np.nan)
    return np.array(found)


@pytest.mark.parametrize("s", [0.3, 0.9, 0.999])
@pytest.mark.parametrize("count", [1, 255, 256, 257, 3000])
def test_blocks_give_what_one_step_after_the_other_gives(s, count):
    values = np.random.default_rng(0).normal(size=(count, 2)) + 5
    found = Smoother(2, s)(values.astype(np.float32))
    for column in (0, 1):
        np.testing.assert_allclose(found[:, column], plainly(values[:, column], s), rtol=2e-6)


def test_pieces_give_what_the_whole_gives():
    values = np.random.default_rng(1).normal(size=(2000, 1)).astype(np.float32)
    whole, parts = Smoother(1, 0.97), Smoother(1, 0.97)
    pieces = [parts(piece) for piece in np.split(values, [1, 2, 300, 301, 1500])]
    np.testing.assert_allclose(np.concatenate(pieces), whole(values), rtol=1e-5, atol=1e-6)


def test_a_constant_stays_itself_from_the_first_step():
    np.testing.assert_allclose(Smoother(1, 0.999)(np.full((600, 1), 0.7, np.float32)), 0.7, rtol=1e-6)


def test_values_that_are_not_finite_carry_no_weight():
    values = np.full((700, 1), 2.0, np.float32)
    values[[0, 300, 500, 699], 0] = [np.nan, np.inf, np.nan, -np.inf]
    found = Smoother(1, 0.9)(values)[:, 0]
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], 2.0, rtol=1e-6)


def test_no_smoothing_changes_nothing():
    values = np.array([[1.0], [np.nan], [3.0]], np.float32)
    assert np.array_equal(Smoother(1, 0.0)(values), values, equal_nan=True)


def test_new_rows_are_taken_in_where_the_last_ended():
    history = History(("G",))
    data, reference = CurveData(history, 0.9), np.random.default_rng(2).normal(size=500).astype(np.float32)
    for piece in np.split(reference, [10, 11, 400]):
        history.append(piece[:, None])
        assert data.update()
    assert not data.update()
    np.testing.assert_allclose(data.smoothed.column("G"), plainly(reference, 0.9), rtol=1e-4, atol=1e-6)


def test_a_history_that_was_shortened_is_read_again():
    history = History(("G",))
    data = CurveData(history, 0.5)
    history.append(np.array([[1.0], [np.nan], [3.0]]))
    data.update()
    history.truncate(1)
    assert data.update()
    assert len(data.smoothed) == 1
    assert len(data.low["G"]) == 0


def test_another_smoothing_changes_every_point_and_not_the_marks():
    history = History(("G",))
    history.append(np.array([[1.0], [np.nan], [3.0]]))
    data = CurveData(history, 0.5)
    data.update()
    data.set_smoothing(0.0)
    assert data.smoothed.column("G")[2] == 3.0
    assert len(data.low["G"]) == 1


def test_odd_values_are_sorted_by_where_they_are_marked():
    history = History(("G",))
    history.append(np.array([[1.0], [np.nan], [np.inf], [-np.inf], [0.0], [-2.0]]))
    data = CurveData(history, 0.5)
    data.update()
    assert data.low["G"].between(1, 6, 100).tolist() == [2, 4]
    assert data.high["G"].between(1, 6, 100).tolist() == [3]
    assert data.not_positive["G"].between(1, 6, 100).tolist() == [5, 6]
    assert data.low["G"].between(3, 6, 100).tolist() == [4]


def test_a_million_odd_steps_are_thinned_without_losing_a_lonely_one():
    steps = Steps()
    steps.extend(np.arange(1, 500_001))
    steps.extend(np.array([900_000]))
    chosen = steps.between(1, 1_000_000, 100)
    assert len(chosen) <= 101
    assert chosen[0] == 1
    assert 900_000 in chosen
