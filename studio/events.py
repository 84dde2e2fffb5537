"""What a running job says: frozen records that go through the sink, the same for window and terminal.

Arrays in events are numpy and belong to the receiver: a sender never writes to one again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Progress:
    """A job has done ``done`` of ``total`` (None: nobody knows) of ``what`` ("reading pictures")."""

    what: str
    done: int
    total: int | None = None


@dataclass(frozen=True)
class Message:
    """A short line for the person and the log; ``level`` is info, warning or error."""

    text: str
    level: str = "info"


@dataclass(frozen=True)
class Curve:
    """One line of the loss plot: its name, the player whose hue it has, and which plot it belongs to.

    ``plot`` is "loss", "score" (0 to 1), or "" for a scale of its own: its value is shown, its line only on request.
    """

    name: str
    player: str
    plot: str = "loss"
    help: str = ""


@dataclass(frozen=True, eq=False)
class Started:
    """Training begins (or goes on) at ``step`` of ``target``; ``real`` is (N, H, W, C) uint8, some of the data."""

    run: Path
    step: int
    target: int
    curves: tuple[Curve, ...]
    real: np.ndarray
    phases: tuple[str, ...]
    device: str
    batch: int


@dataclass(frozen=True, eq=False)
class TrainEvent:
    """The steps since the last event: ``rows`` is (k, len(curves)) float32, its last row belongs to ``step``."""

    step: int
    target: int
    rows: np.ndarray
    pictures_per_second: float
    seconds: float
    paused: bool = False


@dataclass(frozen=True, eq=False)
class Preview:
    """What the EMA copy shows now.

    ``pictures`` is (N, H, W, C) uint8 at the run's fixed codes, None when the model makes none; ``rows`` are fixed
    pictures and what becomes of them, name to (M, H, W, C) uint8, in the order in which they stand under each other.
    """

    step: int
    pictures: np.ndarray | None
    rows: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluated:
    """Figures on held-out pictures after ``step``, for example {"val_loss": 0.2150}."""

    step: int
    epoch: float
    values: dict[str, float]


@dataclass(frozen=True)
class MomentStored:
    """A moment of the run can be scrubbed back to."""

    run: Path
    step: int


@dataclass(frozen=True)
class Paused:
    """The run stands still at ``step`` with everything in memory (False: it goes on)."""

    step: int
    paused: bool


@dataclass(frozen=True)
class Done:
    """The job ended as asked. Exactly one of Done, Stopped and Failed ends every job."""

    text: str
    result: Any = None


@dataclass(frozen=True)
class Stopped:
    """The person stopped the job; what it had is saved."""

    text: str
    result: Any = None


@dataclass(frozen=True)
class Failed:
    """The job could not go on: ``reason`` is a sentence, ``details`` the traceback for the log.

    ``refused``: it was never begun, because of what was asked.
    """

    reason: str
    details: str = ""
    refused: bool = False


Final = Done | Stopped | Failed
Event = (
    Progress | Message | Started | TrainEvent | Preview | Evaluated | MomentStored | Paused | Done | Stopped | Failed
)
Sink = Callable[[Any], None]


@dataclass(frozen=True, eq=False)
class Rendered:
    """A picture for a request: ``picture`` is (H, W, C) uint8; views drop other models and older serials."""

    model: str
    serial: int
    picture: np.ndarray
    step: int = 0
    seconds: float = 0.0
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Decoded:
    """Pictures (n, H, W, C) uint8 of the codes ``start`` … ``start + n`` of a request; ``total`` is all it asked for.

    ``stamp`` names the weights (empty for a model in training).
    """

    model: str
    serial: int
    start: int
    total: int
    pictures: np.ndarray
    step: int = 0
    stamp: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Placed:
    """Where dots lie now: (N, 2) float32 after ``step`` of a t-SNE, with its Kullback-Leibler divergence."""

    step: int
    total: int
    points: np.ndarray
    divergence: float


@dataclass(frozen=True, eq=False)
class Searching:
    """How far the search for a picture's code is: the best so far, its picture (H, W, C) uint8 and its error.

    ``errors`` are the mean squared errors (on pixels in [0, 1]) of the steps since the last event, ``how`` the way it
    was found (encoder, optimisation).
    """

    step: int
    total: int
    code: np.ndarray
    picture: np.ndarray
    error: float
    errors: tuple[float, ...] = ()
    how: str = ""


@dataclass(frozen=True)
class CurvePoint:
    """A point of a label curve is measured: ``accuracy`` (0 to 1) with ``labels`` a class (0: all).

    ``start`` says what it was trained from, one of :data:`studio.training.label_plan.STARTS`.
    """

    start: str
    labels: int
    accuracy: float
