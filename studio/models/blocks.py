"""Layers that torch does not have, and the initialisations of the papers."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations


class SameConv2d(nn.Conv2d):
    """Convolution with TensorFlow's "same" padding: output = ceil(size / stride), the odd pixel goes last.

    For even sizes at stride 2 the padding is asymmetric (kernel 3: none before, one after), which no symmetric
    ``padding=`` of torch gives.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True) -> None:
        super().__init__(inputs, outputs, kernel, stride, padding=0, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, ceil(H / stride), ceil(W / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1 and kernel % 2:  # symmetric: let the convolution pad, it needs no copy
            return F.conv2d(x, self.weight, self.bias, 1, kernel // 2)
        pads = [pad for size in (x.shape[-1], x.shape[-2]) for pad in _same(size, kernel, stride)]
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, stride)


class SameConvTranspose2d(nn.ConvTranspose2d):
    """Transposed convolution with "same" padding: output = stride · size; kernel − stride rows are trimmed.

    The transpose of :class:`SameConv2d`: at kernel 3, stride 2 the *last* row and column go (the lecture's example).
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True) -> None:
        super().__init__(inputs, outputs, kernel, stride, padding=0, bias=bias)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, stride · H, stride · W)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        before = max(kernel - stride, 0) // 2
        after = max(kernel - stride, 0) - before
        # torch trims `before` on both sides itself; what is still too long is cut off
        full = F.conv_transpose2d(x, self.weight, self.bias, stride, padding=before)
        return full[..., : full.shape[-2] - (after - before), : full.shape[-1] - (after - before)]


class LogitDifference(nn.Module):
    """Two class scores (N, 2) to the one logit (N, 1) whose sigmoid equals their softmax: score 1 − score 0."""

    def forward(self, scores: Tensor) -> Tensor:
        """(N, 2) -> (N, 1)."""
        return scores[:, 1:2] - scores[:, 0:1]


class Affine(nn.Module):
    """scale · x + shift with fixed numbers: a change of the value range between nets and pictures."""

    def __init__(self, scale: float, shift: float) -> None:
        super().__init__()
        self.scale, self.shift = scale, shift

    def forward(self, x: Tensor) -> Tensor:
        """Any shape, float."""
        return x * self.scale + self.shift

    def extra_repr(self) -> str:
        """For a printed net."""
        return f"{self.scale} · x + {self.shift}"


def group_norm(channels: int) -> nn.GroupNorm:
    """Group norm with about 16 channels a group, one group for few channels (Wu and He 2018)."""
    return nn.GroupNorm(math.gcd(channels, max(1, channels // 16)), channels)


def spectral(net: nn.Module) -> nn.Module:
    """Divide each weight of convolutions and dense layers by its largest singular value (Miyato et al. 2018).

    Call it after the initialisation: from then on ``weight`` is computed, and writing to it changes nothing.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            parametrizations.spectral_norm(module)
    return net


def trunk(net: nn.Sequential, x: Tensor) -> Tensor:
    """What comes out before the last layer with weights, (N, F): the features that a discriminator has learned."""
    layers = list(net)
    last = max(i for i, layer in enumerate(layers) if isinstance(layer, nn.Linear | nn.Conv2d))
    for layer in layers[:last]:
        x = layer(x)
    return x.flatten(1)


def initialise_normal(net: nn.Module) -> nn.Module:
    """DCGAN's start (Radford et al. 2016): weights N(0, 0.02), batch-norm scales N(1, 0.02), no bias."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)
    return net


def initialise_glorot(net: nn.Module) -> nn.Module:
    """Keras' default start, for the lectures' nets: weights Glorot uniform, biases zero."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return net


def count(net: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
