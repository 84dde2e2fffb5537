"""The nets of the face GAN: an encoder and a generator around a linear code, and a discriminator. No batch norm: what
becomes of a picture never depends on the others.

Both coders have two paths that are added: a linear one at 32 px at the most, which starts as PCA, and convolutions,
which start at nothing. The generator is thus never worse than PCA, and learns only what a linear map cannot do.
Four-tap transposed convolutions and a picture shuffled out of half-size maps are what trains fastest on a processor.
"""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BASE = 4
"""pixels of the smallest map"""
LINEAR = 32
"""pixels of the linear path, at the most"""
SLOPE = 0.2
START_NOISE = -4.0
"""log σ² of a code before training"""


def generator_channels(size: int, width: int, widest: int) -> list[int]:
    """Channels of the maps of 4, 8, …, size/2 pixels; ``width`` is the last one's, none has more than ``widest``."""
    levels = (size // 2 // BASE).bit_length() - 1
    return [min(width * 2**level, max(widest, width)) for level in range(levels, -1, -1)]


def down_channels(size: int, width: int, widest: int) -> list[int]:
    """Channels of the maps of size/2, …, 4 pixels; ``width`` is the first one's."""
    return generator_channels(size, width, widest)[::-1]


class ScaledLinear(nn.Module):
    """A dense layer whose weights are stored √inputs times larger than they act, so that Adam's steps, which know no
    scale, suit thousands of inputs (Karras et al. 2018)."""

    def __init__(self, inputs: int, outputs: int, start: float) -> None:
        super().__init__()
        self.scale = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * start)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs) -> (N, outputs)."""
        return F.linear(x, self.weight * self.scale, self.bias)

    @torch.no_grad()
    def set(self, matrix: Tensor, bias: Tensor) -> None:
        """Become x ↦ matrix · x + bias; rows and columns that the matrix lacks are zero."""
        self.weight.zero_()
        self.weight[: matrix.shape[0], : matrix.shape[1]] = matrix / self.scale
        self.bias.zero_()
        self.bias[: len(bias)] = bias


class Encoder(nn.Module):
    """Picture to code: μ and log σ² and, for pictures with attributes, a linear head's answer to each on μ."""

    def __init__(self, size: int, pictures: int, latent: int, channels: list[int], attributes: int) -> None:
        super().__init__()
        self.latent, self.low = latent, min(size, LINEAR)
        self.linear = ScaledLinear(pictures * self.low**2, latent, start=1.0)
        self.trunk = _down(pictures, channels)
        self.code = nn.Linear(channels[-1] * BASE**2, 2 * latent)
        self.head = nn.Linear(latent, attributes) if attributes else None
        nn.init.zeros_(self.code.weight)
        with torch.no_grad():
            self.code.bias.zero_()
            self.code.bias[latent:] = START_NOISE

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, C, S, S) -> (N, 2 · latent + attributes) float32: μ, log σ², logits."""
        mean, log_variance = self.code(self.trunk(pictures).flatten(1)).float().chunk(2, 1)
        mean = mean + self.linear(shrunk(pictures, self.low).flatten(1)).float()
        parts = [mean, log_variance]
        if self.head is not None:
            parts.append(self.head(mean).float())
        return torch.cat(parts, 1)


class ModulatedBlock(nn.Module):
    """A convolution (``up``: that doubles the size) whose maps the code scales and shifts, y · (1 + a) + b."""

    def __init__(self, inputs: int, outputs: int, up: bool) -> None:
        super().__init__()
        self.outputs = outputs
        kernel = (4, 2, 1) if up else (3, 1, 1)
        layer = nn.ConvTranspose2d if up else nn.Conv2d
        self.conv: nn.Module = layer(inputs, outputs, *kernel, bias=False)
        taps = 4 if up else 9  # of each output pixel
        nn.init.normal_(self.conv.weight, 0.0, math.sqrt(2 / (1 + SLOPE**2) / (inputs * taps)))

    def forward(self, x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
        """(N, inputs, H, W) and (N, outputs, 1, 1) twice -> (N, outputs, H or 2 H, …)."""
        return F.leaky_relu_(torch.addcmul(shift, self.conv(x), gain), SLOPE)


class Generator(nn.Module):
    """Code to picture; the code is read at each layer."""

    def __init__(self, size: int, pictures: int, latent: int, channels: list[int]) -> None:
        super().__init__()
        self.size, self.low, self.pictures = size, min(size, LINEAR), pictures
        self.linear = ScaledLinear(latent, pictures * self.low**2, start=0.0)
        self.enter = nn.Linear(latent, channels[0] * BASE**2)
        blocks = [ModulatedBlock(channels[0], channels[0], up=False)]
        for inputs, outputs in itertools.pairwise(channels):
            blocks += [ModulatedBlock(inputs, outputs, up=True), ModulatedBlock(outputs, outputs, up=False)]
        self.blocks = nn.ModuleList(blocks)
        self.wide = [block.outputs for block in blocks]
        self.style = nn.Linear(latent, 2 * sum(self.wide))
        self.leave = nn.Conv2d(channels[-1], 4 * pictures, 3, padding=1)
        nn.init.normal_(self.style.weight, 0.0, 0.5 / math.sqrt(latent))
        for layer in (self.style, self.leave):
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.leave.weight)

    def forward(self, codes: Tensor) -> Tensor:
        """(N, latent) -> (N, C, S, S) float32, about [-1, 1], not clamped."""
        plain = self.linear(codes).float().unflatten(1, (self.pictures, self.low, self.low))
        if self.low < self.size:
            plain = F.interpolate(plain, size=(self.size, self.size), mode="bicubic", align_corners=False)
        gains, shifts = self.style(codes)[:, :, None, None].chunk(2, 1)
        x = F.leaky_relu(self.enter(codes), SLOPE).unflatten(1, (-1, BASE, BASE))
        x = x.contiguous(memory_format=torch.channels_last)
        steered = zip(self.blocks, (1 + gains).split(self.wide, 1), shifts.split(self.wide, 1), strict=True)
        for block, gain, shift in steered:
            x = block(x, gain, shift)
        return plain + F.pixel_shuffle(self.leave(x), 2).float()


class Discriminator(nn.Module):
    """Picture to a logit and to what it saw on the way, which a reconstruction is to share with its picture."""

    def __init__(self, pictures: int, channels: list[int]) -> None:
        super().__init__()
        self.trunk = _down(pictures, channels)
        last = channels[-1]
        self.mix = nn.Conv2d(last + 1, last, 3, padding=1)
        self.judge = nn.Linear(last * BASE**2, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, C, S, S) -> logits (N, 1) and the maps after each halving."""
        x, seen = pictures, []
        for layer in self.trunk:
            x = layer(x)
            if isinstance(layer, nn.LeakyReLU):
                seen.append(x)
        x = F.leaky_relu(self.mix(torch.cat((x, _spread(x)), 1)), SLOPE)
        return self.judge(x.flatten(1)), seen


def shrunk(pictures: Tensor, size: int) -> Tensor:
    """(N, C, S, S) averaged to (N, C, size, size)."""
    factor = pictures.shape[-1] // size
    return F.avg_pool2d(pictures, factor) if factor > 1 else pictures


def _spread(x: Tensor) -> Tensor:
    """How much the pictures of the batch differ, as one more map (N, 1, H, W) (Karras et al. 2018): pictures that are
    all alike betray a generator. The only place where pictures of a batch meet, and nothing of it is shipped."""
    spread = (x.float().var(0, unbiased=False) + 1e-8).sqrt().mean()
    return spread.to(x.dtype).expand(len(x), 1, *x.shape[2:])


def _down(pictures: int, channels: list[int]) -> nn.Sequential:
    """4 × 4 convolutions that halve the size."""
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise([pictures, *channels]):
        conv = nn.Conv2d(inputs, outputs, 4, 2, 1)
        nn.init.kaiming_normal_(conv.weight, SLOPE)
        assert conv.bias is not None
        nn.init.zeros_(conv.bias)
        layers += [conv, nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers)
