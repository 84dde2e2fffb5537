"""Random changes of pictures for nets that read and draw them: input and target are changed alike, so a small set of
pictures becomes a rich one. (What only a discriminator sees is changed in :mod:`studio.models.augment`.)

``uniform(shape)`` and ``normal(shape)`` give random numbers, so that the caller decides where randomness comes from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

Random = Callable[[tuple[int, ...]], Tensor]

WARMTH = 0.3
"""how far single colours move, as a share of how far all of them do"""
COARSE = 4
"""cells along a side of the random fields that bend a picture and that decide which of two pictures is seen where"""
SOFTNESS = 3.0
"""how sharp the borders between two blended pictures are"""


@dataclass(frozen=True)
class Strength:
    """How far pictures are changed: ``turn`` in degrees; ``scale``, ``shift`` and ``bend`` (the standard deviation of a
    soft field) as shares of the size; ``light`` of the range of brightness. ``share`` of the pictures are moved at all:
    moving blurs a little."""

    turn: float = 5.0
    scale: float = 0.05
    shift: float = 0.025
    light: float = 0.15
    share: float = 0.75
    mirror: bool = True
    bend: float = 0.0


def change(pictures: Tensor, strength: Strength, uniform: Random, normal: Random | None = None) -> Tensor:
    """Pictures (N, C, H, W) in [-1, 1], each moved, bent and lit in its own way, clamped to [-1, 1].

    ``normal`` is needed for bending alone; ValueError without it.
    """
    if strength.bend and normal is None:
        raise ValueError("bending needs normal random numbers")
    moved = pictures
    if _moves(strength):
        still = uniform((len(pictures), 1)) >= strength.share
        where = places(len(pictures), strength, uniform)
        field = 2 * strength.bend * normal((len(pictures), 2, COARSE, COARSE)) if normal and strength.bend else None
        moved = pictures.where(still[:, :, None, None], move(pictures, where, field))
    if strength.mirror:
        moved = moved.where(uniform((len(moved), 1, 1, 1)) < 0.5, moved.flip(3))
    return light(moved, strength.light, uniform) if strength.light else moved


def places(count: int, strength: Strength, uniform: Random) -> Tensor:
    """(count, 2, 3) float32: for each picture the turn, scale and shift that say where its pixels come from."""
    numbers = 2 * uniform((count, 4)) - 1
    angle = numbers[:, 0] * math.radians(strength.turn)
    scale = 1 + numbers[:, 1] * strength.scale
    across, down = scale * angle.cos(), scale * angle.sin()
    shift = 2 * strength.shift * numbers[:, 2:]  # the coordinates of a picture span 2
    rows = (torch.stack((across, -down, shift[:, 0]), 1), torch.stack((down, across, shift[:, 1]), 1))
    return torch.stack(rows, 1)


def move(pictures: Tensor, matrices: Tensor, field: Tensor | None = None) -> Tensor:
    """Pictures (N, C, H, W) seen through affine maps (N, 2, 3), bent by a coarse ``field`` (N, 2, h, w) of how much
    further right and down each pixel comes from; beyond the edge the picture is mirrored. Pictures span 2.

    Bicubic: bilinear sampling would take a fifth of the fine detail away, and a generator would learn that blur.
    """
    with torch.autocast(pictures.device.type, enabled=False):
        grid = F.affine_grid(matrices, list(pictures.shape), align_corners=False)
        if field is not None:
            bent = F.interpolate(field, size=pictures.shape[2:], mode="bicubic", align_corners=False)
            grid = grid + bent.permute(0, 2, 3, 1)
        moved = F.grid_sample(pictures, grid, mode="bicubic", padding_mode="reflection", align_corners=False)
    return moved.clamp(-1, 1)


def light(pictures: Tensor, strength: float, uniform: Random) -> Tensor:
    """Brightness and contrast changed by up to ``strength``, single colours by :data:`WARMTH` of that; in [-1, 1]."""
    count, channels = pictures.shape[:2]
    numbers = strength * (2 * uniform((count, 2, 1, 1)) - 1)
    warmth = WARMTH * strength * (2 * uniform((count, channels, 1, 1)) - 1)
    return (pictures * (1 + numbers[:, :1]) + numbers[:, 1:] + warmth).clamp(-1, 1)


def blend(pictures: Tensor, normal: Random) -> Tensor:
    """Each picture with soft patches of the one after it: new faces from the parts of two, for aligned pictures."""
    count, _, height, width = pictures.shape
    field = normal((count, 1, COARSE, COARSE)) + 0.5 * normal((count, 1, 1, 1))
    mask = F.interpolate(SOFTNESS * field, size=(height, width), mode="bicubic", align_corners=False).sigmoid()
    return torch.lerp(pictures, pictures.roll(1, 0), mask)


def _moves(strength: Strength) -> bool:
    return strength.share > 0 and bool(strength.turn or strength.scale or strength.shift or strength.bend)
