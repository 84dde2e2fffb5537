"""A code: the numbers a picture is made from, what they were made with, and the files that keep them. Torch-free.

A code's file is a PNG picture with the code in its text, so that a picture dragged out of the window and dropped back
is the code again; a plain ``.json`` file holds the same without a picture.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL.PngImagePlugin import PngImageFile

from studio import atomic
from studio.errors import Refused
from studio.imaging import grids
from studio.imaging.decode import Undecodable

KEY = "latent-studio"
"""the entry of a PNG file's text that holds the code"""
LARGEST = 64 * 2**20
"""bytes: no file with a code is larger"""


@dataclass(frozen=True, eq=False)
class Code:
    """``values`` (D,) float32, never written to again; ``picture`` (S, S, C) uint8 is what ``model`` made of it.

    ``stamp`` names the very weights (empty for a model in training); ``wanted`` is what a conditional model was asked
    for; ``source`` tells where the code came from ("seed 7", "photo.png").
    """

    values: np.ndarray
    model: str
    stamp: str = ""
    wanted: str = ""
    name: str = ""
    source: str = ""
    picture: np.ndarray | None = None

    def __post_init__(self) -> None:
        values = np.array(self.values, np.float32)
        if values.ndim != 1 or not len(values):
            raise ValueError(f"a code is a row of numbers, not {values.shape}")
        if not np.isfinite(values).all():
            raise Refused(f"The code {self.name or self.source or 'given'} holds numbers that are not finite.")
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.values)

    def named(self, name: str) -> Code:
        """The same code under another name."""
        return replace(self, name=name)

    def about(self) -> dict[str, str]:
        """The text that keeps the code in a PNG file; numbers as little-endian float32, so that none is rounded."""
        return {KEY: json.dumps(to_json(self))}


def to_json(code: Code) -> dict[str, Any]:
    """A code as plain values, without its picture."""
    values = base64.b64encode(code.values.astype("<f4").tobytes()).decode("ascii")
    return {
        "format": "code",
        "version": 1,
        "model": code.model,
        "stamp": code.stamp,
        "wanted": code.wanted,
        "name": code.name,
        "source": code.source,
        "values": values,
    }


def from_json(values: Mapping[str, Any], where: str, picture: np.ndarray | None = None) -> Code:
    """The code in ``values``; :class:`Refused` says what is wrong with ``where`` it was read from."""
    try:
        if values["format"] != "code" or values["version"] != 1:
            raise Refused(f"{where} was written by a newer Latent Studio. Update the program to open it.")
        numbers = np.frombuffer(base64.b64decode(values["values"], validate=True), "<f4")
        words = {key: str(values[key]) for key in ("model", "stamp", "wanted", "name", "source")}
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"{where} is damaged: its code cannot be read.") from error
    if not len(numbers):
        raise Refused(f"{where} holds an empty code.")
    if not np.isfinite(numbers).all():
        raise Refused(f"{where} holds a code with numbers that are not finite.")
    return Code(numbers, **words, picture=picture)


def save(path: Path, code: Code, picture: np.ndarray | None = None) -> None:
    """Write a code as .png (with ``picture``, by default its own) or .json, completely or not at all."""
    picture = code.picture if picture is None else picture
    if path.suffix.lower() == ".json":
        atomic.write_json(path, to_json(code))
    elif path.suffix.lower() == ".png" and picture is not None:
        grids.save_png(path, picture, code.about())
    else:
        raise Refused(f"{path.name}: a code is saved as .png, or as .json.")


def holds_code(path: Path) -> bool:
    """Whether a file claims to be a code (so that a plain picture is searched for instead)."""
    return path.suffix.lower() == ".json" or bool(_text(path))


def load(path: Path) -> Code:
    """The code in a .png or .json file; :class:`Refused` when there is none or it is damaged."""
    if not path.is_file():
        raise Refused(f"There is no file {path}.")
    if path.stat().st_size > LARGEST:
        raise Refused(f"{path.name} is too large to be a code.")
    if path.suffix.lower() == ".json":
        return from_json(_parsed(path.read_bytes(), path.name), path.name)
    text = _text(path)
    if not text:
        raise Refused(f"{path.name} is a picture without a code. Drop it on the search instead.")
    try:
        picture = grids.load_png(path)
    except Undecodable as error:
        raise Refused(f"{path.name} is damaged: {error}") from error
    return from_json(_parsed(text.encode(), path.name), path.name, picture)


def _parsed(text: bytes, where: str) -> Mapping[str, Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        raise Refused(f"{where} is damaged: its code cannot be read.") from error
    if not isinstance(values, dict):
        raise Refused(f"{where} is no code of Latent Studio.")
    return values


def _text(path: Path) -> str:
    """The code's text in a PNG file, "" for any other file."""
    if path.suffix.lower() != ".png":
        return ""
    try:
        with PngImageFile(path) as image:
            return str(image.text.get(KEY, ""))
    except (OSError, SyntaxError, ValueError):
        return ""
