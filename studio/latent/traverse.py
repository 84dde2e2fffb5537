"""What each direction of a code space does to a picture: measured, sorted, shown in rows. Imports torch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Progress, Sink, Stopped
from studio.imaging import grids
from studio.latent import space
from studio.latent.decode import CHUNK, Opened, opened
from studio.latent.latent_space import LatentSpace
from studio.latent.map_jobs import Traversal, TraverseJob, TraverseSheetJob
from studio.latent.turns import in_turns
from studio.models.family import Prior

LOOKED_AT = 2_000
"""codes from which σ of a prior of uncommon shape is measured"""
LARGEST_SIDE, GAP = 16_384, 2
"""pixels: no sheet is wider or higher"""


def traverse(job: TraverseJob, sink: Sink, control: Control, place: Workplace) -> Done | Stopped:
    """Measure all directions, then send the rows as :class:`Traversal`; ``result`` is the order (K,), strongest first.

    How much a direction changes the picture: the mean absolute difference of the pictures at −σ and at +σ from the
    base. A stop while rows are sent keeps those that were.
    """
    source = opened(job.model, place, job.device)
    steps = _steps(job, source.space())
    changes = _changes(job, source, steps, sink, control, place)
    order = np.argsort(-changes, kind="stable")
    shown = order[: job.rows] if job.rows else order
    offsets = np.linspace(-job.reach, job.reach, job.columns)
    a_part = max(1, CHUNK // job.columns)
    rank = 0
    for start in range(0, len(shown), a_part):
        if control.stopped:
            return Stopped(f"Stopped after {rank} of {len(shown)} directions.", order)
        part = shown[start : start + a_part]
        codes = (job.base + offsets[None, :, None] * steps[part, None]).astype(np.float32)
        with place.gate.guest():
            made = np.concatenate(list(source.decode(codes.reshape(-1, steps.shape[1]), job.wanted)))
        for row, (index, pictures) in enumerate(zip(part.tolist(), np.split(made, len(part)), strict=True)):
            about = (float(changes[index]), pictures.copy(), codes[row].copy(), source.step, source.stamp)
            sink(Traversal(job.model, job.serial, index, rank, len(shown), *about))
            rank += 1
        sink(Progress("making rows", rank, len(shown)))
    return Done(f"{len(shown)} of {len(order)} directions of {source.card.name}", order)


def sheet(job: TraverseSheetJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Write the rows as one PNG that says which direction each is; nothing is written when stopped."""
    if job.out.suffix.lower() != ".png":
        raise Refused(f"{job.out.name}: the sheet is a picture, so its name must end in .png.")
    source = opened(job.of.model, place, job.of.device)
    about = source.space()
    known = about.size if job.of.directions is None else len(job.of.directions)
    count = min(job.of.rows or known, known)
    if (about.picture[0] + GAP) * max(count, job.of.columns) > LARGEST_SIDE:
        raise Refused(f"A sheet of {count} × {job.of.columns} pictures is too large. Ask for fewer rows or columns.")
    rows: list[Traversal] = []

    def keep(event: object) -> None:
        if isinstance(event, Traversal):
            rows.append(event)
        else:
            sink(event)

    traverse(job.of, keep, control, place)
    control.raise_if_stopped()
    text = {
        "model": source.card.name,
        "stamp": rows[0].stamp[:16],
        "reach": f"{job.of.reach:g} standard deviations",
        "asked for": job.of.wanted,
        "rows": ", ".join(f"{row.index + 1}: {row.change:.4f}" for row in rows),
    }
    grids.save_png(job.out, grids.grid(np.concatenate([row.pictures for row in rows]), job.of.columns, GAP), text)
    strongest = ", ".join(str(row.index + 1) for row in rows[:5])
    return Done(f"{len(rows)} directions are in {job.out} (strongest: {strongest})", job.out)


def prior_spreads(prior: Prior | None, size: int) -> np.ndarray:
    """σ (D,) of the codes of a prior in each dimension; 1 without a prior."""
    if prior is None or prior.kind == "normal":
        return np.ones(size)
    if prior.kind == "uniform":
        return np.full(size, 1 / np.sqrt(3))
    return space.codes(prior, 0, LOOKED_AT).numpy().std(0)


def _steps(job: TraverseJob, about: LatentSpace) -> np.ndarray:
    """What one σ of each direction adds to a code, (K, D) float64; everything wrong with the job is refused."""
    if job.base.shape != (about.size,) or (job.directions is not None and job.directions.shape[1:] != (about.size,)):
        raise Refused(f"{about.model} takes codes of {about.size} numbers; these belong to another model.")
    if not (0 < job.reach <= 100 and 2 <= job.columns <= 99 and job.rows >= 0):
        raise Refused("A traversal reaches from above 0 to 100 standard deviations, in 2 to 99 pictures a row.")
    if job.directions is None:
        spreads = prior_spreads(about.prior, about.size) if job.spreads is None else job.spreads
        directions: np.ndarray = np.eye(about.size)
    else:
        spreads = np.ones(len(job.directions)) if job.spreads is None else job.spreads
        directions = job.directions
    if not len(directions) or np.shape(spreads) != (len(directions),):
        raise Refused(f"{len(directions)} directions and {np.size(spreads)} spreads do not go together.")
    return directions.astype(np.float64) * np.asarray(spreads, np.float64)[:, None]


def _changes(
    job: TraverseJob, source: Opened, steps: np.ndarray, sink: Sink, control: Control, place: Workplace
) -> np.ndarray:
    """Mean absolute difference (K,) of the pictures at −σ and +σ, in 0 … 1 of the range of a pixel."""

    def pairs() -> Iterator[np.ndarray]:
        for start in range(0, len(steps), CHUNK // 2):
            part = steps[start : start + CHUNK // 2]
            codes = np.concatenate([job.base - part, job.base + part]).astype(np.float32)
            low, high = np.split(np.concatenate(list(source.decode(codes, job.wanted))), 2)
            yield np.abs(high.astype(np.int16) - low).mean((1, 2, 3)) / 255

    found: list[np.ndarray] = []
    for part in in_turns(pairs(), place.gate, control):
        found.append(part)
        sink(Progress("measuring directions", sum(map(len, found)), len(steps)))
    return np.concatenate(found)
