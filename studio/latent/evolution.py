"""Search without a gradient, for models that draw by chance: codes are changed, crossed, and the best live on.

Codes of such models have a number for each pixel or unit, most of which decide little: changing a few of them at a time
gets nearer where a step in all of them at once only destroys. Imports torch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from studio.backend.rng import derive
from studio.latent.quest import Quest, Trials

PARENTS, CHILDREN = 4, 16
STEP = 0.3
"""of the changes in all numbers at once, in units of the codes' spread; it shrinks to nothing"""


def evolve(quest: Quest, trials: Trials, seed: int) -> None:
    """Generations of children of the best parents, as many as the quest has steps."""
    generator = torch.Generator().manual_seed(derive(seed, "evolution"))
    losses = quest.judged(trials, "trial")
    for step in range(quest.steps):
        if quest.stopped:
            return
        order = losses.argsort(stable=True)[:PARENTS]
        parents, losses = trials.pick(order), losses[order]
        children = _children(quest, parents, derive(seed, "fresh", step), step / quest.steps, generator)
        trials = parents.join(children)
        losses = torch.cat((losses, quest.judged(children, "trial")))
        quest.tell(step + 1)


def _children(quest: Quest, parents: Trials, seed: int, share: float, generator: torch.Generator) -> Trials:
    """Half with some numbers drawn anew, a quarter with some of another parent's, a quarter moved a little."""
    first, second = (torch.randint(len(parents), (CHILDREN,), generator=generator) for _ in range(2))
    device = parents.codes.device
    own, other = parents.pick(first.to(device)), parents.codes[second.to(device)]
    fresh = quest.domain.draw(seed, CHILDREN).to(device)
    few = _few(tuple(own.codes.shape), generator).to(device)
    step = STEP * quest.domain.spread * 0.5 * (1 + math.cos(math.pi * share))
    moved = own.codes + step * torch.randn(tuple(own.codes.shape), generator=generator).to(device)
    codes = torch.where(few, fresh, own.codes)
    half, rest = CHILDREN // 2, CHILDREN // 4
    codes[half : half + rest] = torch.where(few, other, own.codes)[half : half + rest]
    codes[half + rest :] = moved[half + rest :]
    return Trials(quest.domain.inside(codes), own.words, own.restless)


def _few(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Which numbers change, (N, D) bool: from one to half of them, small shares as likely as large ones."""
    share = torch.exp(torch.rand((shape[0], 1), generator=generator) * math.log(shape[1] / 2 + 1)) / shape[1]
    return torch.rand(shape, generator=generator) < share
