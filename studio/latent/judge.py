"""Judging made pictures by a trained classifier: are they read, and as what they should be? (Salimans et al. 2016.)"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from studio.backend.workplace import Workplace
from studio.control import Control
from studio.data import domains, registry
from studio.data.arrays import resized_to
from studio.data.config import DataConfig
from studio.data.pictures import PictureSet
from studio.errors import Refused
from studio.events import Done, Progress, Sink
from studio.imaging import pixels
from studio.latent.decode import CHUNK, device_of, open_model
from studio.latent.jobs import JudgeJob
from studio.latent.render import apply, sampled
from studio.models.library import Model

CONFIDENT = 0.9


@dataclass(frozen=True, eq=False)
class Verdict:
    """What the classifier said: ``confidence`` (N,) of its choice ``chosen`` (N,), and ``expected`` (N,) or None."""

    classes: tuple[str, ...]
    confidence: np.ndarray
    chosen: np.ndarray
    expected: np.ndarray | None = None

    def figures(self) -> dict[str, Any]:
        """The share read with confidence, the share of each class, and the share that is what was asked for."""
        shares = np.bincount(self.chosen, minlength=len(self.classes)) / len(self.chosen)
        found: dict[str, Any] = {
            "pictures": len(self.chosen),
            f"read at {CONFIDENT:g}": round(float((self.confidence >= CONFIDENT).mean()), 4),
            "shares": {name: round(float(share), 4) for name, share in zip(self.classes, shares, strict=True)},
        }
        if self.expected is not None:
            found["as asked"] = round(float((self.chosen == self.expected).mean()), 4)
        return found


def judge(job: JudgeJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Judge samples, or translations of held-out pictures; ``Done.result`` maps what was judged to its figures."""
    model, by = open_model(job.model, place, job.device), open_model(job.by, place, job.device)
    if by.record.classify is None:
        raise Refused(f"{by.card.name} ({by.record.title}) does not classify pictures. Name a classifier.")
    if model.record.samples:
        found = {"samples": _judge_samples(job, model, by, sink, control)}
    elif model.record.translate is not None:
        found = _judge_translations(job, model, by, sink, control)
    else:
        raise Refused(f"{model.card.name} ({model.record.title}) neither samples nor translates.")
    lines = [f"{what}: {figures}" for what, figures in found.items()]
    return Done("\n".join(lines), found)


def _judge_samples(job: JudgeJob, model: Model, by: Model, sink: Sink, control: Control) -> dict[str, Any]:
    asked = model.record.condition(model.config, model.card.spec)
    expected = None
    if asked is not None and asked.kind == "class":
        known = [_place(by, name) for name in asked.names]
        chosen = [asked.names.index(job.wanted)] * job.count if job.wanted else np.arange(job.count) % len(known)
        expected = np.array(known)[chosen]
    chunks = sampled(model.card, model.nets, job.seed, job.count, 1.0, job.wanted)
    return _verdict(by, chunks, job.count, expected, sink, control).figures()


def _judge_translations(job: JudgeJob, model: Model, by: Model, sink: Sink, control: Control) -> dict[str, Any]:
    data = _held_out(job.data, model, sink, control)
    translate = model.record.translate
    assert translate is not None
    found = {}
    for index, direction in enumerate(model.record.directions(model.config, model.card.spec)):
        source, target = (data, data.domain) if index == 0 else (data.domain, data)
        assert source is not None
        assert target is not None
        pictures = source.pictures[: job.count]

        def chunks(pictures: np.ndarray = pictures, index: int = index) -> Iterator[np.ndarray]:
            for start in range(0, len(pictures), CHUNK):
                part = pictures[start : start + CHUNK]
                yield apply(model, part, lambda batch: translate(model.nets, batch, index))

        expected = np.full(len(pictures), _place(by, data.sides[1 - index]))
        found[direction] = _verdict(by, chunks(), len(pictures), expected, sink, control).figures()
    return found


def _held_out(config: DataConfig | None, model: Model, sink: Sink, control: Control) -> PictureSet:
    if config is None:
        raise Refused("Say which pictures shall be translated: --data and --root, as in training.")
    sized = dataclasses.replace(config, size=model.card.size)
    found = domains.domains(registry.read(sized, sink, lambda: control.stopped), sized).held_out
    if found is None or found.domain is None:
        raise Refused("No pictures are held out. Set the held-out share above 0.")
    return found


def _verdict(
    by: Model,
    chunks: Iterator[np.ndarray],
    count: int,
    expected: np.ndarray | None,
    sink: Sink,
    control: Control,
) -> Verdict:
    sure, chosen, done = [], [], 0
    for chunk in chunks:
        control.raise_if_stopped()
        probabilities = classified(by, chunk)
        sure.append(probabilities.max(1))
        chosen.append(probabilities.argmax(1))
        done += len(chunk)
        sink(Progress("judging pictures", done, count))
    return Verdict(by.card.classes, np.concatenate(sure), np.concatenate(chosen), expected)


def classified(by: Model, pictures: np.ndarray) -> np.ndarray:
    """Probabilities (N, classes) float32 of pictures (N, S, S, C) uint8, fitted to the classifier's size and colour."""
    classify = by.record.classify
    assert classify is not None
    fitted = resized_to(pictures, by.card.size, by.card.channels)
    with torch.inference_mode():
        batch = pixels.to_tensor(torch.from_numpy(fitted).to(device_of(by.nets)), *by.record.value_range)
        return classify(by.nets, batch).float().softmax(1).cpu().numpy()


def _place(by: Model, name: str) -> int:
    if name not in by.card.classes:
        raise Refused(f"{by.card.name} knows no class {name!r}. It knows: {', '.join(by.card.classes)}.")
    return by.card.classes.index(name)
