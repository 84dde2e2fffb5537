"""Nets of the adversarial autoencoder: fully connected as in its paper, or halving and doubling convolutions."""

from __future__ import annotations

import itertools

from torch import nn

SLOPE = 0.2


def dense_encoder(pixels: int, hidden: int, layers: int, codes: int) -> nn.Sequential:
    """(N, …, pixels in all) -> (N, codes), ``layers`` hidden layers of ReLUs."""
    return nn.Sequential(nn.Flatten(), *_relu_layers([pixels, *[hidden] * layers]), nn.Linear(hidden, codes))


def dense_decoder(codes: int, hidden: int, layers: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """(N, codes) -> (N, *shape) logits."""
    channels, height, width = shape
    last = nn.Linear(hidden, channels * height * width)
    return nn.Sequential(*_relu_layers([codes, *[hidden] * layers]), last, nn.Unflatten(1, shape))


def code_discriminator(inputs: int, hidden: int) -> nn.Sequential:
    """(N, inputs) -> (N, 1) logits: whether a code comes from the prior."""
    return nn.Sequential(*_relu_layers([inputs, hidden, hidden]), nn.Linear(hidden, 1))


def convolutional_encoder(channels: int, size: int, width: int, codes: int) -> nn.Sequential:
    """(N, channels, size, size) -> (N, codes); each halving doubles the width, up to 8 times."""
    sizes, widths = halvings(size), _widths(size, width)
    layers: list[nn.Module] = []
    for i, o in itertools.pairwise([channels, *widths]):
        layers += [nn.Conv2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.LeakyReLU(SLOPE, True)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * sizes[-1] ** 2, codes))


def convolutional_decoder(codes: int, channels: int, size: int, width: int) -> nn.Sequential:
    """(N, codes) -> (N, channels, size, size) logits."""
    inner, widths = halvings(size)[-1], _widths(size, width)[::-1]
    layers: list[nn.Module] = [nn.Linear(codes, widths[0] * inner**2), nn.Unflatten(1, (widths[0], inner, inner))]
    for i, o in itertools.pairwise([*widths, widths[-1]]):
        layers += [nn.BatchNorm2d(i), nn.LeakyReLU(SLOPE, True), nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)]
    layers += [nn.BatchNorm2d(widths[-1]), nn.LeakyReLU(SLOPE, True), nn.Conv2d(widths[-1], channels, 3, 1, 1)]
    return nn.Sequential(*layers)


def halvings(size: int) -> list[int]:
    """The sizes after each halving, down to an odd size or 4: 28 -> [14, 7], 64 -> [32, 16, 8, 4]; none for 9."""
    sizes = []
    while size > 4 and size % 2 == 0:
        size //= 2
        sizes.append(size)
    return sizes


def size_problems(what: str, size: int) -> list[str]:
    """Why halving convolutions cannot be used for pictures of ``size`` px, as sentences."""
    if size % 2 or not 8 <= size <= 256:
        return [f"{what} needs an even size from 8 to 256 px, not {size}. Choose 28, 32 or 64."]
    if halvings(size)[-1] > 15:
        return [f"A size of {size} px can be halved only down to {halvings(size)[-1]}. Choose 28, 32, 48 or 64."]
    return []


def _widths(size: int, width: int) -> list[int]:
    return [width * min(2**level, 8) for level in range(len(halvings(size)))]


def _relu_layers(widths: list[int]) -> list[nn.Module]:
    return [layer for i, o in itertools.pairwise(widths) for layer in (nn.Linear(i, o), nn.ReLU(True))]
