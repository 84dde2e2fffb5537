"""Nets of UNIT (Liu et al. 2017): encoders and decoders whose innermost layers both kinds of pictures share."""

from __future__ import annotations

import itertools

import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.translators import INSTANCE, ResnetBlock, norm

LEAST_LEFT = 4
"""the finest discriminator halves a picture down to this many pixels or a little more"""


def encoder(channels: int, width: int, blocks: int) -> nn.Sequential:
    """Own layers of a kind: (N, C, S, S) -> (N, 4·width, S/4, S/4)."""
    layers: list[nn.Module] = [
        nn.ReflectionPad2d(3),
        nn.Conv2d(channels, width, 7),
        *norm(INSTANCE, width),
        nn.ReLU(True),
    ]
    for wide in (width, 2 * width):
        layers += [nn.ReflectionPad2d(1), nn.Conv2d(wide, 2 * wide, 4, 2), *norm(INSTANCE, 2 * wide), nn.ReLU(True)]
    return nn.Sequential(*layers, *shared(width, blocks))


def shared(width: int, blocks: int) -> nn.Sequential:
    """Residual blocks on the code, (N, 4·width, S/4, S/4) -> the same."""
    return nn.Sequential(*(ResnetBlock(4 * width, INSTANCE) for _ in range(blocks)))


def decoder(channels: int, width: int, blocks: int) -> nn.Sequential:
    """Own layers of a kind: (N, 4·width, S/4, S/4) -> (N, C, S, S) in [-1, 1]; enlarging before each convolution."""
    layers: list[nn.Module] = [*shared(width, blocks)]
    for wide in (4 * width, 2 * width):
        layers += [nn.Upsample(scale_factor=2), nn.ReflectionPad2d(2), nn.Conv2d(wide, wide // 2, 5)]
        layers += [nn.GroupNorm(1, wide // 2), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh())


class MultiScaleDiscriminator(nn.Module):
    """A discriminator without normalisation for the picture, for its half, and for its quarter (``scales``)."""

    def __init__(self, channels: int, width: int, scales: int, layers: int) -> None:
        super().__init__()
        self.judges = nn.ModuleList(_judge(channels, width, layers) for _ in range(scales))

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """(N, C, S, S) -> (N, 1, h, w) logits for each scale, the finest first."""
        found = []
        for index, judge in enumerate(self.judges):
            if index:
                pictures = F.avg_pool2d(pictures, 3, 2, 1, count_include_pad=False)
            found.append(judge(pictures))
        return tuple(found)


def most_layers(size: int) -> int:
    """How often the finest discriminator can halve a picture, the paper's 4 at most: 64 -> 4, 28 -> 2."""
    return max(1, min(4, (size // LEAST_LEFT).bit_length() - 1))


def most_scales(size: int, layers: int) -> int:
    """How many scales leave the coarsest discriminator at least one patch, the paper's 3 at most."""
    return max(1, min(3, (size >> layers).bit_length()))


def initialise(generators: list[nn.Module], judges: list[nn.Module]) -> None:
    """The paper's code: He's start for encoders and decoders, N(0, 0.02) for discriminators, no biases."""
    for nets, start in ((generators, _he), (judges, _normal)):
        for module in (module for net in nets for module in net.modules() if isinstance(module, nn.Conv2d)):
            start(module.weight)
            assert module.bias is not None
            nn.init.zeros_(module.bias)


def _he(weight: Tensor) -> None:
    nn.init.kaiming_normal_(weight, a=0, mode="fan_in")


def _normal(weight: Tensor) -> None:
    nn.init.normal_(weight, 0.0, 0.02)


def _judge(channels: int, width: int, layers: int) -> nn.Sequential:
    wide = [channels, *(width * 2**level for level in range(layers))]
    made: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(wide):
        made += [nn.Conv2d(inputs, outputs, 4, 2, 1, padding_mode="reflect"), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*made, nn.Conv2d(wide[-1], 1, 1))
