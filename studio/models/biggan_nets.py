"""BigGAN's nets (Brock, Donahue and Simonyan 2019), small: residual blocks, class-conditional batch norm, attention.

Every weight of both nets is spectrally normalised but the shared class embedding, and starts out orthogonal.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.conditional_nets import Projection
from studio.models.spectral import spectral

BASE = 4
"""pixels of the smallest map"""
WIDEST = 16
"""no layer has more than this many times the channels next to the picture, as in the paper's nets"""


def generator_channels(size: int, width: int) -> list[int]:
    """Channels of the maps of 4, 8, …, size pixels."""
    levels = size.bit_length() - BASE.bit_length()
    return [width * min(2**level, WIDEST) for level in range(levels, -1, -1)]


def discriminator_channels(size: int, width: int) -> list[int]:
    """Channels of the maps of size/2, size/4, …, 4 pixels."""
    levels = size.bit_length() - BASE.bit_length()
    return [width * min(2**level, WIDEST) for level in range(levels)]


def chunks(latent: int, size: int) -> list[int]:
    """Lengths of the parts of the code: one enters at the bottom, one each block; the first ones may be longer."""
    parts = len(generator_channels(size, 1))
    return [latent // parts + (part < latent % parts) for part in range(parts)]


class ConditionalBatchNorm(nn.Module):
    """Batch norm whose gains and biases are linear maps of a vector (de Vries et al. 2017)."""

    def __init__(self, channels: int, conditions: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = nn.Linear(conditions, channels, bias=False)
        self.bias = nn.Linear(conditions, channels, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(N, channels, H, W) and (N, conditions) -> (N, channels, H, W)."""
        gain, bias = 1 + self.gain(condition), self.bias(condition)
        return torch.addcmul(bias[:, :, None, None], self.norm(x), gain[:, :, None, None])


class SelfAttention(nn.Module):
    """Lets far parts of a picture agree (Zhang et al. 2019); its share starts at nothing and is learned.

    Keys and values are pooled 2 × 2, as in the paper's code: a quarter of the memory.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner, values = max(channels // 8, 1), max(channels // 2, 1)
        self.query = _conv(channels, inner, 1, bias=False)
        self.key = _conv(channels, inner, 1, bias=False)
        self.value = _conv(channels, values, 1, bias=False)
        self.out = _conv(values, channels, 1, bias=False)
        self.share = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same shape."""
        query = self.query(x).flatten(2).transpose(1, 2)
        key = F.max_pool2d(self.key(x), 2).flatten(2).transpose(1, 2)
        value = F.max_pool2d(self.value(x), 2).flatten(2).transpose(1, 2)
        # the paper does not divide by √channels
        seen = F.scaled_dot_product_attention(query, key, value, scale=1.0)
        return x + self.share * self.out(seen.transpose(1, 2).unflatten(2, x.shape[2:]))


class BlockUp(nn.Module):
    """Residual block that doubles the size; conditional batch norm before each 3 × 3 convolution."""

    def __init__(self, inputs: int, outputs: int, conditions: int) -> None:
        super().__init__()
        self.first = ConditionalBatchNorm(inputs, conditions)
        self.second = ConditionalBatchNorm(outputs, conditions)
        # no biases: a shift of a whole map is undone by the next batch norm, on the skips by the net's last one
        self.grow = _conv(inputs, outputs, 3, bias=False)
        self.refine = _conv(outputs, outputs, 3, bias=False)
        self.skip = _conv(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(N, inputs, H, W) and (N, conditions) -> (N, outputs, 2 H, 2 W)."""
        y = self.grow(_double(F.relu(self.first(x, condition))))
        y = self.refine(F.relu(self.second(y, condition)))
        return y + _double(self.skip(x))  # 1 × 1 and doubling commute: a quarter of the work this way


class BlockDown(nn.Module):
    """Residual block that halves the size, if ``halve``; ``first``: it reads a picture, so no ReLU comes before."""

    def __init__(self, inputs: int, outputs: int, *, halve: bool = True, first: bool = False) -> None:
        super().__init__()
        self.first, self.halve = first, halve
        self.enter = _conv(inputs, outputs, 3)
        self.leave = _conv(outputs, outputs, 3)
        self.skip = _conv(inputs, outputs, 1) if halve or inputs != outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / 2, W / 2), or the same size."""
        y = self.leave(F.relu(self.enter(x if self.first else F.relu(x))))
        if self.halve:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        return y + self.skip(x)


class BigGenerator(nn.Module):
    """Code and class to picture: the code's first part is the smallest map, the others steer a block each."""

    def __init__(
        self, latent: int, classes: int, embedding: int, channels: Sequence[int], pictures: int, attention: int
    ) -> None:
        super().__init__()
        size = BASE * 2 ** (len(channels) - 1)
        self.chunks = chunks(latent, size)
        self.embed = nn.Linear(classes, embedding, bias=False)
        self.enter = nn.Linear(self.chunks[0], channels[0] * BASE * BASE)
        self.blocks = nn.ModuleList(
            BlockUp(i, o, embedding + part)
            for i, o, part in zip(channels[:-1], channels[1:], self.chunks[1:], strict=True)
        )
        self.attention = _attention(attention, [BASE * 2 ** (n + 1) for n in range(len(self.blocks))], channels[1:])
        self.norm = nn.BatchNorm2d(channels[-1])
        self.leave = _conv(channels[-1], pictures, 3)
        _start(self)

    def forward(self, codes: Tensor, conditions: Tensor) -> Tensor:
        """Codes (N, latent) and conditions (N, classes) -> (N, C, S, S) in [-1, 1]."""
        embedded = self.embed(conditions)
        parts = codes.to(embedded.dtype).split(self.chunks, 1)
        x = self.enter(parts[0]).unflatten(1, (-1, BASE, BASE))
        for number, (block, part) in enumerate(zip(self.blocks, parts[1:], strict=True)):
            x = block(x, torch.cat([embedded, part], 1))
            if str(number) in self.attention:
                x = self.attention[str(number)](x)
        return torch.tanh(self.leave(F.relu(self.norm(x))))


class BigDiscriminator(nn.Module):
    """Picture and class to a logit: residual blocks, sum over places, and a projection on the class."""

    def __init__(self, pictures: int, classes: int, channels: Sequence[int], attention: int) -> None:
        super().__init__()
        sizes = [BASE * 2 ** (len(channels) - 1 - n) for n in range(len(channels))]
        blocks = [BlockDown(pictures, channels[0], first=True)]
        blocks += [BlockDown(i, o) for i, o in itertools.pairwise(channels)]
        self.blocks = nn.ModuleList([*blocks, BlockDown(channels[-1], channels[-1], halve=False)])
        self.attention = _attention(attention, sizes, channels)
        self.judge = Projection(channels[-1], classes)
        _start(self)

    def forward(self, pictures: Tensor, conditions: Tensor) -> Tensor:
        """Pictures (N, C, S, S) and conditions (N, classes) -> logits (N, 1) float32."""
        x = pictures
        for number, block in enumerate(self.blocks):
            x = block(x)
            if str(number) in self.attention:
                x = self.attention[str(number)](x)
        return self.judge(F.relu(x).float().sum((2, 3)), conditions)


def orthogonality(net: nn.Module) -> Tensor:
    """BigGAN's relaxed penalty ‖WᵀW ⊙ (1 − I)‖², summed over the net's weights but the shared embedding, 0-d float32.

    The inner products are those of the filters (rows of the (outputs, rest) matrix); their lengths are left free.
    """
    penalty = torch.zeros((), device=next(net.parameters()).device)
    for name, weight in net.named_parameters():
        if weight.ndim < 2 or name.endswith("embed.weight"):
            continue
        with torch.autocast(weight.device.type, enabled=False):
            matrix = weight.flatten(1)
            products = matrix @ matrix.t()
            penalty = penalty + products.square().sum() - products.diagonal().square().sum()
    return penalty


def _conv(inputs: int, outputs: int, kernel: int, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias)


def _start(net: nn.Module) -> None:
    """Orthogonal weights, no biases, and spectral norm on all but the class embedding that layers of G share."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.orthogonal_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    for name, part in net.named_children():
        if not (isinstance(net, BigGenerator) and name == "embed"):
            spectral(part)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _attention(resolution: int, sizes: Sequence[int], channels: Sequence[int]) -> nn.ModuleDict:
    """Attention behind the block whose result has ``resolution`` pixels, by the block's number; empty for 0."""
    places = enumerate(zip(sizes, channels, strict=True))
    return nn.ModuleDict({str(n): SelfAttention(inputs) for n, (size, inputs) in places if size == resolution})
