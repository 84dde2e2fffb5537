"""The net of RealNVP: invertible layers whose log-determinants are known. Imports torch.

Every picture is squeezed (2×2 pixels become four channels) before its first couplings: the checkerboard then is a
choice of channels, and the same couplings cost a quarter.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ALPHA = 0.05
LEVELS = 256
BLACK = math.log(ALPHA / (1 - ALPHA))
"""the logit of black, where the flow has its origin"""
Flowed = tuple[Tensor, Tensor]
"""values (N, C, H, W) and the log-determinant (N,) of how they were made"""


class WeightNormConv2d(nn.Conv2d):
    """A 3×3 convolution that learns length and direction of each filter apart (Salimans and Kingma 2016)."""

    def __init__(self, inputs: int, outputs: int, zero: bool = False) -> None:
        super().__init__(inputs, outputs, 3, padding=1)
        nn.init.kaiming_normal_(self.weight)
        nn.init.zeros_(self.bias)  # type: ignore[arg-type]
        length = self.weight.detach().flatten(1).norm(dim=1)
        self.gain = nn.Parameter(torch.zeros_like(length) if zero else length)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W)."""
        scale = self.gain / self.weight.flatten(1).norm(dim=1)
        return F.conv2d(x, self.weight * scale[:, None, None, None], self.bias, padding=1)


class ResidualNet(nn.Module):
    """(N, inputs, H, W) -> (N, outputs, H, W), zero at the start, so that a coupling begins as the identity."""

    def __init__(self, inputs: int, outputs: int, width: int, blocks: int) -> None:
        super().__init__()
        self.first = WeightNormConv2d(inputs, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.ReLU(), WeightNormConv2d(width, width), nn.ReLU(), WeightNormConv2d(width, width, zero=True)
            )
            for _ in range(blocks)
        )
        self.last = WeightNormConv2d(width, outputs, zero=True)

    def forward(self, x: Tensor) -> Tensor:
        """The residual sum, then one more convolution."""
        h = self.first(x)
        for block in self.blocks:
            h = h + block(h)
        return self.last(F.relu(h))


class Coupling(nn.Module):
    """Half of the values stay (``mask`` 1) and say how the others are scaled and moved: y = x·eˢ + t."""

    mask: Tensor

    def __init__(self, channels: int, mask: Tensor, width: int, blocks: int) -> None:
        super().__init__()
        self.register_buffer("mask", mask)
        self.net = ResidualNet(channels, 2 * channels, width, blocks)
        self.scale = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x: Tensor) -> Flowed:
        """Towards the code."""
        log_scale, shift = self._terms(x)
        return x * log_scale.exp() + shift, log_scale.flatten(1).sum(1)

    def inverse(self, y: Tensor) -> Tensor:
        """Towards the picture."""
        log_scale, shift = self._terms(y)
        return (y - shift) * (-log_scale).exp()

    def _terms(self, x: Tensor) -> Flowed:
        raw, shift = self.net(x * self.mask).float().chunk(2, dim=1)
        free = 1 - self.mask
        return free * self.scale * torch.tanh(raw), free * shift


class Scale(nn.Module):
    """One floor of the flow on (N, C, H, W): couplings, a squeeze between them, and half of the values let out.

    On the ``top`` floor nothing is squeezed or let out.
    """

    def __init__(self, channels: int, size: int, couplings: int, width: int, blocks: int, top: bool) -> None:
        super().__init__()
        self.top = top
        self.squeezed = size % 2 == 0
        inner = 4 * channels if self.squeezed else channels
        masks = [_checkerboard(channels, size, self.squeezed, bool(i % 2)) for i in range(couplings)]
        if self.squeezed and not top:
            masks += [_halves(inner, bool(i % 2)) for i in range(couplings)]
        self.couplings = nn.ModuleList(Coupling(inner, mask, width, blocks) for mask in masks)

    def forward(self, x: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        """What goes on to the next floor (None from the top), what is let out, and the log-determinant."""
        x = squeeze(x) if self.squeezed else x
        total = x.new_zeros(len(x))
        for coupling in self.couplings:
            x, log_det = coupling(x)
            total = total + log_det
        if self.top:
            return None, x, total
        on, out = x.chunk(2, dim=1)
        return on, out, total

    def inverse(self, on: Tensor | None, out: Tensor) -> Tensor:
        """Back to what came in."""
        x = out if on is None else torch.cat([on, out], 1)
        for coupling in reversed(self.couplings):
            x = coupling.inverse(x)  # type: ignore[operator]
        return unsqueeze(x) if self.squeezed else x


class RealNvp(nn.Module):
    """Pictures with values in (0, 1), (N, C, S, S), to codes (N, C·S·S) that are normal for pictures like the data."""

    def __init__(self, channels: int, size: int, couplings: int, width: int, blocks: int) -> None:
        super().__init__()
        self.shape = (channels, size, size)
        self.scales = nn.ModuleList()
        self.parts: list[tuple[int, int, int]] = []
        while size % 2 == 0 and size > 4:
            self.scales.append(Scale(channels, size, couplings, width, blocks, top=False))
            channels, size = 2 * channels, size // 2
            self.parts.append((channels, size, size))
        self.scales.append(Scale(channels, size, couplings + 1, width, blocks, top=True))
        self.parts.append((4 * channels, size // 2, size // 2) if size % 2 == 0 else (channels, size, size))

    def forward(self, x: Tensor) -> Flowed:
        """Codes and log |det dz/dx| (N,), the logit's own included."""
        y, total = to_logits(x)
        parts = []
        on: Tensor | None = y
        for scale in self.scales:
            on, out, log_det = scale(on)
            parts.append(out.flatten(1))
            total = total + log_det
        return torch.cat(parts, 1), total

    def inverse(self, codes: Tensor) -> Tensor:
        """Pictures in (0, 1) for codes (N, C·S·S)."""
        parts = codes.split([math.prod(part) for part in self.parts], dim=1)
        on: Tensor | None = None
        for scale, part, shape in zip(reversed(self.scales), reversed(parts), reversed(self.parts), strict=True):
            on = scale.inverse(on, part.unflatten(1, shape))  # type: ignore[operator]
        assert on is not None
        return from_logits(on)


def normal_log_density(codes: Tensor) -> Tensor:
    """log N(z; 0, 1) (N,) of codes (N, D)."""
    return -0.5 * (codes.square() + math.log(2 * math.pi)).sum(1)


def dequantise(pictures: Tensor, noise: Tensor | float) -> Tensor:
    """Pictures of 256 levels in [0, 1] as continuous values in (0, 1): (level + noise) / 256, noise in [0, 1)."""
    return ((pictures.float() * (LEVELS - 1)).round() + noise) / LEVELS


def quantised(x: Tensor) -> Tensor:
    """Continuous values in (0, 1) as pictures in [0, 1]: the middle of a level comes out as that very level."""
    return ((x * LEVELS - 0.5) / (LEVELS - 1)).clamp(0, 1)


def to_logits(x: Tensor) -> Flowed:
    """logit(α + (1 − 2α)·x) with black at 0, and its log-determinant (N,).

    Logits have no borders as [0, 1] has. With black at 0, as are the convolutions' borders, the background of drawn
    pictures is a peak that scaling alone makes as wide as a normal distribution: learned several times as fast.
    """
    inner = ALPHA + (1 - 2 * ALPHA) * x
    log_det = math.log(1 - 2 * ALPHA) - inner.log() - (1 - inner).log()
    return inner.logit() - BLACK, log_det.flatten(1).sum(1)


def from_logits(y: Tensor) -> Tensor:
    """The inverse; values beyond what a picture can have come out a little outside (0, 1)."""
    return (torch.sigmoid(y + BLACK) - ALPHA) / (1 - 2 * ALPHA)


def squeeze(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, 4C, H/2, W/2): the four pixels of a square become channels, position before colour."""
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // 2, 2, w // 2, 2)
    return x.permute(0, 3, 5, 1, 2, 4).reshape(n, 4 * c, h // 2, w // 2)


def unsqueeze(x: Tensor) -> Tensor:
    """The inverse of :func:`squeeze`."""
    n, c, h, w = x.shape
    x = x.reshape(n, 2, 2, c // 4, h, w)
    return x.permute(0, 3, 4, 1, 5, 2).reshape(n, c // 4, 2 * h, 2 * w)


def _checkerboard(channels: int, size: int, squeezed: bool, flipped: bool) -> Tensor:
    """The mask of every second pixel, float32 that broadcasts to (N, C, H, W) or to the squeezed form of it."""
    if squeezed:
        corners = torch.tensor([1.0, 0.0, 0.0, 1.0]).repeat_interleave(channels)
        mask = corners[:, None, None]
    else:
        places = torch.arange(size)
        mask = ((places[:, None] + places) % 2 == 0).float()[None]
    return 1 - mask if flipped else mask


def _halves(channels: int, flipped: bool) -> Tensor:
    """The mask of the first half of the channels (of the second, ``flipped``)."""
    mask = (torch.arange(channels) < channels // 2).float()[:, None, None]
    return 1 - mask if flipped else mask
