"""What can be asked of training: frozen jobs that carry all their state. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.training.recipe import Recipe


@dataclass(frozen=True)
class TrainJob:
    """Train ``recipe`` into a new run (or go on with the run of that name) up to ``steps`` or ``epochs``.

    Neither: up to the recipe's horizon. ``changes`` are ``key=value`` settings that a run may change when it goes on.
    ``window_open`` leaves a core to the window.
    """

    recipe: Recipe
    runs: Path
    name: str = ""
    steps: int | None = None
    epochs: float | None = None
    resume: bool = False
    changes: tuple[str, ...] = ()
    window_open: bool = False


@dataclass(frozen=True)
class ReadDataJob:
    """Read the pictures of a recipe, as training would, and report them."""

    recipe: Recipe


@dataclass(frozen=True)
class FilmJob:
    """Export the stored moments of a run as a film (MP4, GIF, or a folder of PNG)."""

    run: Path
    out: Path
    fps: int = 12
    seconds: float = 8.0


@dataclass(frozen=True)
class LabelCurveJob:
    """Train a classifier for each number of labels a class (0: all), from its parent's weights and from scratch.

    The runs ``<name>-<start>-<count>`` go into ``runs``; those that are there already are used, so that the same job
    goes on where it was stopped.
    """

    recipe: Recipe
    runs: Path
    name: str
    counts: tuple[int, ...]
    out: Path
    window_open: bool = False
