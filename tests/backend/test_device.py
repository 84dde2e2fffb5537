"""Which device is taken and why, on machines that the tests make up."""

from __future__ import annotations

import os

import pytest
import torch

from studio.backend import device
from studio.errors import Refused


@pytest.fixture
def machine(monkeypatch):
    """A machine with so many NVIDIA GPUs, with or without an Apple one."""

    def make(gpus=0, apple=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda which: f"Card {which.index}")
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)

    return make


@pytest.mark.parametrize(
    ("gpus", "apple", "chosen", "words"),
    [
        (2, False, "cuda:0", "Card 0"),
        (1, True, "cuda:0", "Card 0"),
        (0, True, "mps", "Apple"),
        (0, False, "cpu", "CPU"),
    ],
)
def test_auto_takes_the_best_there_is(machine, gpus, apple, chosen, words):
    machine(gpus, apple)
    found, reason = device.choose()
    assert found == torch.device(chosen)
    assert words in reason


def test_auto_on_the_cpu_says_that_no_gpu_was_found(machine):
    machine()
    assert "no GPU that torch can use was found" in device.choose("auto")[1]
    assert "as asked" in device.choose("cpu")[1]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [("cpu", "cpu"), (" CUDA ", "cuda:0"), ("cuda:1", "cuda:1"), ("mps", "mps"), ("Auto", "cuda:0")],
)
def test_what_is_asked_for_is_taken(machine, wanted, chosen):
    machine(2, apple=True)
    assert device.choose(wanted)[0] == torch.device(chosen)


@pytest.mark.parametrize(
    ("gpus", "wanted", "words"),
    [
        (0, "cuda", "No NVIDIA GPU"),
        (0, "cuda:1", "No NVIDIA GPU"),
        (2, "cuda:2", "no GPU 'cuda:2': this machine has 2"),
        (2, "cuda:x", "no GPU 'cuda:x'"),
        (2, "cuda:-1", "no GPU 'cuda:-1'"),
        (0, "mps", "no Apple GPU"),
        (1, "quantum", "'quantum' is unknown"),
        (1, "", "'' is unknown"),
    ],
)
def test_what_is_not_to_be_had_is_refused(machine, gpus, wanted, words):
    machine(gpus)
    with pytest.raises(Refused, match=words):
        device.choose(wanted)


@pytest.mark.parametrize(("busy", "with_window", "without"), [(0, 7, 8), (12, 7, 7), (50, 4, 4), (100, 1, 1)])
def test_cores_that_others_use_are_left_alone(monkeypatch, busy, with_window, without):
    monkeypatch.setattr(device, "cores", lambda: 8)
    monkeypatch.setattr(device.psutil, "cpu_count", lambda: 8)
    monkeypatch.setattr(device.psutil, "cpu_percent", lambda interval: busy)
    assert device.training_threads(window_open=True) == with_window
    assert device.training_threads(window_open=False) == without


def test_a_core_is_left_to_the_window(monkeypatch):
    monkeypatch.setattr(device.psutil, "cpu_percent", lambda interval: 0)
    monkeypatch.setattr(device, "cores", lambda: 8)
    assert (device.training_threads(window_open=True), device.training_threads(window_open=False)) == (7, 8)
    monkeypatch.setattr(device, "cores", lambda: 1)
    assert (device.training_threads(window_open=True), device.training_threads(window_open=False)) == (1, 1)


def test_only_the_cores_that_this_program_may_use_are_counted(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5, 7}, raising=False)
    assert device.cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert device.cores() == 1
