"""A search under way: the codes it may try, what they become, and the best so far. Imports torch."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from studio.backend.gate import Gate
from studio.control import Control
from studio.events import Progress, Searching, Sink
from studio.imaging import pixels
from studio.latent import space
from studio.latent.decode import Opened, conditions_for
from studio.latent.latent_space import LatentSpace
from studio.latent.likeness import Likeness
from studio.models.conditions import asked
from studio.models.family import Prior

PAUSE = 0.1
"""seconds between two reports"""
TO_SHELL, TO_MIDDLE = 1e-3, 1e-4
"""weights of the prior's pull: weak, so that it decides only where pictures do not"""


@dataclass(frozen=True, eq=False)
class Trials:
    """Codes (N, D) to try, each with the number of the class it is drawn for, (N,) int64, and whether it may jump.

    ``restless`` (N, 1) float32 scales the noise early in a search: 0 for a code that is a good guess already.
    """

    codes: Tensor
    words: Tensor
    restless: Tensor

    def __len__(self) -> int:
        return len(self.codes)

    def pick(self, rows: Tensor) -> Trials:
        """The trials of these rows."""
        return Trials(self.codes[rows], self.words[rows], self.restless[rows])

    def join(self, others: Trials) -> Trials:
        """These, then the others."""
        parts = ((getattr(self, name), getattr(others, name)) for name in ("codes", "words", "restless"))
        return Trials(*(torch.cat(pair) for pair in parts))


class Domain:
    """Where a model's codes live: how to draw them, keep them inside, and what it costs to stray."""

    def __init__(self, about: LatentSpace) -> None:
        # an autoencoder has no prior; its codes are about as large as normal numbers
        self.prior = about.prior or Prior(about.size)
        self._spherical = about.spherical
        self._reach = about.reach
        self._free = about.prior is None

    @property
    def spread(self) -> float:
        """About the standard deviation of a code's numbers: the unit of steps and noise."""
        return 0.5 if self.prior.kind == "uniform" else 1.0

    def draw(self, seed: int, count: int, conditions: Tensor | None = None) -> Tensor:
        """(count, D) float32 codes of the prior."""
        return space.codes(self.prior, seed, count, 1.0, conditions)

    def inside(self, codes: Tensor) -> Tensor:
        """The nearest codes that the prior could have drawn; only a uniform one has an end."""
        return codes.clamp(-1, 1) if self.prior.kind == "uniform" else codes

    def pull(self, codes: Tensor) -> Tensor:
        """What it costs (N,) to be where the prior hardly goes: off the shell, far from the middle, out of reach."""
        if self._free:
            return codes.new_zeros(len(codes))
        if self._spherical:
            return TO_SHELL * (codes.square().mean(1).sqrt() - 1).square()
        if self.prior.kind == "normal":
            return TO_MIDDLE * codes.square().mean(1)
        return TO_SHELL * (codes.abs() - self._reach).relu().square().mean(1)


class Quest:
    """One search: makes the pictures of trials, remembers the best, and tells how far it is."""

    def __init__(
        self, source: Opened, target: np.ndarray, wanted: str, steps: int, sink: Sink, control: Control, gate: Gate
    ) -> None:
        self.source, self.about = source, source.space()
        self.domain = Domain(self.about)
        self.likeness = Likeness(target, source.card.record.value_range, source.device)
        self.steps, self.gate = steps, gate
        conditions_for(self.about, wanted, 1)  # refuses what the model cannot be asked for
        self.words = [wanted] if wanted or self.about.condition is None else list(self.about.wanted)
        condition = self.about.condition
        self._conditions = None if condition is None else torch.cat([asked(condition, w, 1) for w in self.words])
        self._sink, self._control = sink, control
        self._told = -PAUSE
        self._errors: list[float] = []
        self.error, self.how = float("inf"), ""
        self.start = float("inf")
        self.code = torch.empty(0)
        self.word = 0
        self.picture = torch.empty(0)

    @property
    def stopped(self) -> bool:
        """Whether the person has seen enough."""
        return self._control.stopped

    def conditions(self, words: Tensor) -> Tensor | None:
        """(N, K) float32 for the classes with these numbers; None for an unconditional model."""
        return None if self._conditions is None else self._conditions[words.cpu()].to(self.source.device)

    def made(self, codes: Tensor, words: Tensor) -> Tensor:
        """Pictures (N, C, S, S) in the model's value range; with gradients where the caller asks for them."""
        generate = self.source.card.record.generate
        assert generate is not None
        return generate(self.source.nets, codes, self.conditions(words))

    def judged(self, trials: Trials, how: str) -> Tensor:
        """Losses (N,) of trials without a gradient; the best of them is remembered."""
        with torch.no_grad(), self.gate.guest():
            made = self.made(trials.codes, trials.words)
            losses = self.likeness.loss(made) + self.domain.pull(trials.codes)
        self.meet(trials.codes, trials.words, made, how)
        return losses.nan_to_num(nan=torch.inf)

    def meet(self, codes: Tensor, words: Tensor, made: Tensor, how: str) -> Tensor:
        """Remember the best of what was made, and its error among those of the steps; returns the errors (N,)."""
        errors = self.likeness.errors(made)
        row = int(errors.argmin())
        error = float(errors[row])
        self._errors.append(error)
        if error < self.error:
            self.error, self.how, self.word = error, how, int(words[row])
            self.code, self.picture = codes[row].detach().clone(), made[row].detach().clone()
        return errors

    def begin(self) -> None:
        """The codes to start from are judged: show the best of them at once."""
        self.start = self.error
        self._told = -PAUSE
        self.tell(0)

    def tell(self, step: int) -> None:
        """Say how far it is, at most ten times a second and at the end; nothing before the first finite picture."""
        if not len(self.code) or (time.perf_counter() - self._told < PAUSE and step < self.steps):
            return
        self._told = time.perf_counter()
        picture = pixels.to_pixels(self.picture[None], *self.source.card.record.value_range)[0]
        errors, self._errors = tuple(self._errors), []
        self._sink(Searching(step, self.steps, self.code.cpu().numpy(), picture, self.error, errors, self.how))
        self._sink(Progress("searching", step, self.steps))
