"""IDX files, the format of MNIST and its relatives: a magic number, the sizes, then bytes; plain or gzipped."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from studio.errors import Refused

_UINT8 = 8


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The uint8 array in ``path``, with so many dimensions; it may be written to.

    Raises :class:`Refused` when the file is damaged or something else.
    """
    try:
        data = _bytes(path)
        zero, kind, count = struct.unpack_from(">HBB", data)
        known = not zero and kind == _UINT8 and count == dimensions
        shape = struct.unpack_from(f">{count}I", data, 4) if known else ()
    except (EOFError, zlib.error, gzip.BadGzipFile, struct.error):
        raise Refused(f"{path} is damaged or cut off. Fetch it again.") from None
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}.") from None
    if not known:
        raise Refused(f"{path} is not an IDX file with {dimensions}-dimensional bytes.")
    body = memoryview(data)[4 + 4 * count :]
    if len(body) != math.prod(shape):
        raise Refused(f"{path} is damaged or cut off: {len(body):,} of {math.prod(shape):,} bytes. Fetch it again.")
    return np.frombuffer(body, np.uint8).reshape(shape).copy()


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if not packed:
        return path.read_bytes()
    with gzip.open(path) as file:
        return file.read()
