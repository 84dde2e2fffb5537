"""What can be asked of a latent space beyond pictures of codes: searches, films, codes of seeds. Frozen, torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from studio.latent.codes import Code

WAYS = ("auto", "encoder", "optimisation", "both")
"""of finding a code: ``auto`` is ``both`` for a model that encodes, ``optimisation`` for others"""


@dataclass(frozen=True, eq=False)
class SearchJob:
    """Find the code whose picture comes nearest to ``picture``: a file, or pixels (H, W, 1 or 3) uint8.

    Answered by :class:`studio.events.Searching` on the way and a :class:`Found` at the end, also when it was stopped.
    ``model`` is a model folder, a name, or LIVE. ``starts`` codes are followed at first, the best of many more.
    ``wanted`` as in :class:`studio.latent.jobs.CodesRequest`, but "" tries every class.
    """

    model: str
    picture: Path | np.ndarray
    how: str = "auto"
    steps: int = 300
    seed: int = 0
    wanted: str = ""
    starts: int = 8
    device: str = "auto"


@dataclass(frozen=True, eq=False)
class Found:
    """The nearest ``code`` (D,) float32 and its ``picture`` (S, S, C) uint8, exactly as it will be rendered again.

    ``error`` is the mean squared error to the fitted picture ``target`` (S, S, C) uint8, on pixels in [0, 1], ``psnr``
    the same in dB (at most 100), ``start`` the error of the best code that the search began with. ``how``: encoder,
    optimisation, both, trial (for models without a gradient), or start where nothing came nearer than a start.
    """

    code: np.ndarray
    picture: np.ndarray
    error: float
    psnr: float
    how: str
    model: str
    target: np.ndarray
    start: float
    stamp: str = ""
    wanted: str = ""

    def as_code(self, name: str = "", source: str = "") -> Code:
        """The code to keep, with its picture."""
        return Code(self.code, self.model, self.stamp, self.wanted, name, source, self.picture)


@dataclass(frozen=True, eq=False)
class LatentFilmJob:
    """Write a film of the way through ``keys`` (K, D) float32 to ``out`` (.mp4, .gif, or a folder of PNG files).

    ``seconds`` is the time from key to key, ``length`` (above 0) that of the whole film instead. ``blend`` is lerp,
    slerp, or auto for what suits the model. ``smooth`` rounds the corners, ``ease`` starts and stops gently, ``even``
    keeps one speed however far apart keys are (a path drawn on a map), ``loop`` returns to the first key.
    ``size`` is the width wanted in pixels, reached by whole multiples; 0 enlarges pictures below 128 px only.
    ``about`` (names and seeds of the keys) goes into the file.
    """

    model: str
    keys: np.ndarray
    out: Path
    seconds: float = 2.0
    fps: float = 24.0
    blend: str = "auto"
    smooth: bool = False
    ease: bool = False
    even: bool = False
    loop: bool = False
    wanted: str = ""
    size: int = 0
    length: float = 0.0
    about: Mapping[str, str] = field(default_factory=dict)
    device: str = "auto"


@dataclass(frozen=True)
class SeedCodesJob:
    """The codes of ``seeds`` with their pictures: the result is a list of :class:`~studio.latent.codes.Code`.

    Seed 7 is the first picture of a sample with seed 7. ``truncation`` below 1 pulls codes towards the middle.
    """

    model: str
    seeds: tuple[int, ...]
    truncation: float = 1.0
    wanted: str = ""
    device: str = "auto"


@dataclass(frozen=True)
class WalkRequest:
    """The code at a place between seeds (see :mod:`studio.latent.seed_walk`), with its picture, as the result."""

    model: str
    serial: int
    x: float
    y: float
    truncation: float = 1.0
    wanted: str = ""
