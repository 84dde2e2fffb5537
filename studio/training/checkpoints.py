"""Checkpoints: written in one move, verified when read, the older one taken when the newest is damaged."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from studio import atomic
from studio.errors import StudioError
from studio.training.runs import numbered

TENSORS, PLAIN, MARK = "state.safetensors", "state.json", "marked"
FORMAT = 1


def save(run: Path, tensors: dict[str, Tensor], plain: dict[str, Any], keep: int, marked: bool = False) -> Path:
    """Write a checkpoint for ``plain["step"]``, then drop all but the newest ``keep`` and the marked ones."""
    folder = run / "checkpoints"
    atomic.sweep(folder) if folder.is_dir() else None
    target = folder / f"{int(plain['step']):09d}"
    marked = marked or (target / MARK).exists()  # what a person marked stays marked
    with atomic.new_folder(target) as fresh:
        save_file(tensors, fresh / TENSORS)
        atomic.write_json(fresh / PLAIN, {**plain, "format": FORMAT, "sha256": _checksum(fresh / TENSORS)})
        if marked:
            (fresh / MARK).touch()
    loose = [step for step in numbered(folder) if not (folder / f"{step:09d}" / MARK).exists()]
    for step in loose[:-keep]:
        shutil.rmtree(folder / f"{step:09d}", ignore_errors=True)
    return target


def load_newest(run: Path, warn: Callable[[str], None]) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """The newest checkpoint that is whole (each damaged one is told to ``warn``); None when there is none at all.

    Raises :class:`StudioError` when there are checkpoints but none can be read.
    """
    steps = numbered(run / "checkpoints")
    for step in reversed(steps):
        try:
            return load(run / "checkpoints" / f"{step:09d}")
        except StudioError as error:
            warn(str(error))
            _put_aside(run / "checkpoints" / f"{step:09d}")
    if steps:
        raise StudioError(f"No checkpoint of the run {run.name} can be read. Its moments can still be used as models.")
    return None


def load(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """One checkpoint; :class:`StudioError` when it is damaged."""
    try:
        plain = json.loads((folder / PLAIN).read_text(encoding="utf-8"))
        if plain["sha256"] != _checksum(folder / TENSORS):
            raise StudioError(f"The checkpoint {folder} is damaged (its checksum is wrong); an older one is used.")
        return load_file(folder / TENSORS), plain
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise StudioError(f"The checkpoint {folder} is damaged ({error}); an older one is used.") from error


def _put_aside(folder: Path) -> None:
    """A damaged checkpoint is kept under another name: counted as one, it would push out the good ones."""
    aside = folder.with_name(f"damaged-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):  # another rank, or the process that writes here, was quicker
        folder.rename(aside)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
