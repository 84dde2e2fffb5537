"""The memory meter: host always, device when torch is loaded and drives one. Imports no torch of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Memory:
    """Bytes in use and altogether; ``process`` is this program's share of the host's."""

    host_used: int
    host_total: int
    process: int
    device_used: int = 0
    device_total: int = 0

    def text(self) -> str:
        """One line for the status bar."""
        line = f"{gigabytes(self.process)} of {gigabytes(self.host_total)} GB"
        if self.device_total:
            line += f" · GPU {gigabytes(self.device_used)} of {gigabytes(self.device_total)} GB"
        return line


def gigabytes(count: int) -> str:
    """Bytes as gigabytes with one decimal."""
    return f"{count / 1e9:.1f}"


def read(device: str = "cpu") -> Memory:
    """Memory in use now on the host and on ``device`` ("cuda:0"; others have no memory of their own)."""
    host = psutil.virtual_memory()
    used, total = 0, 0
    torch = sys.modules.get("torch")
    if torch is not None and device.startswith("cuda"):
        free, total = torch.cuda.mem_get_info(device)
        used = total - free
    return Memory(host.total - host.available, host.total, psutil.Process().memory_info().rss, used, total)
