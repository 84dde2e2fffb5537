"""The memory meter."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from studio.backend import memory
from studio.backend.memory import Memory


def test_the_host_is_read():
    now = memory.read()
    assert 0 < now.process < now.host_total
    assert 0 < now.host_used <= now.host_total
    assert (now.device_used, now.device_total) == (0, 0)


def test_memory_that_is_taken_is_counted():
    before = memory.read().process
    block = bytearray(b"x") * (64 << 20)
    assert memory.read().process - before > 32 << 20
    assert len(block) == 64 << 20


def test_a_gpu_is_read_through_torch_if_that_is_loaded(monkeypatch):
    asked = []
    cuda = SimpleNamespace(mem_get_info=lambda device: asked.append(device) or (3_000, 10_000))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    now = memory.read("cuda:1")
    assert (now.device_used, now.device_total) == (7_000, 10_000)
    assert asked == ["cuda:1"]
    memory.read("cpu")
    assert asked == ["cuda:1"], "the CPU has no memory of its own"


def test_without_torch_there_is_no_gpu_to_read(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert memory.read("cuda:0").device_total == 0
    assert "torch" not in sys.modules


@pytest.mark.parametrize(
    ("used", "text"),
    [
        (Memory(5, 16_000_000_000, 1_250_000_000), "1.2 of 16.0 GB"),
        (
            Memory(5, 16_000_000_000, 900_000_000, 2_000_000_000, 8_000_000_000),
            "0.9 of 16.0 GB · GPU 2.0 of 8.0 GB",
        ),
    ],
)
def test_the_status_bar_has_one_line(used, text):
    assert used.text() == text
