"""How many made digits a classifier reads: ``python -m tests.benchmarks.readable_digits MODEL [--runs DIR]``.

The classifier is scikit-learn's SVC on half of the real 8×8 digits; the other half is the yardstick. Made pictures are
averaged down to 8×8 first.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from studio.backend.workplace import Workplace
from studio.latent import decode, render
from studio.models import library

CONFIDENT = 0.9


def made(model: str, runs: Path | None, count: int) -> np.ndarray:
    """(count, 64) float in 0 … 16."""
    opened = decode.open_model(library.find(model, runs), Workplace(), "cpu")
    pictures = np.concatenate(list(render.sampled(opened.card, opened.nets, 0, count)))[..., 0]
    small = [np.asarray(Image.fromarray(p).resize((8, 8), Image.Resampling.BOX)) for p in pictures]
    return np.stack(small).reshape(count, 64) / 255 * 16


def main() -> None:
    """Print the shares and the histogram."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    asked = parser.parse_args()
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.data))
    half = len(order) // 2
    reader = CalibratedClassifierCV(SVC(gamma=0.001), ensemble=False)
    reader.fit(digits.data[order[:half]], digits.target[order[:half]])
    accuracy = reader.score(digits.data[order[half:]], digits.target[order[half:]])
    real = reader.predict_proba(digits.data[order[half:]]).max(1)
    chances = reader.predict_proba(made(asked.model, asked.runs, asked.count))
    share = np.bincount(chances.argmax(1), minlength=10) / asked.count
    print(
        f"classifier {accuracy:.1%} right on held-out real digits, {np.mean(real >= CONFIDENT):.1%} of them at ≥ 0.9; "
        f"made: {np.mean(chances.max(1) >= CONFIDENT):.1%} at ≥ 0.9, median {np.median(chances.max(1)):.2f}; "
        "classes " + " ".join(f"{digit}:{part:.0%}" for digit, part in enumerate(share))
    )


if __name__ == "__main__":
    main()
