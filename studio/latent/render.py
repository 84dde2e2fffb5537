"""Pictures from models: grids for the window, files for the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import nn

from studio.backend.backend import Backend
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.errors import Refused, StudioError
from studio.events import Done, Message, Progress, Rendered, Sink
from studio.imaging import decode, fit, grids, pixels
from studio.latent import space
from studio.latent.jobs import LIVE, ReconstructJob, RenderRequest, SampleJob
from studio.models import library
from studio.models.library import Card, Model

CHUNK = 64


def render(request: RenderRequest, sink: Sink, control: Control, place: Workplace) -> Done:
    """Render a grid for the window; a live model is read from its newest snapshot and waits for nobody."""
    started = time.perf_counter()
    _check_count(request.count)
    if request.model == LIVE:
        card, box = place.training or (None, None)
        snapshot = box.latest() if box else None
        if card is None or snapshot is None:
            raise Refused("Nothing is training yet, so there is no live model to show.")
        nets, step = snapshot.nets, snapshot.step
    else:
        model = open_model(library.find(request.model), place)
        card, nets, step = model.card, model.nets, model.card.step
    pictures = np.concatenate(list(_pictures(card, nets, request.seed, request.count)))
    picture = grids.grid(pictures, gap=0)
    return Done(
        "", Rendered(request.model, request.serial, picture, step, time.perf_counter() - started, _shape(pictures))
    )


def open_model(folder: Path, place: Workplace, device: str = "auto") -> Model:
    """A model on a device, kept open for the next request."""
    key = f"{folder.resolve()} {device} {_modified(folder)}"
    return place.models.get(key, lambda: library.load(folder, Backend(device, "float32", place.gate)))


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
    }
    single = job.out.suffix.lower() != ".png"
    made: list[np.ndarray] = []
    done = 0
    chunks = _pictures(model.card, model.nets, job.seed, job.count, job.truncation)
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
    if about.encode is None or about.generate is None:
        raise Refused(
            f"{model.card.name} ({about.title}) cannot encode pictures. Choose an autoencoder, such as a VAE."
        )
    failed = 0
    taken: set[str] = set()
    for index, path in enumerate(job.inputs):
        control.raise_if_stopped()
        try:
            if path.stem in taken:
                raise StudioError(f"another input has the name {path.stem} already; give it a folder of its own.")
            picture = fit.fit(decode.decode(path), model.card.size, "crop", model.card.channels)
            taken.add(path.stem)
            target = job.out / f"{path.stem}.png"
            if target.exists() and target.samefile(path):
                raise StudioError("the result would replace the original; choose another folder for --out.")
            with place.gate.guest():
                result = _through(model, picture)
            grids.save_png(target, result, {"model": model.card.name})
        except StudioError as error:
            failed += 1
            sink(Message(f"{path}: {error}", "error"))
        sink(Progress("reconstructing", index + 1, len(job.inputs)))
    return Done(f"{len(job.inputs) - failed} of {len(job.inputs)} pictures are in {job.out}", failed)


def _through(model: Model, picture: np.ndarray) -> np.ndarray:
    """A picture (S, S, C) uint8 through encoder and decoder."""
    about = model.record
    assert about.encode is not None
    assert about.generate is not None
    low, high = about.value_range
    device = next(iter(model.nets.values())).parameters().__next__().device
    with torch.inference_mode():
        batch = pixels.to_tensor(torch.from_numpy(picture[None]).to(device), low, high)
        return pixels.to_pixels(about.generate(model.nets, about.encode(model.nets, batch)), low, high)[0]


def _pictures(
    card: Card, nets: Mapping[str, nn.Module], seed: int, count: int, truncation: float = 1.0
) -> Iterator[np.ndarray]:
    """Chunks (n, H, W, C) uint8 of the pictures for a seed."""
    about = card.record
    if about.prior is None or about.generate is None:
        raise Refused(f"{card.name} ({about.title}) makes no pictures from codes.")
    prior = about.prior(card.settings)
    codes = space.codes(prior, seed, count, truncation)
    device = next(next(iter(nets.values())).parameters()).device
    with torch.inference_mode():
        for start in range(0, count, CHUNK):
            batch = about.generate(nets, codes[start : start + CHUNK].to(device))
            yield pixels.to_pixels(batch, *about.value_range)


def _check_count(count: int) -> None:
    if not 1 <= count <= 100_000:
        raise Refused(f"The number of pictures must be from 1 to 100,000, not {count}.")


def _shape(pictures: np.ndarray) -> dict[str, int]:
    return {"cell": int(pictures.shape[1]), "count": len(pictures)}


def _modified(folder: Path) -> int:
    path = folder / library.WEIGHTS
    return path.stat().st_mtime_ns if path.exists() else 0
