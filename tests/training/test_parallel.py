"""Two processes with half the batch each compute what one process computes (PyTorch's DDP over gloo)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.errors import Refused
from studio.training import runs
from studio.training.parallel import World

ROOT = Path(__file__).parents[2]
SETTINGS = [
    "size=8",
    "latent=4",
    "hidden=16",
    "layers=1",
    "dropout=0",
    "batch=16",
    "precision=float32",
    "threads=1",
    "flip=yes",
]


def train(folder, name, processes, *more):
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] if processes > 1 else []
    sets = [part for setting in SETTINGS for part in ("--set", setting)]
    command = [
        "-m",
        "studio",
        "train",
        "gan",
        "--data",
        "digits",
        "--steps",
        "20",
        "--runs",
        str(folder),
        "--name",
        name,
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *launcher, *command, *sets, *more],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_processes_equal_one(tmp_path):
    for name, processes in (("one", 1), ("two", 2)):
        result = train(tmp_path, name, processes)
        assert result.returncode == 0, result.stderr
    one, two = (runs.open_run(tmp_path / name) for name in ("one", "two"))
    assert two.machine["processes"] == 2
    assert len(two.history()) == 20
    assert np.abs(one.history().rows() - two.history().rows()).max() <= 1e-5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "two"], "only rank 0 writes"


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(Refused, match="15 cannot be divided among 2"):
        World(0, 2).share(15)


def test_ranks_cut_the_same_rows_apart():
    whole = torch.arange(6)
    assert torch.equal(torch.cat([World(rank, 3).cut(whole) for rank in range(3)]), whole)


def test_alone_nothing_is_wrapped_or_averaged():
    world, net = World(), torch.nn.Linear(1, 1)
    assert world.wrap({"a": net}, torch.device("cpu"))["a"] is net
    assert world.vote(True, False) == (True, False)
    assert world.leads
