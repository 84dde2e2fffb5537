"""The one loop. It knows players and phases, no family; it has two doors, the sink and the control."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from studio.backend.ema import SnapshotBox
from studio.backend.rng import derive
from studio.control import Control
from studio.errors import StudioError
from studio.events import Evaluated, MomentStored, Paused, Preview, Sink
from studio.models.family import Batch, Phase, Terms
from studio.training import checkpoints, optimisers
from studio.training.batches import Batches
from studio.training.gallery import Gallery
from studio.training.moments import Moments
from studio.training.reporter import Reporter
from studio.training.state import RandomDraw, TrainState

FIRST_CHECKPOINT = 10.0
PREVIEW_SHARE = 40
"""a preview is made when training has taken this many times what the last one cost"""


@dataclass(frozen=True, eq=False)
class Doors:
    """How the loop is watched and steered."""

    sink: Sink
    control: Control
    snapshots: SnapshotBox


class Trainer:
    """Runs the phases of a family on a state until a target step, a stop or a loss that is not finite."""

    def __init__(
        self,
        state: TrainState,
        reporter: Reporter,
        moments: Moments,
        doors: Doors,
        gallery: Gallery,
        held_out: Batches | None = None,
    ) -> None:
        self.state, self.reporter, self.moments, self.held_out = state, reporter, moments, held_out
        self._gallery = gallery
        self._doors, self._backend, self._world = doors, state.backend, state.world
        self._about, self._training = state.recipe.about, state.recipe.training
        self._phases = self._about.phases(state.recipe.model)
        self._simultaneous = self._about.simultaneous(state.recipe.model)
        self._previewed = -float("inf")
        self._validated, self._measured = state.batches.epoch, 0
        self._saved = time.monotonic()
        self._pause = min(FIRST_CHECKPOINT, self._training.checkpoint_minutes * 60)
        self._batch: Batch | None = None
        self._stopping = False
        self._stage: list[str] = []

    def run(self, target: int) -> bool:
        """Train up to step ``target``; True when it got there, False when stopped. Saves at the end either way.

        Raises :class:`StudioError` when a loss is not finite (the last good checkpoint stays the newest).
        """
        control = self._doors.control
        # before anything else, so that whoever asks for the live model from now on gets one
        self._doors.snapshots.offer(self.state.step, self.state.ema.nets, now=True)
        if self.state.step == 0:
            self._keep_moment()
        while self.state.step < target and not self._stopping:
            only = None
            if control.paused and self._world.size == 1:
                only = self._stand_still()
                if control.stopped or (control.paused and only is None):
                    self._stopping = control.stopped
                    continue
            self.advance(only)
            self._between_steps()
        self._report()
        if self.held_out is not None and not self._stopping and self._measured < self.state.step:
            self._validate()
        self._preview(force=True)
        self._doors.snapshots.offer(self.state.step, self.state.ema.nets, now=True)
        if not self.moments.has(self.state.step):
            self._keep_moment()
        self.checkpoint()
        return self.state.step >= target

    def advance(self, only: str | None = None) -> None:
        """One step: every phase in order (``only``: the phase of that name alone; "" is all)."""
        started = time.monotonic()
        phases = [phase for phase in self._phases if phase.name == only] if only else self._current()
        terms = self._together(phases) if self._simultaneous else self._in_turn(phases)
        self.state.step += 1
        self.state.ema.update(self.state.modules, self.state.seen, self._training.batch)
        self.reporter.add(terms)
        self.state.seconds += time.monotonic() - started

    def checkpoint(self, marked: bool = False) -> None:
        """Write everything exact resume needs (rank 0)."""
        if self._world.leads:
            tensors, plain = self.state.capture()
            checkpoints.save(self.reporter.run.folder, tensors, plain, self._training.keep, marked)
        self._saved = time.monotonic()
        # the first ones come soon, so that a run that is killed early can go on, too
        self._pause = min(2 * self._pause, self._training.checkpoint_minutes * 60)
        self.reporter.rest()

    def _current(self) -> list[Phase]:
        """The phases of the stage that the training is in; a new stage is announced."""
        found = [phase for phase in self._phases if phase.runs(self.state.progress)]
        names = [phase.name for phase in found]
        if len(found) < len(self._phases) and names != self._stage:
            self.reporter.say(f"From step {self.state.step:,}: {', '.join(names)}.")
        self._stage = names
        return found

    # -- one step ---------------------------------------------------------------------------------------------------

    def _in_turn(self, phases: Sequence[Phase]) -> Terms:
        """Each player moves at once and the next one answers."""
        terms: Terms = {}
        for phase in phases:
            sums: Terms = {}
            for _ in range(phase.repeats):
                batch = self._next_batch(fresh=phase is phases[0] or phase.repeats > 1)
                found = self._gradients(phase, batch, retain=False)
                self._move(phase)
                sums = {name: sums[name] + value if name in sums else value for name, value in found.items()}
            terms |= {name: value / phase.repeats for name, value in sums.items()}
        return terms

    def _together(self, phases: Sequence[Phase]) -> Terms:
        """All gradients on one batch, then all moves."""
        batch = self._next_batch(fresh=True)
        terms: Terms = {}
        for phase in phases:
            terms |= self._gradients(phase, batch, retain=phase is not phases[-1])
        for phase in phases:
            self._move(phase)
        return terms

    def _gradients(self, phase: Phase, batch: Batch, retain: bool) -> Terms:
        with self._backend.gate.training():
            with self._backend.autocast():
                terms = phase.loss(self.state.for_phases, batch)
            self.state.optimisers[phase.player].zero_grad(set_to_none=True)
            # Only this player's parameters: the other nets' weight gradients are not even computed.
            terms[phase.objective].backward(inputs=self.state.parameters(phase.player), retain_graph=retain)
        return {name: value.detach() for name, value in terms.items()}

    def _move(self, phase: Phase) -> None:
        about, training = self.state.players[phase.player].optimiser, self._training
        rate = optimisers.rate_at(about, training.schedule, self.state.step, training.horizon)
        optimisers.set_rate(self.state.optimisers[phase.player], rate)
        self.state.optimisers[phase.player].step()

    def _next_batch(self, fresh: bool) -> Batch:
        if fresh or self._batch is None:
            self._batch = self.state.batches.next()
        return self._batch

    # -- between steps ----------------------------------------------------------------------------------------------

    def _between_steps(self) -> None:
        self._batch = None
        self._doors.snapshots.offer(self.state.step, self.state.ema.nets)
        control, leads = self._doors.control, self._world.leads
        # One vote a step: clocks and Ctrl-C differ from rank to rank, but a report is made by all or none.
        self._stopping, report, moment, save = self._world.vote(
            control.stopped,
            leads and self.reporter.due(),
            leads and (self.moments.due() or control.marked),
            leads and time.monotonic() - self._saved > self._pause,
        )
        if report or moment or save:
            self._report()
        self._preview()
        if moment:
            marked = control.take_mark()
            self._keep_moment(marked)
            if marked:
                self.checkpoint(marked)
        every = self._training.validate_every
        if self._epochs_done() // every > self._validated // every and self.held_out is not None:
            self._validate()
        if save:
            self.checkpoint()

    def _report(self) -> None:
        if not self.reporter.report(self.state.step, self.state.seconds, self._doors.control.paused):
            names = [name for name, value in self.reporter.latest.items() if not np.isfinite(value)]
            raise StudioError(
                f"The training stopped at step {self.state.step}: {' and '.join(names) or 'a loss'} is not a finite "
                "number any more. Lower the learning rates and go on from the last checkpoint."
            )

    def _epochs_done(self) -> int:
        """Passes over the data that are complete (several batches a step may jump over the very end)."""
        batches = self.state.batches
        return batches.epoch + (batches.position == batches.per_epoch)

    def _stand_still(self) -> str | None:
        """Pause with everything in memory; the phase that a person wants stepped, or None when it goes on."""
        self._report()
        self._preview(force=True)
        self._doors.snapshots.offer(self.state.step, self.state.ema.nets, now=True)
        self.reporter.save_state(self.state.step, self.state.seconds, "running")
        self._doors.sink(Paused(self.state.step, True))
        only = self._doors.control.wait_for_step()
        if self._doors.control.take_mark():
            self._keep_moment(marked=True)
            self.checkpoint(marked=True)
        self.reporter.rest()
        if not self._doors.control.paused:
            self._doors.sink(Paused(self.state.step, False))
        return only

    # -- pictures and figures ---------------------------------------------------------------------------------------

    def _preview(self, force: bool = False) -> None:
        due = time.monotonic() - self._previewed >= max(0.5, PREVIEW_SHARE * self._gallery.cost)
        if not self._world.leads or not (force or due):
            return
        made = self._gallery.make(self.state.step, self.state.ema.nets, self.state.baselines)
        self._previewed = time.monotonic()
        if made.pictures is not None or made.rows:
            self._doors.sink(Preview(self.state.step, made.pictures, made.rows))

    def _keep_moment(self, marked: bool = False) -> None:
        if self._world.leads:
            made = self._gallery.make(self.state.step, self.state.ema.nets, self.state.baselines)
            self.moments.store(self.state.step, self.state.ema.nets, made, marked, self._gallery.cost)
            self._doors.sink(MomentStored(self.reporter.run.folder, self.state.step))

    def _validate(self) -> None:
        """Mean figures over the held-out pictures, of the nets as they are (not averaged), in eval mode."""
        epoch = self._validated = self._epochs_done()
        self._measured = self.state.step
        values = validate(self.state, self.held_out, epoch, self._doors.control)
        if values:
            self.reporter.evaluated(Evaluated(self.state.step, epoch, values))
        self.reporter.rest()


def validate(
    state: TrainState, held_out: Batches | None, epoch: int, control: Control | None = None
) -> dict[str, float]:
    """A family's figures on held-out pictures, none when stopped; the same noise for the same epoch, whoever asks."""
    measure = state.recipe.about.validate
    if measure is None or held_out is None:
        return {}
    alone = type(state.world)()
    draw = RandomDraw(state.backend, derive(state.recipe.training.seed, "validation", epoch), alone)
    step = state.step_for(state.modules, draw)
    sums: dict[str, torch.Tensor] = {}
    seen = 0
    for net in state.modules.values():
        net.eval()
    with state.backend.inference():
        for batch in held_out.in_order():
            if control is not None and control.stopped:
                break
            seen += len(batch)
            for name, value in measure(step, batch).items():
                sums[name] = sums.get(name, torch.zeros(())) + value.float() * len(batch)
    for net in state.modules.values():
        net.train()
    if control is not None and control.stopped:
        return {}
    return {name: float(total) / seen for name, total in sums.items()}
