"""Points coloured by class as a picture, for the terminal (the window has its own, live one)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from studio.imaging.plot import INK

SCALE = 2
# Tableau's ten and Okabe and Ito's two that they lack: as many as can be told apart
COLOURS = (
    *("#1F77B4", "#FF7F0E", "#2CA02C", "#D62728", "#9467BD", "#8C564B"),
    *("#E377C2", "#7F7F7F", "#BCBD22", "#17BECF", "#0B3C5D", "#F0E442"),
)
NAMED = 40
"""classes that the legend has room for"""


def scatter(
    points: np.ndarray, labels: np.ndarray | None, classes: Sequence[str], title: str, side: int = 720
) -> np.ndarray:
    """Points (N, 2) as a (side, side + legend, 3) uint8 picture, both axes to the same scale.

    ``labels`` (N,) are indices into ``classes``; more than twelve classes share colours. Without labels all are blue.
    """
    legend = 150 if labels is not None else 0
    image = Image.new("RGB", ((side + legend) * SCALE, side * SCALE), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(13 * SCALE)
    draw.text((16 * SCALE, 10 * SCALE), title, INK, font)
    top, margin = 36 * SCALE, 16 * SCALE
    room = side * SCALE - top - margin
    low, high = points.min(0), points.max(0)
    scaled = (points - (low + high) / 2) / max(float((high - low).max()), 1e-12) * room
    x, y = side * SCALE / 2 + scaled[:, 0], top + room / 2 - scaled[:, 1]
    radius = SCALE * float(np.clip(60 / np.sqrt(len(points)), 1.2, 4))
    colours = [COLOURS[label % len(COLOURS)] for label in (labels.tolist() if labels is not None else [0] * len(x))]
    for across, down, colour in zip(x.tolist(), y.tolist(), colours, strict=True):
        draw.ellipse((across - radius, down - radius, across + radius, down + radius), colour)
    for index, name in enumerate(classes[:NAMED] if labels is not None else ()):
        down = top + index * 17 * SCALE
        draw.ellipse([(side + 4) * SCALE, down + 4 * SCALE, (side + 12) * SCALE, down + 12 * SCALE], _colour(index))
        draw.text(((side + 18) * SCALE, down), name[:18], INK, font)
    return np.asarray(image.resize((side + legend, side), Image.Resampling.LANCZOS))


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]
