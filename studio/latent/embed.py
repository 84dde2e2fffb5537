"""Encoding a data set, or drawing codes and decoding them, for the map of where data lies. Imports torch."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from studio.backend.workplace import Workplace
from studio.control import Control
from studio.data import registry
from studio.data.arrays import resized_to
from studio.data.config import DataConfig
from studio.data.pictures import PictureSet
from studio.errors import Refused
from studio.events import Done, Message, Progress, Sink
from studio.latent import space
from studio.latent.decode import CHUNK, Opened, opened
from studio.latent.embedding import Embedding
from studio.latent.latent_space import LatentSpace
from studio.latent.map_jobs import ENCODED, SAMPLED, EmbedJob
from studio.latent.turns import in_turns
from studio.models.conditions import asked
from studio.models.library import Card

THUMBNAIL, REDUCED = 64, 16
"""pixels a side: of the pictures that are kept, and of those that PCA and t-SNE of drawn codes look at"""
MOST = 100_000


def embed(job: EmbedJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Encode the data, or draw codes; ``Done.result`` is the :class:`~studio.latent.embedding.Embedding`."""
    if not 0 <= job.limit <= MOST:
        raise Refused(f"An embedding has at most {MOST:,} points, not {job.limit:,}. Choose fewer.")
    source = opened(job.model, place, job.device)
    about = source.space()
    if job.data is not None and about.encodes:
        found = _encoded(job, job.data, source, sink, control, place)
    else:
        found = _sampled(job, source, about, sink, control, place)
    if not np.isfinite(found.codes).all():
        raise Refused(f"{source.card.name} gave codes that are not finite: its training had failed.")
    with contextlib.suppress(Refused):  # of one point, or of points that are all the same
        _ = found.principal  # kept with it, so that the window need not wait for it
    what = "codes drawn and decoded" if found.sampled else "pictures encoded"
    return Done(f"{len(found):,} {what} with {source.card.name}", found)


def read_for(card: Card, data: DataConfig, limit: int, sink: Sink, control: Control) -> PictureSet:
    """At most ``limit`` pictures of ``data`` in the size and colour that a model reads, nothing held out."""
    fewest = min(data.limit or limit, limit)
    colour = "grey" if card.channels == 1 else "colour"
    config = dataclasses.replace(data, size=card.size, colour=colour, limit=fewest)
    return registry.read(config, sink, lambda: control.stopped, held_out=False)


def _encoded(
    job: EmbedJob, data: DataConfig, source: Opened, sink: Sink, control: Control, place: Workplace
) -> Embedding:
    found = read_for(source.card, data, job.limit or ENCODED, sink, control)
    total = len(found)
    chunks = (source.encode(found.pictures[start : start + CHUNK]) for start in range(0, total, CHUNK))
    parts: list[np.ndarray] = []
    for part in in_turns(chunks, place.gate, control):
        parts.append(part)
        sink(Progress("encoding pictures", min(len(parts) * CHUNK, total), total))
    codes = np.concatenate(parts)
    labels = found.labels if found.classes else None
    return Embedding(codes, _thumbnails(found.pictures), labels, found.classes, codes, **_whose(source))


def _sampled(
    job: EmbedJob, source: Opened, about: LatentSpace, sink: Sink, control: Control, place: Workplace
) -> Embedding:
    name, count = source.card.name, job.limit or SAMPLED
    if about.prior is None:
        raise Refused(f"{name} ({about.title}) cannot draw codes by itself. Choose the data that shall be encoded.")
    if job.data is not None:
        sink(Message(f"{name} has no encoder, so {count:,} codes of its own are shown instead of the data.", "warning"))
    condition = about.condition
    if condition is None and job.wanted:
        raise Refused(f"{name} ({about.title}) cannot be asked for a class: it was trained without.")
    conditions = None if condition is None else asked(condition, job.wanted, count)
    codes = space.codes(about.prior, job.seed, count, 1.0, conditions)
    parts: list[np.ndarray] = []
    for part in in_turns(_decoded(source, codes, conditions), place.gate, control):
        parts.append(part)
        sink(Progress("making pictures", min(len(parts) * CHUNK, count), count))
    pictures = np.concatenate(parts)
    size, channels = about.picture
    features = resized_to(pictures, min(REDUCED, size), channels).reshape(count, -1).astype(np.float32) / 255
    in_turn = condition is not None and not job.wanted.strip()
    labels = np.arange(count) % len(about.wanted) if in_turn else None
    classes = about.wanted if in_turn else ()
    return Embedding(codes.numpy(), _thumbnails(pictures), labels, classes, features, True, **_whose(source))


def _decoded(source: Opened, codes: torch.Tensor, conditions: torch.Tensor | None) -> Iterator[np.ndarray]:
    for start in range(0, len(codes), CHUNK):
        rows = slice(start, start + CHUNK)
        yield source.pictures(codes[rows], None if conditions is None else conditions[rows])


def _thumbnails(pictures: np.ndarray) -> np.ndarray:
    """The pictures, at most 64 pixels a side: ten thousand of 256 pixels would fill 2 GB."""
    size, channels = pictures.shape[1], pictures.shape[3]
    return resized_to(pictures, THUMBNAIL, channels) if size > THUMBNAIL else pictures


def _whose(source: Opened) -> dict[str, Any]:
    return {"model": source.card.name, "stamp": source.stamp, "step": source.step}
