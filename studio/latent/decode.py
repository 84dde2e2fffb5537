"""Codes to pictures and pictures to codes, for every job that needs either. Imports torch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from studio.backend import precision as precisions
from studio.backend.backend import Backend
from studio.backend.precision import Precision
from studio.backend.threads import threads
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Decoded, Done, Sink
from studio.imaging import pixels
from studio.latent import latent_space
from studio.latent.jobs import LIVE, CodesRequest
from studio.latent.latent_space import LatentSpace
from studio.models import library
from studio.models.conditions import asked
from studio.models.library import Card, Model

CHUNK = 64
FIRST = 32
"""codes in the first part of an answer: a map has its coarse picture soon, and a newer request waits no longer"""


@dataclass(frozen=True, eq=False)
class Opened:
    """A model that pictures can be asked of: eval nets, how far they are trained, the stamp of their weights."""

    card: Card
    nets: Mapping[str, nn.Module]
    step: int
    stamp: str

    @property
    def device(self) -> torch.device:
        """Where the nets are."""
        return device_of(self.nets)

    def space(self) -> LatentSpace:
        """Its code space; :class:`Refused` when it has none."""
        return latent_space.describe(self.card)

    def precision(self, count: int) -> Precision:
        """How ``count`` pictures are computed: one exactly, many as the family prefers."""
        wanted = "float32" if count == 1 else "auto"
        return precisions.choose(wanted, self.device, self.card.record.preferred_precision)

    def decode(self, codes: np.ndarray, wanted: str = "", chunk: int = CHUNK) -> Iterator[np.ndarray]:
        """Chunks (n, H, W, C) uint8 of the pictures of codes (N, D) float32; ``wanted`` as in conditions.asked."""
        space = self.space()
        if codes.ndim != 2 or codes.shape[1] != space.size:
            raise Refused(f"{self.card.name} takes codes of {space.size} numbers, not of {codes.shape[-1]}.")
        if not np.isfinite(codes).all():
            raise Refused("A code holds numbers that are not finite, so there is no picture of it.")
        conditions = conditions_for(space, wanted, len(codes))
        for start in range(0, len(codes), chunk):
            rows = slice(start, start + chunk)
            batch = torch.from_numpy(np.array(codes[rows], np.float32))  # a copy: codes are read-only
            yield self.pictures(batch, None if conditions is None else conditions[rows])

    def pictures(self, codes: torch.Tensor, conditions: torch.Tensor | None) -> np.ndarray:
        """(n, H, W, C) uint8 of codes (n, D) and conditions (n, K) or None, in one batch."""
        about = self.card.record
        assert about.generate is not None
        with torch.inference_mode():
            made = about.generate(
                self.nets, codes.to(self.device), None if conditions is None else conditions.to(self.device)
            )
            return pixels.to_pixels(made, *about.value_range)

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """Codes (N, D) float32 of pictures (N, S, S, C) uint8 of the model's size and colour."""
        about = self.card.record
        if about.encode is None:
            raise Refused(f"{self.card.name} ({about.title}) has no encoder.")
        found = []
        with torch.inference_mode():
            for start in range(0, len(pictures), CHUNK):
                part = torch.from_numpy(np.ascontiguousarray(pictures[start : start + CHUNK])).to(self.device)
                codes = about.encode(self.nets, pixels.to_tensor(part, *about.value_range))
                found.append(codes.float().cpu().numpy())
        return np.concatenate(found)


def opened(model: str, place: Workplace, device: str = "auto") -> Opened:
    """The model named by a folder, a library name, or LIVE for the newest snapshot of the one in training."""
    if model == LIVE:
        card, box = place.training or (None, None)
        snapshot = box.latest() if box else None
        if card is None or snapshot is None:
            raise Refused("Nothing is training yet, so there is no live model to show.")
        return Opened(card, snapshot.nets, snapshot.step, "")
    found = open_model(library.find(model), place, device)
    return Opened(found.card, found.nets, found.card.step, found.stamp)


def open_model(folder: Path, place: Workplace, device: str = "auto") -> Model:
    """A model on a device, kept open for the next request."""
    key = f"{folder.resolve()} {device} {_modified(folder)}"
    return place.models.get(key, lambda: library.load(folder, Backend(device, "float32", place.gate)))


def conditions_for(space: LatentSpace, wanted: str, count: int) -> torch.Tensor | None:
    """(count, K) float32 for what is wanted of each picture: "" is the first class, or no attribute.

    None for an unconditional model.
    """
    if space.condition is None:
        if wanted:
            raise Refused(f"{space.model} ({space.title}) cannot be asked for a class: it was trained without.")
        return None
    if not wanted and space.condition.kind == "attributes":
        return torch.zeros(count, len(space.condition.names))
    return asked(space.condition, wanted or space.condition.names[0], count)


def decode(request: CodesRequest, sink: Sink, control: Control, place: Workplace) -> Done:
    """Answer a request in parts, first codes first; a control that was stopped ends it after the part it is at.

    A single code is a batch of its own in float32: the same code then gives the same picture to the last bit, whatever
    else was asked for beside it. Many at once are a map's small pictures: in the family's precision, twice as fast.
    """
    source = opened(request.model, place)
    done, started = 0, time.perf_counter()
    with threads(1), source.precision(len(request.codes)).autocast():
        for chunk in (request.codes[:FIRST], request.codes[FIRST:]):
            for pictures in source.decode(chunk, request.wanted) if len(chunk) else ():
                about = (source.step, source.stamp, time.perf_counter() - started)
                sink(Decoded(request.model, request.serial, done, len(request.codes), pictures, *about))
                done += len(pictures)
                if control.stopped:
                    return Done("")
    return Done("")


def device_of(nets: Mapping[str, nn.Module]) -> torch.device:
    """Where nets are."""
    return next(next(iter(nets.values())).parameters()).device


def _modified(folder: Path) -> int:
    path = folder / library.WEIGHTS
    return path.stat().st_mtime_ns if path.exists() else 0
