"""Pictures of black and white dots: what models of binary pixels make of grey ones. Imports torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

THRESHOLDS_SEED = 20150212
PATIENCE = 1000
"""batches over which the data's mean is taken; a net that builds on it changes as it moves, so it must come to rest"""


class DataMean(nn.Module):
    """The mean of each pixel, (D,) in [0, 1], over the first :data:`PATIENCE` batches of data.

    As biases the means are there at once, where an optimiser would take thousands of steps towards them.
    """

    value: Tensor
    batches: Tensor

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.register_buffer("value", torch.full((pixels,), 0.5))
        self.register_buffer("batches", torch.zeros(()))

    @torch.no_grad()
    def meet(self, pictures: Tensor) -> None:
        """Take a batch (N, D) in."""
        self.batches += 1
        self.value.lerp_(pictures.mean(0), torch.where(self.batches <= PATIENCE, 1 / self.batches, 0.0))

    def logit(self) -> Tensor:
        """Biases (D,) with which sigmoid units have these means; at most ±6.9."""
        return self.value.logit(eps=1e-3)


def binarise(pictures: Tensor, uniform: Tensor) -> Tensor:
    """Each pixel in [0, 1] as 1 with that probability, else 0 (float32): Salakhutdinov and Murray's binarisation.

    ``uniform`` in [0, 1] has the shape of ``pictures`` or one that broadcasts to it. Black stays 0 and white 1.
    """
    return (uniform < pictures).to(torch.float32)


def thresholds(shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Fixed random thresholds in [0, 1), the same for every picture: figures that must not depend on a draw."""
    generator = torch.Generator().manual_seed(THRESHOLDS_SEED)
    return torch.rand(shape, generator=generator).to(device)


def fixed(pictures: Tensor) -> Tensor:
    """Grey pictures (N, C, H, W) binarised at :func:`thresholds`: the same picture always gives the same dots."""
    return binarise(pictures, thresholds(tuple(pictures.shape[1:]), pictures.device))


def to_unit(codes: Tensor) -> Tensor:
    """Codes from the uniform prior on (-1, 1) as numbers in [0, 1]."""
    return (codes.float() + 1) / 2


def from_unit(uniform: Tensor) -> Tensor:
    """Numbers in [0, 1] as codes in [-1, 1]."""
    return uniform * 2 - 1


def turns(seed: int, steps: int, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """What makes one code new chance at each step of a chain: multiples 1 … 63 and offsets in [0, 1), (steps, size).

    Row t is the same whatever ``steps`` is, for every picture, and on every device (drawn on the CPU).
    """
    generators = [torch.Generator().manual_seed(seed + part) for part in range(2)]
    multiples = 1 + (torch.rand(steps, size, generator=generators[0]) * 63).floor()
    offsets = torch.rand(steps, size, generator=generators[1])
    return multiples.to(device), offsets.to(device)


def turn(uniform: Tensor, multiple: Tensor, offset: Tensor) -> Tensor:
    """The fractional part of ``multiple`` · ``uniform`` + ``offset``: as evenly distributed as ``uniform`` itself.

    With an offset alone (Cranley and Patterson 1976) two pictures' numbers would differ by the same at every step, and
    their chains run together (measured on a machine small enough to add up); other multiples tell the steps apart.
    """
    return torch.addcmul(offset, uniform, multiple).frac()


def pad_rows(rows: Tensor, multiple: int = 16) -> Tensor:
    """``rows`` (N, D) with zeros below up to a multiple of 16.

    Matrix products take other paths for other numbers of rows and round differently. A chain magnifies that to
    another picture; padded, a code gives the same one alone and among others.
    """
    return torch.nn.functional.pad(rows, (0, 0, 0, -len(rows) % multiple))
