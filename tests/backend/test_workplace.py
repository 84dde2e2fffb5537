"""What jobs share."""

from __future__ import annotations

import threading

import pytest

from studio.backend.ema import SnapshotBox
from studio.backend.workplace import Recent, Workplace


@pytest.fixture
def made():
    """Keys in the order in which their values were made."""
    return []


def get(recent, made, key):
    return recent.get(key, lambda: made.append(key) or f"value of {key}")


def test_a_value_is_made_once(made):
    recent = Recent(2)
    assert [get(recent, made, "a") for _ in range(3)] == ["value of a"] * 3
    assert made == ["a"]


def test_the_one_unused_for_longest_goes(made):
    recent = Recent(2)
    for key in ("a", "b", "a", "c", "a", "b"):
        get(recent, made, key)
    assert made == ["a", "b", "c", "b"]


def test_a_limit_of_one_keeps_the_last(made):
    recent = Recent(1)
    for key in ("a", "a", "b", "b", "a"):
        get(recent, made, key)
    assert made == ["a", "b", "a"]


def test_a_value_that_is_none_is_remembered(made):
    recent = Recent(1)
    for _ in range(2):
        assert recent.get("a", lambda: made.append("a")) is None
    assert made == ["a"]


def test_an_error_while_making_is_not_remembered_and_drops_nothing(made):
    recent = Recent(1)
    get(recent, made, "a")
    with pytest.raises(OSError, match="disk"):
        recent.get("b", lambda: (_ for _ in ()).throw(OSError("disk")))
    get(recent, made, "a")
    assert made == ["a"]
    assert get(recent, made, "b") == "value of b"


def test_threads_that_ask_together_get_the_same_value(made):
    recent, together, got = Recent(1), threading.Barrier(8), []

    def ask():
        together.wait()
        got.append(recent.get("a", lambda: made.append("a") or object()))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(map(id, got))) == 1
    assert made == ["a"]


def test_a_new_training_has_a_fresh_box():
    place = Workplace()
    assert place.training is None
    first = place.live("first card")
    assert isinstance(first, SnapshotBox)
    assert place.training == ("first card", first)
    assert place.live("second card") is not first
    assert place.training[0] == "second card"
