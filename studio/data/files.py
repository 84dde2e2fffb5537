"""Many picture files to one array, decoded by several threads (Pillow works outside the interpreter lock)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path

import numpy as np

from studio.data.pictures import Refusal
from studio.data.reading import Reading
from studio.imaging.decode import Undecodable, decode
from studio.imaging.fit import fit

WHAT = "reading pictures"
_BATCH = 8  # files a thread takes at a time


def printable(path: Path | str) -> str:
    """A path with forward slashes that can be shown and stored even where its name is not valid text."""
    name = path if isinstance(path, str) else path.as_posix()
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def read_files(
    reading: Reading, root: Path, paths: Sequence[Path]
) -> tuple[np.ndarray, np.ndarray, tuple[Refusal, ...]]:
    """The pictures in ``paths``, all below ``root``.

    Returns the fitted pictures (N, size, size, C) uint8, the indices (N,) of their paths, in the order of ``paths``
    whatever thread was first, and the files left out. Raises :class:`~studio.errors.Cancelled` and, when the pictures
    would not fit into memory, :class:`~studio.errors.Refused`.
    """
    pictures, good, refused = read_parts(reading, root, paths, 1, lambda index: (decode(paths[index]),))
    return pictures[0], good, refused


def read_parts(
    reading: Reading, root: Path, paths: Sequence[Path], parts: int, load: Callable[[int], Sequence[np.ndarray]]
) -> tuple[np.ndarray, np.ndarray, tuple[Refusal, ...]]:
    """:func:`read_files` for files that give several pictures each: ``load(index)`` decodes the ``parts`` pictures.

    The pictures are (parts, N, size, size, C), with one channel only when every part of all of them is grey. ``load``
    runs in several threads; the :class:`Undecodable` that it raises is the reason why ``paths[index]`` is left out.
    """
    channels = 1 if reading.config.colour == "grey" else 3
    reading.require_memory(parts * len(paths), channels)
    pictures = np.empty((parts, len(paths), reading.size, reading.size, channels), np.uint8)
    reasons: dict[int, str] = {}
    # Bytes, not bits: two threads never write to the same one.
    grey = np.zeros(len(paths), np.uint8)

    def work(start: int) -> int:
        """Decode one batch; ends early when stopped. Returns how many files it dealt with."""
        for index in range(start, stop := min(start + _BATCH, len(paths))):
            reading.check()
            try:
                for part, picture in enumerate(load(index)):
                    pictures[part, index] = fit(picture, reading.size, reading.config.fit, channels)
            except Undecodable as error:
                reasons[index] = str(error)
                continue
            grey[index] = _is_grey(pictures[:, index])
        return stop - start

    _in_threads(reading, len(paths), work)
    good = np.setdiff1d(np.arange(len(paths)), list(reasons), assume_unique=True).astype(np.int64)
    refused = tuple(Refusal(printable(paths[i].relative_to(root)), reasons[i]) for i in sorted(reasons))
    if len(good) < len(paths):
        pictures = _compact(pictures, good)
    if reading.config.colour == "auto" and len(good) and grey[good].all():
        pictures = np.ascontiguousarray(pictures[..., :1])
    return pictures, good, refused


def _in_threads(reading: Reading, count: int, work: Callable[[int], int]) -> None:
    """Run ``work`` on every batch; the first exception in any thread ends all of them and is raised here."""
    starts = iter(range(0, count, _BATCH))
    workers = max(1, (os.cpu_count() or 2) - 1)
    done = 0
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        # A few batches ahead of the threads are enough; a future for each of 200,000 files is not needed.
        pending: set[Future[int]] = {pool.submit(work, start) for start in islice(starts, 2 * workers)}
        try:
            while pending:
                ready, pending = wait(pending, return_when=FIRST_COMPLETED)
                done += sum(future.result() for future in ready)
                reading.report(WHAT, done, count)
                pending |= {pool.submit(work, start) for start in islice(starts, len(ready))}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _is_grey(pictures: np.ndarray) -> bool:
    return bool((pictures == pictures[..., :1]).all())


def _compact(pictures: np.ndarray, good: np.ndarray) -> np.ndarray:
    """The good rows of (parts, N, …) moved to the front in place, so that no second array is needed."""
    for target, origin in enumerate(good):
        if target != origin:
            pictures[:, target] = pictures[:, origin]
    return pictures[:, : len(good)]
