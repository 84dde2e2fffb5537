"""How surely a classifier reads real held-out pictures: the ceiling for what is made like them.

    python -m tests.benchmarks.real_pictures_judged CLASSIFIER --data mnist --root MNIST [--size 32]

With ``--size`` the pictures are first brought to the size that a model makes, as its samples would be.
"""

from __future__ import annotations

import argparse

import numpy as np

from studio.backend.workplace import Workplace
from studio.data import registry
from studio.data.config import DataConfig
from studio.latent import decode, judge
from studio.models import library


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("classifier")
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--root", default="")
    parser.add_argument("--size", type=int, default=0)
    asked = parser.parse_args()
    by = decode.open_model(library.find(asked.classifier), Workplace(), "cpu")
    real = registry.read(DataConfig(source=asked.data, root=asked.root, size=asked.size)).held_out
    parts = [judge.classified(by, real.pictures[start : start + 500]) for start in range(0, len(real), 500)]
    said = np.concatenate(parts)
    sure = float((said.max(1) >= judge.CONFIDENT).mean())
    right = float((said.argmax(1) == real.labels).mean())
    print(f"{len(real):,} held-out pictures of {real.size} px: {100 * sure:.1f} % at ≥ 0.9, {100 * right:.2f} % right")


if __name__ == "__main__":
    main()
