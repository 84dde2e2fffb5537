"""Search along the gradient: several codes at once go downhill, shaken at first (Karras et al. 2020). Imports torch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from studio.backend.rng import derive
from studio.latent.quest import Quest, Trials

RATE = 0.1
"""Adam's, in units of the codes' spread"""
WARM_UP = 0.05
SHAKEN, CALM = 0.05, 0.75
"""noise on the codes at the start, in units of their spread, and the share of the steps after which there is none"""
FIRST_ROUND, KEPT = 0.3, 2
"""the share of the steps after which only the best go on, and how many"""
TRIED = 1e-3
"""the share of the loss that a step shall win where a gradient is put to the test"""


def has_gradient(quest: Quest, trials: Trials) -> bool:
    """Whether small steps against the gradient bring most trials nearer.

    A model that draws by comparing numbers has none, or one that says nothing about what is drawn.
    """
    with torch.enable_grad(), quest.gate.guest():
        codes = trials.codes.detach().clone().requires_grad_(True)
        made = quest.made(codes, trials.words)
        if not made.requires_grad:
            return False
        before = quest.likeness.loss(made)
        (slope,) = torch.autograd.grad(before.sum(), codes)
    before, steepness = before.detach(), slope.square().sum(1)
    length = TRIED * before / steepness.clamp(min=1e-20)
    with torch.no_grad(), quest.gate.guest():
        after = quest.likeness.loss(quest.made(codes - length[:, None] * slope, trials.words))
    return float((after < before).float().mean()) >= 0.5


def descend(quest: Quest, trials: Trials, seed: int, how: str) -> None:
    """All trials for the first part of the steps, then the best few to the end; what is found is called ``how``."""
    first = round(FIRST_ROUND * quest.steps) if len(trials) > KEPT else 0
    if first:
        trials = _round(quest, trials, derive(seed, "first"), how, 0, first)
    _round(quest, trials, derive(seed, "last"), how, first, quest.steps)


def _round(quest: Quest, trials: Trials, seed: int, how: str, begin: int, end: int) -> Trials:
    """Steps ``begin`` … ``end``; the :data:`KEPT` trials that came nearest, where they were nearest."""
    unit = quest.domain.spread
    generator = torch.Generator().manual_seed(seed)
    codes = trials.codes.detach().clone().requires_grad_(True)
    nearest, lowest = codes.detach().clone(), torch.full((len(trials),), math.inf, device=codes.device)
    optimiser = _Adam(codes)
    for step in range(begin, end):
        if quest.stopped:
            break
        share = step / quest.steps
        noise = torch.randn(tuple(codes.shape), generator=generator).to(codes.device)
        noise = noise * trials.restless * (SHAKEN * unit * max(0.0, 1 - share / CALM) ** 2)
        with quest.gate.guest(), torch.enable_grad():
            tried = quest.domain.inside(codes + noise)
            made = quest.made(tried, trials.words)
            loss = quest.likeness.loss(made) + quest.domain.pull(codes)
            (slope,) = torch.autograd.grad(loss.sum(), codes)
        errors = quest.meet(tried.detach(), trials.words, made.detach(), how)
        better = errors < lowest
        lowest = torch.where(better, errors, lowest)
        nearest = torch.where(better[:, None], tried.detach(), nearest)
        slope = slope.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
        with torch.no_grad():
            codes.copy_(quest.domain.inside(codes - RATE * unit * _pace(share) * optimiser.step(slope)))
        quest.tell(step + 1)
    kept = lowest.argsort()[:KEPT]
    return Trials(nearest, trials.words, trials.restless).pick(kept)


def _pace(share: float) -> float:
    """The learning rate's factor at this share of the steps: a short ramp, then half a cosine."""
    return min(1.0, (share + 0.01) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * share))


class _Adam:
    """Kingma and Ba's steps for one tensor. torch's own brings in its compiler, which takes seconds the first time."""

    def __init__(self, like: Tensor, first: float = 0.9, second: float = 0.999) -> None:
        self._mean, self._square = torch.zeros_like(like), torch.zeros_like(like)
        self._decays, self._count = (first, second), 0

    def step(self, slope: Tensor) -> Tensor:
        """By how much to move against the slope, for a rate of 1."""
        self._count += 1
        first, second = self._decays
        self._mean = torch.lerp(slope, self._mean, first)
        self._square = torch.lerp(slope.square(), self._square, second)
        height = (self._square / (1 - second**self._count)).sqrt() + 1e-8
        return self._mean / (1 - first**self._count) / height
