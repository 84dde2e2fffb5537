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
from studio.events import CurvePoint, Done, Message, Progress, Sink, Stopped
from studio.imaging import grids, plot
from studio.training import label_plan, runs
from studio.training.jobs import LabelCurveJob, TrainJob
from studio.training.label_plan import STARTS, Point, count_word
from studio.training.training import train

FIGURE = "val accuracy"


def label_curve(job: LabelCurveJob, sink: Sink, control: Control, place: Workplace) -> Done | Stopped:
    """Train every point that is not there yet; write ``<out>/accuracy.png`` and ``accuracy.json``."""
    if job.recipe.about.classify is None or not job.recipe.about.parent(job.recipe.model):
        raise Refused("The curve needs a classifier on a trained encoder: name the encoder with --set parent=NAME.")
    points = label_plan.points(job)
    for point in points:  # before the first training: a name that is taken is said at once
        label_plan.stored(job.runs, point)
    found: dict[str, list[float]] = {start: [] for start in STARTS}
    for done, point in enumerate(points):
        sink(Progress("training points of the curve", done, len(points)))
        run = _trained(job, point, control, place)
        if run is None:
            return Stopped("The curve was stopped; its finished points are kept, and the same command goes on.")
        accuracy = _accuracy(run)
        found[point.start].append(accuracy)
        sink(CurvePoint(point.start, point.count, accuracy))
        sink(Message(f"{point.title()}: {accuracy:.4f}"))
    return _written(job, found)


def _written(job: LabelCurveJob, found: dict[str, list[float]]) -> Done:
    """The curve as a picture and as figures."""
    places = [count_word(count) for count in job.counts]
    figures: dict[str, Any] = {"labels a class": places, **found}
    atomic.write_json(job.out / "accuracy.json", figures)
    picture = plot.curves(
        {STARTS[start]: np.array(values) for start, values in found.items()},
        "accuracy on held-out pictures over labels a class",
        smoothing=1,
        places=places,
    )
    grids.save_png(job.out / "accuracy.png", picture)
    return Done(f"The curve is in {job.out / 'accuracy.png'}", figures)


def _trained(job: LabelCurveJob, point: Point, control: Control, place: Workplace) -> runs.Run | None:
    """The finished run of one point, trained now if it is not there; None when stopped."""
    old = label_plan.stored(job.runs, point)
    if old is not None and old.state.status == "done":
        return old
    work = TrainJob(point.recipe, job.runs, point.name, resume=old is not None, window_open=job.window_open)
    final = train(work, _unheard, control, place)
    return None if isinstance(final, Stopped) else runs.open_run(Path(final.result))


def _accuracy(run: runs.Run) -> float:
    """What was measured last on the held-out pictures."""
    measured = [values[FIGURE] for values in run.evaluations() if FIGURE in values]
    if not measured:
        raise Refused(f"{run.name} was not measured: no pictures were held out. Hold out a share of them (holdout).")
    return float(measured[-1])


def _unheard(event: object) -> None:
    """The points' own events: the curve tells what matters."""
