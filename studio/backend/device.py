"""Choosing the device, with the reason that the status bar shows."""

from __future__ import annotations

import os

import psutil
import torch

from studio.errors import Refused

LOOK = 0.25
"""seconds for which the other programs' use of the processor is looked at"""


def choose(wanted: str = "auto", why: str = "as asked") -> tuple[torch.device, str]:
    """The device for ``auto | cpu | cuda[:n] | mps`` and why; :class:`Refused` when it is not to be had.

    Of several processes that torchrun started on one machine each gets a GPU of its own.
    """
    name = wanted.strip().lower()
    if name == "auto":
        return _best()
    if name == "cpu":
        return torch.device("cpu"), f"CPU, {why} ({_processor()})"
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise Refused("This machine has no Apple GPU that torch can use (mps). Choose auto or cpu.")
        return torch.device("mps"), f"Apple GPU, {why}"
    if name == "cuda" or name.startswith("cuda:"):
        return _cuda(name)
    raise Refused(f"The device {wanted!r} is unknown. Choose auto, cpu, cuda, cuda:0, cuda:1, … or mps.")


def cores() -> int:
    """Processor cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def training_threads(window_open: bool) -> int:
    """Threads for training: the cores that nobody uses now, less one for the window while it is open.

    Two threads on two cores of which another program takes one are ten times slower than one thread (measured): at
    each layer one waits for the other to be let in.
    """
    taken = round(psutil.cpu_percent(interval=LOOK) / 100 * (psutil.cpu_count() or 1))
    return max(1, cores() - max(taken, 1 if window_open else 0))


def _best() -> tuple[torch.device, str]:
    if torch.cuda.is_available():
        return _cuda("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps"), "Apple GPU found"
    return torch.device("cpu"), f"CPU ({_processor()}): no GPU that torch can use was found"


def _cuda(name: str) -> tuple[torch.device, str]:
    if not torch.cuda.is_available():
        raise Refused("No NVIDIA GPU that torch can use was found. Choose auto or cpu, or check the driver.")
    index = name.partition(":")[2] or os.environ.get("LOCAL_RANK", "0")
    if not index.isdigit() or int(index) >= torch.cuda.device_count():
        raise Refused(f"There is no GPU {name!r}: this machine has {torch.cuda.device_count()}, counted from 0.")
    device = torch.device("cuda", int(index))
    return device, f"{torch.cuda.get_device_name(device)} ({device})"


def _processor() -> str:
    return f"{cores()} core{'s' if cores() > 1 else ''}"
