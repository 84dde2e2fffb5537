"""MNIST, Fashion-MNIST and CIFAR-10: read from torchvision's own folders or from the bare files, or downloaded.

What to fetch, from where and with which sums is torchvision's knowledge and is asked of it; the files are read here,
since torchvision unpickles CIFAR-10 and needs torch (two seconds) for what is a header and bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from studio import resources
from studio.data.arrays import prepare
from studio.data.cifar import ARCHIVE, CLASSES, read_batches
from studio.data.fetch import fetch
from studio.data.files import printable
from studio.data.idx import read_idx
from studio.data.pictures import PictureSet
from studio.data.reading import Reading
from studio.data.scan import require_folder
from studio.errors import Refused

_DIGITS = tuple(str(digit) for digit in range(10))
_CLOTHES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
_FILES = ("{part}-images{dash}idx3-ubyte", "{part}-labels{dash}idx1-ubyte")


def load_mnist(reading: Reading) -> PictureSet:
    """60,000 digits and as ``held_out`` the 10,000 of the test set."""
    return _load_idx(reading, "MNIST", "MNIST", _DIGITS)


def load_fashion_mnist(reading: Reading) -> PictureSet:
    """60,000 pieces of clothing and as ``held_out`` the 10,000 of the test set."""
    return _load_idx(reading, "FashionMNIST", "Fashion-MNIST", _CLOTHES)


def load_cifar10(reading: Reading) -> PictureSet:
    """50,000 photographs and as ``held_out`` the 10,000 of the test set."""
    place = next(filter(None, map(_cifar_in, look_in(reading))), None)
    if place is None:
        torchvision_set = _wanted(reading, "CIFAR-10", "CIFAR10")
        place = resources.downloads() / ARCHIVE
        fetch(reading, [torchvision_set.url], place, torchvision_set.tgz_md5)
    training, test = read_batches(reading, place)
    found = prepare(reading, *training, CLASSES, "CIFAR-10")
    return _with_test(found, prepare(reading, *test, CLASSES, "CIFAR-10") if test else None)


def look_in(reading: Reading) -> list[Path]:
    """The folders to search: the chosen one, and the studio's own when none was chosen or downloading is allowed."""
    chosen = reading.config.root.strip()
    if not chosen:
        return [resources.downloads()]
    root = Path(chosen).expanduser()
    if reading.config.download:
        return [root, resources.downloads()]
    require_folder(root)
    return [root]


def not_found(reading: Reading, title: str) -> Refused:
    """The refusal that says where a set was looked for and how to allow its download."""
    return Refused(
        f"{title} was not found in {printable(look_in(reading)[0])}. "
        "Choose the folder that holds it, or allow the download: tick Download or pass --set download=yes."
    )


def _wanted(reading: Reading, title: str, name: str) -> Any:
    """torchvision's class ``name``, which knows the addresses, when downloading is allowed."""
    if not reading.config.download:
        raise not_found(reading, title)
    import torchvision.datasets

    return getattr(torchvision.datasets, name)


def _with_test(found: PictureSet, test: PictureSet | None) -> PictureSet:
    return PictureSet(found.pictures, found.labels, found.classes, found.title, held_out=test)


def _load_idx(reading: Reading, name: str, title: str, classes: tuple[str, ...]) -> PictureSet:
    place = next(
        (place for root in look_in(reading) for place in _idx_places(root, name) if _pair(place, "train")), None
    )
    if place is None:
        place = _download_idx(reading, name, title)
    parts = ("train", "t10k") if reading.held_out else ("train",)
    sets = [_read_pair(reading, place, part, classes, title) for part in parts]
    found = sets[0]
    if found is None:
        raise not_found(reading, title)
    return _with_test(found, sets[1] if reading.held_out else None)


def _idx_places(root: Path, name: str) -> Iterator[Path]:
    """The bare files in ``root`` itself, or in torchvision's layout around it."""
    yield from (root, root / "raw", root / name / "raw", root / name)


def _pair(place: Path, part: str) -> tuple[Path, Path] | None:
    """The files with the pictures and the labels of ``part`` ("train", "t10k"), under any of their usual names."""
    found = []
    for pattern in _FILES:
        names = (pattern.format(part=part, dash=dash) + end for end, dash in product(("", ".gz"), "-."))
        path = next((place / name for name in names if (place / name).is_file()), None)
        if path is None:
            return None
        found.append(path)
    return found[0], found[1]


def _read_pair(reading: Reading, place: Path, part: str, classes: tuple[str, ...], title: str) -> PictureSet | None:
    pair = _pair(place, part)
    if pair is None:
        return None
    reading.check()
    pictures, labels = read_idx(pair[0], dimensions=3), read_idx(pair[1], dimensions=1)
    reading.check()
    if len(pictures) != len(labels):
        raise Refused(f"{pair[0]} has {len(pictures):,} pictures, but {pair[1].name} has {len(labels):,} labels.")
    if not len(pictures):
        raise Refused(f"{pair[0]} holds no pictures.")
    if labels.max() >= len(classes):
        raise Refused(f"{pair[1]} has a label {labels.max()}; {title} has only {len(classes)} classes.")
    if pictures.shape[1] != pictures.shape[2]:
        raise Refused(f"{pair[0]}: its pictures are not square.")
    return prepare(reading, pictures[..., None], labels.astype(np.int64), classes, title)


def _download_idx(reading: Reading, name: str, title: str) -> Path:
    torchvision_set = _wanted(reading, title, name)
    place = resources.downloads() / name / "raw"
    for file, md5 in torchvision_set.resources:
        if not (place / file).is_file():
            fetch(reading, [mirror + file for mirror in torchvision_set.mirrors], place / file, md5)
    return place


def _cifar_in(root: Path) -> Path | None:
    """The folder with the batches, or the archive that holds them, in or at ``root``."""
    for folder in (root / "cifar-10-batches-py", root):
        if (folder / "data_batch_1").is_file():
            return folder
    return root / ARCHIVE if (root / ARCHIVE).is_file() else None
