"""The net of the restricted Boltzmann machine, its Gibbs chain and its partition function. Imports torch."""

from __future__ import annotations

import hashlib
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.binary import DataMean, pad_rows, turn, turns

CHAIN_SEED = 20020801
AIS_SEED = 20080705
CENTRE = 0.5
"""λ: where hidden units are centred, the middle of what they can be"""


class Rbm(nn.Module):
    """Energy E(v, h) = −(v − μ)ᵀW(h − λ) − (b + logit μ)ᵀv − cᵀh of V visible and H hidden units, all 0 or 1.

    μ is the data's mean: centred units learn several times as fast as bare ones, and every distribution of a bare
    machine is one of a centred machine (Montavon and Müller 2012; Melchior et al. 2016).
    """

    def __init__(self, channels: int, size: int, hidden: int, steps: int) -> None:
        super().__init__()
        self.shape, self.steps = (channels, size, size), steps
        visible = channels * size * size
        self.weight = nn.Parameter(0.01 * torch.randn(visible, hidden))
        self.visible_bias = nn.Parameter(torch.zeros(visible))
        self.hidden_bias = nn.Parameter(torch.zeros(hidden))
        self.mean = DataMean(visible)
        self.known: tuple[str, Tensor] | None = None

    def forward(self, dots: Tensor, uniform: Tensor | None = None, data: bool = False) -> Tensor:
        """The free energy F(v) (N,) of binary pictures (N, C, S, S): p(v) = exp(−F(v)) / Z.

        With ``uniform`` (N, H) in [0, 1), half a step of the Gibbs chain instead: hidden units are drawn by it, and
        the visible units' probabilities (N, C, S, S) given these come back. ``data`` that is learned from goes into
        μ first. All in one call, the one that is shared between several processes.
        """
        v = dots.flatten(1)
        if data:
            self.mean.meet(v)
        pull = self.pull(v).float()
        if uniform is None:
            return (CENTRE * pull - F.softplus(pull + self.hidden_bias)).sum(1) - (v * self.base()).sum(1)
        h = (uniform < torch.sigmoid(pull + self.hidden_bias)).float()
        return torch.sigmoid(self.below(h)).unflatten(1, self.shape)

    def pull(self, v: Tensor) -> Tensor:
        """(N, H): how v (N, V) pulls at the hidden units, without their bias."""
        return (v - self.mean.value) @ self.weight

    def base(self) -> Tensor:
        """Logits (V,) of the visible units where no hidden unit pulls."""
        return self.visible_bias + self.mean.logit()

    def below(self, h: Tensor, beta: float = 1.0) -> Tensor:
        """Logits (N, V) of the visible units given h (N, H), with the weights times ``beta``."""
        return beta * F.linear(h - CENTRE, self.weight) + self.base()

    def chain(self, uniform: Tensor) -> Tensor:
        """Pictures (N, C, S, S): probabilities of the visible units at the end of a Gibbs chain.

        ``uniform`` (N, V + H) in [0, 1) becomes other even numbers at each step in a fixed way: each picture has a
        chain of its own that depends on its code alone. The weights fade in over the first half, so that the chain
        settles as a melt cools instead of having to climb out of the first digit that it meets.
        """
        count, sizes = len(uniform), list(self.weight.shape)
        uniform = pad_rows(uniform)
        v = (uniform[:, : sizes[0]] < torch.sigmoid(self.base())).float()
        p = v
        chances = zip(*turns(CHAIN_SEED, self.steps, sum(sizes), uniform.device), strict=True)
        for index, (multiple, offset) in enumerate(chances):
            beta = min(1.0, 2 * (index + 1) / self.steps)
            for_v, for_h = turn(uniform, multiple, offset).split(sizes, dim=1)
            h = (for_h < torch.sigmoid(beta * (self.pull(v) + self.hidden_bias))).float()
            p = torch.sigmoid(self.below(h, beta))
            v = (for_v < p).float()
        return p[:count].unflatten(1, self.shape)


class Chain(nn.Module):
    """Where the persistent chains stand, (count, C, S, S) of 0 and 1: kept with the run, nothing to learn."""

    states: Tensor

    def __init__(self, count: int, channels: int, size: int) -> None:
        super().__init__()
        self.register_buffer("states", torch.zeros(count, channels, size, size))

    def forward(self, states: Tensor | None = None) -> Tensor:
        """The states; given new ones, these are kept from now on."""
        if states is not None:
            self.states.copy_(states)
        return self.states


def log_partition(rbm: Rbm, particles: int = 100, temperatures: int = 1000) -> Tensor:
    """log Z (0-d) by annealed importance sampling (Salakhutdinov and Murray 2008), the same for the same weights.

    It takes seconds, so the answer is remembered until the weights change.
    """
    name = f"{particles} {temperatures} {_fingerprint(rbm)}"
    if rbm.known is None or rbm.known[0] != name:
        with torch.no_grad(), torch.autocast(rbm.weight.device.type, enabled=False):
            rbm.known = (name, _annealed(rbm, particles, temperatures))
    return rbm.known[1]


def _annealed(rbm: Rbm, particles: int, temperatures: int) -> Tensor:
    """From the machine without weights, whose Z is known, to the full one; all in nats."""
    device, (visible, hidden) = rbm.weight.device, rbm.weight.shape
    generator = torch.Generator().manual_seed(AIS_SEED)

    def uniform(size: int) -> Tensor:
        return torch.rand(particles, size, generator=generator).to(device)

    def free(beta: float) -> Tensor:
        """The free energy but for the visible biases, which all temperatures share."""
        return (beta * CENTRE * pull - F.softplus(beta * (pull + rbm.hidden_bias))).sum(1)

    pull = rbm.pull((uniform(visible) < torch.sigmoid(rbm.base())).float())
    gained = torch.zeros(particles, device=device)
    for index in range(temperatures):
        warm, cold = index / temperatures, (index + 1) / temperatures
        gained += free(warm) - free(cold)
        h = (uniform(hidden) < torch.sigmoid(cold * (pull + rbm.hidden_bias))).float()
        pull = rbm.pull((uniform(visible) < torch.sigmoid(rbm.below(h, cold))).float())
    start = F.softplus(rbm.base()).sum() + hidden * math.log(2)
    return start + gained.logsumexp(0) - math.log(particles)


def _fingerprint(rbm: Rbm) -> str:
    """Names these very weights."""
    digest = hashlib.blake2b(digest_size=16)
    for value in (*rbm.parameters(), rbm.mean.value):
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
