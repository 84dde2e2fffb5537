"""The colours of skin, hair, eyes and cloth, each along a line of natural ones. Colours are RGB from 0 to 1."""

from __future__ import annotations

import colorsys
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from studio.portraiture.portrait import Portrait

Line = tuple[tuple[float, ...], np.ndarray]
"""places from 0 to 1 and the colours there, (n, 3) float32"""


def _line(*stops: tuple[float, tuple[int, int, int]]) -> Line:
    return tuple(place for place, _ in stops), np.array([colour for _, colour in stops], np.float32) / 255


_SKIN = _line(
    (0.0, (255, 226, 208)),
    (0.25, (244, 202, 172)),
    (0.5, (214, 160, 122)),
    (0.75, (156, 104, 74)),
    (1.0, (92, 60, 46)),
)
_HAIR = _line(
    (0.0, (26, 22, 24)),
    (0.2, (52, 36, 30)),
    (0.4, (96, 62, 40)),
    (0.6, (134, 68, 42)),
    (0.75, (192, 106, 50)),
    (0.9, (222, 176, 108)),
    (1.0, (242, 220, 172)),
)
_EYES = _line(
    (0.0, (56, 34, 24)),
    (0.3, (112, 68, 34)),
    (0.5, (124, 116, 56)),
    (0.7, (76, 134, 92)),
    (0.85, (84, 144, 196)),
    (1.0, (146, 164, 178)),
)
_LIPS = _line((0.0, (226, 150, 136)), (0.5, (204, 92, 92)), (1.0, (176, 30, 52)))
_GREY = np.array((0.76, 0.76, 0.78), np.float32)


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours of one portrait, (3,) float32 each."""

    skin: np.ndarray
    shade: np.ndarray
    """skin out of the light: darker and redder"""
    hair: np.ndarray
    fair: float
    """how light the hair is, 0 to 1"""
    iris: np.ndarray
    lips: np.ndarray
    background: np.ndarray
    cloth: np.ndarray


def palette(portrait: Portrait) -> Palette:
    """The colours that ``portrait`` asks for."""
    skin = _along(_SKIN, portrait.skin_tone)
    hair = _along(_HAIR, portrait.hair_colour)
    hair = hair + (_GREY - hair) * (0.9 * portrait.hair_grey)
    lips = 0.45 * skin * (0.95, 0.72, 0.72) + 0.55 * _along(_LIPS, portrait.lip_colour) * (0.45 + 0.55 * _mean(skin))
    return Palette(
        skin=skin,
        shade=(skin * (0.60, 0.45, 0.42)).astype(np.float32),
        hair=hair,
        fair=_mean(hair),
        iris=_along(_EYES, portrait.eye_colour),
        lips=lips.astype(np.float32),
        background=_hsv(portrait.background_hue, 0.38, portrait.background_light),
        cloth=_hsv(portrait.clothes_hue, 0.5, portrait.clothes_light),
    )


def _along(line: Line, place: float) -> np.ndarray:
    places, colours = line
    index = min(max(bisect_right(places, place), 1), len(places) - 1)
    part = (place - places[index - 1]) / (places[index] - places[index - 1])
    return colours[index - 1] + part * (colours[index] - colours[index - 1])


def _mean(colour: np.ndarray) -> float:
    red, green, blue = colour.tolist()
    return float(red + green + blue) / 3


def _hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value), np.float32)
