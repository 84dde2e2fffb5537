"""Codes, classes and thumbnails as a folder that ``tensorboard --logdir`` opens. Imports torch.

Written here rather than by ``SummaryWriter.add_embedding``: that makes the thumbnails as float64 (1.6 GB for a full
sheet) and rounds them down. The event file beside them is torch's.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from google.protobuf import text_format
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from torch.utils.tensorboard import SummaryWriter

from studio import atomic
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.data.arrays import resized_to
from studio.errors import Refused
from studio.events import Done, Progress, Sink
from studio.imaging import grids
from studio.latent.embed import embed
from studio.latent.embedding import Embedding
from studio.latent.map_jobs import EmbedJob, ProjectorJob

CONFIG, METADATA, SPRITE, EVENTS = "projector_config.pbtxt", "metadata.tsv", "sprite.png", "events.out.tfevents."
CODES, FEATURES = "codes", "pictures"
LARGEST_SPRITE = 8192
"""pixels a side: what browsers and graphics cards take"""
SHOWN = 64
ROWS = 200
"""rows of numbers between two looks at Stop"""


def projector(job: ProjectorJob, sink: Sink, control: Control, place: Workplace) -> Done:
    """Write the folder, completely or not at all; ``Done.result`` is its path.

    A folder that an earlier call wrote is replaced; one that holds anything else is refused.
    """
    out = job.out.resolve()
    _require_free(out)
    limit = job.limit or ProjectorJob.limit
    found = embed(EmbedJob(job.model, job.data, limit, job.seed, job.wanted, job.device), sink, control, place).result
    with atomic.new_folder(out) as fresh:
        write(fresh, found, sink, control)
    return Done(f"{len(found):,} points are in {job.out}. Look at them: tensorboard --logdir {job.out}", job.out)


def write(folder: Path, found: Embedding, sink: Sink, control: Control) -> None:
    """Write the files of an embedding into an existing folder."""
    tensors = {CODES: found.codes} | ({FEATURES: found.features} if found.sampled else {})
    for name, values in tensors.items():
        _write_table(folder / f"{name}.tsv", name, values, sink, control)
    (folder / METADATA).write_text(_metadata(found), encoding="utf-8", newline="\n")
    control.raise_if_stopped()
    side = _write_sprite(folder / SPRITE, found.pictures)
    control.raise_if_stopped()
    config = ProjectorConfig()
    for name, values in tensors.items():
        entry = config.embeddings.add(tensor_name=name, tensor_path=f"{name}.tsv", metadata_path=METADATA)
        entry.tensor_shape.extend(values.shape)
        entry.sprite.image_path = SPRITE
        entry.sprite.single_image_dim.extend([side, side])
    (folder / CONFIG).write_text(text_format.MessageToString(config), encoding="utf-8", newline="\n")
    _write_events(folder, found)


def _require_free(out: Path) -> None:
    """Refuse to replace anything but an empty folder or one that was written here."""
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file. Name a folder for the projector.")
    own = {CONFIG, METADATA, SPRITE, f"{CODES}.tsv", f"{FEATURES}.tsv"}
    for entry in out.iterdir() if out.is_dir() else ():
        if entry.name not in own and not entry.name.startswith(EVENTS):
            raise Refused(f"{out} holds other things ({entry.name}). Name a new folder for the projector.")


def _write_table(path: Path, name: str, values: np.ndarray, sink: Sink, control: Control) -> None:
    """(N, F) float32 as tab-separated numbers that give back the same float32."""
    with path.open("w", encoding="ascii", newline="\n") as file:
        for start in range(0, len(values), ROWS):
            control.raise_if_stopped()
            np.savetxt(file, values[start : start + ROWS], fmt="%.9g", delimiter="\t")
            sink(Progress(f"writing {name}", min(start + ROWS, len(values)), len(values)))


def _metadata(found: Embedding) -> str:
    """A row for each point: its class, where it has one, and its number. TensorBoard wants names over two columns."""
    if found.labels is None:
        return "".join(f"{index}\n" for index in range(len(found)))
    names = _plain(found.classes)
    rows = [f"{names[label]}\t{index}" for index, label in enumerate(found.labels.tolist())]
    return "\n".join(["class\tnumber", *rows]) + "\n"


def _plain(names: Sequence[str]) -> list[str]:
    """Names without the signs that end a field."""
    return [" ".join(name.split()) or "?" for name in names]


def _write_sprite(path: Path, pictures: np.ndarray) -> int:
    """All thumbnails on one square sheet; returns the side of one in pixels."""
    columns = math.ceil(math.sqrt(len(pictures)))
    side = min(pictures.shape[1], LARGEST_SPRITE // columns)
    small = resized_to(pictures, side, pictures.shape[3])
    blank = np.full((columns**2 - len(small), *small.shape[1:]), 255, np.uint8)
    grids.save_png(path, grids.grid(np.concatenate([small, blank]), columns, gap=0))
    return side


def _write_events(folder: Path, found: Embedding) -> None:
    """What the other tabs show: some pictures, how wide the codes spread, and whose they are."""
    about = f"{len(found)} codes of {found.model}, {'drawn' if found.sampled else 'of data'}, stamp {found.stamp[:16]}"
    with SummaryWriter(str(folder)) as writer:
        writer.add_text("about", about)
        writer.add_image("pictures", grids.grid(found.pictures[:SHOWN]), dataformats="HWC")
        with contextlib.suppress(Refused):  # points that are all the same have no such directions
            for component, spread in enumerate(found.principal.spreads.tolist()):
                writer.add_scalar("spread along principal directions", spread, component)
