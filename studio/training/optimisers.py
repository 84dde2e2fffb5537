"""Optimisers from their description, and learning rates that follow the horizon."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from studio.models.family import Optimiser


def make(about: Optimiser, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """A torch optimiser; fused or multi-tensor versions where torch has them."""
    parameters = list(parameters)
    if about.kind == "adam":
        betas = (about.momentum, about.second)
        return torch.optim.Adam(parameters, about.rate, betas, about.epsilon, **_fastest(parameters))
    if about.kind == "rmsprop":
        return torch.optim.RMSprop(parameters, about.rate, alpha=about.rho, eps=about.epsilon)
    if about.kind == "adagrad":
        return torch.optim.Adagrad(parameters, about.rate, eps=about.epsilon)
    if about.kind == "sgd":
        return torch.optim.SGD(parameters, about.rate, momentum=about.momentum)
    raise ValueError(f"unknown optimiser {about.kind}")


def _fastest(parameters: list[nn.Parameter]) -> dict[str, Any]:
    # One kernel for all parameters. Fused Adam exists on CPU (torch 2.4) and CUDA; elsewhere the foreach version.
    return {"fused": True} if parameters[0].device.type in ("cpu", "cuda") else {"foreach": True}


def factor(schedule: str, step: int, horizon: int) -> float:
    """What the base learning rate is multiplied by after ``step`` steps of a planned ``horizon``."""
    share = min(1.0, step / horizon)
    if schedule == "linear":  # CycleGAN's: constant, then down to zero in the second half
        return 1.0 if share < 0.5 else max(0.0, 2 * (1 - share))
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * share))
    return 1.0


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Use this learning rate from now on."""
    for group in optimiser.param_groups:
        group["lr"] = rate
