"""Minibatches from a set of pictures held as uint8 in memory, on the device when they fit.

The order of an epoch follows from seed and epoch alone, so the place in the data is two numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from studio.backend import memory
from studio.backend.backend import Backend
from studio.backend.rng import derive
from studio.data.pictures import PictureSet
from studio.errors import Refused
from studio.imaging import pixels
from studio.models.family import Batch
from studio.training.parallel import World


class Batches:
    """Endless shuffled minibatches; each rank of ``world`` gets its rows of the same global batch."""

    def __init__(
        self,
        data: PictureSet,
        batch: int,
        value_range: tuple[float, float],
        backend: Backend,
        *,
        seed: int,
        flip: bool = False,
        world: World | None = None,
    ) -> None:
        count = len(data.pictures)
        if batch > count:
            have = f"{count:,} pictures" if count != 1 else "1 picture"
            raise Refused(f"The batch of {batch} is larger than the data ({have}). Choose {count} or less.")
        self.world = world or World()
        self.world.share(batch)
        self.batch, self.count, self.flip, self.seed = batch, count, flip, seed
        self.low, self.high = value_range
        self._backend = backend
        self._pictures = _resident(data, backend)
        self._labels = None if data.labels is None else backend.tensor(data.labels)
        self.epoch, self.position = 0, 0
        self._shuffle()

    @property
    def per_epoch(self) -> int:
        """Whole minibatches in an epoch; a remainder is left to the next epoch's shuffle."""
        return self.count // self.batch

    def seek(self, epoch: int, position: int) -> None:
        """Go to a place: the minibatch ``position`` of an epoch (of the next one when the data has shrunk)."""
        self.epoch, self.position = epoch, min(position, self.per_epoch)
        self._shuffle()

    def next(self) -> Batch:
        """The next minibatch, (N, C, H, W) float32 in the value range."""
        if self.position == self.per_epoch:
            self.epoch, self.position = self.epoch + 1, 0
            self._shuffle()
        rows = slice(self.position * self.batch, (self.position + 1) * self.batch)
        self.position += 1
        return self._make(self.world.cut(self._order[rows]), self.world.cut(self._flips[rows]) if self.flip else None)

    def in_order(self) -> Iterator[Batch]:
        """Every picture once, unshuffled, the last minibatch smaller (validation)."""
        for start in range(0, self.count, self.batch):
            yield self._make(torch.arange(start, min(start + self.batch, self.count)), None)

    def _shuffle(self) -> None:
        generator = torch.Generator().manual_seed(derive(self.seed, "order", self.epoch))
        self._order = torch.randperm(self.count, generator=generator)
        self._flips = torch.rand(self.count, generator=generator) < 0.5 if self.flip else torch.empty(0)

    def _make(self, indices: torch.Tensor, flips: torch.Tensor | None) -> Batch:
        indices = indices.to(self._pictures.device)
        chosen = self._pictures[indices]
        if flips is not None:
            chosen = torch.where(flips.to(chosen.device)[:, None, None, None], chosen.flip(2), chosen)
        chosen = chosen.to(self._backend.device, non_blocking=True)
        labels = None if self._labels is None else self._labels[indices.to(self._labels.device)]
        return Batch(pixels.to_tensor(chosen, self.low, self.high), labels)


def _resident(data: PictureSet, backend: Backend) -> torch.Tensor:
    """The pictures as one uint8 tensor (N, H, W, C): on the device if they take less than a quarter of what is free."""
    if backend.device.type == "cuda":
        now = memory.read(str(backend.device))
        if data.pictures.nbytes < (now.device_total - now.device_used) / 4:
            return backend.tensor(data.pictures)
    return torch.from_numpy(data.pictures)
