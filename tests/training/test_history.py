from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.training import history
from studio.training.history import History


def filled(count, columns=("a", "b"), seed=0):
    h = History(columns)
    h.append(np.random.default_rng(seed).normal(size=(count, len(columns))).astype(np.float32))
    return h


def test_appending_in_pieces_equals_appending_at_once():
    whole, pieces = filled(5000), History(("a", "b"))
    for start in range(0, 5000, 37):
        pieces.append(whole.rows()[start : start + 37])
    assert np.array_equal(whole.rows(), pieces.rows())
    for buckets in (10, 300):
        for first, second in zip(
            whole.envelope("b", 1, 5000, buckets), pieces.envelope("b", 1, 5000, buckets), strict=True
        ):
            assert np.array_equal(first, second)


@pytest.mark.parametrize("count", [1, 50, 1000, 4097, 100_000])
@pytest.mark.parametrize("buckets", [20, 400])
def test_an_envelope_hides_no_spike_and_has_few_points(count, buckets):
    h = History(("a",))
    values = np.zeros((count, 1), np.float32)
    values[count // 3], values[-1] = 9, -7
    h.append(values)
    x, y = h.envelope("a", 1, count, buckets)
    assert len(x) == len(y) <= 2 * buckets + 2
    assert y.max() == values.max()
    assert y.min() == values.min()
    assert (np.diff(x) >= 0).all()
    assert 1 <= x[0] <= x[-1] <= count


def test_a_view_of_few_steps_is_exact():
    h = filled(1000)
    x, y = h.envelope("a", 101, 120, 100)
    assert x.tolist() == list(range(101, 121))
    assert np.array_equal(y, h.column("a")[100:120])


def test_nan_does_not_swallow_its_bucket():
    h = History(("a",))
    values = np.ones((10_000, 1), np.float32)
    values[5] = np.nan
    values[7] = 4
    h.append(values)
    assert np.nanmax(h.envelope("a", 1, 10_000, 10)[1]) == 4


def test_csv_gives_every_float_back(tmp_path):
    h = filled(300)
    history.append_csv(tmp_path / "h.csv", h.columns, 1, h.rows()[:100])
    history.append_csv(tmp_path / "h.csv", h.columns, 101, h.rows()[100:])
    back = history.load(tmp_path / "h.csv")
    assert back.columns == h.columns
    assert np.array_equal(back.rows(), h.rows())
    assert len(history.load(tmp_path / "h.csv", upto=50)) == 50


def test_a_line_cut_off_by_a_kill_is_dropped(tmp_path):
    history.append_csv(tmp_path / "h.csv", ("a",), 1, np.ones((3, 1), np.float32))
    with (tmp_path / "h.csv").open("a") as file:
        file.write("4,0.")
    assert len(history.load(tmp_path / "h.csv")) == 3


@pytest.mark.parametrize("text", ["hello\n1,2\n", "step,a\n1,x\n", "step,a\n1,2\n3\n"])
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "h.csv").write_text(text)
    with pytest.raises(StudioError, match=r"h\.csv"):
        history.load(tmp_path / "h.csv")


def test_truncating_forgets_the_future():
    h = filled(1000)
    h.truncate(100)
    h.append(np.full((900, 2), 50, np.float32))
    assert h.column("a")[:100].max() < 50
    assert h.envelope("a", 65, 1000, 3)[1].max() == 50


def test_what_is_missing_in_the_middle_stays_missing(tmp_path):
    (tmp_path / "h.csv").write_text("step,a\n1,1\n4,4\n")
    rows = history.load(tmp_path / "h.csv").column("a")
    assert rows[[0, 3]].tolist() == [1, 4]
    assert np.isnan(rows[1:3]).all()
