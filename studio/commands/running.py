"""What every command does with a job: run it, draw its progress, print its end, give the status. And with inputs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.control import Control
from studio.errors import Refused
from studio.events import Failed, Final
from studio.session import Session
from studio.terminal import TerminalSink, err, interruptible, out


def run_job(
    session: Session,
    job: Any,
    *,
    quiet: bool = False,
    control: Control | None = None,
    also: Callable[[Any], None] | None = None,
) -> Final:
    """Run a job with a progress bar and Ctrl-C; ``also`` hears every event too."""
    control = control or Control()
    with TerminalSink(quiet) as sink, interruptible(control, sink):

        def both(event: Any) -> None:
            sink(event)
            if also is not None:
                also(event)

        return session.run(job, both, control)


def finish(final: Final) -> int:
    """Print how a job ended; the exit status (0 done or stopped, 1 failed, 2 refused)."""
    if isinstance(final, Failed):
        err.print(final.reason, style="red", markup=False, soft_wrap=True)
        return 2 if final.refused else 1
    if int(os.environ.get("RANK", "0")) == 0 and final.text:
        out.print(final.text, markup=False, soft_wrap=True)
    return 0


def some_failed(final: Final) -> int:
    """The exit status of a job whose result is the number of inputs that failed."""
    return finish(final) or (1 if getattr(final, "result", 0) else 0)


def picture_files(inputs: list[Path]) -> tuple[Path, ...]:
    """The pictures that were named, and those in the folders that were named."""
    from studio.imaging.decode import is_picture_name

    files = [f for path in inputs for f in (sorted(path.iterdir()) if path.is_dir() else [path])]
    files = [f for f in files if is_picture_name(f) or f in inputs]
    if not files:
        raise Refused(f"There are no pictures in {inputs[0]}.")
    return tuple(files)
