"""Picture files through a function, one after another: a bad one is named and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from studio.control import Control
from studio.errors import StudioError
from studio.events import Message, Progress, Sink
from studio.imaging import decode, grids


def each_file(
    inputs: Sequence[Path],
    out: Path,
    convert: Callable[[np.ndarray], np.ndarray],
    what: str,
    about: Mapping[str, str],
    sink: Sink,
    control: Control,
) -> int:
    """Write ``convert`` of every input's pixels (H, W, 3) uint8 under its own name, as .png, into ``out``.

    Returns how many failed; each is named in a message. No original is ever replaced. ``about`` goes into the files.
    """
    failed = 0
    taken: set[str] = set()
    for index, path in enumerate(inputs):
        control.raise_if_stopped()
        try:
            if path.stem in taken:
                raise StudioError(f"another input has the name {path.stem} already; give it a folder of its own.")
            picture = decode.decode(path)
            taken.add(path.stem)
            target = out / f"{path.stem}.png"
            if target.exists() and target.samefile(path):
                raise StudioError("the result would replace the original; choose another folder for --out.")
            grids.save_png(target, convert(picture), about)
        except StudioError as error:
            failed += 1
            sink(Message(f"{path}: {error}", "error"))
        sink(Progress(what, index + 1, len(inputs)))
    return failed
