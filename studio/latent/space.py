"""Codes from seeds: the same seed gives the same code on every device."""

from __future__ import annotations

import torch
from torch import Tensor

from studio.backend.rng import derive
from studio.models import priors
from studio.models.family import Prior


def codes(prior: Prior, seed: int, count: int, truncation: float = 1.0, conditions: Tensor | None = None) -> Tensor:
    """(count, prior.size) float32 on the CPU; code i depends on seed, i and its condition alone, not on ``count``.

    ``truncation`` scales codes towards the middle of the prior (Brock et al. 2019 resample instead; scaling keeps
    the direction, so that the picture stays the same one). ``conditions`` are (count, K) float32 or None.
    """
    rows = []
    for index in range(count):
        generator = torch.Generator().manual_seed(derive(seed, "code", index))
        if priors.base(prior) == "uniform":
            rows.append(torch.rand(priors.columns(prior), generator=generator) * 2 - 1)
        else:
            rows.append(torch.randn(priors.columns(prior), generator=generator))
    return priors.truncate(prior, priors.push(prior, torch.stack(rows), conditions), truncation)
