"""Spectral norm (Miyato et al. 2018): weights divided by their largest singular value, followed by power iteration."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

FIRST = 15
"""power iterations at the start; afterwards one a training pass keeps up with the weights"""


class SpectralNorm(nn.Module):
    """Divides a weight (outputs, …) by the largest singular value σ of its (outputs, rest) matrix.

    torch's own iterates at construction on the meta device as well, where an opened model is built: seconds for a
    BigGAN. This one does not, and keeps the left vector only: in evaluation the right one follows from the weights,
    so that averaged and halved weights get a σ of their own.
    """

    left: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.register_buffer("left", weight.new_empty(weight.shape[0]))
        if not weight.is_meta:
            with torch.no_grad():
                self.left.copy_(F.normalize(torch.randn_like(self.left), dim=0))
                for _ in range(FIRST):
                    self._iterate(weight.flatten(1))

    def forward(self, weight: Tensor) -> Tensor:
        """(outputs, …) -> the same shape with spectral norm 1; in training mode the vector follows the weight."""
        with torch.autocast(weight.device.type, enabled=False):  # a bf16 σ would be off by up to 0.4 %
            matrix = weight.flatten(1)
            with torch.no_grad():
                right = self._iterate(matrix) if self.training else self._right(matrix)
            # the length is σ, and its gradient is that of σ
            return weight / (matrix @ right).norm().clamp_min(1e-12)

    def _right(self, matrix: Tensor) -> Tensor:
        return F.normalize(matrix.t() @ self.left, dim=0)

    def _iterate(self, matrix: Tensor) -> Tensor:
        """Move the left vector one power iteration on; the right vector that it came from, (rest,)."""
        right = self._right(matrix)
        self.left.copy_(F.normalize(matrix @ right, dim=0))
        return right


def spectral(net: nn.Module) -> nn.Module:
    """Spectral norm for each weight of convolutions and dense layers; call it after the initialisation.

    From then on ``weight`` is computed, and writing to it changes nothing.
    """
    for module in list(net.modules()):
        if isinstance(module, nn.Conv2d | nn.Linear):
            # unsafe: nothing to try out, the shape stays
            parametrize.register_parametrization(module, "weight", SpectralNorm(module.weight), unsafe=True)
    return net
