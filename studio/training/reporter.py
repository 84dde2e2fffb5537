"""Between the loop and the sink: losses stay on the device until a report, which happens at most ten times a second."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from studio.events import Curve, Evaluated, Message, Sink, TrainEvent
from studio.training import history, runs
from studio.training.parallel import World

INTERVAL = 0.1


class Reporter:
    """Collects each step's 0-d tensors and sends them on as one :class:`TrainEvent`; rank 0 writes, all ranks call.

    The last row is carried forward for curves that a step did not produce (a phase stepped alone).
    """

    def __init__(
        self, run: runs.Run, curves: tuple[Curve, ...], sink: Sink, world: World, batch: int, target: int
    ) -> None:
        self.run, self._curves, self._sink, self._world = run, curves, sink, world
        self._names = tuple(curve.name for curve in curves)
        self._batch, self._target = batch, target
        self._pending: list[torch.Tensor] = []
        self._row: torch.Tensor | None = None
        self._last = self._saved = time.monotonic()
        self.latest: dict[str, float] = {}

    def add(self, terms: Mapping[str, torch.Tensor]) -> None:
        """Take a step's terms (0-d tensors on the device; nothing waits for them here)."""
        zero = next(iter(terms.values())).new_zeros((), dtype=torch.float32)
        before = dict(zip(self._names, self._row, strict=True)) if self._row is not None else {}
        values = [terms[name].detach().float() if name in terms else before.get(name, zero) for name in self._names]
        self._row = torch.stack([value.to(zero.device) for value in values])
        self._pending.append(self._row)

    def carry(self, row: np.ndarray) -> None:
        """Where a resumed run's curves stood."""
        self._row = torch.from_numpy(np.array(row, np.float32))

    def due(self) -> bool:
        """Whether it is time for a report."""
        return bool(self._pending) and time.monotonic() - self._last >= INTERVAL

    def report(self, step: int, seconds: float, paused: bool = False) -> bool:
        """One transfer to the host, one event, one append to the history; returns whether all values are finite."""
        if not self._pending:
            return True
        rows = self._world.mean(torch.stack(self._pending)).cpu().numpy()
        count, now = len(self._pending), time.monotonic()
        rate = count * self._batch / max(now - self._last, 1e-9)
        self._pending, self._last = [], now
        self.latest = dict(zip(self._names, map(float, rows[-1]), strict=True))
        if self._world.leads:
            history.append_csv(self.run.folder / runs.HISTORY, self._names, step - count + 1, rows)
            self._sink(TrainEvent(step, self._target, rows, rate, seconds, paused))
            if now - self._saved > 5:
                self._saved = now
                self.save_state(step, seconds, "running")
        return bool(np.isfinite(rows).all())

    def rest(self) -> None:
        """Do not count the time since the last report as training (a pause, a checkpoint)."""
        self._last = time.monotonic()

    def save_state(self, step: int, seconds: float, status: str, reason: str = "") -> None:
        """Write where the run stands for the run list."""
        if self._world.leads and self.run.folder.is_dir():
            self.run = runs.update(
                self.run,
                step=step,
                target=self._target,
                status=status,
                seconds=round(seconds, 3),
                losses={name: value for name, value in self.latest.items() if np.isfinite(value)},
                reason=reason,
            )

    def evaluated(self, event: Evaluated) -> None:
        """Keep and send figures on held-out pictures."""
        if self._world.leads:
            line = json.dumps({"step": event.step, "epoch": event.epoch, **event.values})
            _append(self.run.folder / runs.EVALUATIONS, line)
            self._sink(event)

    def say(self, text: str, level: str = "info") -> None:
        """A line for the person and the log."""
        if self._world.leads:
            self.note(text, level)
            self._sink(Message(text, level))

    def note(self, text: str, level: str = "info") -> None:
        """A line for the log alone (the final event says it to the person)."""
        if self._world.leads and self.run.folder.is_dir():
            _append(self.run.folder / runs.LOG, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {level}: {text}")


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
