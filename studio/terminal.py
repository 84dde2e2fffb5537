"""How events look in a terminal: a progress bar with the losses, messages above it. Only the command line uses it."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from studio import events
from studio.control import Control

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
STYLES = {"info": "dim", "warning": "yellow", "error": "red"}


class TerminalSink:
    """A sink that draws: pass it to ``Session.run`` inside ``with sink:``."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=err,
            transient=True,
            disable=quiet or not err.is_terminal,
        )
        self._tasks: dict[str, Any] = {}
        self._names: tuple[str, ...] = ()

    def __enter__(self) -> TerminalSink:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def __call__(self, event: Any) -> None:
        """Show an event; kinds without a face in the terminal are passed over."""
        match event:
            case events.Progress():
                self._update(event.what, event.done, event.total)
            case events.Started():
                self._names = tuple(curve.name for curve in event.curves)
                self._update("training", event.step, event.target)
            case events.TrainEvent():
                figures = "  ".join(f"{n} {v:.3f}" for n, v in zip(self._names, event.rows[-1], strict=True))
                self._update("training", event.step, event.target, f"{event.pictures_per_second:.0f} img/s  {figures}")
            case events.Evaluated():
                figures = ", ".join(f"{name} {value:.4f}" for name, value in event.values.items())
                self.say(f"step {event.step}, epoch {event.epoch:g}: {figures}")
            case events.Message():
                self.say(event.text, event.level)

    def say(self, text: str, level: str = "info") -> None:
        """A line above the bar, on standard error."""
        if not self._quiet or level != "info":
            self._bar.console.print(text, style=STYLES[level], markup=False, soft_wrap=True)

    def _update(self, what: str, done: int, total: int | None, figures: str = "") -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=total, figures="")
        self._bar.update(self._tasks[what], completed=done, total=total, figures=figures)


@contextmanager
def interruptible(control: Control, sink: TerminalSink) -> Iterator[None]:
    """The first Ctrl-C asks the job to stop and save; a second one ends the program at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if control.stopped:
            raise KeyboardInterrupt
        control.stop()
        sink.say("Stopping after this step and saving (Ctrl-C again to end at once) …", "warning")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def show(rows: list[dict[str, Any]], as_json: bool, columns: str, empty: str) -> None:
    """A listing: all values as JSON, or the named columns as a table (``empty`` is said when there is nothing)."""
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return
    if not rows:
        out.print(empty, soft_wrap=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns.split():
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns.split()))
    out.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(
            f"{key} {item:.3f}" if isinstance(item, float) else f"{key} {item}" for key, item in value.items()
        )
    return str(value)
