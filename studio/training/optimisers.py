"""Optimisers from their description, and learning rates that follow the horizon."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from studio.models.family import Optimiser


def make(about: Optimiser, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """A torch optimiser; fused or multi-tensor versions where torch has them.

    Weight decay is decoupled for Adam (AdamW, Loshchilov and Hutter 2019); the others add it to the gradient (L2).
    """
    parameters, rate, shrink = list(parameters), about.rate, about.weight_decay
    if about.kind == "adam":
        betas, fastest = (about.momentum, about.second), _fastest(parameters)
        if shrink:
            return torch.optim.AdamW(parameters, rate, betas, about.epsilon, shrink, **fastest)
        return torch.optim.Adam(parameters, rate, betas, about.epsilon, **fastest)
    if about.kind == "rmsprop":
        return torch.optim.RMSprop(parameters, rate, alpha=about.rho, eps=about.epsilon, weight_decay=shrink)
    if about.kind == "adagrad":
        return torch.optim.Adagrad(parameters, rate, eps=about.epsilon, weight_decay=shrink)
    if about.kind == "sgd":
        return torch.optim.SGD(parameters, rate, momentum=about.momentum, weight_decay=shrink)
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


def rate_at(about: Optimiser, schedule: str, step: int, horizon: int) -> float:
    """The learning rate after ``step`` steps: the base rate, shrunk by its own decay as Keras does and scheduled."""
    return about.rate / (1 + about.decay * step) * factor(schedule, step, horizon)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Use this learning rate from now on."""
    for group in optimiser.param_groups:
        group["lr"] = rate
