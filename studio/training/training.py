"""From a job to a finished run: read the data, make or reopen the run, train, and leave it resumable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from studio import atomic
from studio.backend import device as devices
from studio.backend.backend import Backend
from studio.backend.workplace import Workplace
from studio.config import require, to_json
from studio.control import Control
from studio.data import registry
from studio.data.pictures import PictureSet
from studio.errors import Refused, sentence
from studio.events import Done, Sink, Started, Stopped
from studio.imaging import grids
from studio.models.family import Spec
from studio.models.library import Card
from studio.training import checkpoints, history, runs
from studio.training.batches import Batches
from studio.training.jobs import ReadDataJob, TrainJob
from studio.training.moments import Moments
from studio.training.parallel import World
from studio.training.recipe import Recipe
from studio.training.reporter import Reporter
from studio.training.runs import Run
from studio.training.state import TrainState
from studio.training.trainer import Doors, Trainer

REAL = 64


def read_data(job: ReadDataJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Read a recipe's pictures and report them."""
    require(job.recipe.problems())
    data = _pictures(job.recipe, sink, control, place)
    return Done(f"{len(data.pictures):,} pictures", data)


def train(job: TrainJob, sink: Sink, control: Control, place: Workplace) -> Done | Stopped:
    """Carry out a training job (see :class:`TrainJob`); every refusal comes before anything is written."""
    run = runs.open_run(job.runs / runs.check_name(job.name)) if job.resume else None
    recipe = run.recipe if run else job.recipe
    require(recipe.problems())
    backend = _backend(recipe, run, place)
    world = World.from_environment(backend.device)
    threads = (run.machine.get("threads") if run else None) or recipe.training.threads
    threads = threads or max(1, devices.training_threads(job.window_open) // world.size)
    backend.use_threads(threads)

    data = _pictures(recipe, sink if world.leads else _silent, control, place)
    spec = Spec(data.size, data.channels, data.classes)
    check(recipe, spec, data)
    batches = _batches(recipe, data, backend, world)
    target = _target(job, recipe, batches)
    machine = {
        "device": str(backend.device),
        "precision": backend.precision.name,
        "threads": threads,
        "processes": world.size,
        "data": data.fingerprint(),
    }
    try:
        run = _prepare(job, recipe, run, machine, world)
        return _train(run, recipe, spec, data, batches, backend, world, target, sink, control, place)
    finally:
        if run is not None and world.leads:
            runs.unlock(run.folder)
        world.leave()


def _pictures(recipe: Recipe, sink: Sink, control: Control, place: Workplace) -> PictureSet:
    """The recipe's pictures; some are held out only for a family that measures itself on them.

    What was looked at in the data view is not read again at Start, unless the folder changed in between.
    """
    wanted, measures = recipe.sized(), recipe.about.validate is not None
    key = f"{wanted} {measures} {_changed(wanted.root)}"
    return place.data.get(key, lambda: registry.read(wanted, sink, lambda: control.stopped, held_out=measures))


def _changed(root: str) -> list[int]:
    """When a folder and its subfolders last changed, in nanoseconds."""
    folder = Path(root)
    if not root or not folder.is_dir():
        return []
    places = [folder, *(entry for entry in folder.iterdir() if entry.is_dir())]
    return [place.stat().st_mtime_ns for place in places]


def check(recipe: Recipe, spec: Spec, data: PictureSet) -> None:
    """Refuse data that the family cannot use, before the first step."""
    about = recipe.about
    found = about.spec_problems(recipe.model, spec)
    if about.needs.labels and data.labels is None:
        found.append(
            f"{about.title} needs pictures with classes. Put them into one folder per class, or choose other data."
        )
    require(found)


def _train(
    run: Run,
    recipe: Recipe,
    spec: Spec,
    data: PictureSet,
    batches: Batches,
    backend: Backend,
    world: World,
    target: int,
    sink: Sink,
    control: Control,
    place: Workplace,
) -> Done | Stopped:
    about, training = recipe.about, recipe.training
    reporter = Reporter(run, about.curves, sink, world, training.batch, target)
    state = TrainState(recipe, spec, batches, backend, world)
    moments = Moments(run.folder, _card(run, recipe, spec, data), training.moments)
    _restore(run, state, moments, reporter)
    if state.step >= target and state.step > 0:
        raise Refused(f"The run {run.name} is already at step {state.step}. Ask for more than that (--steps).")
    held_out = None
    if data.held_out is not None and about.validate is not None and world.leads:
        held_out = _batches(
            recipe, data.held_out, backend, World(), batch=min(training.batch, len(data.held_out.pictures))
        )
    doors = Doors(sink if world.leads else _silent, control, place.live(_card(run, recipe, spec, data)))
    trainer = Trainer(state, reporter, moments, doors, held_out)
    started = _started(run, state, data, backend, target)
    if world.leads:
        # one row: no cell of the sheet is empty
        grids.save_png(run.folder / runs.REAL, grids.grid(started.real, columns=len(started.real), gap=0))
    doors.sink(started)
    reporter.save_state(state.step, state.seconds, "running")
    reporter.say(f"Training on {backend.reason}, {backend.precision.name}, {run.machine['threads']} threads.")
    for refusal in data.refused[:20]:
        reporter.say(f"Left out {refusal.path}: {refusal.reason}", "warning")
    try:
        reached = trainer.run(target)
    except Exception as error:
        reporter.save_state(state.step, state.seconds, "failed", sentence(error))
        reporter.note(sentence(error), "error")
        raise
    world.wait()
    status = "done" if reached else "stopped"
    reporter.save_state(state.step, state.seconds, status)
    text = f"{run.name}: {status} at step {state.step:,}."
    reporter.note(text)
    return (Done if reached else Stopped)(text, run.folder)


def _backend(recipe: Recipe, run: Run | None, place: Workplace) -> Backend:
    """The recipe's device; for a run that goes on, the one it was on, so that it stays exact."""
    wanted = run.machine if run else {}
    return Backend(
        wanted.get("device", recipe.training.device),
        wanted.get("precision", recipe.training.precision),
        gate=place.gate,
        preferred=recipe.about.preferred_precision,
    )


def _batches(recipe: Recipe, data: PictureSet, backend: Backend, world: World, batch: int | None = None) -> Batches:
    return Batches(
        data,
        batch or recipe.training.batch,
        recipe.about.value_range,
        backend,
        seed=recipe.training.seed,
        flip=recipe.data.flip and batch is None,
        world=world,
    )


def _target(job: TrainJob, recipe: Recipe, batches: Batches) -> int:
    if job.epochs is not None:
        return max(1, round(job.epochs * batches.per_epoch))
    return job.steps if job.steps is not None else recipe.training.horizon


def _prepare(job: TrainJob, recipe: Recipe, run: Run | None, machine: dict[str, Any], world: World) -> Run:
    """The run folder, made by rank 0 and locked."""
    if world.leads:
        if run is None:
            run = runs.create(job.runs, job.name, recipe, machine)
        runs.lock(run.folder)
    folder = world.tell(str(run.folder) if run else "")
    return run if run is not None else runs.open_run(job.runs / os.path.basename(folder))


def _restore(run: Run, state: TrainState, moments: Moments, reporter: Reporter) -> None:
    """Go to the newest whole checkpoint; what was reported after it will be lived anew."""
    saved = checkpoints.load_newest(run.folder, lambda text: reporter.say(text, "warning"))
    if saved is not None:
        state.restore(*saved)
        _warn_of_changes(run, state, reporter)
    path = run.folder / runs.HISTORY
    if path.exists() and state.world.leads:
        kept = history.load(path, upto=state.step)
        atomic.write_with(path, kept.save)
        if len(kept):
            reporter.carry(kept.rows()[-1])
        runs.trim_evaluations(run, state.step)
        moments.forget_after(state.step)


def _warn_of_changes(run: Run, state: TrainState, reporter: Reporter) -> None:
    if state.world.size != run.machine.get("processes", 1):
        reporter.say("The number of processes changed: the run goes on, but not bit for bit.", "warning")


def _card(run: Run, recipe: Recipe, spec: Spec, data: PictureSet) -> Card:
    return Card(
        name=run.name,
        family=recipe.family,
        model=to_json(recipe.model),
        size=spec.size,
        channels=spec.channels,
        classes=spec.classes,
        title=f"{recipe.about.title} · {data.title}",
        data=data.title,
    )


def _started(run: Run, state: TrainState, data: PictureSet, backend: Backend, target: int) -> Started:
    chosen = np.random.default_rng(0).permutation(len(data.pictures))[:REAL]
    about = state.recipe.about
    return Started(
        run=run.folder,
        step=state.step,
        target=target,
        curves=about.curves,
        real=data.pictures[np.sort(chosen)],
        phases=tuple(phase.name for phase in about.phases(state.recipe.model)),
        device=backend.reason,
        batch=state.recipe.training.batch,
    )


def _silent(event: object) -> None:
    """The sink of every rank but the first."""
