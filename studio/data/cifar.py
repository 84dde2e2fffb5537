"""CIFAR-10's "python" batches: pickles of an array and a list, read without giving a pickle any power.

Only what such a batch needs can be built from it, so that a doctored file in a shared folder cannot run code.
"""

from __future__ import annotations

import io
import pickle
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from studio.data.reading import Reading
from studio.errors import Refused

ARCHIVE = "cifar-10-python.tar.gz"
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))
_DAMAGE = (pickle.UnpicklingError, EOFError, KeyError, ValueError, TypeError, IndexError, AttributeError)
Part = tuple[np.ndarray, np.ndarray]


def read_batches(reading: Reading, place: Path) -> tuple[Part, Part | None]:
    """Training and test part, each (N, 32, 32, 3) uint8 and labels (N,) int64.

    ``place`` is the folder with the batches or the downloaded archive. The test part is None when it is not wanted or
    not there.
    Raises :class:`Refused` when a batch is damaged or one of the five for training is missing.
    """
    batches: dict[str, Part] = {}
    for name, data in _members(place, reading.held_out):
        reading.check()
        try:
            batches[name] = _batch(data)
        except _DAMAGE as error:
            raise Refused(f"{place}: {name} is damaged or not a CIFAR-10 batch. Fetch it again.") from error
    missing = [name for name in TRAINING if name not in batches]
    if missing:
        raise Refused(f"{place} is damaged or incomplete: {missing[0]} is missing. Fetch it again.")
    test = batches.get("test_batch")
    pixels, labels = zip(*(batches[name] for name in TRAINING), strict=True)
    return (np.concatenate(pixels), np.concatenate(labels)), test


def _members(place: Path, test: bool) -> Iterator[tuple[str, bytes]]:
    wanted = {*TRAINING, "test_batch"} if test else {*TRAINING}
    if place.is_dir():
        for file in sorted(place.iterdir()):
            if file.name in wanted:
                yield file.name, file.read_bytes()
        return
    try:
        with tarfile.open(place) as archive:
            for member in archive:
                content = archive.extractfile(member) if Path(member.name).name in wanted else None
                if content is not None:
                    yield Path(member.name).name, content.read()
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Refused(f"{place} is damaged or cut off. Delete it and fetch it again.") from error


def _batch(data: bytes) -> Part:
    entry = _Reader(io.BytesIO(data), encoding="latin1").load()
    pixels, labels = entry["data"], np.array(entry["labels"], np.int64)
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape != (len(labels), 3072):
        raise ValueError("not (N, 3072) bytes")
    if len(labels) and not 0 <= labels.min() <= labels.max() < len(CLASSES):
        raise ValueError("labels outside 0…9")
    return np.ascontiguousarray(pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), labels


def _dtype(code: str, *_: Any) -> np.dtype:
    # The batches pass align and copy as 0 and 1, which newer numpy deprecates.
    return np.dtype(code)


class _Reader(pickle.Unpickler):
    """Builds arrays of plain numbers and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """The few names that a batch may use."""
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return np.ndarray.__reduce__(np.empty(0, np.uint8))[0]
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return _dtype
        raise pickle.UnpicklingError(f"a batch must not use {module}.{name}")
