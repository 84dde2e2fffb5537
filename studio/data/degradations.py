"""Ways to damage a picture, so that a model can learn to restore it. Importable without torch.

Every way works on a whole batch at once, on the device where the batch is. Random numbers come from the caller's
``uniform``, so that a run that goes on draws the same ones. What smooths or scales is a product with a matrix for each
axis: that runs alike on every kind of device and needs no padding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from studio.data.arrays import weights

if TYPE_CHECKING:
    from torch import Tensor

Uniform = Callable[[tuple[int, ...]], "Tensor"]
"""float32 numbers in [0, 1) of a shape whose first axis is the batch, on the batch's device"""

HOLE_COLOUR = 0.5
_RAIN_LAYERS = ((0.05, 0.28, 0.5), (0.16, 0.10, 0.9))
"""length of a streak as a share of the picture, share of the picture that streaks cover at full strength, brightness"""
_STEEPEST = 0.6
"""how far rain falls sideways at most for each pixel that it falls down"""


def degrade(kind: str, pictures: Tensor, amount: float, uniform: Uniform) -> Tensor:
    """``pictures`` (N, C, H, W) float32 in [0, 1], damaged in the way ``kind`` (a key of :data:`KINDS`, or "none").

    ``amount`` is the strength, 0 to 1. The result has the same shape and range and is a new tensor unless ``kind`` is
    "none"; grey and sketch repeat their one channel. Raises :class:`ValueError` for an unknown kind.
    """
    if kind == "none":
        return pictures
    if kind not in KINDS:
        raise ValueError(f"there is no degradation {kind!r}; known are {', '.join(KINDS)}")
    return KINDS[kind](pictures, amount, uniform).clamp(0, 1).expand_as(pictures).contiguous()


def luma(pictures: Tensor) -> Tensor:
    """(N, 1, H, W): the brightness that the eye sees (ITU-R 601); grey pictures as they are."""
    if pictures.shape[1] == 1:
        return pictures
    red, green, blue = pictures[:, :3].split(1, dim=1)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _grey(pictures: Tensor, amount: float, uniform: Uniform) -> Tensor:
    """Colour is gone whatever the amount."""
    return luma(pictures)


def _sketch(pictures: Tensor, amount: float, uniform: Uniform) -> Tensor:
    """Dark lines on white; a larger amount leaves fewer of them."""
    import torch

    grey, unit = luma(pictures), min(pictures.shape[2:]) / 64
    fine = _smooth(grey, 0.45 * max(unit, 1.0))
    lines = (_smooth(grey, 1.6 * max(unit, 1.0)) - fine).clamp_min(0)  # the dark side of an edge, as one would draw it
    across, down = torch.gradient(fine, dim=(3, 2))
    lines = lines + 0.5 * (across.square() + down.square()).sqrt()
    spread = lines.square().mean((1, 2, 3), keepdim=True).sqrt() + 0.004  # a flat picture stays white
    ink = ((lines / spread - (0.4 + 1.2 * amount)) / 1.2).clamp(0, 1)
    return 1 - ink * ink * (3 - 2 * ink)


def _holes(pictures: Tensor, amount: float, uniform: Uniform) -> Tensor:
    """A rectangle or blobs of mid-grey that cover the share ``amount``; which of them is drawn for each picture."""
    import torch

    count, _, height, width = pictures.shape
    if amount <= 0:
        return pictures
    shape, left, top, kind = uniform((count, 4)).view(count, 4, 1, 1, 1).unbind(1)
    wide = amount ** (0.25 + 0.5 * shape)  # of the picture's width; at 0 and 1 it would reach across all of it
    high = amount / wide
    x = (torch.arange(width, device=pictures.device) + 0.5) / width
    y = ((torch.arange(height, device=pictures.device) + 0.5) / height).unsqueeze(1)
    first_x, first_y = left * (1 - wide), top * (1 - high)
    inside = (x >= first_x) & (x < first_x + wide) & (y >= first_y) & (y < first_y + high)
    hills = _scaled(uniform((count, 1, 6, 6)), height, width).flatten(1)
    covered = round(amount * height * width)
    order = hills.argsort(dim=1)
    blobs = (
        torch.zeros_like(hills, dtype=torch.bool).scatter_(1, order[:, :covered], True).view(count, 1, height, width)
    )
    return torch.where(torch.where(kind < 0.5, inside, blobs), HOLE_COLOUR, pictures)


def _rain(pictures: Tensor, amount: float, uniform: Uniform) -> Tensor:
    """Two layers of bright streaks, a far and a near one, that fall in one direction a picture, and some haze."""
    import torch

    count, _, height, width = pictures.shape
    short = min(height, width)
    slant = _STEEPEST * (2 * uniform((count,)) - 1)
    streaks = torch.zeros_like(pictures[:, :1])
    for length, density, brightness in _RAIN_LAYERS:
        # Upright streaks on a ground wide enough to lean over either way.
        ground = (count, 1, height, width + 2 * math.ceil(_STEEPEST * height))
        pixels = max(3.0, length * short)
        share = density * amount / pixels
        chance = uniform(ground)
        drops = torch.where(chance < share, 1 - 0.5 * chance / max(share, 1e-12), 0.0)
        thin = _leaning(_streak(height, pixels, pictures) @ drops, slant, width)
        line = _bell(width, max(0.45, length * short / 28), pictures)
        streaks = streaks + brightness * (thin @ (line / line.amax()))
    streaks, haze = streaks.clamp(0, 1), 0.15 * amount
    return (pictures * (1 - haze) + 0.8 * haze) * (1 - streaks) + streaks


def _noise(pictures: Tensor, amount: float, uniform: Uniform) -> Tensor:
    """Gaussian noise with a standard deviation of half the amount (Box and Muller's way from even to normal)."""
    shape = tuple(pictures.shape)
    radius = (-2 * (1 - uniform(shape)).clamp_min(1e-12).log()).sqrt()
    return pictures + 0.5 * amount * radius * (2 * math.pi * uniform(shape)).cos()


def _blur(pictures: Tensor, amount: float, uniform: Uniform) -> Tensor:
    """A Gaussian of up to a sixteenth of the shorter side."""
    return _smooth(pictures, amount * min(pictures.shape[2:]) / 16)


def _low_resolution(pictures: Tensor, amount: float, uniform: Uniform) -> Tensor:
    """Scaled down up to 16 times (4 times at a half) and up again with bicubic curves."""
    height, width = pictures.shape[2:]
    factor = 2 ** (4 * amount)
    small = _scaled(pictures, max(1, round(height / factor)), max(1, round(width / factor)))
    return _scaled(small.clamp(0, 1), height, width)


def _smooth(pictures: Tensor, sigma: float) -> Tensor:
    """Blurred with a Gaussian of ``sigma`` pixels."""
    if sigma < 0.05:  # a neighbour would weigh less than a float can hold
        return pictures
    height, width = pictures.shape[2:]
    return _bell(height, sigma, pictures) @ pictures @ _bell(width, sigma, pictures).T


def _bell(side: int, sigma: float, like: Tensor) -> Tensor:
    """The Gaussian along an axis as a matrix (side, side); at the border only what is inside counts."""
    import torch

    place = torch.arange(side, device=like.device, dtype=like.dtype)
    matrix = torch.exp(-((place[:, None] - place) ** 2) / (2 * sigma * sigma))
    return matrix / matrix.sum(1, keepdim=True)


def _streak(side: int, length: float, like: Tensor) -> Tensor:
    """What draws each point of an axis out to a line of ``length`` pixels, as a matrix (side, side)."""
    import torch

    place = torch.arange(side, device=like.device, dtype=like.dtype)
    return ((length + 1) / 2 - (place[:, None] - place).abs()).clamp(0, 1)


def _scaled(pictures: Tensor, height: int, width: int) -> Tensor:
    """To another size as Pillow does it: Lanczos down, bicubic up."""
    import torch

    down, across = (
        torch.tensor(weights(old, new)).to(pictures)
        for old, new in zip(pictures.shape[2:], (height, width), strict=True)
    )
    return down @ pictures @ across.T


def _leaning(ground: Tensor, slant: Tensor, width: int) -> Tensor:
    """The middle ``width`` columns of (N, 1, H, W), each row moved sideways: ``slant`` (N,) columns for every row."""
    import torch

    height, across = ground.shape[2:]
    row = torch.arange(height, device=ground.device, dtype=ground.dtype).view(1, -1, 1) - (height - 1) / 2
    column = torch.arange(width, device=ground.device, dtype=ground.dtype) + (across - width) / 2
    place = (column + slant.view(-1, 1, 1) * row).clamp(0, across - 1).unsqueeze(1)
    left = place.floor().long().clamp_max(across - 2)
    share = place - left
    return ground.gather(3, left) * (1 - share) + ground.gather(3, left + 1) * share


KINDS: Mapping[str, Callable[[Tensor, float, Uniform], Tensor]] = {
    "grey": _grey,
    "sketch": _sketch,
    "holes": _holes,
    "rain": _rain,
    "noise": _noise,
    "blur": _blur,
    "low resolution": _low_resolution,
}
