"""A model's held-out figures: ``python -m tests.benchmarks.held_out_loss MODEL --data mnist --root DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from studio.backend.backend import Backend
from studio.backend.rng import derive
from studio.data import registry
from studio.data.config import DataConfig
from studio.models import library
from studio.models.family import Step
from studio.training.batches import Batches
from studio.training.parallel import World
from studio.training.state import RandomDraw


def main() -> None:
    """Print mean and spread over five draws of the noise."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--root", default="")
    parser.add_argument("--runs", type=Path)
    asked = parser.parse_args()
    backend = Backend("cpu", "float32")
    model = library.load(library.find(asked.model, asked.runs), backend)
    held_out = registry.read(DataConfig(source=asked.data, root=asked.root, size=model.card.size)).held_out
    assert held_out is not None
    assert model.record.validate is not None
    batches = Batches(held_out, 128, model.record.value_range, backend, seed=0)
    found: dict[str, list[float]] = {}
    for draw in range(5):
        step = Step(model.nets, model.config, RandomDraw(backend, derive(draw, "validation"), World()))
        sums: dict[str, float] = {}
        with torch.inference_mode():
            for batch in batches.in_order():
                for name, value in model.record.validate(step, batch).items():
                    sums[name] = sums.get(name, 0.0) + float(value) * len(batch)
        for name, total in sums.items():
            found.setdefault(name, []).append(total / batches.count)
    for name, values in found.items():
        print(f"{name}: {np.mean(values):.4f} (± {np.std(values):.4f} over 5 draws, {batches.count:,} pictures)")


if __name__ == "__main__":
    main()
