"""Hair: a second body around the head, open at the face, with strands that run down from the crown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from studio.portraiture import noise
from studio.portraiture.canvas import Canvas, bell, clip, inside, sharp, step
from studio.portraiture.head import CROWN, Head
from studio.portraiture.portrait import HairStyle, Portrait
from studio.portraiture.pose import Profile, Surface, levels

PLACES = 512
_LENGTHS = (0.0, 0.25, 0.4, 0.55, 1.0)
_SIDE_ENDS = (-0.06, 0.04, 0.17, 0.38, 0.90)
_NAPE_ENDS = (0.15, 0.24, 0.30, 0.41, 0.90)
_PARTS = {HairStyle.SIDE_PART: -0.40, HairStyle.MIDDLE_PART: 0.0}


@dataclass(eq=False)
class Hair:
    """The hair of one head on its canvas.

    ``around`` (S, S) goes from -2 to 2 about the vertical: 0 is the front, ±1 the sides, ±2 the back; ``grain`` (S, S)
    about -1 to 1 are the strands.
    """

    head: Head
    surface: Surface
    around: np.ndarray
    grain: np.ndarray

    def paint_back(self) -> None:
        """What lies behind the head and the neck."""
        portrait, canvas = self.head.portrait, self.head.canvas
        end = float(np.interp(portrait.hair_length, _LENGTHS, _NAPE_ENDS))
        locks = 0.03 * noise.along(noise.slow_line(), self.around, 160, portrait.strands)
        cover = self.surface.cover * inside(end + locks - self.surface.y, 0.012) * _density(portrait)
        colour = self.head.palette.hair[:, None, None] * (0.55 * self._bright)
        canvas.over(canvas.whole, cover, colour, "hair")

    def paint_front(self) -> None:
        """What lies before the head, with its shadow on the face."""
        portrait, canvas = self.head.portrait, self.head.canvas
        bound = _bound(portrait)
        place = self.around * (PLACES / 4) + PLACES / 2
        index = place.astype(np.int32)
        low = bound.take(index, mode="clip")
        field = low + (place - index) * (bound.take(index + 1, mode="clip") - low) - self.surface.y
        cover = self.surface.cover * sharp(field)
        self._shadow(field)
        thin = step(field, -0.004, 0.03) if portrait.hair_length < 0.1 else 1.0
        canvas.over(canvas.whole, cover * thin * _density(portrait), self._front_colour(field), "hair")

    def _shadow(self, field: np.ndarray) -> None:
        """A soft shadow of the front hair on the skin below it, away from the light."""
        canvas, portrait = self.head.canvas, self.head.portrait
        side = round(-0.03 * portrait.light * canvas.size)
        soft = step(np.roll(field, side, axis=1), -0.075, 0.02) * self.head.skin.cover
        strength = (0.25 + 0.35 * portrait.contrast) * min(1.0, portrait.hair_length * 5)
        canvas.tint(canvas.whole, soft * strength, self.head.palette.shade * 0.9)

    @cached_property
    def _bright(self) -> np.ndarray:
        portrait, surface = self.head.portrait, self.surface
        lit = self.head.pose.lit(surface.right, surface.down, surface.near)
        bright = 0.98 - portrait.contrast * 0.9 * (1 - clip((lit + 0.45) * 0.69))
        bright = bright * (1 + (0.36 - 0.16 * self.head.palette.fair) * self.grain) - 0.22 * step(
            surface.near, 0.5, 0.0
        )
        return np.maximum(bright, 0.1)

    def _front_colour(self, field: np.ndarray) -> np.ndarray:
        """Darker towards the edge, and with a ring of light."""
        portrait, surface, hair = self.head.portrait, self.surface, self.head.palette.hair
        colour = hair[:, None, None] * (self._bright * (0.82 + 0.18 * step(field, 0.0, 0.07)))
        ring = bell(((surface.down + 0.44 + 0.12 * self.grain) * 3.6) ** 2)
        ring *= bell((surface.right - 0.45 * portrait.light) ** 2 * 1.6) * (0.5 + 0.5 * self.grain)
        ring *= (1 - 0.6 * portrait.hair_curl) * min(1, portrait.hair_length * 6)
        return colour + ring * ((hair * 0.55 + 0.10) * (1 - 0.65 * self.head.palette.fair))[:, None, None]


def build(head: Head) -> Hair:
    """The hair of ``head``, not painted yet."""
    portrait, pose, canvas = head.portrait, head.pose, head.canvas
    curl = portrait.hair_curl * min(1.0, 3 * portrait.hair_length)
    lumps = noise.at(pose.x, pose.y, 150 + 140 * curl, portrait.strands, canvas.size)
    rough = lumps * (0.004 + 0.026 * curl * curl)
    surface = pose.cast(_shape(portrait, head.half), canvas.whole, rough)
    around = np.where(surface.facing > 0, surface.round, np.copysign(2 - np.abs(surface.round), surface.round))
    wave = curl * (0.05 * np.sin(surface.y * 26 + 2.2 * lumps) + 0.035 * lumps)
    around = clip(around + wave, -1.999, 1.999)
    return Hair(head, surface, around, _grain(canvas, portrait, surface, around, curl))


def _grain(canvas: Canvas, portrait: Portrait, surface: Surface, around: np.ndarray, curl: float) -> np.ndarray:
    part = _PARTS.get(portrait.hair_style)
    flow = around
    if part is not None:
        away = around - part
        flow = around - 0.55 * clip(away * 4, -1, 1) * np.minimum(surface.y + 0.18, 0.25)
    scale = 520 if canvas.size > 96 else 300
    grain = noise.along(noise.line(), flow, scale, portrait.strands)
    grain = 0.7 * grain + 0.5 * noise.along(noise.slow_line(), flow, 420, portrait.strands)
    if curl > 0.3:
        rings = noise.at(surface.x + 0.2 * around, surface.y + 0.03 * grain, 330, portrait.strands >> 3, canvas.size)
        grain = grain + (curl - 0.3) * (1.3 * rings - 0.5 * grain)
    if part is not None:
        parted = bell(((around - part) / 0.05) ** 2) * step(surface.y, -0.16, -0.24)
        grain = grain - 0.9 * parted
    return grain


def _density(portrait: Portrait) -> float:
    """Shorn hair lets the skin through."""
    return float(np.interp(portrait.hair_length, (0, 0.08), (0.6, 1)))


def _shape(portrait: Portrait, half: float) -> Profile:
    length, y = portrait.hair_length, levels()
    volume = float(np.interp(length, (0, 0.06, 0.25, 0.6, 1), (0.004, 0.012, 0.030, 0.042, 0.046)))
    volume += 0.045 * portrait.hair_curl * min(1.0, 2.5 * length)
    if portrait.hair_style is HairStyle.SWEPT_BACK:
        volume *= 0.85
    top, wide = CROWN - 0.75 * volume, half + 0.85 * volume
    up = np.clip((0.03 - y) / (0.03 - top), 0, 1)
    crown = np.sqrt(1 - up * up * np.sqrt(up))
    short = 1 - 0.55 * np.clip((y - 0.03) / 0.25, 0, 1.3) ** 2
    long = 1 - 0.10 * np.clip((y - 0.03) / 0.3, 0, 1) + 0.10 * np.clip((y - 0.3) / 0.3, 0, 1)
    end = float(np.interp(length, _LENGTHS, _SIDE_ENDS))
    long = long * (1 - 0.20 * np.clip((y - np.maximum(end - 0.12, 0.05)) / 0.18, 0, 1) ** 2)
    mixed = short + (long - short) * float(np.interp(length, (0.2, 0.42), (0, 1)))
    return Profile(wide * np.where(y < 0.03, crown, mixed), np.full_like(y, -0.035), 0.93)


def _bound(portrait: Portrait) -> np.ndarray:
    """(PLACES,) float32: down to which y there is hair, by the place around the head from -2 to 2."""
    around = (np.arange(PLACES) - PLACES / 2) * (4 / PLACES)
    far = np.abs(around)
    length = portrait.hair_length
    side = float(np.interp(length, _LENGTHS, _SIDE_ENDS))
    nape = float(np.interp(length, _LENGTHS, _NAPE_ENDS))
    burn = side * np.clip((1.0 - far) / 0.05, 0, 1) + min(side, -0.06) * np.clip((far - 0.95) / 0.05, 0, 1)
    over_ears = np.clip((length - 0.25) / 0.15, 0, 1)
    burn = burn + (side - burn) * over_ears
    end = burn + (nape - burn) * np.clip((far - 1.02) / 0.05, 0, 1)
    locks = noise.along(noise.slow_line(), around + 2, 200, portrait.strands)
    fine = noise.along(noise.line(), around + 2, 150, portrait.strands)
    end = end + (0.03 * locks + 0.012 * fine) * min(1.0, 2 * length)
    turn = float(np.interp(length, (0.2, 0.5), (0.91, 0.74)))
    share = np.clip((far - turn + 0.09) / 0.18, 0, 1)
    share = share * share * (3 - 2 * share)
    front = _hairline(portrait, around) + (0.010 * locks + 0.008 * fine) * (1 + portrait.hair_curl) * min(1, 4 * length)
    return (front + (end - front) * share).astype(np.float32)


def _hairline(portrait: Portrait, around: np.ndarray) -> np.ndarray:
    grown = min(1.0, 4 * portrait.hair_length)
    high = -0.235 + 0.10 * around**2
    if portrait.hair_style is HairStyle.FRINGE:
        low = -0.105 + 0.03 * around**2
    elif portrait.hair_style is HairStyle.SIDE_PART:
        away = around - _PARTS[HairStyle.SIDE_PART]
        low = -0.245 + np.where(away > 0, 0.16 * np.sqrt(np.clip(away / 1.1, 0, 1)), -0.35 * away)
    elif portrait.hair_style is HairStyle.MIDDLE_PART:
        low = -0.250 + 0.27 * np.abs(around) ** 1.25
    else:
        low = high
    return high + (low - high) * grown
