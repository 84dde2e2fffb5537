"""What can be asked of a trained model: frozen jobs that carry all their state. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.data.config import DataConfig

LIVE = "live"
"""the name of the model that trains now, seen through its averaged copy"""


@dataclass(frozen=True)
class RenderRequest:
    """A grid of ``count`` pictures from the codes of ``seed``; ``model`` is a model folder, a name, or LIVE.

    ``wanted``: a class, or attributes joined by commas, of a conditional model; "" is all in turn.
    """

    model: str
    serial: int
    seed: int = 0
    count: int = 64
    wanted: str = ""


@dataclass(frozen=True, eq=False)
class CodesRequest:
    """The pictures of ``codes`` (N, D) float32, answered in parts by :class:`studio.events.Decoded`.

    ``model`` as in :class:`RenderRequest`; put what shall be seen first to the front. ``wanted``: a class, or
    attributes joined by commas, for all codes of a conditional model ("": its first class, or no attribute).
    """

    model: str
    serial: int
    codes: np.ndarray
    wanted: str = ""


@dataclass(frozen=True)
class SampleJob:
    """Write ``count`` pictures: a grid when ``out`` ends in .png, else single files into the folder ``out``.

    ``truncation`` below 1 pulls codes towards the middle: safer, less varied pictures. ``wanted`` as in
    :class:`RenderRequest`.
    """

    model: Path
    out: Path
    count: int = 64
    seed: int = 0
    truncation: float = 1.0
    device: str = "auto"
    wanted: str = ""


@dataclass(frozen=True)
class ReconstructJob:
    """Encode and decode pictures; results get the same names, ending in .png, in the folder ``out``."""

    model: Path
    inputs: tuple[Path, ...]
    out: Path
    device: str = "auto"


@dataclass(frozen=True)
class TranslateJob:
    """Translate pictures; results get the same names, ending in .png, in the folder ``out``.

    ``direction`` is one of the model's, "" its first.
    """

    model: Path
    inputs: tuple[Path, ...]
    out: Path
    direction: str = ""
    device: str = "auto"


@dataclass(frozen=True)
class JudgeJob:
    """Let the classifier ``by`` judge ``count`` samples of ``model``, or its translations of held-out ``data``."""

    model: Path
    by: Path
    count: int = 1000
    seed: int = 0
    wanted: str = ""
    data: DataConfig | None = None
    device: str = "auto"
