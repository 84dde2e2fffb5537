"""Nets that turn pictures into pictures, and the discriminators that judge patches of them.

The layout is that of the nets published with pix2pix and CycleGAN (Isola et al. 2017, Zhu et al. 2017), so that the
names of their published checkpoints fit.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BATCH, INSTANCE, SCALED, NONE = "batch", "instance", "scaled instance", "none"
"""normalisations: ``scaled instance`` learns a scale and a shift, as batch norm does, and equals it for one picture"""
PIXEL_LAYERS = 0


def norm(kind: str, channels: int) -> list[nn.Module]:
    """The layers of a normalisation."""
    if kind == BATCH:
        return [nn.BatchNorm2d(channels)]
    if kind == NONE:
        return []
    return [nn.InstanceNorm2d(channels, affine=kind == SCALED)]


def has_bias(kind: str) -> bool:
    """Whether a convolution before this normalisation has a bias: not where the normalisation shifts by itself.

    Plain instance norm undoes it; it is there because published checkpoints have it.
    """
    return kind in (INSTANCE, NONE)


def halvings(size: int) -> int:
    """How often a size can be halved to a whole number: 256 -> 8, 28 -> 2."""
    return (size & -size).bit_length() - 1


class UnetBlock(nn.Module):
    """One level of the U-Net: halve, go through the level ``inside``, double, and lay what came in beside the result.

    (N, outer, H, W) -> (N, 2·outer, H, W); the innermost level has nothing inside.
    """

    def __init__(self, outer: int, inner: int, inside: nn.Module | None, kind: str, dropout: float) -> None:
        super().__init__()
        down = nn.Conv2d(outer, inner, 4, 2, 1, bias=has_bias(kind))
        up = nn.ConvTranspose2d(inner if inside is None else 2 * inner, outer, 4, 2, 1, bias=has_bias(kind))
        middle = [] if inside is None else [*norm(kind, inner), inside]  # one value cannot be normalised
        end = [nn.Dropout(dropout)] if dropout else []
        self.model = nn.Sequential(
            nn.LeakyReLU(0.2), down, *middle, nn.ReLU(inplace=True), up, *norm(kind, outer), *end
        )

    def forward(self, x: Tensor) -> Tensor:
        """What came in and what was made of it, one behind the other."""
        return torch.cat([x, self.model(x)], 1)


class UnetEnds(nn.Module):
    """The outermost level: pictures (N, inputs, S, S) -> pictures (N, outputs, S, S) in [-1, 1]."""

    def __init__(self, inputs: int, outputs: int, width: int, inside: nn.Module, kind: str) -> None:
        super().__init__()
        down = nn.Conv2d(inputs, width, 4, 2, 1, bias=has_bias(kind))
        up = nn.ConvTranspose2d(2 * width, outputs, 4, 2, 1)
        self.model = nn.Sequential(down, inside, nn.ReLU(inplace=True), up, nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """The translated pictures."""
        return self.model(x)


class UnetGenerator(nn.Module):
    """U-Net of ``downs`` halvings: width, 2·width, … channels up to 8·width, and a bridge across at each size.

    Dropout is in the levels between two of 8·width channels, as in the paper (256 px: three; 64 px: one).
    """

    def __init__(
        self, inputs: int, outputs: int, downs: int, width: int = 64, kind: str = BATCH, dropout: float = 0.5
    ) -> None:
        super().__init__()
        channels = [width * min(2**level, 8) for level in range(downs)]
        block: nn.Module | None = None
        for level in range(downs - 1, 0, -1):
            outer, inner = channels[level - 1], channels[level]
            drops = dropout if outer == inner and block is not None else 0.0
            block = UnetBlock(outer, inner, block, kind, drops)
        if block is None:
            raise ValueError("a U-Net halves at least twice")
        self.model = UnetEnds(inputs, outputs, width, block, kind)

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, inputs, S, S) -> (N, outputs, S, S) in [-1, 1]; S is a multiple of 2^downs."""
        return self.model(pictures)


class Change(nn.Module):
    """Adds what a generator draws, in [-1, 1] and doubled, to its input: nearly a copy at the start.

    (N, C, S, S) in [-1, 1] -> the same; residual learning as in DnCNN (Zhang et al. 2017).
    """

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, pictures: Tensor) -> Tensor:
        """The changed pictures."""
        return F.hardtanh(pictures + 2 * self.generator(pictures))


class ResnetBlock(nn.Module):
    """Two convolutions whose result is added to what came in, (N, C, H, W) -> (N, C, H, W)."""

    def __init__(self, channels: int, kind: str, dropout: float = 0.0) -> None:
        super().__init__()
        bias = has_bias(kind)
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3, bias=bias),
            *norm(kind, channels),
            nn.ReLU(inplace=True),
            *([nn.Dropout(dropout)] if dropout else []),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3, bias=bias),
            *norm(kind, channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The sum."""
        return x + self.conv_block(x)


class ResnetGenerator(nn.Module):
    """Two halvings, ``blocks`` residual blocks at a quarter of the size, two doublings (Johnson et al. 2016)."""

    def __init__(
        self, inputs: int, outputs: int, blocks: int = 9, width: int = 64, kind: str = INSTANCE, dropout: float = 0.0
    ) -> None:
        super().__init__()
        bias = has_bias(kind)
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(inputs, width, 7, bias=bias)]
        layers += [*norm(kind, width), nn.ReLU(inplace=True)]
        for channels in (width, 2 * width):
            layers += [nn.Conv2d(channels, 2 * channels, 3, 2, 1, bias=bias)]
            layers += [*norm(kind, 2 * channels), nn.ReLU(inplace=True)]
        layers += [ResnetBlock(4 * width, kind, dropout) for _ in range(blocks)]
        for channels in (4 * width, 2 * width):
            layers += [nn.ConvTranspose2d(channels, channels // 2, 3, 2, 1, output_padding=1, bias=bias)]
            layers += [*norm(kind, channels // 2), nn.ReLU(inplace=True)]
        self.model = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, outputs, 7), nn.Tanh())

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W) in [-1, 1]; H and W are multiples of 4, at least 8."""
        return self.model(pictures)


class PatchDiscriminator(nn.Module):
    """Judges patches that overlap: (N, C, H, W) -> (N, 1, h, w) logits, one a patch.

    ``layers`` convolutions of stride 2 see patches of 16, 34, 70, 142, 286 px for 1 to 5; with 0 each pixel is judged
    by itself.
    """

    def __init__(self, inputs: int, width: int = 64, layers: int = 3, kind: str = BATCH) -> None:
        super().__init__()
        self.model = nn.Sequential(
            *(_pixels(inputs, width, kind) if not layers else _patches(inputs, width, layers, kind))
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits, one a patch."""
        return self.model(pictures)


class WholeDiscriminator(nn.Module):
    """Judges the picture as a whole, (N, C, S, S) -> (N, 1, 1, 1) logits: halved to 4–7 px, then one convolution."""

    def __init__(self, inputs: int, size: int, width: int = 64, kind: str = BATCH) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels, level = inputs, 0
        while size > 7 and size % 2 == 0:
            wide = width * min(2**level, 8)
            own = norm(kind, wide) if level else []
            layers += [
                nn.Conv2d(channels, wide, 4, 2, 1, bias=has_bias(kind) or not own),
                *own,
                nn.LeakyReLU(0.2, True),
            ]
            channels, level, size = wide, level + 1, size // 2
        self.model = nn.Sequential(*layers, nn.Conv2d(channels, 1, size))

    def forward(self, pictures: Tensor) -> Tensor:
        """One logit a picture."""
        return self.model(pictures)


def _pixels(inputs: int, width: int, kind: str) -> list[nn.Module]:
    bias = has_bias(kind)
    first = [nn.Conv2d(inputs, width, 1), nn.LeakyReLU(0.2, True)]
    second = [nn.Conv2d(width, 2 * width, 1, bias=bias), *norm(kind, 2 * width), nn.LeakyReLU(0.2, True)]
    return [*first, *second, nn.Conv2d(2 * width, 1, 1, bias=bias)]


def _patches(inputs: int, width: int, layers: int, kind: str) -> list[nn.Module]:
    channels = [width * min(2**level, 8) for level in range(layers + 1)]
    made: list[nn.Module] = [nn.Conv2d(inputs, channels[0], 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for level in range(1, layers + 1):
        stride = 2 if level < layers else 1
        made += [nn.Conv2d(channels[level - 1], channels[level], 4, stride, 1, bias=has_bias(kind))]
        made += [*norm(kind, channels[level]), nn.LeakyReLU(0.2, True)]
    return [*made, nn.Conv2d(channels[-1], 1, 4, 1, 1)]
