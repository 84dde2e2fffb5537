"""What a drawn portrait is made of: every attribute with its range, and independent random ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

import numpy as np

FRONT_LIMIT = 35.0
"""degrees; the largest turn of the head to either side"""


class Eyewear(StrEnum):
    """What is on the nose; one at most, so that glasses and sunglasses exclude each other."""

    NONE = "none"
    GLASSES = "glasses"
    SUNGLASSES = "sunglasses"


class HairStyle(StrEnum):
    """How the hair lies on the forehead."""

    SWEPT_BACK = "swept back"
    SIDE_PART = "side part"
    MIDDLE_PART = "middle part"
    FRINGE = "fringe"


class Clothes(StrEnum):
    """What is seen of the clothes."""

    CREW = "crew neck"
    V_NECK = "v neck"
    COLLAR = "collar"


@dataclass(frozen=True)
class Range:
    """The range of a number, and how often it lies at ``rest``: chance ``often`` for that, else uniform from ``low``.

    ``least`` is where the uniform part begins, so that what is there can be seen.
    """

    low: float
    high: float
    rest: float = 0.0
    often: float = 0.0
    least: float | None = None

    def draw(self, rng: np.random.Generator) -> float:
        """One value; always two numbers from ``rng``, so that the attributes that follow do not depend on it."""
        chance, place = rng.random(2)
        if chance < self.often:
            return self.rest
        start = self.low if self.least is None else self.least
        return start + (self.high - start) * float(place)


def number(default: float, low: float, high: float, **more: float) -> Any:
    """A field of :class:`Portrait` that is a number, with its :class:`Range`."""
    return field(default=default, metadata={"range": Range(low, high, **more)})


@dataclass(frozen=True)
class Portrait:
    """A face: all of it, so that one portrait always gives one picture. Left and right are those of the viewer."""

    smile: float = number(0.0, -1, 1)
    """-1 corners of the mouth down … 1 broad smile"""
    mouth_open: float = number(0.0, 0, 1, often=0.5, least=0.2)
    eyewear: Eyewear = Eyewear.NONE
    glasses_roundness: float = number(0.5, 0, 1)
    beard: float = number(0.0, 0, 1, often=0.6, least=0.25)
    """0 shaved, to 0.4 stubble, then a full beard that grows longer"""
    hair_length: float = number(0.3, 0, 1)
    """0 shorn, 0.25 short, 0.55 to the chin, 1 over the shoulders"""
    hair_style: HairStyle = HairStyle.SIDE_PART
    hair_curl: float = number(0.0, 0, 1, often=0.3, least=0.1)
    """0 straight, 0.5 wavy, 1 curly"""
    hair_colour: float = number(0.3, 0, 1)
    """0 black, 0.4 brown, 0.6 auburn, 0.75 ginger, 0.9 fair, 1 platinum; brows and beard have it too"""
    hair_grey: float = number(0.0, 0, 1, often=0.7, least=0.3)
    skin_tone: float = number(0.3, 0, 1)
    """0 light … 1 dark"""
    age: float = number(0.2, 0, 1)
    """lines of age: 0 none … 1 deep"""
    freckles: float = number(0.0, 0, 1, often=0.75, least=0.4)
    eye_size: float = number(1.0, 0.8, 1.25)
    eye_colour: float = number(0.2, 0, 1)
    """0 dark brown, 0.3 brown, 0.5 hazel, 0.7 green, 0.85 blue, 1 grey"""
    gaze_x: float = number(0.0, -1, 1, often=0.5)
    """-1 to the left … 1 to the right, on top of the turn of the head"""
    gaze_y: float = number(0.0, -1, 1, often=0.5)
    """-1 up … 1 down"""
    brow_height: float = number(0.0, -1, 1)
    """-1 low … 1 raised"""
    brow_slant: float = number(0.0, -1, 1)
    """-1 worried (inner ends up) … 1 angry (inner ends down)"""
    brow_thickness: float = number(0.5, 0, 1)
    nose_size: float = number(0.0, -1, 1)
    lip_fullness: float = number(0.0, -1, 1)
    lip_colour: float = number(0.2, 0, 1)
    """0 pale … 1 red"""
    face_width: float = number(0.0, -1, 1)
    jaw: float = number(0.0, -1, 1)
    """-1 pointed … 1 square"""
    turn: float = number(0.0, -FRONT_LIMIT, FRONT_LIMIT)
    """degrees that the head is turned to the left (below 0) or right"""
    tilt: float = number(0.0, -15, 15)
    """degrees that the head leans to the left (below 0) or right, about the point between the eyes"""
    light: float = number(-0.4, -1, 1)
    """where the light comes from: -1 left, 0 front, 1 right; always somewhat from above"""
    contrast: float = number(0.5, 0.2, 0.9)
    """how much darker the side away from the light is"""
    background_hue: float = number(0.58, 0, 1)
    background_light: float = number(0.7, 0.15, 0.95)
    clothes: Clothes = Clothes.CREW
    clothes_hue: float = number(0.6, 0, 1)
    clothes_light: float = number(0.4, 0.12, 0.9)
    strands: int = 0
    """which of 2^31 patterns of hairs and freckles, and which frame glasses have; chance, not an attribute"""

    def __post_init__(self) -> None:
        for name, known in RANGES.items():
            if not known.low <= getattr(self, name) <= known.high:
                raise ValueError(
                    f"{name} of a portrait is from {known.low:g} to {known.high:g}, not {getattr(self, name)}"
                )


RANGES: dict[str, Range] = {one.name: one.metadata["range"] for one in fields(Portrait) if "range" in one.metadata}
"""the range of every number of a portrait"""
KINDS: dict[str, tuple[StrEnum, ...]] = {
    "eyewear": tuple(Eyewear),
    "hair_style": tuple(HairStyle),
    "clothes": tuple(Clothes),
}
"""the values of every attribute that is a word"""
EYEWEAR_CHANCES = (0.6, 0.25, 0.15)


def random_portrait(rng: np.random.Generator) -> Portrait:
    """A portrait whose attributes are drawn one by one, each independent of all others."""
    values: dict[str, Any] = {name: one.draw(rng) for name, one in RANGES.items()}
    values["eyewear"] = KINDS["eyewear"][int(np.searchsorted(np.cumsum(EYEWEAR_CHANCES)[:-1], rng.random(), "right"))]
    values["hair_style"] = KINDS["hair_style"][int(rng.integers(len(HairStyle)))]
    values["clothes"] = KINDS["clothes"][int(rng.integers(len(Clothes)))]
    return Portrait(**values, strands=int(rng.integers(2**31)))


def portrait(seed: int, index: int) -> Portrait:
    """The portrait with this number in the endless series ``seed``; the same on every machine."""
    return random_portrait(np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, index)))))


def truth(portraits: Sequence[Portrait], name: str) -> np.ndarray:
    """The attribute ``name`` of each portrait: (N,) float64, or for words indices into ``KINDS[name]``, (N,) int64."""
    if name in KINDS:
        return np.array([KINDS[name].index(getattr(one, name)) for one in portraits], np.int64)
    return np.array([getattr(one, name) for one in portraits], np.float64)
