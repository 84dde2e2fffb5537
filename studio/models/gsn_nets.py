"""The net of the generative stochastic network: one chain of noisy steps to learn and to make. Imports torch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.binary import DataMean, pad_rows, turn, turns

CHAIN_SEED = 20140621
SURE = 1e-6
"""how near to 0 and 1 a uniform number may come before it is made Gaussian: 4.8 σ"""


class Gsn(nn.Module):
    """Visible units x and two layers of noisy tanh units; weights serve in both directions.

    A step: x is corrupted (salt and pepper), the lower layer looks at x and at the upper one, then the upper layer
    and x are made anew from the lower one. ``steps`` is the length of a chain that makes a picture.
    """

    def __init__(self, channels: int, size: int, hidden: int, corruption: float, noise: float, steps: int) -> None:
        super().__init__()
        self.shape, self.steps = (channels, size, size), steps
        self.corruption, self.noise = corruption, noise
        visible = channels * size * size
        self.lower = nn.Parameter(torch.empty(hidden, visible))
        self.upper = nn.Parameter(torch.empty(hidden, hidden))
        self.visible_bias = nn.Parameter(torch.zeros(visible))
        self.lower_bias = nn.Parameter(torch.zeros(hidden))
        self.upper_bias = nn.Parameter(torch.zeros(hidden))
        self.mean = DataMean(visible)
        nn.init.xavier_uniform_(self.lower)
        nn.init.xavier_uniform_(self.upper)

    def forward(self, pictures: Tensor, uniform: Tensor) -> Tensor:
        """A walk from pictures (N, C, S, S) in [0, 1] and back: logits (T, N, C, S, S), one set for each step.

        ``uniform`` is (N, T, V + 2·H) in [0, 1): chance at each step.
        """
        p = pictures.flatten(1)
        if self.training:
            self.mean.meet(p)
        upper = p.new_zeros(len(p), len(self.upper_bias))
        walk = []
        for chance in uniform.unbind(1):
            logits, upper = self.step(p, upper, chance)
            p = torch.sigmoid(logits.detach().float())
            walk.append(logits)
        return torch.stack(walk).unflatten(2, self.shape)

    def step(self, p: Tensor, upper: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N, V) of the next picture and the next upper layer (N, H); ``chance`` is (N, V + 2·H)."""
        width = len(self.upper_bias)
        for_x, before, after = chance.split([p.shape[1], width, width], dim=1)
        lower = torch.tanh(F.linear(self.corrupted(p, for_x), self.lower, self.lower_bias) + upper @ self.upper)
        upper = F.linear(lower, self.upper, self.upper_bias)
        upper = torch.tanh(upper + self.noise * gaussian(before)) + self.noise * gaussian(after)
        return lower @ self.lower + (self.visible_bias + self.mean.logit()), upper

    def corrupted(self, p: Tensor, uniform: Tensor) -> Tensor:
        """Dots drawn with the probabilities p, of which a share is replaced by dots that are 1 half the time.

        Both in one draw: a dot is 1 with probability (1 − share)·p + share/2.
        """
        return (uniform < (1 - self.corruption) * p + self.corruption / 2).float()

    def chain(self, uniform: Tensor) -> Tensor:
        """Pictures (N, C, S, S): the probabilities at the end of a chain that ``uniform`` (N, V + 2·H) drives.

        That becomes other even numbers at each step in a fixed way: a picture's chain depends on its own code alone.
        """
        count = len(uniform)
        uniform = pad_rows(uniform)
        p = uniform.new_full((len(uniform), len(self.visible_bias)), 0.5)
        upper = uniform.new_zeros(len(uniform), len(self.upper_bias))
        chances = turns(CHAIN_SEED, self.steps, uniform.shape[1], uniform.device)
        for multiple, offset in zip(*chances, strict=True):
            logits, upper = self.step(p, upper, turn(uniform, multiple, offset))
            p = torch.sigmoid(logits)
        return p[:count].unflatten(1, self.shape)


def gaussian(uniform: Tensor) -> Tensor:
    """Standard normal numbers from even ones on [0, 1): the inverse of the normal distribution function."""
    return torch.special.ndtri(uniform.float().clamp(SURE, 1 - SURE))
