"""How much a trained encoder helps when labels are few: accuracy over their number, against training from scratch.

The lecture's use of an autoencoder as initialisation (L3; Erhan et al. 2010): each point of the two curves is a run of
its own, so that it can be looked at, gone on with and compared in the run list like any other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from studio import atomic
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Message, Progress, Sink, Stopped
from studio.imaging import grids, plot
from studio.training import runs
from studio.training.jobs import LabelCurveJob, TrainJob
from studio.training.training import train

FIGURE = "val accuracy"
STARTS = {"pretrained": "from the trained encoder", "scratch": "from scratch"}


def label_curve(job: LabelCurveJob, sink: Sink, control: Control, place: Workplace) -> Done | Stopped:
    """Train every point that is not there yet; write ``<out>/accuracy.png`` and ``accuracy.json``."""
    if job.recipe.about.classify is None or not job.recipe.about.parent(job.recipe.model):
        raise Refused("The curve needs a classifier on a trained encoder: name the encoder with --set parent=NAME.")
    points = [(start, count) for count in job.counts for start in STARTS]
    found: dict[str, list[float]] = {start: [] for start in STARTS}
    for done, (start, count) in enumerate(points):
        sink(Progress("training points of the curve", done, len(points)))
        run = _point(job, start, count, control, place)
        if run is None:
            return Stopped("The curve was stopped; its finished points are kept, and the same command goes on.")
        found[start].append(_accuracy(run))
        sink(Message(f"{_words(count)} labels a class, {STARTS[start]}: {found[start][-1]:.4f}"))
    figures: dict[str, Any] = {"labels a class": [_words(count) for count in job.counts], **found}
    atomic.write_json(job.out / "accuracy.json", figures)
    picture = plot.curves(
        {STARTS[start]: np.array(values) for start, values in found.items()},
        "accuracy on held-out pictures over labels a class",
        smoothing=1,
        places=[_words(count) for count in job.counts],
    )
    grids.save_png(job.out / "accuracy.png", picture)
    return Done(f"The curve is in {job.out / 'accuracy.png'}", figures)


def _point(job: LabelCurveJob, start: str, count: int, control: Control, place: Workplace) -> runs.Run | None:
    """The finished run of one point, trained now if it is not there; None when stopped."""
    name = f"{job.name}-{start}-{_words(count)}"
    folder = job.runs / runs.check_name(name)
    resume = folder.exists()
    if resume and (old := runs.open_run(folder)).state.status == "done":
        return old
    recipe = job.recipe.with_settings((f"start={start}", f"per_class={count}"))
    final = train(TrainJob(recipe, job.runs, name, resume=resume), _unheard, control, place)
    return None if isinstance(final, Stopped) else runs.open_run(Path(final.result))


def _accuracy(run: runs.Run) -> float:
    return float(run.evaluations()[-1][FIGURE])


def _words(count: int) -> str:
    return str(count) if count else "all"


def _unheard(event: object) -> None:
    """The points' own events: the curve tells what matters."""
