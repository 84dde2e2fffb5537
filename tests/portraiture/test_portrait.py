from dataclasses import FrozenInstanceError, asdict

import numpy as np
import pytest

from studio.portraiture.portrait import KINDS, RANGES, Eyewear, Portrait, portrait, random_portrait, truth

MANY = [portrait(11, index) for index in range(2000)]
NAMES = [*RANGES, *KINDS]


def test_every_attribute_but_the_strands_has_a_range_or_kinds():
    assert set(asdict(Portrait())) == {*RANGES, *KINDS, "strands"}


@pytest.mark.parametrize("name", RANGES)
def test_numbers_fill_their_range_and_stay_in_it(name):
    values, known = truth(MANY, name), RANGES[name]
    assert known.low <= values.min()
    assert values.max() <= known.high
    width = known.high - known.low
    assert values.max() > known.high - 0.05 * width
    assert values.min() < known.low + 0.05 * width
    assert abs((values == known.rest).mean() - known.often) < 0.05


@pytest.mark.parametrize("name", RANGES)
def test_the_default_lies_in_the_range(name):
    assert RANGES[name].low <= getattr(Portrait(), name) <= RANGES[name].high


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_drawn(name):
    counts = np.bincount(truth(MANY, name), minlength=len(KINDS[name]))
    assert counts.min() > 0.1 * len(MANY)


def test_the_attributes_are_independent():
    columns = [truth(MANY, name).astype(float) for name in RANGES]
    columns += [(truth(MANY, name) == index).astype(float) for name in KINDS for index in range(len(KINDS[name]) - 1)]
    owners = [*RANGES, *(name for name in KINDS for _ in KINDS[name][:-1])]
    found = np.abs(np.corrcoef(columns))
    others = np.array([[a != b for a in owners] for b in owners])
    assert found[others].max() < 0.11  # 5 / sqrt(2000)
    assert found[others].mean() < 0.03


def test_whether_something_is_there_says_nothing_of_how_much_of_another():
    bearded = truth(MANY, "beard") > 0
    for name in ("mouth_open", "hair_curl", "hair_grey", "freckles"):
        there = truth(MANY, name) > 0
        assert abs(there[bearded].mean() - there[~bearded].mean()) < 0.1


def test_a_number_always_gives_the_same_portrait():
    assert portrait(3, 5) == portrait(3, 5)
    assert len({portrait(seed, index) for seed in range(4) for index in range(50)}) == 200
    known = portrait(1, 0)
    assert (round(known.smile, 6), known.eyewear, known.strands) == (0.900927, "glasses", 886956486)


def test_it_uses_the_generator_it_is_given():
    rng = np.random.default_rng(0)
    assert random_portrait(rng) != random_portrait(rng)
    assert random_portrait(np.random.default_rng(0)) == random_portrait(np.random.default_rng(0))


def test_a_portrait_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Portrait().smile = 1.0


@pytest.mark.parametrize("name", RANGES)
def test_values_outside_the_range_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} of a portrait is from"):
        Portrait(**{name: RANGES[name].high + 0.01})


def test_truth_of_words_are_indices():
    several = [Portrait(eyewear=kind) for kind in Eyewear]
    assert truth(several, "eyewear").tolist() == [0, 1, 2]
    assert truth([], "smile").shape == (0,)
