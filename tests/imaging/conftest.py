"""Pictures and damaged files for the tests of decoding, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def encoded():
    """A function: Pillow image, format, save options -> bytes of the file."""

    def encode(image: Image.Image, form: str = "PNG", **options) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, form, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture
def scene() -> np.ndarray:
    """(40, 60, 3) uint8 with smooth colours, so that lossy formats stay close to it."""
    y, x = np.mgrid[0:40, 0:60]
    return np.stack([x * 4, y * 6, 255 - x * 4], axis=2).astype(np.uint8)


@pytest.fixture
def bomb() -> bytes:
    """A small, valid-looking PNG file whose header promises 30,000 × 30,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (30_000 // 8 + 1) * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
