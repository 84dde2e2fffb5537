"""Everything a training needs before its first step; every refusal comes from here, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from studio.backend import device as devices
from studio.backend.backend import Backend
from studio.backend.workplace import Workplace
from studio.config import require
from studio.control import Control
from studio.data import domains, registry, tables
from studio.data.pictures import PictureSet
from studio.errors import Refused
from studio.events import Message, Sink
from studio.models.family import Spec
from studio.training import checkpoints, parents, runs
from studio.training.batches import Batches, Treatment
from studio.training.jobs import TrainJob
from studio.training.parallel import World
from studio.training.recipe import Recipe
from studio.training.runs import Run

Saved = tuple[dict[str, Tensor], dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Setup:
    """What was asked, resolved: ``run`` and ``saved`` are there when an old run goes on."""

    job: TrainJob
    recipe: Recipe
    run: Run | None
    saved: Saved | None
    backend: Backend
    world: World
    data: PictureSet
    spec: Spec
    batches: Batches
    target: int
    threads: int

    @property
    def machine(self) -> dict[str, Any]:
        """What ``config.json`` keeps so that the run goes on exactly as it was."""
        return {
            "device": self.backend.device.type if self.world.size > 1 else str(self.backend.device),
            "precision": self.backend.precision.name,
            "threads": self.threads,
            "processes": self.world.size,
            "data": self.data.fingerprint(),
            "parent": parents.to_json(self.spec.parent),
        }


def prepare(job: TrainJob, sink: Sink, control: Control, place: Workplace) -> Setup:
    """Open the run that goes on, choose the device, read the data, and check that all of it fits."""
    run = runs.open_run(job.runs / runs.check_name(job.name)) if job.resume else None
    recipe = run.recipe.with_changes(job.changes) if run else job.recipe
    require(recipe.problems())
    backend = _backend(recipe, run, job, place, sink)
    world = World.from_environment(backend.device)
    tell = sink if world.leads else silent
    threads = recipe.training.threads or (run.machine.get("threads") if run else None)
    threads = threads or max(1, devices.training_threads(job.window_open) // world.size)
    backend.use_threads(threads)
    parent = parents.describe(recipe, job.runs, run.machine if run else {})
    data = pictures(recipe, tell, control, place)
    spec = Spec(data.size, data.channels, _classes(recipe, data), data.attribute_names, parent)
    check(recipe, spec, data)
    batches = make_batches(recipe, data, backend, world)
    saved = checkpoints.load_newest(run.folder, lambda text: tell(Message(text, "warning"))) if run else None
    if run and saved is None and (run.folder / runs.HISTORY).exists():
        raise Refused(
            f"The run {run.name} has no checkpoint to go on from: it was ended before its first one, or they were "
            "deleted. Its curves and moments are untouched; start a new run with its settings."
        )
    target = _target(job, recipe, batches, int(saved[1]["step"]) if saved else 0)
    setup = Setup(job, recipe, run, saved, backend, world, data, spec, batches, target, threads)
    _warn_of_changes(setup, tell)
    return setup


def pictures(recipe: Recipe, sink: Sink, control: Control, place: Workplace) -> PictureSet:
    """The recipe's pictures, as two domains for a family that wants them.

    Some are held out only for a family that looks at them or measures itself on them. What was looked at in the data
    view is not read again at Start, unless the folder changed in between.
    """
    wanted, about = recipe.sized(), recipe.about
    watches = about.validate is not None or about.compare is not None or about.encodes
    key = f"{wanted} {watches} {_changed(wanted.root)}"
    found = place.data.get(key, lambda: registry.read(wanted, sink, lambda: control.stopped, held_out=watches))
    return domains.domains(found, wanted) if about.needs(recipe.model).domains else found


def _classes(recipe: Recipe, data: PictureSet) -> tuple[str, ...]:
    """The names that the model works with: of classes, of the two domains, of the two sides of a pair."""
    needs = recipe.about.needs(recipe.model)
    if needs.pairs and recipe.data.degradation != "none":
        sides = (recipe.data.degradation, "original")
        return sides[::-1] if recipe.data.swap else sides
    return data.sides if needs.pairs or needs.domains else data.classes


def check(recipe: Recipe, spec: Spec, data: PictureSet) -> None:
    """Refuse data that the family cannot use, before the first step."""
    about, needs = recipe.about, recipe.about.needs(recipe.model)
    degraded = recipe.data.degradation != "none"
    found = about.spec_problems(recipe.model, spec)
    if needs.labels and data.labels is None:
        found.append(
            f"{about.title} needs pictures with classes. Put them into one folder per class, name a column of "
            "labels.csv (classes_from), or choose other data."
        )
    if needs.attributes and data.attributes is None:
        found.append(
            f"{about.title} with attributes needs a labels.csv beside the pictures, with a column for each attribute."
        )
    if needs.pairs and data.other is None and not degraded:
        found.append(
            f"{about.title} learns from pairs. Choose the source of pairs (A and B side by side, or in two folders), "
            "or a degradation that makes a pair of each picture."
        )
    if needs.pairs and data.other is not None and degraded:
        found.append("These pictures are pairs already. Set the degradation to none.")
    if degraded and not needs.pairs:
        found.append(f"{about.title} does not learn from pairs. Set the degradation to none.")
    require(found)


def make_batches(recipe: Recipe, data: PictureSet, backend: Backend, world: World) -> Batches:
    """The minibatches of a training."""
    training = recipe.training
    treatment = Treatment(recipe.data.flip, *_degradation(recipe))
    value_range = recipe.about.value_range
    return Batches(data, training.batch, value_range, backend, seed=training.seed, treatment=treatment, world=world)


def held_out_batches(recipe: Recipe, data: PictureSet, backend: Backend) -> Batches | None:
    """The held-out pictures, neither shuffled nor mirrored; None when there are none."""
    if data.held_out is None:
        return None
    sizes = [len(part) for part in (data.held_out, data.held_out.domain) if part is not None]
    batch = min(recipe.training.batch, *sizes)
    treatment = Treatment(False, *_degradation(recipe))
    return Batches(data.held_out, batch, recipe.about.value_range, backend, seed=0, treatment=treatment, world=World())


def _degradation(recipe: Recipe) -> tuple[str, float, bool]:
    return recipe.data.degradation, recipe.data.strength, recipe.data.swap


def silent(event: object) -> None:
    """The sink of every rank but the first."""


def _backend(recipe: Recipe, run: Run | None, job: TrainJob, place: Workplace, sink: Sink) -> Backend:
    """The recipe's device; for a run that goes on, the one it was on, so that it stays exact."""
    changed = {change.partition("=")[0].rpartition(".")[2] for change in job.changes}
    machine = run.machine if run else {}
    device, precision = recipe.training.device, recipe.training.precision
    if "device" not in changed:
        device = machine.get("device", device)
    if "precision" not in changed:
        precision = machine.get("precision", precision)
    preferred = recipe.about.preferred_precision
    why = "as before" if machine and "device" not in changed else "as asked"
    try:
        return Backend(device, precision, place.gate, preferred, why)
    except Refused as error:
        if not machine or "device" in changed:
            raise
        sink(Message(f"{error} The run goes on with the best device here, though not bit for bit.", "warning"))
        return Backend("auto", "auto", place.gate, preferred)


def _target(job: TrainJob, recipe: Recipe, batches: Batches, at: int) -> int:
    """The step to train to; refused when it is reached already or lies beyond the end of the schedule."""
    if job.steps is not None and job.epochs is not None:
        raise Refused("Say either how many steps or how many epochs, not both.")
    horizon, schedule = recipe.training.horizon, recipe.training.schedule
    target = horizon if job.steps is None else job.steps
    if job.epochs is not None:
        target = max(1, round(job.epochs * batches.per_epoch))
    if at and at >= target:
        raise Refused(f"The run {job.name} is already at step {at}. Ask for more than that (--steps).")
    if schedule != "constant" and target > horizon:
        raise Refused(
            f"The learning rate is planned to reach zero at step {horizon:,} (Length), so there is nothing to learn "
            f"up to step {target:,}. Set the length higher (--set horizon={target})."
        )
    return target


def _warn_of_changes(setup: Setup, tell: Sink) -> None:
    """Say what keeps a run that goes on from being exact."""
    if setup.run is None:
        return
    before = setup.run.machine
    at, reached = int(setup.saved[1]["step"]) if setup.saved else 0, setup.run.state.step
    if reached > at:
        tell(
            Message(
                f"The run goes on from its checkpoint at step {at:,}; what came after it is trained anew.", "warning"
            )
        )
    if at and not (setup.run.folder / runs.HISTORY).exists():
        tell(Message(f"The history of the run is missing: its curves before step {at:,} are lost.", "warning"))
    if before.get("data") not in (None, setup.data.fingerprint()):
        tell(Message("The pictures are not the ones this run began with: it goes on with those here now.", "warning"))
    if before.get("processes", 1) != setup.world.size or (setup.world.size > 1 and _has_dropout(setup)):
        tell(Message("With several processes the run goes on, but not bit for bit.", "warning"))


def _has_dropout(setup: Setup) -> bool:
    return bool(getattr(setup.recipe.model, "dropout", 0))


def _changed(root: str) -> list[int]:
    """When a folder, its subfolders (two levels of them) and its table last changed, in nanoseconds."""
    folder = Path(root)
    if not root or not folder.is_dir():
        return []
    inside = [entry for entry in folder.iterdir() if entry.is_dir()]
    deeper = [entry for place in inside for entry in place.iterdir() if entry.is_dir()]
    lists = [table for table in (folder / tables.NAME, folder.parent / tables.NAME) if table.is_file()]
    return [place.stat().st_mtime_ns for place in (folder, *inside, *deeper, *lists)]
