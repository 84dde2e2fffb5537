"""Runs: folders that can be copied to another machine. Torch-free: the list is read by window and terminal alike.

``config.json`` the recipe and the machine · ``state.json`` where it stands · ``history.csv`` every step's losses ·
``evaluations.jsonl`` figures on held-out pictures · ``real.png`` some of the data ·
``moments/<step>/`` pictures and weights to scrub back to ·
``checkpoints/<step>/`` everything exact resume needs · ``log.txt`` what was said.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from studio import atomic
from studio.errors import Refused, StudioError, sentence
from studio.imaging import grids
from studio.models import library
from studio.training import history, recipe
from studio.training.history import History
from studio.training.recipe import Recipe

CONFIG, STATE, HISTORY, EVALUATIONS, LOG, LOCK = (
    "config.json",
    "state.json",
    "history.csv",
    "evaluations.jsonl",
    "log.txt",
    "running.lock",
)
REAL = "real.png"


@dataclass(frozen=True)
class RunState:
    """Where a run stands: the line of the run list."""

    step: int = 0
    target: int = 0
    status: str = "new"
    seconds: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    created: str = ""
    updated: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Run:
    """A run folder that was opened."""

    folder: Path
    recipe: Recipe
    machine: dict[str, Any]
    state: RunState

    @property
    def name(self) -> str:
        """Its name in the list."""
        return self.folder.name

    def history(self, upto: int | None = None) -> History | None:
        """Its losses, of all steps or those up to ``upto`` (None before the first step)."""
        path = self.folder / HISTORY
        return history.load(path, upto) if path.exists() else None

    def evaluations(self) -> list[dict[str, Any]]:
        """Its figures on held-out pictures, oldest first."""
        path = self.folder / EVALUATIONS
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):  # the last line of a killed process
                found.append(json.loads(line))
        return [values for values in found if isinstance(values, dict) and "step" in values]

    def real(self) -> np.ndarray | None:
        """Some of the pictures it learns from, (N, S, S, C) uint8; None when it never began."""
        path = self.folder / REAL
        steps = self.moments()
        if not path.exists() or not steps:
            return None
        return grids.cells(grids.load_png(path), library.read_card(self.moment(steps[-1])).size)

    def moments(self) -> list[int]:
        """The steps that can be scrubbed back to."""
        return numbered(self.folder / "moments")

    def moment(self, step: int) -> Path:
        """The folder of a moment: a model folder like any other."""
        return self.folder / "moments" / f"{step:09d}"

    def log(self) -> str:
        """What the run said."""
        path = self.folder / LOG
        return path.read_text(encoding="utf-8") if path.exists() else ""


def create(runs: Path, name: str, chosen: Recipe, machine: dict[str, Any]) -> Run:
    """A new run folder; an empty ``name`` makes one from family and data, a taken one is refused."""
    runs.mkdir(parents=True, exist_ok=True)
    if name:
        folder = runs / check_name(name)
        if not _claim(folder, chosen, machine):
            raise Refused(f"There is already a run named {name!r}. Choose another name, or go on with it (--resume).")
        return open_run(folder)
    for number in itertools.count(1):
        folder = runs / f"{chosen.family}-{chosen.data.source}-{number}"
        if not folder.exists() and _claim(folder, chosen, machine):
            break
    return open_run(folder)


def rewrite(run: Run, chosen: Recipe, machine: dict[str, Any]) -> Run:
    """Keep the settings that were changed when the run went on."""
    atomic.write_json(run.folder / CONFIG, {**chosen.to_json(), "machine": machine})
    return open_run(run.folder)


def open_run(folder: Path) -> Run:
    """Open a run folder; :class:`StudioError` says which file is missing or damaged."""
    if not folder.exists():
        raise Refused(
            f"There is no run named {folder.name!r} in {folder.parent}. The runs are listed by: latent-studio runs"
        )
    if not (folder / CONFIG).is_file():
        raise Refused(f"{folder} is not a run: it has no {CONFIG}.")
    config = _read_json(folder / CONFIG)
    try:
        state = _state(_read_json(folder / STATE)) if (folder / STATE).exists() else RunState()
    except (TypeError, ValueError, AttributeError, StudioError):  # only the summary, written anew at the next report
        state = RunState(status="damaged", reason=f"{STATE} could not be read")
    try:
        chosen = recipe.from_json({key: config[key] for key in config if key != "machine"})
    except StudioError as error:
        raise StudioError(f"The run {folder.name} cannot be used: {error}") from error
    if state.status == "running" and lock_owner(folder) is None:
        state = RunState(**{**state.__dict__, "status": "interrupted"})
    return Run(folder, chosen, config.get("machine") or {}, state)


def _state(values: dict[str, Any]) -> RunState:
    """The summary with every value of its kind; an exception when one is not."""
    state = RunState(**values)
    losses = {str(name): float(value) for name, value in state.losses.items()}
    texts = {name: str(getattr(state, name)) for name in ("status", "created", "updated", "reason")}
    return RunState(int(state.step), int(state.target), seconds=float(state.seconds), losses=losses, **texts)


def list_runs(runs: Path) -> tuple[list[Run], list[str]]:
    """All runs in a folder, newest first, and a sentence for each one that cannot be opened."""
    found, damaged = [], []
    for folder in sorted(runs.iterdir()) if runs.is_dir() else []:
        if not folder.is_dir() or folder.name.startswith("."):
            continue
        try:
            found.append(open_run(folder))
        except (StudioError, OSError) as error:
            damaged.append(sentence(error))
    return sorted(found, key=lambda run: run.state.updated, reverse=True), damaged


def update(run: Run, **changes: Any) -> Run:
    """Write what changed in where a run stands."""
    state = RunState(**{**run.state.__dict__, **changes, "updated": _now()})
    atomic.write_json(run.folder / STATE, state.__dict__)
    return Run(run.folder, run.recipe, run.machine, state)


def trim_evaluations(run: Run, upto: int) -> None:
    """Forget the figures of steps after ``upto``."""
    path = run.folder / EVALUATIONS
    if path.exists():
        kept = [json.dumps(values) + "\n" for values in run.evaluations() if values["step"] <= upto]
        atomic.write_text(path, "".join(kept))


def delete(run: Run) -> None:
    """Remove a run for good; refused while it is training."""
    owner = lock_owner(run.folder)
    if owner is not None:
        raise Refused(f"The run {run.name} is training (process {owner}). Stop it first.")
    shutil.rmtree(run.folder)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run for this process; refused while another one trains it."""
    process = psutil.Process()
    mine = json.dumps({"pid": process.pid, "started": process.create_time()})
    path = folder / LOCK
    if path.exists() and lock_owner(folder) is None:
        path.unlink(missing_ok=True)  # its process is dead
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(mine)
    except FileExistsError:
        owner = lock_owner(folder)
        raise Refused(f"The run {folder.name} is already training (process {owner}). Stop it there first.") from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def lock_owner(folder: Path) -> int | None:
    """The process that trains this run; None when there is none or it is dead."""
    path = folder / LOCK
    if not path.exists():
        return None
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        alive = abs(psutil.Process(owner["pid"]).create_time() - owner["started"]) < 1
    except (psutil.NoSuchProcess, ValueError, KeyError, TypeError):
        return None
    return int(owner["pid"]) if alive else None


def numbered(folder: Path) -> list[int]:
    """The steps for which a folder has a subfolder, ascending."""
    return sorted(int(p.name) for p in folder.iterdir() if p.name.isdigit()) if folder.is_dir() else []


def check_name(name: str) -> str:
    """A name that can be a folder everywhere, or :class:`Refused`."""
    if not re.fullmatch(r"[\w][\w .+-]{0,99}", name) or name.endswith((".", " ")):
        raise Refused(
            f"{name!r} cannot be a name. Use letters, digits, spaces and . + - _, beginning with a letter or digit."
        )
    return name


def _claim(folder: Path, chosen: Recipe, machine: dict[str, Any]) -> bool:
    """Make the folder with its first files; False when somebody has it already."""
    try:
        with atomic.new_folder(folder, replace=False) as fresh:
            atomic.write_json(fresh / CONFIG, {**chosen.to_json(), "machine": machine})
            atomic.write_json(fresh / STATE, RunState(created=_now(), updated=_now()).__dict__)
    except FileExistsError:
        return False
    return True


def _now() -> str:
    return datetime.now().isoformat(timespec="milliseconds")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StudioError(f"{path} is damaged ({error}). Restore it from a copy, or delete the run.") from error
    if not isinstance(value, dict):
        raise StudioError(f"{path} is damaged: it must hold settings. Restore it from a copy, or delete the run.")
    return value
