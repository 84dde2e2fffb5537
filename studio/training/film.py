"""The timeline of a run as a film: its stored picture grids, evenly over the film's length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Progress, Sink
from studio.imaging import grids, video
from studio.training import moments, runs
from studio.training.jobs import FilmJob
from studio.training.runs import Run

SHORTEST_SIDE = 512


def film(job: FilmJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Write the film; refused when the run has fewer than two moments with pictures."""
    run = runs.open_run(job.run)
    steps = [step for step in run.moments() if moments.has_pictures(run.moment(step))]
    if len(steps) < 2:
        raise Refused(
            f"The run {run.name} has {len(steps)} stored moments; a film needs two. Train it a little longer."
        )
    if not 0 < job.seconds <= 600:
        raise Refused(f"A film can last up to 600 seconds, not {job.seconds:g}.")
    count = max(len(steps), round(job.seconds * job.fps))
    about = {"run": run.name, "family": run.recipe.family, "steps": f"{steps[0]}-{steps[-1]}"}
    video.write_film(
        job.out,
        _frames(run, steps, count),
        fps=job.fps,
        about=about,
        progress=lambda done: sink(Progress("writing the film", done, count)),
        stopped=lambda: control.stopped,
    )
    return Done(f"The film of {run.name} ({len(steps)} moments) is in {job.out}", job.out)


def _frames(run: Run, steps: list[int], count: int) -> Iterator[np.ndarray]:
    """``count`` frames: each stored grid held for its share of the time, enlarged so that a player shows pixels."""
    shown, frame = -1, np.empty(0)
    for index in range(count):
        step = steps[min(index * len(steps) // count, len(steps) - 1)]
        if step != shown:
            picture = moments.pictures(run.moment(step))
            shown = step
            if picture is not None:  # a training that goes on may have dropped it meanwhile: hold the last one
                frame = grids.upscale(picture, max(1, SHORTEST_SIDE // min(picture.shape[:2])))
        yield frame
