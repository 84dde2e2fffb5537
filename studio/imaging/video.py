"""Frames to a film: MP4, animated GIF or a folder of PNG files, complete or not there at all."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from studio import atomic
from studio.errors import Cancelled, Refused
from studio.imaging.fit import as_image
from studio.imaging.grids import save_png

FRAME_NAME = "frame_{:05d}.png"
_FRAME = re.compile(r"frame_\d{5,}\.png")


def write_film(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    fps: float = 12,
    about: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> None:
    """Write ``frames``, each (H, W, 1 or 3) uint8 of one size, as the suffix of ``path`` asks.

    ``.mp4`` is H.264 (MPEG-4 where that encoder is missing), ``.gif`` is animated, no suffix means a folder of PNG
    files. ``about`` becomes the comment of the film (JSON) or the text of each PNG; ``progress`` hears how many frames
    are done. Raises :class:`Refused` for an unknown suffix, a speed outside 1…60 or frames that do not fit together,
    :class:`Cancelled` once ``stopped()``; then, as after any error, nothing is left behind.
    """
    writers = {".mp4": _write_mp4, ".gif": _write_gif, "": _write_folder}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise Refused(f"{path.name}: a film ends in .mp4 or .gif, or is a folder of PNG files (a name without suffix).")
    if not 1 <= fps <= 60:
        raise Refused(f"A film runs at 1 to 60 pictures a second, not {fps:g}.")
    writer(path, _watched(frames, progress, stopped), fps, dict(about or {}))


def _watched(
    frames: Iterable[np.ndarray], progress: Callable[[int], None] | None, stopped: Callable[[], bool] | None
) -> Iterator[np.ndarray]:
    """The frames, checked for one size, with a look at the stop flag before each and the count told after each."""
    size: tuple[int, ...] | None = None
    done = 0
    for done, frame in enumerate(_until(frames, stopped), start=1):
        size = size or frame.shape
        if frame.shape != size:
            raise Refused(f"Frame {done} is {_named(frame.shape)}, the first was {_named(size)}: a film has one size.")
        yield frame
        if progress is not None:
            progress(done)
    if not done:
        raise Refused("There is no frame to make a film of.")


def _until(frames: Iterable[np.ndarray], stopped: Callable[[], bool] | None) -> Iterator[np.ndarray]:
    iterator = iter(frames)
    while True:
        if stopped is not None and stopped():
            raise Cancelled("The film was stopped; nothing was written.")
        try:
            frame = next(iterator)
        except StopIteration:
            return
        yield frame


def _named(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}×{shape[0]}" + (" grey" if shape[2:] == (1,) else "")


def _write_mp4(path: Path, frames: Iterator[np.ndarray], fps: float, about: dict[str, str]) -> None:
    import av

    first = next(frames)
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    rate = Fraction(fps).limit_denominator(1000)

    def write(temporary: Path) -> None:
        with av.open(str(temporary), "w", format="mp4") as container:
            container.metadata["comment"] = json.dumps(about, ensure_ascii=False)
            stream = container.add_stream(codec, rate=rate, options=_quality(codec))
            assert isinstance(stream, av.VideoStream)
            stream.height, stream.width = _even(first).shape[:2]
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = max(1, (os.cpu_count() or 2) - 1)
            for frame in itertools.chain([first], frames):
                picture = av.VideoFrame.from_ndarray(_even(frame), format="rgb24")
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))

    atomic.write_with(path, write)


def _quality(codec: str) -> dict[str, str]:
    return {"crf": "16", "preset": "medium"} if codec == "libx264" else {"qscale": "3"}


def _even(frame: np.ndarray) -> np.ndarray:
    """(H, W, 3) with even sides, as yuv420p needs; the last row or column is repeated."""
    frame = np.broadcast_to(frame, (*frame.shape[:2], 3))
    height, width = frame.shape[:2]
    return np.ascontiguousarray(np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))


def _write_gif(path: Path, frames: Iterator[np.ndarray], fps: float, about: dict[str, str]) -> None:
    images = (as_image(frame) for frame in frames)
    first = next(images)
    options = {
        "save_all": True,
        "append_images": images,
        "duration": 10 * max(2, round(100 / fps)),  # hundredths; below two, viewers fall back to a tenth of a second
        "loop": 0,
        "comment": json.dumps(about).encode("ascii"),
    }
    atomic.write_with(path, lambda temporary: first.save(temporary, format="GIF", **options))


def _write_folder(path: Path, frames: Iterator[np.ndarray], fps: float, about: dict[str, str]) -> None:
    if path.is_dir() and not all(_FRAME.fullmatch(file.name) for file in path.iterdir()):
        raise Refused(f"The folder {path} holds other files already. Choose a new folder for the frames.")
    if path.exists() and not path.is_dir():
        raise Refused(f"{path} is a file. Choose a new folder for the frames, or a name that ends in .mp4 or .gif.")
    about = about | {"fps": f"{fps:g}"}
    with atomic.new_folder(path) as folder:
        for index, frame in enumerate(frames):
            save_png(folder / FRAME_NAME.format(index), frame, about)
