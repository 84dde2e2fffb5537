"""Pictures from models: grids for the window, files for the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from torch import nn

from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused
from studio.events import Done, Progress, Rendered, Sink
from studio.imaging import fit, grids, pixels
from studio.imaging.through import each_file
from studio.latent import space
from studio.latent.decode import CHUNK, device_of, open_model, opened
from studio.latent.jobs import ReconstructJob, RenderRequest, SampleJob, TranslateJob
from studio.models.conditions import asked
from studio.models.library import Card, Model


def render(request: RenderRequest, sink: Sink, control: Control, place: Workplace) -> Done:
    """Render a grid for the window; a live model is read from its newest snapshot and waits for nobody."""
    started = time.perf_counter()
    _check_count(request.count)
    source = opened(request.model, place)
    made = sampled(source.card, source.nets, request.seed, request.count, 1.0, request.wanted)
    pictures = np.concatenate(list(made))
    picture, seconds = grids.grid(pictures, gap=0), time.perf_counter() - started
    return Done("", Rendered(request.model, request.serial, picture, source.step, seconds, _shape(pictures)))


def sample(job: SampleJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Write samples as one grid or as single files."""
    _check_count(job.count)
    if not 0 < job.truncation <= 2:
        raise Refused(f"The truncation must be above 0 and at most 2, not {job.truncation:g}.")
    model = open_model(job.model, place, job.device)
    about = {
        "model": model.card.name,
        "stamp": model.stamp[:16],
        "seed": str(job.seed),
        "truncation": f"{job.truncation:g}",
        "asked for": job.wanted,
    }
    single = job.out.suffix.lower() != ".png"
    made: list[np.ndarray] = []
    done = 0
    chunks = sampled(model.card, model.nets, job.seed, job.count, job.truncation, job.wanted)
    while done < job.count:
        control.raise_if_stopped()
        with place.gate.guest():  # a long queue: training and it take turns
            chunk = next(chunks)
        if single:
            for index, picture in enumerate(chunk, start=done):
                grids.save_png(job.out / f"{index:05d}.png", picture, {**about, "index": str(index)})
        else:
            made.append(chunk)
        done += len(chunk)
        sink(Progress("making pictures", done, job.count))
    if not single:
        grids.save_png(job.out, grids.grid(np.concatenate(made)), about)
    return Done(f"{job.count} pictures of {model.card.name} are in {job.out}", job.out)


def reconstruct(job: ReconstructJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Encode and decode files; a bad one is named and the others go on. ``Done.result`` is the number that failed."""
    model = open_model(job.model, place, job.device)
    about = model.record
    encode, generate = about.encode, about.generate
    if encode is None or generate is None:
        raise Refused(
            f"{model.card.name} ({about.title}) cannot encode pictures. Choose an autoencoder, such as a VAE."
        )

    def through(picture: np.ndarray) -> np.ndarray:
        fitted = fit.fit(picture, model.card.size, "crop", model.card.channels)
        with place.gate.guest():
            return apply(model, fitted[None], lambda batch: generate(model.nets, encode(model.nets, batch), None))[0]

    failed = each_file(job.inputs, job.out, through, "reconstructing", {"model": model.card.name}, sink, control)
    return Done(f"{len(job.inputs) - failed} of {len(job.inputs)} pictures are in {job.out}", failed)


def translate(job: TranslateJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Translate files, fitted to the model's size; a bad one is named. ``Done.result`` is the number that failed."""
    model = open_model(job.model, place, job.device)
    about = model.record
    directions = about.directions(model.config, model.card.spec)
    run = about.translate
    if run is None or not directions:
        raise Refused(f"{model.card.name} ({about.title}) does not translate pictures. Choose a pix2pix or a CycleGAN.")
    if job.direction and job.direction not in directions:
        raise Refused(f"{model.card.name} cannot do {job.direction!r}. It translates: {', '.join(directions)}.")
    direction = directions.index(job.direction) if job.direction else 0

    def through(picture: np.ndarray) -> np.ndarray:
        fitted = fit.fit(picture, model.card.size, "crop", model.card.channels)
        with place.gate.guest():
            return apply(model, fitted[None], lambda batch: run(model.nets, batch, direction))[0]

    note = {"model": model.card.name, "direction": directions[direction]}
    failed = each_file(job.inputs, job.out, through, "translating", note, sink, control)
    done = len(job.inputs) - failed
    return Done(f"{done} of {len(job.inputs)} pictures ({directions[direction]}) are in {job.out}", failed)


def apply(model: Model, pictures: np.ndarray, run: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
    """Pictures (N, S, S, C) uint8 through a function of a batch in the model's value range."""
    low, high = model.record.value_range
    with torch.inference_mode():
        batch = pixels.to_tensor(torch.from_numpy(pictures).to(device_of(model.nets)), low, high)
        return pixels.to_pixels(run(batch), low, high)


def sampled(
    card: Card, nets: Mapping[str, nn.Module], seed: int, count: int, truncation: float = 1.0, wanted: str = ""
) -> Iterator[np.ndarray]:
    """Chunks (n, H, W, C) uint8 of the pictures for a seed; ``wanted`` is what a conditional model is asked for."""
    about = card.record
    if about.prior is None or about.generate is None:
        raise Refused(f"{card.name} ({about.title}) makes no pictures from codes.")
    settings, spec = card.settings, card.spec
    prior, condition = about.prior(settings, spec), about.condition(settings, spec)
    if wanted and condition is None:
        raise Refused(f"{card.name} ({about.title}) cannot be asked for a class: it was trained without.")
    conditions = None if condition is None else asked(condition, wanted, count)
    codes = space.codes(prior, seed, count, truncation, conditions)
    device = device_of(nets)
    with torch.inference_mode():
        for start in range(0, count, CHUNK):
            rows = slice(start, start + CHUNK)
            part = None if conditions is None else conditions[rows].to(device)
            yield pixels.to_pixels(about.generate(nets, codes[rows].to(device), part), *about.value_range)


def _check_count(count: int) -> None:
    if not 1 <= count <= 100_000:
        raise Refused(f"The number of pictures must be from 1 to 100,000, not {count}.")


def _shape(pictures: np.ndarray) -> dict[str, int]:
    return {"cell": int(pictures.shape[1]), "count": len(pictures)}
