"""Any picture file to RGB, or a named reason: the one decoder for checks, training, previews and drops.

What decides the parser is the content, never the file name, and only the formats of :data:`FORMATS` are ever parsed.
The size is checked from the header before a pixel is decoded; every picture is decoded completely, since a header says
nothing about a file that was cut off.
"""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from studio.errors import StudioError
from studio.imaging.levels import DEEP_MODES, to_levels

MAX_PIXELS = 64_000_000
FORMATS = ("PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF")
SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
)
GREY_MODES = frozenset(("1", "L", "LA", "La", *DEEP_MODES))

# A parser that meets a bomb only halfway (a GIF frame beyond its screen) must not merely warn. For all threads, once.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# Pillow warns on the terminal of odd metadata that nothing here uses; what matters raises.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

# What Pillow's parsers raise on damaged files: besides OSError and SyntaxError whatever their arithmetic stumbles over.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
    zlib.error,
)

_PARSERS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO, str], Image.Image]], ...] = (
    (lambda head: head.startswith(b"\x89PNG"), PngImagePlugin.PngImageFile),
    (lambda head: head.startswith(b"\xff\xd8\xff"), JpegImagePlugin.jpeg_factory),
    (lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP", WebPImagePlugin.WebPImageFile),
    (lambda head: head.startswith((b"GIF87a", b"GIF89a")), GifImagePlugin.GifImageFile),
    (lambda head: head.startswith(b"BM"), BmpImagePlugin.BmpImageFile),
    (
        lambda head: head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
        TiffImagePlugin.TiffImageFile,
    ),
)


class Undecodable(StudioError):
    """A file is not a usable picture; the text is a short reason without the path ("empty file")."""


def decode(source: Path | bytes, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The first frame of a picture file (or of its bytes) as (H, W, 3) uint8 RGB, turned as its EXIF data says.

    Transparency is laid on white; 16-bit and float pictures are scaled to 8 bits (see :mod:`studio.imaging.levels`).
    Raises :class:`Undecodable`.
    """
    return np.array(_whole(source, max_pixels).convert("RGB"))


def decode_as_stored(source: Path | bytes, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Like :func:`decode`, but (H, W, 1) uint8 when the file itself is grey."""
    image = _whole(source, max_pixels)
    return np.array(image)[:, :, None] if image.mode == "L" else np.array(image.convert("RGB"))


def is_picture_name(path: Path | str) -> bool:
    """Whether a folder scan should try this file: a known suffix and not a hidden file."""
    path = Path(path)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _whole(source: Path | bytes, max_pixels: int) -> Image.Image:
    """The decoded picture in mode L (the file is grey) or RGB."""
    try:
        if isinstance(source, bytes):
            return _parse(io.BytesIO(source), max_pixels)
        _require_regular(source)
        with source.open("rb") as file:
            return _parse(file, max_pixels)
    except PermissionError:
        raise Undecodable("no permission to read") from None
    except FileNotFoundError:
        raise Undecodable("not found") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Undecodable(f"more pixels than the limit of {_count(max_pixels)}") from error
    except _DAMAGE as error:
        raise Undecodable(_reason(error)) from error


def _require_regular(path: Path) -> None:
    """Look before opening: opening a pipe would wait for ever."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise Undecodable("a folder, not a picture")
    if not stat.S_ISREG(mode):
        raise Undecodable("not a regular file")


def _parse(file: BinaryIO, max_pixels: int) -> Image.Image:
    head = file.read(16)
    if not head:
        raise Undecodable("empty file")
    parser = next((parser for accepts, parser in _PARSERS if accepts(head)), None)
    if parser is None:
        raise Undecodable(f"not a picture ({', '.join(FORMATS)} can be read)")
    file.seek(0)
    with parser(file, "") as image:
        width, height = image.size
        if width < 1 or height < 1:
            raise Undecodable("the picture has no pixels")
        if width * height > max_pixels:
            raise Undecodable(f"{width}×{height} pixels are more than the limit of {_count(max_pixels)}")
        image.load()
        return _plain(_upright(image))


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the EXIF data says; a picture with unreadable EXIF data stays as it is."""
    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGE:
        return image


def _plain(image: Image.Image) -> Image.Image:
    """Mode L or RGB, transparency on white."""
    grey = image.mode in GREY_MODES
    if image.mode in DEEP_MODES:
        image = Image.fromarray(to_levels(np.asarray(image)))
    elif image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    return image.convert("L" if grey and _stays_grey(image) else "RGB")


def _stays_grey(image: Image.Image) -> bool:
    return image.mode in ("1", "L", "RGBA")


def _count(pixels: int) -> str:
    return f"{pixels / 1e6:g} million" if pixels >= 1_000_000 else str(pixels)


def _reason(error: BaseException) -> str:
    text = str(error)
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return error.strerror.lower()
    if isinstance(error, EOFError) or "truncated" in text.lower() or "unexpected end" in text.lower():
        return "cut off (truncated): the file ends too early"
    if text.startswith("conversion from"):
        return f"its colours cannot be converted ({text})"
    return f"damaged ({text or type(error).__name__})"
