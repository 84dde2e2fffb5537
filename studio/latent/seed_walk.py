"""Codes of seeds, and a plane of them to walk on: StyleGAN3's viewer lays seed x + 100·y at the place (x, y).

Between four neighbouring seeds their codes are mixed, so that a drag walks the space and always comes back to the same
pictures. Imports torch.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Progress, Sink
from studio.latent import space
from studio.latent.codes import Code
from studio.latent.decode import Opened, conditions_for, opened
from studio.latent.latent_space import LatentSpace
from studio.latent.search_jobs import SeedCodesJob, WalkRequest

ROW = 100
"""seeds from one row of the lattice to the next"""
MOST = 10_000
FARTHEST = 1e6


def lattice_seed(x: int, y: int) -> int:
    """The seed at a place of the lattice."""
    return x + ROW * y


def seed_codes(about: LatentSpace, seeds: tuple[int, ...], truncation: float = 1.0, wanted: str = "") -> np.ndarray:
    """(N, D) float32: for each seed the first code that a sample with this seed has."""
    if about.prior is None:
        raise Refused(f"{about.model} ({about.title}) has no codes of seeds. Search for a picture's code instead.")
    if not 0 < truncation <= 2:
        raise Refused(f"The truncation must be above 0 and at most 2, not {truncation:g}.")
    conditions = conditions_for(about, wanted, 1)
    return torch.cat([space.codes(about.prior, seed, 1, truncation, conditions) for seed in seeds]).numpy()


def walk_code(about: LatentSpace, x: float, y: float, truncation: float = 1.0, wanted: str = "") -> np.ndarray:
    """The code (D,) float32 at (x, y): that of a seed at whole numbers, between them a mix of the four around it.

    On a shell the mix keeps the length that the four have in their shares; elsewhere it is the plain mix.
    """
    if not (abs(x) <= FARTHEST and abs(y) <= FARTHEST):
        raise Refused(f"The place ({x:g}, {y:g}) lies beyond the last seed. Go nearer to (0, 0).")
    left, low = math.floor(x), math.floor(y)
    right, up = x - left, y - low
    corners = [(left, low), (left + 1, low), (left, low + 1), (left + 1, low + 1)]
    shares = np.array([(1 - right) * (1 - up), right * (1 - up), (1 - right) * up, right * up])
    used = [index for index in range(4) if shares[index] > 0]
    codes = seed_codes(about, tuple(lattice_seed(*corners[index]) for index in used), truncation, wanted)
    if len(used) == 1:
        return codes[0]
    mix: np.ndarray = (shares[used, None] * codes).sum(0)
    if about.spherical:
        length = float(np.linalg.norm(mix))
        mix = mix * (float(shares[used] @ np.linalg.norm(codes, axis=1)) / length) if length > 1e-12 else mix
    return mix.astype(np.float32)


def codes_of_seeds(job: SeedCodesJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """The codes of seeds with their pictures, each rendered by itself, as it will be again."""
    if not 1 <= len(job.seeds) <= MOST:
        raise Refused(f"Ask for 1 to {MOST:,} seeds, not {len(job.seeds)}.")
    source = opened(job.model, place, job.device)
    values = seed_codes(source.space(), job.seeds, job.truncation, job.wanted)
    made = []
    for index, (seed, code) in enumerate(zip(job.seeds, values, strict=True)):
        control.raise_if_stopped()
        with place.gate.guest():
            made.append(_rendered(source, code, job.wanted, f"seed {seed}", _origin(f"seed {seed}", job.truncation)))
        sink(Progress("making pictures", index + 1, len(values)))
    return Done("", made)


def walk_to(request: WalkRequest, sink: Sink, control: Control, place: Workplace) -> Done:
    """The code at a place of the lattice, with its picture; like all rendering for the window it waits for nobody."""
    source = opened(request.model, place)
    code = walk_code(source.space(), request.x, request.y, request.truncation, request.wanted)
    where = f"seed walk ({request.x:g}, {request.y:g})"
    name = f"seed {lattice_seed(int(request.x), int(request.y))}" if _whole(request) else where
    return Done("", _rendered(source, code, request.wanted, name, _origin(where, request.truncation)))


def _whole(request: WalkRequest) -> bool:
    return request.x == int(request.x) and request.y == int(request.y)


def _origin(where: str, truncation: float) -> str:
    return where if truncation == 1.0 else f"{where}, truncation {truncation:g}"


def _rendered(source: Opened, code: np.ndarray, wanted: str, name: str, origin: str) -> Code:
    about = source.space()
    of_class = about.condition is not None and about.condition.kind == "class"
    word = wanted or (about.wanted[0] if of_class else "")
    (picture,) = next(source.decode(code[None], word))
    return Code(code, about.model, source.stamp, word, name, origin, picture)
