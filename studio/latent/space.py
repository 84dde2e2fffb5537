"""Codes from seeds: the same seed gives the same code on every device."""

from __future__ import annotations

import torch
from torch import Tensor

from studio.backend.rng import derive
from studio.models.family import Prior


def codes(prior: Prior, seed: int, count: int, truncation: float = 1.0) -> Tensor:
    """(count, prior.size) float32 on the CPU; code i depends on seed and i alone, not on ``count``.

    ``truncation`` scales the code towards the middle of the prior (Brock et al. 2019 resample instead; scaling keeps
    the direction, so that the picture stays the same one).
    """
    rows = []
    for index in range(count):
        generator = torch.Generator().manual_seed(derive(seed, "code", index))
        if prior.kind == "uniform":
            rows.append(torch.rand(prior.size, generator=generator) * 2 - 1)
        else:
            rows.append(torch.randn(prior.size, generator=generator))
    return torch.stack(rows) * truncation
