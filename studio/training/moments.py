"""Moments: what a run stored on the way, to be scrubbed back to, filmed, and used as models.

A moment is a model folder (the averaged nets in float16) with the picture grid at the run's fixed codes beside it. They
are spaced evenly in time; when there are too many, every second one goes and the spacing doubles.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio import atomic, resources
from studio.config import to_json
from studio.errors import Refused
from studio.imaging import grids
from studio.models import library
from studio.models.library import Card
from studio.training.runs import check_name, numbered

if TYPE_CHECKING:
    from studio.training.gallery import Shown

if TYPE_CHECKING:
    from torch import nn

PICTURES, THUMBNAIL, MARK = "pictures.png", "thumbnail.png", "marked"
ROWS, ROW_NAMES = "rows.png", "rows.json"
FIRST_SPACING = 2.0


class Moments:
    """Writes the moments of one run; ``limit`` is how many are kept besides the marked ones."""

    def __init__(self, run: Path, card: Card, limit: int, seconds: float = 0.0) -> None:
        self._folder, self._card, self._limit = run / "moments", card, limit
        # a run that goes on after ``seconds`` keeps the spacing that its moments have by then
        self._spacing = max(FIRST_SPACING, seconds / limit)
        self._last = -float("inf")

    def due(self) -> bool:
        """Whether enough time has passed since the last one."""
        return time.monotonic() - self._last >= self._spacing

    def has(self, step: int) -> bool:
        """Whether this step is stored."""
        return (self._folder / f"{step:09d}").is_dir()

    def store(
        self,
        step: int,
        nets: Mapping[str, nn.Module],
        shown: Shown,
        marked: bool = False,
        spent: float = 0.0,
    ) -> None:
        """Keep this moment with what it showed; ``spent`` is what making that took, in seconds."""
        started = time.monotonic()
        card = dataclasses.replace(self._card, step=step)
        marked = marked or self._marked(step)  # what a person marked stays marked when the step is stored again
        with atomic.new_folder(self._folder / f"{step:09d}") as fresh:
            library.write(fresh, card, nets)
            if shown.pictures is not None:
                grids.save_png(fresh / PICTURES, grids.grid(shown.pictures, gap=0))
            if shown.rows:
                sheet = np.concatenate(list(shown.rows.values()))
                grids.save_png(fresh / ROWS, grids.grid(sheet, columns=len(sheet) // len(shown.rows), gap=0))
                atomic.write_json(fresh / ROW_NAMES, list(shown.rows))
            small = shown.pictures if shown.pictures is not None else _results(shown.rows)
            if small is not None:
                grids.save_png(fresh / THUMBNAIL, _thumbnail(small))
            if marked:
                (fresh / MARK).touch()
        self._last = time.monotonic()
        # at most a fortieth of the time goes into moments, however slow disk and model are
        self._spacing = max(self._spacing, 40 * (self._last - started + spent))
        self._thin()

    def forget_after(self, step: int) -> None:
        """Drop the moments of a future that a resumed run will live anew."""
        for later in numbered(self._folder):
            if later > step and not self._marked(later):
                shutil.rmtree(self._folder / f"{later:09d}", ignore_errors=True)

    def _thin(self) -> None:
        loose = [step for step in numbered(self._folder) if not self._marked(step)]
        if len(loose) > self._limit:
            for step in loose[1:-1:2]:
                shutil.rmtree(self._folder / f"{step:09d}", ignore_errors=True)
            self._spacing *= 2

    def _marked(self, step: int) -> bool:
        return (self._folder / f"{step:09d}" / MARK).exists()


def has_pictures(moment: Path) -> bool:
    """Whether a moment has anything to look at."""
    return (moment / PICTURES).exists() or (moment / ROWS).exists()


def pictures(moment: Path) -> np.ndarray | None:
    """What a moment showed as one sheet, (H, W, C) uint8: its samples, else its comparison; None without both."""
    path = next((moment / name for name in (PICTURES, ROWS) if (moment / name).exists()), None)
    return grids.load_png(path) if path else None


def samples(moment: Path) -> np.ndarray | None:
    """The samples of a moment one by one, (N, S, S, C) uint8; None when it has none."""
    if not (moment / PICTURES).exists():
        return None
    return grids.cells(grids.load_png(moment / PICTURES), library.read_card(moment).size)


def rows(moment: Path) -> dict[str, np.ndarray]:
    """The comparison that a moment showed, name to (M, S, S, C) uint8; empty when it has none."""
    if not (moment / ROWS).exists() or not (moment / ROW_NAMES).exists():
        return {}
    names = json.loads((moment / ROW_NAMES).read_text(encoding="utf-8"))
    cells = grids.cells(grids.load_png(moment / ROWS), library.read_card(moment).size)
    return dict(zip(names, np.split(cells, len(names)), strict=True))


def thumbnail(moment: Path) -> np.ndarray | None:
    """Four small pictures of a moment on one sheet, (S, S, C) uint8; None when it has none."""
    path = moment / THUMBNAIL
    if path.exists():
        return grids.load_png(path)
    found = samples(moment)
    return None if found is None else _thumbnail(found)


def keep_as_model(moment: Path, name: str) -> Path:
    """Copy a moment into the user's library under ``name``; a taken name is refused."""
    target = resources.user_models() / check_name(name)
    if target.exists():
        raise Refused(f"There is already a model named {name!r} in your library. Choose another name.")
    with atomic.new_folder(target) as fresh:
        for file in (library.CARD, library.WEIGHTS, PICTURES, ROWS, ROW_NAMES):
            if (moment / file).exists():
                shutil.copy2(moment / file, fresh / file)
        card = dataclasses.replace(library.read_card(moment), name=name)
        atomic.write_json(fresh / library.CARD, to_json(card))
    return target


def _results(rows: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """What the model made, the second row under what it was given."""
    return list(rows.values())[1] if len(rows) > 1 else None


def _thumbnail(pictures: np.ndarray) -> np.ndarray:
    """Four pictures on a sheet of at most 128 pixels a side."""
    every = max(1, pictures.shape[1] // 64)
    return grids.grid(np.ascontiguousarray(pictures[:4, ::every, ::every]), gap=0)
