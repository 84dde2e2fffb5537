"""The picture pool of CycleGAN (Shrivastava et al. 2017): a discriminator sees made pictures of the past as well."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Pool(nn.Module):
    """Keeps ``capacity`` made pictures (C, S, S) in buffers, so that a checkpoint holds them; learns nothing.

    Each new picture is kept while there is room. After that half of the new ones are handed on as they are; the other
    half take the place of a random old one, which is handed on instead. A capacity of 0 hands on everything.
    """

    pictures: Tensor
    filled: Tensor

    def __init__(self, capacity: int, channels: int, size: int) -> None:
        super().__init__()
        self.register_buffer("pictures", torch.zeros(capacity, channels, size, size))
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))

    @property
    def capacity(self) -> int:
        """How many pictures it keeps."""
        return int(self.pictures.shape[0])

    @torch.no_grad()
    def forward(self, made: Tensor, draws: Tensor) -> Tensor:
        """Pictures (N, C, S, S) to judge for the made ones, with ``draws`` (N, 2) even in [0, 1): which, and whether.

        No number leaves the device, so that training never waits for it.
        """
        if not self.capacity:
            return made.detach()
        made = made.detach().to(self.pictures.dtype)
        places = (draws[:, :1] * self.capacity).long().clamp_(max=self.capacity - 1)
        swaps = draws[:, 1:] < 0.5
        # one after the other: two pictures of a batch may be sent to the same place
        return torch.cat([self._exchange(*each) for each in zip(made.split(1), places, swaps, strict=True)])

    def _exchange(self, made: Tensor, place: Tensor, swap: Tensor) -> Tensor:
        filling = self.filled < self.capacity
        place = torch.where(filling, self.filled.view(1), place)
        old = self.pictures.index_select(0, place)
        self.pictures.index_copy_(0, place, torch.where(filling | swap, made, old))
        self.filled += filling
        return torch.where(~filling & swap, old, made)
