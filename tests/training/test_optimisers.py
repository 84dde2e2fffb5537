"""Optimisers from their description, learning rates over the horizon."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from studio.models.adversarial import OPTIMISERS
from studio.models.family import Optimiser
from studio.training import optimisers
from studio.training.recipe import TrainingConfig

SCHEDULES = ("constant", "linear", "cosine")


def descend(kind, steps=1, rate=0.01, **more):
    """``steps`` steps on w² from w = 1."""
    weight = nn.Parameter(torch.ones(3))
    optimiser = optimisers.make(Optimiser(kind, rate, **more), [weight])
    for _ in range(steps):
        optimiser.zero_grad()
        weight.square().sum().backward()
        optimiser.step()
    return weight.detach().clone(), optimiser


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_every_kind_that_can_be_chosen_goes_downhill(kind):
    weight, _ = descend(kind, steps=5)
    assert (weight < 1).all()
    assert (weight > 0).all()


def test_an_unknown_kind_is_an_error():
    with pytest.raises(ValueError, match="lion"):
        optimisers.make(Optimiser("lion", 0.1), [nn.Parameter(torch.ones(1))])


def test_adam_is_adam():
    weight, optimiser = descend("adam", rate=0.1, momentum=0.5, second=0.9, epsilon=1e-6)
    group = optimiser.param_groups[0]
    assert (group["lr"], group["betas"], group["eps"]) == (0.1, (0.5, 0.9), 1e-6)
    assert torch.allclose(weight, torch.full((3,), 0.9), atol=1e-5), "the first step is the learning rate"


def test_sgd_has_momentum():
    one, _ = descend("sgd", rate=0.1, momentum=0.0)
    assert torch.allclose(one, torch.full((3,), 0.8))
    still, _ = descend("sgd", 2, rate=0.1, momentum=0.0)
    rolling, _ = descend("sgd", 2, rate=0.1, momentum=0.9)
    assert torch.allclose(still, torch.full((3,), 0.64))
    assert torch.allclose(rolling, torch.full((3,), 0.8 - 0.16 - 0.18))


def test_adagrad_slows_down_by_the_sum_of_squares():
    weight, optimiser = descend("adagrad", rate=0.1, epsilon=1e-10)
    assert torch.allclose(weight, torch.full((3,), 0.9))
    assert optimiser.param_groups[0]["eps"] == 1e-10


def test_rmsprops_rho_is_the_one_described():
    _, optimiser = descend("rmsprop", rho=0.5)
    assert optimiser.param_groups[0]["alpha"] == 0.5


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ("constant", (1, 1, 1, 1, 1, 1)),
        ("linear", (1, 1, 1, 0.9, 0.5, 0)),
        ("cosine", (1, 0.853553, 0.5, 0.421783, 0.146447, 0)),
    ],
)
def test_schedules_follow_the_horizon(schedule, factors):
    for step, expected in zip((0, 25, 50, 55, 75, 100), factors, strict=True):
        assert optimisers.factor(schedule, step, 100) == pytest.approx(expected, abs=1e-6)


@settings(deadline=None, database=None, max_examples=60)
@given(st.sampled_from(SCHEDULES), st.integers(1, 10_000_000), st.data())
def test_rates_never_grow_and_stay_between_zero_and_one(schedule, horizon, data):
    first = data.draw(st.integers(0, 2 * horizon))
    second = data.draw(st.integers(first, 3 * horizon))
    before, after = (optimisers.factor(schedule, step, horizon) for step in (first, second))
    assert 0 <= after <= before <= 1


@pytest.mark.parametrize(("schedule", "end"), [("constant", 1), ("linear", 0), ("cosine", 0)])
def test_past_the_horizon_the_rate_stays_where_it_was(schedule, end):
    assert optimisers.factor(schedule, 5_000, 100) == pytest.approx(end)


def test_the_schedules_that_can_be_chosen_are_known():
    choices = TrainingConfig.__dataclass_fields__["schedule"].metadata["option"]["choices"]
    assert tuple(choices) == SCHEDULES
    halfway = {name: optimisers.factor(name, 60, 100) for name in choices}
    assert len(set(halfway.values())) == 3, "none falls through to another one"


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_a_rate_of_zero_stands_still(kind):
    weight, optimiser = descend(kind)
    parameter = optimiser.param_groups[0]["params"][0]
    optimisers.set_rate(optimiser, 0.0)
    parameter.grad = torch.ones(3)
    optimiser.step()
    assert torch.equal(parameter.detach(), weight)
    optimisers.set_rate(optimiser, 0.5)
    parameter.grad = torch.ones(3)
    optimiser.step()
    assert (parameter < weight).all()


def test_adams_weight_decay_is_decoupled():
    """AdamW shrinks by rate · decay before Adam's step, whose size does not depend on the gradient's."""
    weight, optimiser = descend("adam", rate=0.1, weight_decay=0.5)
    assert isinstance(optimiser, torch.optim.AdamW)
    assert torch.allclose(weight, torch.full((3,), 1 - 0.1 * 0.5 - 0.1), atol=1e-5)
    _, plain = descend("adam", rate=0.1)
    assert type(plain) is torch.optim.Adam


@pytest.mark.parametrize(("kind", "expected"), [("sgd", 1 - 0.01 * (2 + 0.5)), ("adagrad", 0.99), ("rmsprop", None)])
def test_the_others_add_weight_decay_to_the_gradient(kind, expected):
    weight, optimiser = descend(kind, momentum=0.0, weight_decay=0.5)
    expected = expected or 1 - 0.01 / 0.1**0.5  # RMSprop divides by √((1 − ρ) g²), whatever g is
    assert optimiser.param_groups[0]["weight_decay"] == 0.5
    assert torch.allclose(weight, torch.full((3,), expected), atol=1e-5)


def test_the_rate_shrinks_as_in_keras():
    about = Optimiser("rmsprop", 2e-4, decay=6e-8)
    assert optimisers.rate_at(about, "constant", 0, 100) == 2e-4
    assert optimisers.rate_at(about, "constant", 1_000_000, 100) == pytest.approx(2e-4 / 1.06)


def test_decay_and_schedule_multiply():
    about = Optimiser("sgd", 0.1, decay=0.01)
    assert optimisers.rate_at(about, "linear", 75, 100) == pytest.approx(0.1 / 1.75 * 0.5)
    assert optimisers.rate_at(about, "cosine", 100, 100) == pytest.approx(0)


def test_without_a_decay_the_rate_is_the_base_rate_exactly():
    assert optimisers.rate_at(Optimiser("adam", 3e-4), "constant", 12_345, 100) == 3e-4
