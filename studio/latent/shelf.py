"""What a person keeps of a model's latent space: codes and directions, in a folder beside the model. Torch-free.

``shelf/`` holds one PNG a code (see :mod:`studio.latent.codes`), ``shelf.json`` with their order, and the directions.
A run's moments share the run's shelf, so that it travels with the run; what came with the program may lie where nobody
can write, so its shelves are in the user's folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from studio import atomic, resources
from studio.errors import Refused
from studio.latent import codes
from studio.latent.codes import Code

FOLDER, ORDER, DIRECTIONS = "shelf", "shelf.json", "directions.json"
BLANK = np.full((8, 8, 1), 127, np.uint8)
"""stands in the file of a code that was never rendered"""


@dataclass(frozen=True, eq=False)
class Direction:
    """A way through a code space: ``vector`` (D,) float32 for one step of the slider, ``spread`` σ of data along it.

    ``source`` tells how it was found; ``model`` and ``stamp`` as in :class:`~studio.latent.codes.Code`.
    """

    name: str
    vector: np.ndarray
    model: str
    stamp: str = ""
    source: str = ""
    spread: float = 1.0

    def __post_init__(self) -> None:
        vector = np.array(self.vector, np.float32)
        if vector.ndim != 1 or not np.isfinite(vector).all() or not float(np.linalg.norm(vector)) > 0:
            raise Refused(f"The direction {self.name} leads nowhere: it is zero or not finite.")
        vector.setflags(write=False)
        object.__setattr__(self, "vector", vector)

    def named(self, name: str) -> Direction:
        """The same direction under another name."""
        return replace(self, name=name)


@dataclass(frozen=True, eq=False)
class Shelf:
    """Codes and directions of one model, in the order in which they stand."""

    codes: tuple[Code, ...] = ()
    directions: tuple[Direction, ...] = ()


def folder_of(model: Path) -> Path:
    """Where the shelf of a model folder is: its run's for a moment, the user's for what cannot be written to."""
    if model.parent.name == "moments":
        return model.parent.parent / FOLDER
    if model.resolve().is_relative_to(resources.shipped_weights().resolve()) or not os.access(model, os.W_OK):
        return resources.user_folder() / "shelves" / model.name
    return model / FOLDER


def read(folder: Path) -> tuple[Shelf, list[str]]:
    """The shelf in ``folder`` (empty without one), and a sentence for each thing on it that cannot be read."""
    problems: list[str] = []
    found = [code for name in _order(folder, problems) if (code := _code(folder / name, problems)) is not None]
    return Shelf(tuple(found), tuple(_directions(folder, problems))), problems


def write(folder: Path, shelf: Shelf) -> None:
    """Make ``folder`` hold exactly ``shelf``: new files first, then the order, then what is gone."""
    names = [_file_name(index, code) for index, code in enumerate(shelf.codes)]
    for name, code in zip(names, shelf.codes, strict=True):
        if not (folder / name).exists():
            codes.save(folder / name, code, BLANK if code.picture is None else code.picture)
    atomic.write_json(folder / DIRECTIONS, [_direction_json(direction) for direction in shelf.directions])
    before = _order(folder, [])
    atomic.write_json(folder / ORDER, names)
    for name in set(before) - set(names):
        (folder / name).unlink(missing_ok=True)


def free_name(taken: Iterable[str], wanted: str) -> str:
    """``wanted``, with a number behind it if it is taken."""
    known = set(taken)
    if wanted not in known:
        return wanted
    number = 2
    while f"{wanted} {number}" in known:
        number += 1
    return f"{wanted} {number}"


def direction_from_json(values: Any, where: str) -> Direction:
    """A direction from plain values; :class:`Refused` names ``where`` they were read from."""
    try:
        vector = np.array(values["vector"], np.float32)
        words = {key: str(values[key]) for key in ("name", "model", "stamp", "source")}
        return Direction(vector=vector, spread=float(values["spread"]), **words)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"{where} holds a direction that cannot be read.") from error


def _direction_json(direction: Direction) -> dict[str, Any]:
    words = {key: getattr(direction, key) for key in ("name", "model", "stamp", "source", "spread")}
    # float32 as the shortest decimals that give it back
    return words | {"vector": [float(str(value)) for value in direction.vector]}


def _file_name(index: int, code: Code) -> str:
    """A name by content: a changed code is a new file, so none is overwritten before the order is."""
    digest = hashlib.sha256(json.dumps(codes.to_json(code), sort_keys=True).encode())
    digest.update(b"" if code.picture is None else code.picture.tobytes())
    return f"{digest.hexdigest()[:16]}-{index}.png"


def _order(folder: Path, problems: list[str]) -> list[str]:
    path = folder / ORDER
    if not path.is_file():
        return []
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(names, list) or any(not isinstance(name, str) or Path(name).name != name for name in names):
            raise ValueError("it must be a list of file names")
        return names
    except ValueError as error:
        problems.append(f"The list of the shelf {path} is damaged ({error}); the codes found there are shown by name.")
        return sorted(file.name for file in folder.glob("*.png"))


def _code(path: Path, problems: list[str]) -> Code | None:
    try:
        code = codes.load(path)
    except Refused as error:
        problems.append(f"A code of the shelf cannot be read: {error}")
        return None
    blank = code.picture is not None and np.array_equal(code.picture, BLANK)
    return replace(code, picture=None) if blank else code


def _directions(folder: Path, problems: list[str]) -> Sequence[Direction]:
    path = folder / DIRECTIONS
    if not path.is_file():
        return []
    found = []
    try:
        for values in json.loads(path.read_text(encoding="utf-8")):
            found.append(direction_from_json(values, str(path)))
    except (ValueError, TypeError, Refused) as error:
        problems.append(f"A direction of the shelf {path} cannot be read ({error}).")
    return found
