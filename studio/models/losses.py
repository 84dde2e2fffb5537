"""Losses, pure functions of tensors. All return 0-d float32 tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

Logits = Tensor


Target = Tensor | float


def _no_targets(real: Logits, fake: Logits, real_target: Target, fake_target: Target) -> Tensor:
    raise ValueError("this game has no targets")


@dataclass(frozen=True)
class AdversarialLoss:
    """The two sides of a game on raw discriminator outputs (N, …): D(real, fake) and G(fake), and D's score."""

    discriminator: Callable[[Logits, Logits], Tensor]
    generator: Callable[..., Tensor]
    """of the fake logits; of the fake and the real ones where ``relative``"""
    score: Callable[[Logits], Tensor]
    """mean belief that pictures are real, 0 to 1 where the loss gives one"""
    soft: Callable[[Logits, Logits, Target, Target], Tensor] = _no_targets
    """the discriminator's side with these targets for real and fake instead of 1 and 0"""
    relative: bool = False


def _minimax_discriminator(real: Logits, fake: Logits) -> Tensor:
    # -log D(x) - log(1 - D(G(z))), Goodfellow et al. 2014, on logits for stability
    return F.softplus(-real.float()).mean() + F.softplus(fake.float()).mean()


def _soft_minimax(real: Logits, fake: Logits, real_target: Target, fake_target: Target) -> Tensor:
    return _cross_entropy(real, real_target) + _cross_entropy(fake, fake_target)


def _cross_entropy(logits: Logits, target: Target) -> Tensor:
    """Binary cross-entropy for a target that may lie outside [0, 1], as the lecture's noisy ones do (up to 1.2)."""
    logits = logits.float()
    return (target * F.softplus(-logits) + (1 - target) * F.softplus(logits)).mean()


def _soft_squares(real: Logits, fake: Logits, real_target: Target, fake_target: Target) -> Tensor:
    return ((real.float() - real_target).square().mean() + (fake.float() - fake_target).square().mean()) / 2


def _pairs(better: Logits, worse: Logits) -> Tensor:
    """-log σ(better − worse): the n-th of one against the n-th of the other."""
    return F.softplus(worse.float() - better.float()).mean()


def _probability(logits: Logits) -> Tensor:
    return torch.sigmoid(logits.detach().float()).mean()


def _raw(logits: Logits) -> Tensor:
    return logits.detach().float().mean()


ADVERSARIAL: dict[str, AdversarialLoss] = {
    # G maximises log D(G(z)): strong gradients while D wins (Goodfellow et al. 2014, section 3)
    "non-saturating": AdversarialLoss(
        _minimax_discriminator, lambda f: F.softplus(-f.float()).mean(), _probability, _soft_minimax
    ),
    # G minimises log(1 - D(G(z))): the game as the lecture states it
    "minimax": AdversarialLoss(
        _minimax_discriminator, lambda f: -F.softplus(f.float()).mean(), _probability, _soft_minimax
    ),
    # Mao et al. 2017
    "least squares": AdversarialLoss(
        lambda r, f: ((r.float() - 1).square().mean() + f.float().square().mean()) / 2,
        lambda f: (f.float() - 1).square().mean() / 2,
        _raw,
        _soft_squares,
    ),
    # Lim and Ye 2017
    "hinge": AdversarialLoss(
        lambda r, f: F.relu(1 - r.float()).mean() + F.relu(1 + f.float()).mean(),
        lambda f: -f.float().mean(),
        _raw,
    ),
    # Arjovsky et al. 2017; the gradient penalty of Gulrajani et al. 2017 is added where D's gradient is at hand
    "wasserstein": AdversarialLoss(lambda r, f: f.float().mean() - r.float().mean(), lambda f: -f.float().mean(), _raw),
    # Jolicoeur-Martineau 2018, as in R3GAN (Huang et al. 2024): each real picture against one made picture
    "relativistic": AdversarialLoss(_pairs, _pairs, _raw, relative=True),
}


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) per code element, mean over batch and code: −½(1 + log σ² − μ² − σ²)."""
    mean, log_variance = mean.float(), log_variance.float()
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).mean()


def bernoulli(logits: Tensor, pictures: Tensor) -> Tensor:
    """Binary cross-entropy of pictures in [0, 1] under sigmoid(logits), mean over all pixels."""
    return F.binary_cross_entropy_with_logits(logits.float(), pictures)


def gaussian(logits: Tensor, pictures: Tensor) -> Tensor:
    """Squared error of sigmoid(logits) to pictures in [0, 1], mean over all pixels (unit-variance Gaussian)."""
    return F.mse_loss(torch.sigmoid(logits.float()), pictures)
