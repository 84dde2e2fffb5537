"""A film of the way through codes. Imports torch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Progress, Sink
from studio.imaging import grids, video
from studio.latent import arithmetic, paths
from studio.latent.decode import CHUNK, Opened, opened
from studio.latent.search_jobs import LatentFilmJob

LONGEST = 600.0
"""seconds of film"""
SMALL, SHOWN = 128, 512
"""px: pictures below the first are enlarged, as near to the second as whole multiples come"""
WIDEST = 4096


def latent_film(job: LatentFilmJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Write the film. Stopped, as after any error, nothing is left behind."""
    source = opened(job.model, place, job.device)
    about = source.space()
    keys = np.asarray(job.keys, np.float32)
    _check(job, keys, about.size, about.model)
    blend = about.blend if job.blend == "auto" else job.blend
    count = frames_of(job, len(keys))
    codes = paths.travel(list(keys), count, blend, smooth=job.smooth, ease=job.ease, even=job.even, loop=job.loop)
    factor = enlarged(about.picture[0], job.size)
    video.write_film(
        job.out,
        _frames(source, codes, job.wanted, factor, place),
        fps=job.fps,
        about=_about(job, source, blend, len(keys)),
        progress=lambda done: sink(Progress("writing the film", done, count)),
        stopped=lambda: control.stopped,
    )
    return Done(f"The walk through {len(keys)} codes of {about.model} ({count} pictures) is in {job.out}", job.out)


def frames_of(job: LatentFilmJob, keys: int) -> int:
    """How many pictures the film has: keys fall on pictures where ``seconds`` says the pace."""
    legs = keys if job.loop else keys - 1
    if job.length > 0:
        return max(2, round(job.length * job.fps))
    return max(1, round(job.seconds * job.fps)) * legs + (0 if job.loop else 1)


def enlarged(side: int, wanted: int) -> int:
    """By which whole number a picture of ``side`` px is enlarged to be at most ``wanted`` px (0: automatic) wide."""
    goal = wanted or (SHOWN if side < SMALL else side)
    return max(1, goal // side)


def _check(job: LatentFilmJob, keys: np.ndarray, size: int, model: str) -> None:
    if keys.ndim != 2 or len(keys) < 2:
        raise Refused("A walk needs at least two codes to go between.")
    if keys.shape[1] != size:
        raise Refused(f"{model} takes codes of {size} numbers, not of {keys.shape[1]}.")
    if not np.isfinite(keys).all():
        raise Refused("A code of the walk holds numbers that are not finite. Leave it out.")
    if job.blend not in ("auto", *arithmetic.BLENDS):
        raise Refused(f"Codes are blended by auto, {', '.join(arithmetic.BLENDS)}, not by {job.blend!r}.")
    if not 1 <= job.fps <= 60:
        raise Refused(f"A film runs at 1 to 60 pictures a second, not {job.fps:g}.")
    seconds = job.length if job.length > 0 else job.seconds * (len(keys) if job.loop else len(keys) - 1)
    if not 0 < seconds <= LONGEST:
        raise Refused(f"A film can last up to {LONGEST:g} seconds, not {seconds:g}.")
    if not 0 <= job.size <= WIDEST:
        raise Refused(f"A film is up to {WIDEST} pixels wide, not {job.size}.")


def _frames(source: Opened, codes: np.ndarray, wanted: str, factor: int, place: Workplace) -> Iterator[np.ndarray]:
    """The pictures of codes (N, D), enlarged; a long queue: training and it take turns."""
    for start in range(0, len(codes), CHUNK):
        with place.gate.guest():
            pictures = np.concatenate(list(source.decode(codes[start : start + CHUNK], wanted)))
        for picture in pictures:
            yield grids.upscale(picture, factor)


def _about(job: LatentFilmJob, source: Opened, blend: str, keys: int) -> dict[str, str]:
    """What the file says about itself: enough to make it again."""
    switches = [name for name in ("smooth", "ease", "even", "loop") if getattr(job, name)]
    pace = {"length": f"{job.length:g}"} if job.length > 0 else {"seconds": f"{job.seconds:g}"}
    return {
        **{str(key): str(value) for key, value in job.about.items()},
        "model": source.card.name,
        "stamp": source.stamp[:16],
        "step": str(source.step),
        "asked for": job.wanted,
        "codes": str(keys),
        "blend": blend,
        "pace": " ".join(switches),
        **pace,
        "fps": f"{job.fps:g}",
    }
