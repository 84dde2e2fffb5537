"""Loss curves as a picture, for the terminal (the window has its own, live plot)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

# Okabe and Ito's palette: told apart by every kind of colour vision
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
PLAYERS = {"generator": "#D55E00", "discriminator": "#0072B2", "encoder": "#009E73", "autoencoder": "#E69F00"}
"""the networks' hues, the same as in the window"""
SCALE = 2
INK, LINES, FAINT = "#222222", "#DDDDDD", 0.72


def curves(
    columns: Mapping[str, np.ndarray],
    title: str,
    width: int = 900,
    height: int = 420,
    smoothing: int = 25,
    colours: Sequence[str] | None = None,
    places: Sequence[str] | None = None,
) -> np.ndarray:
    """Curves over their index as a (height, width, 3) uint8 picture: faint raw values, strong running means.

    ``places`` names every index where a number would say too little.
    """
    image = Image.new("RGB", (width * SCALE, height * SCALE), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(13 * SCALE)
    left, top, right, bottom = 64 * SCALE, 44 * SCALE, (width - 16) * SCALE, (height - 36) * SCALE
    draw.text((left, 10 * SCALE), title, INK, font)
    count = max((len(values) for values in columns.values()), default=0)
    finite = np.concatenate([v[np.isfinite(v)] for v in columns.values()] or [np.zeros(1)])
    low, high = _range(finite)

    def point(index: np.ndarray, values: np.ndarray) -> list[tuple[float, float]]:
        x = left + (right - left) * index / max(1, count - 1)
        y = bottom - (bottom - top) * np.clip((values - low) / (high - low), 0, 1)
        return list(zip(x.tolist(), y.tolist(), strict=True))

    for tick in _ticks(low, high):
        y = bottom - (bottom - top) * (tick - low) / (high - low)
        draw.line([(left, y), (right, y)], LINES, SCALE)
        draw.text((left - 8 * SCALE, y), f"{tick:g}", INK, font, anchor="rm")
    below = bottom + 8 * SCALE
    for tick in [] if places else _ticks(1, max(2, count)):
        draw.text((left + (right - left) * tick / max(1, count), below), f"{tick:g}", INK, font, anchor="mt")
    for place, name in enumerate(places or ()):
        draw.text((left + (right - left) * place / max(1, count - 1), below), name, INK, font, anchor="mt")
    x = float(right)
    colours = colours or _cycle(COLOURS, len(columns))
    for (name, values), colour in zip(columns.items(), colours, strict=True):
        index = np.flatnonzero(np.isfinite(values))
        if len(index) > 1:
            draw.line(point(index, values[index]), _mixed(colour), SCALE)
            window = min(smoothing, len(index))
            means = np.convolve(values[index], np.ones(window) / window, "valid")
            draw.line(point(index[window - 1 :], means), colour, 2 * SCALE, joint="curve")
        draw.text((x, 10 * SCALE), name, colour, font, anchor="ra")
        x -= draw.textlength(name, font) + 16 * SCALE
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def _range(values: np.ndarray) -> tuple[float, float]:
    if not len(values):
        return 0.0, 1.0
    low, high = float(np.percentile(values, 0.5)), float(np.percentile(values, 99.5))
    margin = 0.05 * (high - low) or 0.5
    return low - margin, high + margin


def _ticks(low: float, high: float) -> list[float]:
    step = 10 ** math.floor(math.log10((high - low) / 3))
    step *= next((m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= 6), 10)
    return [round(i * step, 10) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _cycle(values: Sequence[str], count: int) -> list[str]:
    return [values[i % len(values)] for i in range(count)]


def _mixed(colour: str) -> tuple[int, ...]:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return tuple(round(255 * FAINT + part * (1 - FAINT)) for part in parts)
