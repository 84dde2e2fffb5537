"""How near made pictures come to the one that is searched for. Imports torch."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.imaging import pixels

COARSEST = 4
"""px: coarser levels say nothing about where anything is"""
LEAST_ERROR = 1e-10
"""the error at which a PSNR of 100 dB ends the scale"""


class Likeness:
    """Compares pictures (N, C, S, S) in a model's value range with one (S, S, C) uint8, on pixels in [0, 1]."""

    def __init__(self, target: np.ndarray, value_range: tuple[float, float], device: torch.device) -> None:
        self._low, self._high = value_range
        wanted = pixels.to_tensor(torch.from_numpy(np.ascontiguousarray(target[None])).to(device), 0.0, 1.0)
        self._levels = [wanted.contiguous()]
        while self._levels[-1].shape[-1] // 2 >= COARSEST:
            self._levels.append(F.avg_pool2d(self._levels[-1], 2))

    def errors(self, made: Tensor) -> Tensor:
        """Mean squared errors (N,) of what would be seen, infinite where a picture is not finite."""
        apart = (self._unit(made).clamp(0, 1) - self._levels[0]).square().flatten(1).mean(1)
        return apart.nan_to_num(nan=torch.inf)

    def loss(self, made: Tensor) -> Tensor:
        """Mean squared errors (N,), summed over the picture and its halved sizes.

        Small pictures agree first where everything lies: the gradient points there before edges overlap at all.
        """
        unit = self._unit(made)
        total = torch.zeros(len(made), device=made.device)
        for level in self._levels:
            unit = unit if level is self._levels[0] else F.avg_pool2d(unit, 2)
            total = total + (unit - level).square().flatten(1).mean(1)
        return total

    def _unit(self, made: Tensor) -> Tensor:
        return (made.float() - self._low) / (self._high - self._low)


def seen_error(picture: np.ndarray, target: np.ndarray) -> float:
    """Mean squared error between two pictures (S, S, C) uint8, on pixels in [0, 1]."""
    apart = (picture.astype(np.float64) - target) / 255
    return float(np.square(apart).mean())


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared error on pixels in [0, 1], at most 100."""
    return float(-10 * np.log10(max(error, LEAST_ERROR)))
