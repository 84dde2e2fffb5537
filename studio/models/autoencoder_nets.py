"""Encoders and decoders of the autoencoders: convolutional ones, and dense ones whose layers can be called in parts.

Imports torch at the top: family files import it inside functions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from torch import Tensor, nn

from studio.models.autoencoder import halvings

Shape = tuple[int, int, int]
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "elu": nn.ELU,
    "relu": nn.ReLU,
    "leaky": lambda: nn.LeakyReLU(0.1),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


class Stack(nn.Sequential):
    """Layers in a row; a call runs all of them or those from ``first`` up to (not with) ``last``.

    ``in_parts`` says that some calls leave layers out, which data-parallel wrappers must be told.
    """

    in_parts = False

    def forward(self, input: Tensor, first: int = 0, last: int | None = None) -> Tensor:
        """What the layers make of ``input``."""
        for layer in list(self)[first:last]:
            input = layer(input)
        return input


class Affine(nn.Module):
    """scale · x + shift: moves pixels between [0, 1] and [-1, 1], where nets start well."""

    def __init__(self, scale: float, shift: float) -> None:
        super().__init__()
        self.scale, self.shift = scale, shift

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return x * self.scale + self.shift


def dense_encoder(shape: Shape, widths: Sequence[int], activation: str) -> Stack:
    """(N, *shape) in [0, 1] -> (N, widths[-1]); one layer of the stack for each width, the last is linear."""
    layers = _dense([shape[0] * shape[1] * shape[2], *widths], activation)
    layers[0] = nn.Sequential(nn.Flatten(), Affine(2.0, -1.0), *layers[0])
    return Stack(*layers)


def dense_decoder(shape: Shape, widths: Sequence[int], activation: str) -> Stack:
    """(N, widths[-1]) -> (N, *shape), not clamped; the mirror image of :func:`dense_encoder`."""
    layers = _dense([*reversed(widths), shape[0] * shape[1] * shape[2]], activation)
    layers[-1] = nn.Sequential(*layers[-1], Affine(0.5, 0.5), nn.Unflatten(1, shape))
    return Stack(*layers)


def _dense(sizes: Sequence[int], activation: str) -> list[nn.Sequential]:
    """Linear layers between these sizes, each but the last with its activation."""
    pairs = list(itertools.pairwise(sizes))
    layers = [nn.Sequential(_linear(i, o, math.sqrt(2)), ACTIVATIONS[activation]()) for i, o in pairs[:-1]]
    return [*layers, nn.Sequential(_linear(*pairs[-1], 1.0))]


def _linear(inputs: int, outputs: int, gain: float) -> nn.Linear:
    """With an orthogonal start (Saxe et al. 2014): measured on patches of faces, torch's own start learns half as fast
    and gets stuck at the mean picture at rates that are good for this one."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer


def convolutional_encoder(size: int, channels: int, width: int, outputs: int) -> nn.Sequential:
    """(N, channels, size, size) -> (N, outputs): strided convolutions, then one dense layer."""
    widths = _widths(size, width)
    layers: list[nn.Module] = []
    for i, o in itertools.pairwise([channels, *widths]):
        layers += [nn.Conv2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.LeakyReLU(0.1, True)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * halvings(size)[-1] ** 2, outputs))


def convolutional_decoder(size: int, channels: int, width: int, inputs: int) -> nn.Sequential:
    """(N, inputs) -> (N, channels, size, size), unbounded: a dense layer, then transposed convolutions."""
    widths, inner = _widths(size, width), halvings(size)[-1]
    layers: list[nn.Module] = [
        nn.Linear(inputs, widths[-1] * inner**2),
        nn.Unflatten(1, (widths[-1], inner, inner)),
    ]
    for i, o in zip(widths[::-1], [*widths[-2::-1], widths[0]], strict=True):
        layers += [nn.BatchNorm2d(i), nn.LeakyReLU(0.1, True), nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)]
    return nn.Sequential(
        *layers, nn.BatchNorm2d(widths[0]), nn.LeakyReLU(0.1, True), nn.Conv2d(widths[0], channels, 3, 1, 1)
    )


def _widths(size: int, width: int) -> list[int]:
    """Channels after each halving: width, 2·width, … up to 8·width."""
    return [width * min(2**level, 8) for level in range(len(halvings(size)))]
