"""The averaged copy of a net that is shown, and the frozen snapshots of it that renderers read."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

STALE = 1.0


class Ema:
    """Exponential moving averages of nets, eval mode, no gradients (Yazici et al. 2019; StyleGAN's ``G_ema``).

    ``half_life`` is in pictures, so that it does not depend on the batch; early on it is at most ``ramp`` of the
    pictures seen (StyleGAN2-ADA), else the random start would be seen for long. 0 switches averaging off: the copy
    then follows the net at once.
    """

    def __init__(self, nets: Mapping[str, nn.Module], half_life: float, ramp: float = 0.05) -> None:
        self.nets = {name: frozen_copy(net) for name, net in nets.items()}
        self.half_life, self.ramp = half_life, ramp

    def decay(self, seen: int, batch: int) -> float:
        """The weight of the old average after ``seen`` pictures, for one step of ``batch`` pictures."""
        half_life = min(self.half_life, seen * self.ramp)
        return 0.5 ** (batch / half_life) if half_life > 0 else 0.0

    @torch.no_grad()
    def update(self, nets: Mapping[str, nn.Module], seen: int, batch: int) -> None:
        """Move the averages towards ``nets``; buffers (running statistics) are copied."""
        weight = 1 - self.decay(seen, batch)
        for name, average in self.nets.items():
            own: list[torch.Tensor] = list(average.parameters())
            if own:  # a net may be all buffers
                torch._foreach_lerp_(own, [p.detach() for p in nets[name].parameters()], weight)
            for old, new in zip(average.buffers(), nets[name].buffers(), strict=True):
                old.copy_(new)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Nets that nobody will ever change again, as they were after ``step``."""

    step: int
    nets: Mapping[str, nn.Module]


class SnapshotBox:
    """Where training leaves its newest snapshot and renderers take it, neither waiting for the other.

    A snapshot costs a copy of the weights, so a new one is made only when somebody took the last, or when the last is
    :data:`STALE` seconds old.
    """

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._wanted = threading.Event()
        self._wanted.set()
        self._made = 0.0

    def offer(self, step: int, nets: Mapping[str, nn.Module], now: bool = False) -> None:
        """Called by training between two steps; ``now`` when the next step may be long in coming."""
        if now or self._wanted.is_set() or time.monotonic() - self._made > STALE:
            self._wanted.clear()
            self._made = time.monotonic()
            self._snapshot = Snapshot(step, {name: frozen_copy(net) for name, net in nets.items()})

    def latest(self) -> Snapshot | None:
        """The newest snapshot (None before the first); asks for a newer one at the next step."""
        self._wanted.set()
        return self._snapshot


def frozen_copy(net: nn.Module) -> nn.Module:
    """A deep copy in eval mode without gradients."""
    return copy.deepcopy(net).eval().requires_grad_(False)
