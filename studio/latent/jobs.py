"""What can be asked of a trained model: frozen jobs that carry all their state. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LIVE = "live"
"""the name of the model that trains now, seen through its averaged copy"""


@dataclass(frozen=True)
class RenderRequest:
    """A grid of ``count`` pictures from the codes of ``seed``; ``model`` is a model folder, a name, or LIVE."""

    model: str
    serial: int
    seed: int = 0
    count: int = 64


@dataclass(frozen=True)
class SampleJob:
    """Write ``count`` pictures: a grid when ``out`` ends in .png, else single files into the folder ``out``.

    ``truncation`` below 1 pulls Gaussian codes towards zero: safer, less varied pictures.
    """

    model: Path
    out: Path
    count: int = 64
    seed: int = 0
    truncation: float = 1.0
    device: str = "auto"


@dataclass(frozen=True)
class ReconstructJob:
    """Encode and decode pictures; results get the same names, ending in .png, in the folder ``out``."""

    model: Path
    inputs: tuple[Path, ...]
    out: Path
    device: str = "auto"
