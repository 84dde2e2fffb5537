"""Glasses and sunglasses, in a plane before the face."""

from __future__ import annotations

import numpy as np

from studio.portraiture.atlas import EYE
from studio.portraiture.canvas import bell, clip, inside, rgb, step
from studio.portraiture.head import Head
from studio.portraiture.portrait import Eyewear
from studio.portraiture.pose import AXIS

_WIDE, _HIGH, _LEVEL = 0.112, 0.083, 0.014
_FRAMES = (rgb(0.10, 0.09, 0.10), rgb(0.34, 0.19, 0.11), rgb(0.55, 0.44, 0.24), rgb(0.22, 0.25, 0.33))


def paint_glasses(head: Head) -> None:
    """Lenses, frame, bridge and arms."""
    portrait, canvas, pose = head.portrait, head.canvas, head.pose
    if portrait.eyewear is Eyewear.NONE:
        return
    depth = head.depth(0, _LEVEL) + 0.015
    reach = 0.31
    window = pose.window(0, _LEVEL, depth, reach + 0.05 * abs(pose.sine), 0.13)
    flat = (pose.x[window] - (depth - AXIS) * pose.sine) / pose.cosine
    bend = 0.55  # the frame follows the face: further out it lies deeper
    x = flat + bend * flat * flat * (pose.sine / pose.cosine)
    y = pose.y[window] - _LEVEL
    dark = portrait.eyewear is Eyewear.SUNGLASSES
    frame = _FRAMES[portrait.strands % len(_FRAMES)]
    thick = max(0.011 if dark else 0.0095, 0.62 * canvas.pixel)
    corner = 0.3 + 0.7 * portrait.glasses_roundness
    rims = np.zeros_like(x)
    for side in (-1, 1):
        edge = _edge(side * x - EYE, y, corner)
        _lens(head, window, edge, side * x - EYE, y, side, dark)
        rims = np.maximum(rims, inside(thick * 0.5 - np.abs(edge), canvas.pixel))
    arch = y + 0.026 - 0.012 * bell((x / 0.06) ** 2) + 0.012
    rims = np.maximum(rims, inside(thick * 0.55 - np.abs(arch), canvas.pixel) * (np.abs(x) < EYE - _WIDE + 0.004))
    hinge = inside(thick * 0.6 - np.abs(y + 0.030), canvas.pixel) * (np.abs(np.abs(x) - 0.278) < 0.012)
    rims = np.maximum(rims, hinge)
    gloss = 0.8 + 0.55 * step(y, 0.05, -0.09) + 0.5 * bell(((x - 0.2 * portrait.light) * 7) ** 2)
    canvas.over(window, rims, frame[:, None, None] * gloss, "glasses")


def _edge(x: np.ndarray, y: np.ndarray, corner: float) -> np.ndarray:
    """Distance to the rim of a lens, positive inside: a box with round corners, narrower below."""
    wide = _WIDE - 0.10 * np.maximum(y, 0)
    radius = _HIGH * corner
    across, down = np.abs(x) - wide + radius, np.abs(y) - _HIGH + radius
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    return radius - outside - np.minimum(np.maximum(across, down), 0)


def _lens(
    head: Head,
    window: tuple[slice, slice],
    edge: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    side: int,
    dark: bool,
) -> None:
    canvas = head.canvas
    lens = inside(edge, canvas.pixel)
    slanted = x * side * 0.8 + y
    streak = step(slanted, -0.075, -0.068) * step(slanted, -0.030, -0.037)
    streak = streak + 0.6 * step(slanted, -0.020, -0.014) * step(slanted, -0.003, -0.009)
    if dark:
        shade = rgb(0.10, 0.10, 0.12)[:, None, None] + 0.13 * step(y, -0.03, 0.085)
        canvas.over(window, lens * 0.94, shade, "glasses")
        canvas.tint(window, lens * streak * 0.22, rgb(0.85, 0.92, 1.0))
        canvas.tint(window, lens * bell((y + 0.06) ** 2 * 500) * 0.18, head.palette.background)
        return
    canvas.tint(window, lens * (0.05 + 0.17 * streak), rgb(0.95, 0.98, 1.0))


def paint_arms(head: Head) -> None:
    """The arms from the frame to the ears, on the skin and under the hair."""
    portrait, canvas, pose = head.portrait, head.canvas, head.pose
    if portrait.eyewear is Eyewear.NONE:
        return
    frame = _FRAMES[portrait.strands % len(_FRAMES)]
    depth = head.depth(0, _LEVEL) + 0.015
    for side in (-1, 1):
        if side * pose.sine > 0.02:  # behind the head
            continue
        hinge = _hinge(head, side, depth)
        ear = (side * (head.half + 0.012) * pose.cosine - AXIS * pose.sine, -0.012)
        left, right = min(hinge, ear[0]) - 0.01, max(hinge, ear[0]) + 0.01
        window = canvas.whole
        x, y = pose.x[window], pose.y[window]
        t = (x - hinge) / (ear[0] - hinge + 1e-6)
        level = -0.016 + (ear[1] + 0.016) * clip(t)
        thick = max(0.0055, 0.4 * canvas.pixel)
        band = inside(thick - np.abs(y - level), canvas.pixel) * (x > left) * (x < right)
        canvas.over(window, band * head.skin.cover, frame * 0.85, "glasses")


def _hinge(head: Head, side: int, depth: float) -> float:
    """Where the outer end of the frame is seen: x before the tilt."""
    tangent = head.pose.sine / head.pose.cosine
    flat = side * 0.285
    for _ in range(4):
        flat = side * 0.285 - 0.55 * flat * flat * tangent
    return flat * head.pose.cosine + (depth - AXIS) * head.pose.sine
