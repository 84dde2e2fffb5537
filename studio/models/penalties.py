"""Penalties on the slope of a discriminator. They need the gradient of a gradient, so they are computed in float32.

``judge`` maps pictures (N, C, H, W) to logits (N, …). Each function returns a 0-d float32 tensor through which the
discriminator learns; nothing flows back to where the pictures came from.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Judge = Callable[[Tensor], Tensor]


def zero_centred(judge: Judge, pictures: Tensor) -> Tensor:
    """½ · E‖∇D(x)‖², R1 at real and R2 at made pictures (Mescheder et al. 2018)."""
    return slopes(judge, pictures).square().sum(1).mean() / 2


def one_centred(judge: Judge, real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """E(‖∇D(x̂)‖ − 1)² at x̂ = share · real + (1 − share) · fake, share (N, 1, 1, 1) (Gulrajani et al. 2017)."""
    between = share * real.detach().float() + (1 - share) * fake.detach().float()
    return (torch.linalg.vector_norm(slopes(judge, between), dim=1) - 1).square().mean()


def slopes(judge: Judge, pictures: Tensor) -> Tensor:
    """∇D at each picture, (N, C·H·W) float32, with the graph to differentiate it again."""
    # in bfloat16 the inner gradient would keep less than three digits, and squaring it doubles that error
    with torch.autocast(pictures.device.type, enabled=False):
        at = pictures.detach().float().requires_grad_()
        (gradient,) = torch.autograd.grad(judge(at).float().sum(), at, create_graph=True)
    return gradient.flatten(1)
