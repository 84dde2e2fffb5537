"""Jobs about the whole code space: where data lies in it, what its directions do, maps of it. Torch-free.

Frozen and with all their state, like :mod:`studio.latent.jobs`; ``model`` is a folder, a name of the library, or LIVE.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.data.config import DataConfig
from studio.latent.embedding import Embedding as Embedding  # the answer to an EmbedJob, for those who ask

if TYPE_CHECKING:
    from studio.latent.planes import Plane

ENCODED, SAMPLED = 10_000, 2_000
"""points of an embedding unless the job says otherwise: encoded pictures, drawn codes"""
COLUMNS = 7
REACH = 3.0


@dataclass(frozen=True)
class EmbedJob:
    """Where ``data`` lies in the code space; the result is an :class:`~studio.latent.embedding.Embedding`.

    At most ``limit`` pictures (0: 10,000) are read, evenly over the classes, and encoded. Without data, or with a model
    that has no encoder, ``limit`` codes (0: 2,000) of ``seed`` are drawn and decoded instead. ``wanted`` is what a
    conditional model is then asked for ("": everything in turn).
    """

    model: str
    data: DataConfig | None = None
    limit: int = 0
    seed: int = 0
    wanted: str = ""
    device: str = "auto"


@dataclass(frozen=True, eq=False)
class TsneJob:
    """t-SNE (van der Maaten and Hinton 2008) of ``features`` (N, F); the result is its points (N, 2) float32.

    ``perplexity`` is about how many neighbours count. Answered in between by :class:`studio.events.Placed`.
    """

    features: np.ndarray
    perplexity: float = 30.0
    steps: int = 750
    seed: int = 0


@dataclass(frozen=True, eq=False)
class TraverseJob:
    """What each direction does to the picture of ``base`` (D,): a row of pictures from −reach σ to +reach σ.

    ``directions`` (K, D), None for the axes; ``spreads`` (K,) is σ of the data in steps of each direction, None for
    what the prior says of the axes, and 1 for directions. ``rows`` are the strongest to send (0: all). The result is
    the order (K,) int64, strongest first; each row comes as a :class:`Traversal`.
    """

    model: str
    base: np.ndarray
    directions: np.ndarray | None = None
    spreads: np.ndarray | None = None
    reach: float = REACH
    columns: int = COLUMNS
    rows: int = 0
    wanted: str = ""
    serial: int = 0
    device: str = "auto"


@dataclass(frozen=True, eq=False)
class Traversal:
    """One row: ``pictures`` (columns, S, S, C) uint8 of ``codes`` (columns, D) float32 along direction ``index``.

    It is the ``rank``-th of ``total`` rows.
    ``change`` is the mean absolute difference of the pictures at −σ and +σ, in 0 … 1 of the range of a pixel.
    """

    model: str
    serial: int
    index: int
    rank: int
    total: int
    change: float
    pictures: np.ndarray
    codes: np.ndarray
    step: int = 0
    stamp: str = ""


@dataclass(frozen=True, eq=False)
class TraverseSheetJob:
    """Write the rows of ``of`` as one PNG ``out``, the strongest on top; the result is the file."""

    of: TraverseJob
    out: Path


@dataclass(frozen=True, eq=False)
class ManifoldJob:
    """Write a map of the code space: ``rows`` × ``rows`` pictures of a plane as one PNG; the result is the file.

    The plane of two ``axes`` (from 0) through ``base`` (D,), or any other ``plane``. It is shown from −area to +area in
    each direction (0: as far as codes usually reach); with ``quantiles`` in equal shares of a normal distribution, from
    2 % to 98 % (Kingma and Welling 2014, figure 4).
    """

    model: str
    out: Path
    rows: int = 20
    axes: tuple[int, int] = (0, 1)
    quantiles: bool = False
    area: float = 0.0
    base: np.ndarray | None = None
    plane: Plane | None = None
    wanted: str = ""
    device: str = "auto"


@dataclass(frozen=True)
class ProjectorJob:
    """Write what TensorBoard's projector shows: codes, classes and thumbnails, into the folder ``out``.

    ``limit`` 0 is 5,000. The rest as in :class:`EmbedJob`; the result is the folder.
    """

    model: str
    out: Path
    data: DataConfig | None = None
    limit: int = 5_000
    seed: int = 0
    wanted: str = ""
    device: str = "auto"
