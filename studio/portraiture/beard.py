"""Beards, from stubble to full ones that stand out from the jaw."""

from __future__ import annotations

import numpy as np

from studio.portraiture import noise
from studio.portraiture.canvas import bell, clip, rgb, step
from studio.portraiture.head import Head, skull
from studio.portraiture.pose import Surface

_STUBBLE = 0.4
"""a beard up to here does not stand out from the face"""


def paint_beard(head: Head) -> None:
    """The beard, if there is one; it lies under the lips."""
    portrait, canvas = head.portrait, head.canvas
    if portrait.beard <= 0:
        return
    full = max(0.0, (portrait.beard - _STUBBLE) / (1 - _STUBBLE))
    window = head.pose.window(0, 0.27, 0.1, head.half + 0.14, 0.30)
    skin = head.pose.cast(skull(portrait, 0.085 * full, 0.022 * full), window)
    curled = noise.at(skin.x, skin.y, 260, portrait.strands, canvas.size)
    grain = noise.along(noise.line(), skin.round + 0.9 * skin.y * skin.round + 0.02 * curled, 900, portrait.strands)
    grain = 0.55 * grain + 0.7 * noise.at(skin.x, 0.45 * skin.y, 760, portrait.strands, canvas.size)
    thick = min(0.96, 0.22 + portrait.beard * 0.62 + 0.6 * full) + 0.25 * grain * (1 - full)
    lit = head.pose.lit(skin.right, skin.down, skin.near)
    bright = 0.86 - portrait.contrast * 0.8 * (1 - clip((lit + 0.45) * 0.69)) - 0.15 * step(skin.near, 0.5, 0)
    hair = head.palette.hair * rgb(0.95, 0.9, 0.88)
    colour = hair[:, None, None] * (np.maximum(bright, 0.12) * (1 + 0.26 * grain))
    canvas.over(window, skin.cover * _where(skin, grain) * clip(thick), colour, "beard")


def _where(skin: Surface, grain: np.ndarray) -> np.ndarray:
    """From 0 to 1, where a beard grows: from the ears down and around the mouth, thinner below lip and nose."""
    far = np.abs(skin.round)
    cheek = 0.236 - 0.19 * step(far, 0.38, 0.98)
    behind = np.where(skin.facing > 0, far, 2 - far) - 1.8 * np.maximum(skin.y - 0.14, 0)
    lip = 1 - 0.5 * bell((skin.x * (1 / 0.075)) ** 2 + ((skin.y - 0.372) * (1 / 0.014)) ** 2)
    nose = 1 - 0.5 * bell((skin.x * (1 / 0.016)) ** 2) * step(skin.y, 0.28, 0.24)
    return step(skin.y + 0.010 * grain - cheek, -0.016, 0.026) * step(behind, 1.03, 0.93) * lip * nose
