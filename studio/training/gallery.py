"""What is looked at while a model learns: pictures at fixed codes, and fixed pictures beside what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from studio.backend.backend import Backend
from studio.backend.rng import derive
from studio.imaging import pixels
from studio.models.conditions import asked
from studio.models.family import Baseline, Batch, Nets, Spec
from studio.training.parallel import World
from studio.training.recipe import Recipe
from studio.training.state import RandomDraw

SAMPLES = 64
ROWS = 16
"""pictures in each row of a comparison"""


@dataclass(frozen=True, eq=False)
class Shown:
    """``pictures`` (N, H, W, C) uint8 at the fixed codes, None when the model makes none; ``rows`` by name, each
    (M, H, W, C) uint8, the same M pictures in each."""

    pictures: np.ndarray | None = None
    rows: Mapping[str, np.ndarray] = field(default_factory=dict)


class Gallery:
    """Fixed codes and fixed pictures of a run, shown again and again; ``watched`` are held-out pictures if there are.

    ``cost`` is what making the last one took, in seconds.
    """

    def __init__(self, recipe: Recipe, spec: Spec, backend: Backend, watched: Batch | None) -> None:
        self._about, self._backend, self._watched = recipe.about, backend, watched
        self._codes, self._conditions = self._fixed(recipe, spec)
        self._made: tuple[int, Shown] = (-1, Shown())
        self.cost = 0.0

    def make(self, step: int, nets: Nets, baselines: Mapping[str, Baseline]) -> Shown:
        """What the (averaged) nets show at this step; made once a step."""
        if self._made[0] != step:
            started = time.monotonic()
            with self._backend.inference():
                self._made = (step, Shown(self._samples(nets), self._rows(nets, baselines)))
            self.cost = time.monotonic() - started
        return self._made[1]

    def _samples(self, nets: Nets) -> np.ndarray | None:
        if self._codes is None or self._about.generate is None:
            return None
        return self._pixels(self._about.generate(nets, self._codes, self._conditions))

    def _rows(self, nets: Nets, baselines: Mapping[str, Baseline]) -> dict[str, np.ndarray]:
        if self._watched is None:
            return {}
        rows = self._about.rows(nets, self._watched)
        if baselines:
            given = list(rows.values())[-2]  # what stands above the model's own result
            rows |= {name: method(given) for name, method in baselines.items()}
        return {name: self._pixels(row) for name, row in rows.items()}

    def _pixels(self, pictures: Tensor) -> np.ndarray:
        return pixels.to_pixels(pictures, *self._about.value_range)

    def _fixed(self, recipe: Recipe, spec: Spec) -> tuple[Tensor | None, Tensor | None]:
        """The run's codes and, for a conditional model, what is asked for: the classes in turn."""
        prior = self._about.prior and self._about.prior(recipe.model, spec)
        if prior is None:
            return None, None
        draw = RandomDraw(self._backend, derive(recipe.training.seed, "fixed codes"), World())
        condition = self._about.condition(recipe.model, spec)
        conditions = None if condition is None else asked(condition, "", SAMPLES).to(self._backend.device)
        return draw.codes(SAMPLES, prior, conditions), conditions
