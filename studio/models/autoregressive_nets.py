"""What nets that read a picture number by number share: grey levels, the head for colours, drawing from a conditional.

The order is the raster's: rows from the top, pixels from the left, within a pixel the channels (red, green, blue).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.binary import binarise, fixed


class Stepper(ABC):
    """Goes through the raster of N pictures, keeping what the next numbers need of the earlier ones."""

    @abstractmethod
    def logits(self, channel: int) -> Tensor:
        """(N, K) of the number that is next, in ``channel`` of the current pixel."""

    @abstractmethod
    def put(self, values: Tensor, channel: int) -> None:
        """That number, chosen: (N,) float32 in [-1, 1]."""


class RasterNet(nn.Module, ABC):
    """p(x) = ∏ p(xₖ | x₁ … xₖ₋₁) over the ``channels · size²`` numbers of a picture, each one of ``levels`` values."""

    def __init__(self, levels: int, channels: int, size: int) -> None:
        super().__init__()
        self.levels, self.channels, self.size = levels, channels, size

    @property
    def outputs(self) -> int:
        """K, numbers that describe one conditional: a logit for two levels, else one score for each level."""
        return 1 if self.levels == 2 else self.levels

    @abstractmethod
    def forward(self, values: Tensor) -> Tensor:
        """(N, C, H, W) in [-1, 1] -> (N, K, C, H, W): all conditionals at once."""

    @abstractmethod
    def stepper(self, count: int) -> Stepper:
        """A walk through ``count`` new pictures."""


class CausalConv2d(nn.Conv2d):
    """A masked convolution whose masked weights are left out: it sees only what lies before a pixel.

    ``above`` rows above, with ``reach`` columns to both sides, or (``above`` 0) the ``reach`` pixels to the left.
    ``current`` adds the pixel's own row (its own pixel), which deeper layers may see and the first may not.
    """

    def __init__(self, inputs: int, outputs: int, above: int, reach: int, current: bool, bias: bool = True) -> None:
        kernel = (above + current, 2 * reach + 1) if above else (1, reach + current)
        super().__init__(inputs, outputs, kernel, padding=(above, reach), bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H, W)."""
        # Padding on both sides and cutting the end off is faster than a padded copy.
        return super().forward(x)[..., : x.shape[-2], : x.shape[-1]]

    def row(self, rows: Tensor) -> Tensor:
        """The same for one row, from the rows it sees: (N, inputs, kernel rows, W) -> (N, outputs, W)."""
        return F.conv2d(rows, self.weight, self.bias, padding=(0, int(self.padding[1])))[:, :, 0]

    def pixel(self, window: Tensor) -> Tensor:
        """The same for one pixel, from the pixels it sees to the left: (N, inputs, kernel) -> (N, outputs)."""
        return F.linear(window.flatten(1), self.weight.flatten(1), self.bias)


class Place(nn.Module):
    """Learned features of row, column and channel, (width, H, W, C); they start at zero."""

    def __init__(self, width: int, size: int, channels: int = 1) -> None:
        super().__init__()
        self.row = nn.Parameter(torch.zeros(width, size, 1, 1))
        self.column = nn.Parameter(torch.zeros(width, 1, size, 1))
        self.channel = nn.Parameter(torch.zeros(width, 1, 1, channels)) if channels > 1 else None

    def forward(self) -> Tensor:
        """(width, H, W, C) float32."""
        place = self.row + self.column
        return place if self.channel is None else place + self.channel


class ColourHead(nn.Module):
    """Features of what lies before a pixel, to the conditionals of its channels.

    Channel c also sees the earlier channels of the same pixel, so that p(RGB) = p(R) p(G | R) p(B | R, G) exactly.
    """

    def __init__(self, width: int, hidden: int, channels: int, outputs: int) -> None:
        super().__init__()
        self.of = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width + c, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, outputs, 1))
            for c in range(channels)
        )

    def forward(self, features: Tensor, values: Tensor) -> Tensor:
        """Features (N, width, H, W) and values (N, C, H, W) -> (N, K, C, H, W)."""
        features = F.relu(features)
        found = [self.of[0](features)]
        for c in range(1, len(self.of)):
            found.append(self.of[c](torch.cat([features, values[:, :c].to(features.dtype)], 1)))
        return torch.stack(found, 2)

    def pixel(self, features: Tensor, values: Tensor, channel: int) -> Tensor:
        """Features (N, width) and the pixel's values so far (N, channel) -> (N, K)."""
        x = torch.cat([F.relu(features), values], 1) if channel else F.relu(features)
        for layer in self.of[channel]:  # type: ignore[attr-defined]
            x = F.linear(x, layer.weight.flatten(1), layer.bias) if isinstance(layer, nn.Conv2d) else layer(x)
        return x


class RowStepper(Stepper):
    """A walk for nets that do part of the work row by row: ``features`` of a pixel once, then its channels."""

    def __init__(self, head: ColourHead, count: int, size: int, channels: int) -> None:
        weight = next(head.parameters())
        self._head, self._size, self._channels = head, size, channels
        self.picture = weight.new_zeros(count, channels, size, size)
        self.at = 0, 0
        self._features: Tensor | None = None

    @abstractmethod
    def begin_row(self, row: int) -> None:
        """Everything that depends on the rows above alone."""

    @abstractmethod
    def features(self, row: int, column: int) -> Tensor:
        """(N, width) of what lies before a pixel; called once for each, in order."""

    def logits(self, channel: int) -> Tensor:
        """(N, K) of a channel of the current pixel."""
        row, column = self.at
        if channel == 0:
            if column == 0:
                self.begin_row(row)
            self._features = self.features(row, column)
        assert self._features is not None
        return self._head.pixel(self._features, self.picture[:, :channel, row, column], channel)

    def put(self, values: Tensor, channel: int) -> None:
        """Keep the number; after the last channel go on to the next pixel."""
        row, column = self.at
        self.picture[:, channel, row, column] = values
        if channel == self._channels - 1:
            self.at = (row, column + 1) if column + 1 < self._size else (row + 1, 0)


class RowBuffer:
    """What a convolution along the row reads: one row of features, with zeros before its first pixel."""

    def __init__(self, like: Tensor, convolution: CausalConv2d) -> None:
        self._reach, self._kernel = int(convolution.padding[1]), convolution.kernel_size[1]
        count, size = like.shape[0], like.shape[-1]
        self._row = like.new_zeros(count, convolution.in_channels, self._reach + size)

    def write(self, column: int, features: Tensor) -> None:
        """Features (N, inputs) of a pixel."""
        self._row[:, :, self._reach + column] = features

    def window(self, column: int) -> Tensor:
        """(N, inputs, kernel): what the convolution sees at a pixel."""
        return self._row[:, :, column : column + self._kernel]


def above(x: Tensor, row: int, count: int) -> Tensor:
    """``count`` rows of (N, F, H, W) that end just before ``row``, zeros where there are none."""
    return F.pad(x[:, :, max(0, row - count) : row], (0, 0, max(0, count - row), 0))


def quantise(pictures: Tensor, levels: int, noise: Tensor | None = None) -> Tensor:
    """Pictures in [0, 1] to int64 levels 0 … levels − 1, the nearest; two levels are ink dots drawn with ``noise``.

    ``noise`` in [0, 1), of the pictures' shape, makes a pixel of brightness p 1 with probability p (dynamic
    binarisation). Without it the thresholds are always the same ones, so that figures do not depend on a draw.
    """
    pictures = pictures.float()
    if levels == 2:
        return (fixed(pictures) if noise is None else binarise(pictures, noise)).long()
    return (pictures * (levels - 1)).round().clamp(0, levels - 1).long()


def signed(symbols: Tensor, levels: int) -> Tensor:
    """Levels as the net reads them, float32 in [-1, 1]."""
    return symbols.float() * (2 / (levels - 1)) - 1


def log_probability(logits: Tensor, symbols: Tensor) -> Tensor:
    """log p (N,) in nats of symbols (N, …) under logits (N, K, …), K = 1 for two levels."""
    logits = logits.float() if logits.dtype != torch.float64 else logits
    if logits.shape[1] == 1:
        each = -F.binary_cross_entropy_with_logits(logits[:, 0], symbols.to(logits.dtype), reduction="none")
    else:
        each = -F.cross_entropy(logits, symbols, reduction="none")
    return each.flatten(1).sum(1)


def pick(logits: Tensor, u: Tensor) -> Tensor:
    """The inverse of the conditional's distribution function: (N, K) at u (N,) in [0, 1] -> (N,) int64 levels.

    The higher u, the brighter the pixel.
    """
    if logits.shape[1] == 1:
        return (u > torch.sigmoid(-logits[:, 0])).long()
    steps = logits.softmax(1).cumsum(1)[:, :-1]
    return (u[:, None] > steps).sum(1)


def sample(net: RasterNet, codes: Tensor) -> Tensor:
    """Pictures (N, C, H, W) in [0, 1] for codes (N, C·H·W) in [-1, 1], number after number."""
    size, channels, levels = net.size, net.channels, net.levels
    # float32 whatever the precision: a conditional that is off by a rounding changes all pixels after it.
    with torch.autocast(codes.device.type, enabled=False):
        walk, u = net.stepper(len(codes)), (codes + 1) / 2
        chosen = []
        for k in range(channels * size * size):
            symbols = pick(walk.logits(k % channels), u[:, k])
            walk.put(signed(symbols, levels).to(u.dtype), k % channels)
            chosen.append(symbols)
    pictures = torch.stack(chosen, 1).view(-1, size, size, channels).permute(0, 3, 1, 2)
    return pictures.float() / (levels - 1)


def nats(net: RasterNet, pictures: Tensor) -> Tensor:
    """log p (N,) in nats of pictures in [0, 1] put on the net's levels."""
    symbols = quantise(pictures, net.levels)
    with torch.autocast(pictures.device.type, enabled=False):
        return log_probability(net(signed(symbols, net.levels)), symbols)


def bits(loss: Tensor, numbers: int) -> Tensor:
    """Bits per number for a loss in nats per picture."""
    return loss / (math.log(2) * numbers)
