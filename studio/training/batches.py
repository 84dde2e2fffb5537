"""Minibatches from a set of pictures held as uint8 in memory, on the device when they fit.

The order of an epoch follows from seed and epoch alone, so the place in the data is two numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from studio.backend import memory
from studio.backend.backend import Backend
from studio.backend.rng import derive
from studio.data import degradations
from studio.data.pictures import PictureSet
from studio.errors import Refused
from studio.imaging import pixels
from studio.models.family import Batch
from studio.training.parallel import World


@dataclass(frozen=True)
class Treatment:
    """What happens to a picture on its way into a batch: mirrored at random, degraded to make a pair of it.

    ``swap``: the clean picture is the input and the degraded one the target.
    """

    flip: bool = False
    degradation: str = "none"
    amount: float = 0.5
    swap: bool = False


class Batches:
    """Endless shuffled minibatches; each rank of ``world`` gets its rows of the same global batch.

    An epoch of two domains is one pass over the larger one; the smaller one begins anew on the way.
    """

    def __init__(
        self,
        data: PictureSet,
        batch: int,
        value_range: tuple[float, float],
        backend: Backend,
        *,
        seed: int,
        treatment: Treatment | None = None,
        world: World | None = None,
    ) -> None:
        counts = [len(part.pictures) for part in (data, data.domain) if part is not None]
        if batch > min(counts):
            have = f"{min(counts):,} pictures" if min(counts) != 1 else "1 picture"
            raise Refused(f"The batch of {batch} is larger than the data ({have}). Choose {min(counts)} or less.")
        self.world = world or World()
        self.world.share(batch)
        self.batch, self.count, self.seed = batch, max(counts), seed
        self.value_range, self.treatment = value_range, treatment or Treatment()
        self._backend, self._counts = backend, counts
        self._data, self._domain = _Rows(data, backend), _Rows(data.domain, backend) if data.domain else None
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
        noise = self._noise(self.epoch, self.position, self.world.rank)
        self.position += 1
        orders = [self.world.cut(order[rows]) for order in self._orders]
        flips = [self.world.cut(flip[rows]) for flip in self._flips]
        return self._make(orders, flips, noise)

    def in_order(self, limit: int = 0) -> Iterator[Batch]:
        """Every picture once, unshuffled, the last minibatch smaller (validation); only one of ``limit`` unless 0.

        Of two domains as many pictures as the smaller one has.
        """
        count = min(self._counts) if not limit else min(limit, *self._counts)
        for start in range(0, count, limit or self.batch):
            rows = torch.arange(start, min(start + (limit or self.batch), count))
            yield self._make([rows] * len(self._counts), [], self._noise(-1, start, 0))

    def _shuffle(self) -> None:
        self._orders, self._flips = [], []
        for domain, count in zip(("", " of B"), self._counts, strict=False):
            generator = torch.Generator().manual_seed(derive(self.seed, f"order{domain}", self.epoch))
            turns = -(-self.count // count)
            self._orders.append(torch.cat([torch.randperm(count, generator=generator) for _ in range(turns)]))
            if self.treatment.flip:
                self._flips.append(torch.rand(self.count, generator=generator) < 0.5)

    def _noise(self, *place: int) -> torch.Generator:
        """What a degradation draws from; the same at the same place."""
        return self._backend.generator(derive(self.seed, "degradation", *place))

    def _make(self, orders: list[Tensor], flips: list[Tensor], noise: torch.Generator) -> Batch:
        index, flip = orders[0], flips[0] if flips else None
        pictures = self._data.pictures(index, flip, *self.value_range)
        other = self._data.others(index, flip, *self.value_range)
        if self._domain is not None:
            other = self._domain.pictures(orders[1], flips[1] if flips else None, *self.value_range)
        if self.treatment.degradation != "none":
            clean, degraded = pictures, self._degraded(pictures, noise)
            pictures, other = (clean, degraded) if self.treatment.swap else (degraded, clean)
        labels, attributes = self._data.facts(index)
        return Batch(pictures, labels, attributes, other, index.to(self._backend.device))

    def _degraded(self, pictures: Tensor, noise: torch.Generator) -> Tensor:
        low, high = self.value_range

        def uniform(shape: tuple[int, ...]) -> Tensor:
            return self._backend.uniform(shape, noise) * 0.5 + 0.5

        unit = degradations.degrade(
            self.treatment.degradation, (pictures - low) / (high - low), self.treatment.amount, uniform
        )
        return unit * (high - low) + low


class _Rows:
    """The arrays of a set as tensors, looked up row by row."""

    def __init__(self, data: PictureSet, backend: Backend) -> None:
        self._backend = backend
        self._pictures = _resident(data.pictures, backend)
        self._others = None if data.other is None else _resident(data.other, backend)
        self._labels = None if data.labels is None else backend.tensor(data.labels)
        self._attributes = None if data.attributes is None else backend.tensor(data.attributes).float()

    def pictures(self, index: Tensor, flip: Tensor | None, low: float, high: float) -> Tensor:
        """(N, C, H, W) float32 in the range, mirrored where ``flip`` says so."""
        return self._look_up(self._pictures, index, flip, low, high)

    def others(self, index: Tensor, flip: Tensor | None, low: float, high: float) -> Tensor | None:
        """The second pictures of a paired set, mirrored alike."""
        return None if self._others is None else self._look_up(self._others, index, flip, low, high)

    def facts(self, index: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Labels and attributes."""
        index = index.to(self._backend.device)
        return (None if rows is None else rows[index] for rows in (self._labels, self._attributes))  # type: ignore[return-value]

    def _look_up(self, rows: Tensor, index: Tensor, flip: Tensor | None, low: float, high: float) -> Tensor:
        chosen = rows[index.to(rows.device)]
        if flip is not None:
            chosen = torch.where(flip.to(chosen.device)[:, None, None, None], chosen.flip(2), chosen)
        return pixels.to_tensor(chosen.to(self._backend.device, non_blocking=True), low, high)


def _resident(pictures: object, backend: Backend) -> Tensor:
    """Pictures as one uint8 tensor (N, H, W, C): on the device if they take less than a quarter of what is free."""
    if backend.device.type == "cuda":
        now = memory.read(str(backend.device))
        if pictures.nbytes < (now.device_total - now.device_used) / 4:  # type: ignore[attr-defined]
            return backend.tensor(pictures)  # type: ignore[arg-type]
    return torch.from_numpy(pictures)
