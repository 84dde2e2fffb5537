"""A map of a code space as one picture: a plane of codes, decoded square by square. Imports torch."""

from __future__ import annotations

import numpy as np

from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Progress, Sink
from studio.imaging import grids
from studio.latent import planes
from studio.latent.decode import opened
from studio.latent.latent_space import LatentSpace
from studio.latent.map_jobs import ManifoldJob
from studio.latent.planes import Plane
from studio.latent.turns import in_turns

MOST_ROWS, LARGEST_SIDE = 200, 16_384
SHARES = (0.02, 0.98)
"""of a normal distribution: where a map of quantiles begins and ends"""


def manifold(job: ManifoldJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Write the map; up in the picture is up in the plane. Nothing is written when stopped."""
    if job.out.suffix.lower() != ".png":
        raise Refused(f"{job.out.name}: the map is a picture, so its name must end in .png.")
    source = opened(job.model, place, job.device)
    about = source.space()
    plane = _plane(job, about)
    if not 2 <= job.rows <= MOST_ROWS or job.rows * about.picture[0] > LARGEST_SIDE:
        most = min(MOST_ROWS, LARGEST_SIDE // about.picture[0])
        raise Refused(f"A map of {about.model} has from 2 to {most} rows, not {job.rows}.")
    low, high = SHARES if plane.quantiles else _reach(job, about)
    places, made = _places(job.rows, low, high), []
    for part in in_turns(source.decode(plane.codes(places), job.wanted), place.gate, control):
        made.append(part)
        sink(Progress("making pictures", sum(map(len, made)), len(places)))
    text = {
        "model": source.card.name,
        "stamp": source.stamp[:16],
        "across": plane.labels[0],
        "up": plane.labels[1],
        "shown": f"{low:g} to {high:g}" + (" of a normal distribution" if plane.quantiles else ""),
        "asked for": job.wanted,
    }
    grids.save_png(job.out, grids.grid(np.concatenate(made), job.rows, gap=0), text)
    return Done(f"A map of {job.rows} × {job.rows} pictures of {source.card.name} is in {job.out}", job.out)


def _plane(job: ManifoldJob, about: LatentSpace) -> Plane:
    if job.quantiles and (about.prior is None or about.prior.kind != "normal"):
        raise Refused(f"The codes of {about.model} are not normally distributed. Make the map without quantiles.")
    if job.plane is None:
        if job.base is not None and job.base.shape != (about.size,):
            raise Refused(f"{about.model} takes codes of {about.size} numbers; this one has {job.base.size}.")
        return planes.of_axes(about.size, *job.axes, job.base, job.quantiles)
    if len(job.plane.origin) != about.size:
        raise Refused(f"{about.model} takes codes of {about.size} numbers; this plane belongs to another model.")
    return job.plane


def _reach(job: ManifoldJob, about: LatentSpace) -> tuple[float, float]:
    if not 0 <= job.area <= 1e6:
        raise Refused(f"The area must be from 0 (as far as codes usually reach) to 1,000,000, not {job.area:g}.")
    area = job.area or about.reach
    return -area, area


def _places(rows: int, low: float, high: float) -> np.ndarray:
    """Points (rows², 2) of a plane, row by row from the top left."""
    line = np.linspace(low, high, rows)
    across, up = np.meshgrid(line, line[::-1])
    return np.stack([across.ravel(), up.ravel()], 1)
