"""DiffAugment (Zhao et al. 2020): random changes of pictures that gradients pass through, for real and made alike.

Each picture of a batch has its own change. ``uniform(shape)`` gives numbers even between 0 and 1, so that the caller
decides where randomness comes from.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Uniform = Callable[[tuple[int, ...]], Tensor]

SHIFT = 0.125
"""the largest shift, as a share of the size"""
HOLE = 0.5
"""the side of the hole, as a share of the size"""


def augment(pictures: Tensor, policy: str, uniform: Uniform) -> Tensor:
    """Pictures (N, C, H, W) in [-1, 1], changed as ``policy`` lists: "colour, translation, cutout", in this order."""
    names = [name.strip() for name in policy.split(",")]
    if policy == "none":
        return pictures
    pictures = pictures.float()
    for name in names:
        pictures = CHANGES[name](pictures, uniform)
    return pictures


def colour(pictures: Tensor, uniform: Uniform) -> Tensor:
    """Brightness ±0.5, then saturation from 0 to 2 times, then contrast from 0.5 to 1.5 times."""
    count = len(pictures)
    pictures = pictures + uniform((count, 1, 1, 1)) - 0.5
    grey = pictures.mean(dim=1, keepdim=True)
    pictures = (pictures - grey) * (2 * uniform((count, 1, 1, 1))) + grey
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    return (pictures - mean) * (uniform((count, 1, 1, 1)) + 0.5) + mean


def translation(pictures: Tensor, uniform: Uniform) -> Tensor:
    """Shifted by up to an eighth of the size in each direction; what comes in is 0, the grey in the middle."""
    for dim in (2, 3):
        size = pictures.shape[dim]
        most = int(size * SHIFT + 0.5)
        shift = _whole(uniform((len(pictures), 1)), 2 * most + 1) - most
        pictures = _shift(pictures, shift, dim)
    return pictures


def cutout(pictures: Tensor, uniform: Uniform) -> Tensor:
    """A square hole of half the size, its middle anywhere in the picture."""
    rows, columns = (_inside(pictures, dim, uniform) for dim in (2, 3))
    return pictures * ~(rows[:, None, :, None] & columns[:, None, None, :])


CHANGES: dict[str, Callable[[Tensor, Uniform], Tensor]] = {
    "colour": colour,
    "translation": translation,
    "cutout": cutout,
}


def _whole(share: Tensor, count: int) -> Tensor:
    """Whole numbers 0 to count − 1, int64, equally likely for shares even between 0 and 1."""
    return (share * count).long().clamp(max=count - 1)  # rounding may reach the end


def _shift(pictures: Tensor, shift: Tensor, dim: int) -> Tensor:
    """Rows (dim 2) or columns (dim 3) moved by ``shift`` (N, 1) int64, zeros moved in."""
    size = pictures.shape[dim]
    source = torch.arange(size, device=pictures.device) - shift
    shape = [len(pictures), 1, 1, 1]
    shape[dim] = size
    there = ((source >= 0) & (source < size)).view(shape)
    moved = pictures.gather(dim, source.clamp(0, size - 1).view(shape).expand_as(pictures))
    return moved * there


def _inside(pictures: Tensor, dim: int, uniform: Uniform) -> Tensor:
    """Which rows or columns the hole covers, (N, size) bool."""
    size = pictures.shape[dim]
    hole = int(size * HOLE + 0.5)
    first = _whole(uniform((len(pictures), 1)), size + 1 - hole % 2) - hole // 2
    at = torch.arange(size, device=pictures.device)
    return (at >= first) & (at < first + hole)
