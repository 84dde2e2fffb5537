"""Games on numbers that were worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from studio.models.adversarial import GAMES, LOSSES
from studio.models.losses import ADVERSARIAL

REAL, FAKE = torch.tensor([[2.0], [-1.0]]), torch.tensor([[0.5], [-3.0]])


def softplus(x):
    return math.log1p(math.exp(x))


D_LOSS = {
    "non-saturating": (softplus(-2) + softplus(1)) / 2 + (softplus(0.5) + softplus(-3)) / 2,
    "minimax": (softplus(-2) + softplus(1)) / 2 + (softplus(0.5) + softplus(-3)) / 2,
    "least squares": ((1 + 4) / 2 + (0.25 + 9) / 2) / 2,
    "hinge": (0 + 2) / 2 + (1.5 + 0) / 2,
    "wasserstein": -1.25 - 0.5,
    "relativistic": (softplus(-1.5) + softplus(-2)) / 2,
}
G_LOSS = {
    "non-saturating": (softplus(-0.5) + softplus(3)) / 2,
    "minimax": -(softplus(0.5) + softplus(-3)) / 2,
    "least squares": (0.25 + 16) / 2 / 2,
    "hinge": 1.25,
    "wasserstein": 1.25,
    "relativistic": (softplus(1.5) + softplus(2)) / 2,
}


def test_every_game_that_can_be_chosen_is_here():
    assert set(GAMES) == set(ADVERSARIAL) == set(D_LOSS) == set(G_LOSS)
    assert {name for name in GAMES if name not in LOSSES} == {"wasserstein", "relativistic"}


@pytest.mark.parametrize("name", GAMES)
def test_both_sides_by_hand(name):
    game = ADVERSARIAL[name]
    assert game.discriminator(REAL, FAKE).item() == pytest.approx(D_LOSS[name], rel=1e-6)
    made = game.generator(FAKE, REAL) if game.relative else game.generator(FAKE)
    assert made.item() == pytest.approx(G_LOSS[name], rel=1e-6)


@pytest.mark.parametrize("name", GAMES)
def test_losses_are_float32_scalars_whatever_the_logits_are(name):
    game, real, fake = ADVERSARIAL[name], REAL.bfloat16(), FAKE.bfloat16()
    made = game.generator(fake, real) if game.relative else game.generator(fake)
    for value in (game.discriminator(real, fake), made, game.score(real)):
        assert value.dtype == torch.float32
        assert value.shape == ()


def test_scores_are_beliefs_where_logits_are_and_plain_means_elsewhere():
    assert ADVERSARIAL["minimax"].score(torch.tensor([0.0, 0.0])) == 0.5
    assert ADVERSARIAL["wasserstein"].score(REAL) == 0.5
    assert not ADVERSARIAL["hinge"].score(REAL.clone().requires_grad_()).requires_grad


def test_soft_targets_by_hand():
    """t · softplus(−x) + (1 − t) · softplus(x), also beyond 1; (x − t)² for least squares."""
    real_targets, fake_targets = torch.tensor([[1.2], [0.7]]), torch.tensor([[0.3], [0.0]])
    entropy = (1.2 * softplus(-2) - 0.2 * softplus(2) + 0.7 * softplus(1) + 0.3 * softplus(-1)) / 2
    entropy += (0.3 * softplus(-0.5) + 0.7 * softplus(0.5) + softplus(-3)) / 2
    squares = ((0.8**2 + 1.7**2) / 2 + (0.2**2 + 9) / 2) / 2
    for name, expected in (("minimax", entropy), ("non-saturating", entropy), ("least squares", squares)):
        found = ADVERSARIAL[name].soft(REAL, FAKE, real_targets, fake_targets)
        assert found.item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", ["minimax", "non-saturating", "least squares"])
def test_the_targets_1_and_0_are_the_plain_game(name):
    game = ADVERSARIAL[name]
    assert torch.equal(game.soft(REAL, FAKE, 1.0, 0.0), game.discriminator(REAL, FAKE))


@pytest.mark.parametrize("name", ["hinge", "wasserstein", "relativistic"])
def test_games_without_targets_say_so(name):
    with pytest.raises(ValueError, match="no targets"):
        ADVERSARIAL[name].soft(REAL, FAKE, 0.9, 0.0)


def test_a_smoothed_discriminator_stops_at_its_target():
    """The smoothed loss is smallest where σ(x) = 0.9, not at infinity."""
    x = torch.tensor([math.log(9)], requires_grad=True)
    ADVERSARIAL["minimax"].soft(x, torch.zeros(1), 0.9, 0.0).backward()
    assert x.grad.item() == pytest.approx(0, abs=1e-6)
