"""One picture to the square size and the channels of a model."""

from __future__ import annotations

import numpy as np
from PIL import Image

HOW = {"crop": "crop the centre", "stretch": "stretch", "pad": "pad with white"}


def fit(picture: np.ndarray, size: int, how: str, channels: int) -> np.ndarray:
    """``picture`` (H, W, 1 or 3) uint8 as (size, size, channels) uint8.

    ``how``: "crop" scales the short side to ``size`` and keeps the centre, "stretch" scales both sides on their own,
    "pad" scales the long side and centres the picture on white.
    """
    image = as_image(picture)
    if channels == 1:
        image = image.convert("L")
    elif image.mode != "RGB":
        image = image.convert("RGB")
    if how == "crop":
        image = _crop(image, size)
    elif how == "pad":
        image = _pad(image, size)
    elif how == "stretch":
        image = resize(image, size, size)
    else:
        raise ValueError(f"how must be one of {', '.join(HOW)}, not {how!r}")
    return np.array(image).reshape(size, size, channels)


def as_image(picture: np.ndarray) -> Image.Image:
    """(H, W), (H, W, 1) or (H, W, 3) uint8 as a Pillow image of mode L or RGB."""
    return Image.fromarray(np.ascontiguousarray(picture[:, :, 0] if picture.shape[2:] == (1,) else picture))


def resize(image: Image.Image, width: int, height: int) -> Image.Image:
    """Scaled with Lanczos when it gets smaller in any direction, bicubic when it only grows."""
    if image.size == (width, height):
        return image
    return image.resize((width, height), filter_for(*image.size, width, height))


def filter_for(width: int, height: int, new_width: int, new_height: int) -> Image.Resampling:
    """The filter that :func:`resize` uses."""
    shrinks = new_width < width or new_height < height
    return Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC


def _crop(image: Image.Image, size: int) -> Image.Image:
    """Scaling the short side and cutting the centre, in one: only what stays is computed."""
    width, height = image.size
    if width == height:
        return resize(image, size, size)
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    return image.resize((size, size), filter_for(side, side, size, size), box=box)


def _pad(image: Image.Image, size: int) -> Image.Image:
    width, height = image.size
    scale = size / max(width, height)
    inner = resize(image, max(1, round(width * scale)), max(1, round(height * scale)))
    ground = Image.new(image.mode, (size, size), "white")
    ground.paste(inner, ((size - inner.width) // 2, (size - inner.height) // 2))
    return ground
