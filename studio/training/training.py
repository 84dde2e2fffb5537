"""From a job to a finished run: claim the folder, restore what was saved, train, and leave it resumable."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from studio import atomic
from studio.backend.workplace import Workplace
from studio.config import require, to_json
from studio.control import Control
from studio.errors import StudioError, sentence
from studio.events import Done, Sink, Started, Stopped
from studio.imaging import grids, pixels
from studio.models.family import Baseline, Batch
from studio.models.library import Card
from studio.training import history, parents, runs
from studio.training.batches import Batches
from studio.training.gallery import ROWS, Gallery
from studio.training.jobs import ReadDataJob, TrainJob
from studio.training.moments import Moments
from studio.training.reporter import Reporter
from studio.training.runs import Run
from studio.training.setup import Setup, held_out_batches, pictures, prepare, silent
from studio.training.state import TrainState
from studio.training.trainer import Doors, Trainer

REAL = 64
FITTED = 20_000
"""pictures that baselines and beginnings are fitted to"""
LISTED = 20


def read_data(job: ReadDataJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Read a recipe's pictures and report them."""
    require(job.recipe.problems())
    data = pictures(job.recipe, sink, control, place)
    return Done(f"{len(data.pictures):,} pictures", data)


def train(job: TrainJob, sink: Sink, control: Control, place: Workplace) -> Done | Stopped:
    """Carry out a training job (see :class:`TrainJob`); every refusal comes before anything is written."""
    setup = prepare(job, sink, control, place)
    try:
        with _claimed(setup) as run:
            return _train(setup, run, sink if setup.world.leads else silent, control, place)
    finally:
        setup.world.leave()


def _train(setup: Setup, run: Run, sink: Sink, control: Control, place: Workplace) -> Done | Stopped:
    recipe, world = setup.recipe, setup.world
    reporter = Reporter(run, recipe.about.curves(recipe.model), sink, world, recipe.training.batch, setup.target)
    state = TrainState(recipe, setup.spec, setup.batches, setup.backend, world)
    try:
        if setup.saved is None:
            _begin(setup, state)
        _restore(setup, run, state, reporter)
        state.baselines = _baselines(setup)
        card = _card(run, setup)
        moments = Moments(run.folder, card, recipe.training.moments, state.seconds)
        if world.leads and setup.run is not None:
            moments.forget_after(state.step)
        doors = Doors(sink, control, place.live(card))
        held_out = held_out_batches(recipe, setup.data, setup.backend) if world.leads else None
        gallery = Gallery(recipe, setup.spec, setup.backend, _watched(held_out or setup.batches))
        trainer = Trainer(state, reporter, moments, doors, gallery, held_out)
        _announce(setup, run, state, reporter, sink)
        reached = trainer.run(setup.target)
    except Exception as error:
        reporter.save_state(state.step, state.seconds, "failed", sentence(error))
        reporter.note(sentence(error), "error")
        if not isinstance(error, StudioError):
            reporter.note(traceback.format_exc(), "error")
        raise
    world.wait()
    status = "done" if reached else "stopped"
    reporter.save_state(state.step, state.seconds, status)
    text = f"{run.name}: {status} at step {state.step:,}."
    reporter.note(text)
    return (Done if reached else Stopped)(text, run.folder)


@contextmanager
def _claimed(setup: Setup) -> Iterator[Run]:
    """The run's folder, made or reopened by rank 0 and locked; one that never got to its first step leaves no trace."""
    run = setup.run
    if not setup.world.leads:
        yield runs.open_run(Path(setup.world.tell("")))
        return
    if run is None:
        run = runs.create(setup.job.runs, setup.job.name, setup.recipe, setup.machine)
    with runs.locked(run.folder):
        if setup.run is not None and setup.recipe != setup.run.recipe:
            run = runs.rewrite(run, setup.recipe, setup.machine)
        setup.world.tell(str(run.folder))
        try:
            yield run
        except BaseException:
            if setup.run is None and not (run.folder / runs.HISTORY).exists():
                shutil.rmtree(run.folder, ignore_errors=True)
            raise


def _restore(setup: Setup, run: Run, state: TrainState, reporter: Reporter) -> None:
    """Go to the newest whole checkpoint; what was reported after it will be lived anew."""
    if setup.saved is not None:
        state.restore(*setup.saved)
    path = run.folder / runs.HISTORY
    if path.exists() and setup.world.leads:
        kept = history.load(path, upto=state.step)
        atomic.write_with(path, kept.save)
        if len(kept):
            reporter.carry(kept.rows()[-1])
        runs.trim_evaluations(run, state.step)


def _watched(source: Batches) -> Batch | None:
    """The pictures that comparisons are made of."""
    return next(source.in_order(limit=ROWS), None)


def _begin(setup: Setup, state: TrainState) -> None:
    """What new nets take over from a parent and from the training pictures; the same on every rank."""
    about = setup.recipe.about
    parents.inherit(setup.recipe, setup.spec, state.modules, setup.job.runs, setup.backend)
    if about.prepare is not None:
        about.prepare(setup.recipe.model, state.modules, _some_pictures(setup))
    state.ema.update(state.modules, 0, 1)  # what is shown begins there too


def _baselines(setup: Setup) -> Mapping[str, Baseline]:
    """Plain methods that the family compares itself with, fitted to the training pictures (rank 0)."""
    about = setup.recipe.about
    if about.baselines is None or not setup.world.leads:
        return {}
    return about.baselines(setup.recipe.model, _some_pictures(setup))


def _some_pictures(setup: Setup) -> torch.Tensor:
    """At most FITTED training pictures (N, C, H, W) in the family's value range, always the same ones."""
    count = min(len(setup.data), FITTED)
    chosen = np.sort(np.random.default_rng(0).permutation(len(setup.data))[:count])
    low, high = setup.recipe.about.value_range
    return pixels.to_tensor(setup.backend.tensor(setup.data.pictures[chosen]), low, high)


def _card(run: Run, setup: Setup) -> Card:
    return Card(
        name=run.name,
        family=setup.recipe.family,
        model=to_json(setup.recipe.model),
        size=setup.spec.size,
        channels=setup.spec.channels,
        classes=setup.spec.classes,
        attributes=setup.spec.attributes,
        parent=parents.to_json(setup.spec.parent),
        title=f"{setup.recipe.about.title} · {setup.data.title}",
        data=setup.data.title,
    )


def _announce(setup: Setup, run: Run, state: TrainState, reporter: Reporter, sink: Sink) -> None:
    """Say what begins, on what, with which pictures, and which of them were left out."""
    chosen = np.random.default_rng(0).permutation(len(setup.data.pictures))[:REAL]
    real = setup.data.pictures[np.sort(chosen)]
    if setup.world.leads:
        # one row: no cell of the sheet is empty
        grids.save_png(run.folder / runs.REAL, grids.grid(real, columns=len(real), gap=0))
    about = setup.recipe.about
    phases = tuple(phase.name for phase in about.phases(setup.recipe.model))
    batch = setup.recipe.training.batch
    device = setup.backend.reason
    sink(Started(run.folder, state.step, setup.target, about.curves(setup.recipe.model), real, phases, device, batch))
    reporter.save_state(state.step, state.seconds, "running")
    reporter.say(f"Training on {device}, {setup.backend.precision.name}, threads: {setup.threads}.")
    for refusal in setup.data.refused[:LISTED]:
        reporter.say(f"Left out {refusal.path}: {refusal.reason}", "warning")
    if len(setup.data.refused) > LISTED:
        reporter.say(f"… and {len(setup.data.refused) - LISTED} more: see the data view.", "warning")
