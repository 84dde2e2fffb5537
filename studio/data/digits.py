"""The 1,797 handwritten digits that come with scikit-learn: real data without a download."""

from __future__ import annotations

import numpy as np

from studio.data.arrays import prepare
from studio.data.pictures import PictureSet
from studio.data.reading import Reading


def load(reading: Reading) -> PictureSet:
    """8×8 grey digits, their 17 levels spread over 0…255."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    levels = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    classes = tuple(str(digit) for digit in range(10))
    return prepare(reading, levels[..., None], digits.target, classes, "Digits 8×8")
