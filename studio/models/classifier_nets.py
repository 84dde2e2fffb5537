"""Nets of the classifier: features of its own, or another model's under a new head; and shifts of pictures."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.models.family import Family

DEEPEST = 8
"""how many times the first layer's channels the widest layer has"""


def convolutional(channels: int, size: int, width: int) -> nn.Sequential:
    """(N, channels, size, size) in [0, 1] -> (N, F): convolution, batch norm and pooling down to 4 px or less."""
    levels = max(1, (size - 1).bit_length() - 2)
    widths = [width * min(2**level, DEEPEST) for level in range(levels)]
    layers: list[nn.Module] = []
    for i, o in itertools.pairwise([channels, *widths]):
        layers += [nn.Conv2d(i, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten())


class Inherited(nn.Module):
    """Another family's features of pictures in [0, 1]; ``frozen`` ones compute as in use and get no gradients."""

    def __init__(self, about: Family, nets: Mapping[str, nn.Module], frozen: bool) -> None:
        super().__init__()
        assert about.features is not None
        self.nets = nn.ModuleDict(nets)
        self._features, self._range, self._frozen = about.features, about.value_range, frozen

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, C, S, S) in [0, 1] -> (N, F) float32."""
        low, high = self._range
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self._frozen):
            return self._features(dict(self.nets.items()), pictures * (high - low) + low).float()

    def train(self, mode: bool = True) -> Inherited:
        """Training mode, which frozen features never enter: their batch statistics would drift."""
        super().train(mode and not self._frozen)
        return self


def head(features: nn.Module, shape: tuple[int, int, int], classes: int, dropout: float) -> nn.Sequential:
    """(N, F) -> (N, classes) scores; F is found by running ``features`` on one empty picture of ``shape``."""
    training = features.training
    with torch.no_grad():
        width = features.eval()(torch.zeros(1, *shape)).shape[1]
    features.train(training)
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(width, classes))


def shifted(pictures: Tensor, pixels: int, chances: Tensor) -> Tensor:
    """Each picture moved by up to ``pixels`` up, down, left or right, its border repeated.

    ``chances``: (N, 2) float32 in [0, 1), how far down and how far right.
    """
    count, _, height, width = pictures.shape
    padded = F.pad(pictures, (pixels,) * 4, mode="replicate")
    starts = (chances * (2 * pixels + 1)).long().clamp(max=2 * pixels)
    rows = starts[:, :1] + torch.arange(height, device=pictures.device)
    columns = starts[:, 1:] + torch.arange(width, device=pictures.device)
    each = torch.arange(count, device=pictures.device)[:, None, None]
    # the picture's and its rows' and columns' numbers come first, the channels last
    return padded.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def fill(features: Any, parent_nets: Mapping[str, nn.Module]) -> None:
    """Copy a parent's weights into :class:`Inherited` features."""
    for name, net in features.nets.items():
        net.load_state_dict(parent_nets[name].state_dict())
