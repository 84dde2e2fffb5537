"""Pairs of pictures: A|B side by side in one file, or two folders whose files have equal names.

The folders may be called A and B or anything else; a data set that is cut into training and test parts is known by
the names that pix2pix and CycleGAN use (``train``/``val``/``test``, ``A/train``, ``trainA``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studio.data.choose import subset
from studio.data.files import printable, read_parts
from studio.data.pictures import PictureSet, Refusal
from studio.data.reading import Reading
from studio.data.scan import nothing_usable, pictures_below, require_folder
from studio.errors import Refused
from studio.imaging.decode import Undecodable, decode, is_picture_name

_HELD_OUT = ("test", "val", "valid", "validation")
_PARTS = ("train", *_HELD_OUT)
_ENDING = re.compile(r"[ _-][ab]$", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where the pairs of one part are: one folder of A|B pictures, or the folders of A and of B."""

    folders: tuple[Path, ...]
    sides: tuple[str, str] = ("A", "B")


def load(reading: Reading) -> PictureSet:
    """The pairs below the config's folder, ``pictures`` from A and ``other`` from B; unusable ones in ``refused``."""
    root = Path(reading.config.root).expanduser()
    training, test = find_places(root)
    found = _read(reading, root, training)
    if test is None or not reading.held_out:
        return found
    try:
        held_out = _read(reading, root, test)
    except Refused as error:  # a test part without partners, as some sets have: a share is held out instead
        lost = Refusal(printable(test.folders[0].relative_to(root)), str(error))
        return replace(found, refused=(*found.refused, lost))
    if held_out.channels != found.channels:  # one part is all grey
        grey, colour = (found, held_out) if found.channels == 1 else (held_out, found)
        grey = grey.rows(lambda array: array.repeat(3, axis=3))
        found, held_out = (grey, colour) if found.channels == 1 else (colour, grey)
    refused = found.refused + held_out.refused
    return replace(found, refused=refused, held_out=replace(held_out, refused=()))


def find_places(root: Path) -> tuple[Place, Place | None]:
    """Where to learn from and, in a data set that is cut into parts, where its test pairs are."""
    require_folder(root)
    inside = _subfolders(root)
    if len(inside) == 1 and not inside.keys() & {*_PARTS} and not _has_files(root):  # as archives unpack
        return find_places(next(iter(inside.values())))
    if "train" in inside:
        test = next((_place(inside[name]) for name in _HELD_OUT if name in inside), None)
        return _place(inside["train"]), test
    if {"traina", "trainb"} <= inside.keys():
        tests = (Place((inside[f"{n}a"], inside[f"{n}b"])) for n in _HELD_OUT if {f"{n}a", f"{n}b"} <= inside.keys())
        return Place((inside["traina"], inside["trainb"])), next(tests, None)
    place = _place(root)
    if len(place.folders) == 2:
        parts = [_subfolders(folder) for folder in place.folders]
        both = [name for name in _PARTS if all(name in part for part in parts)]
        if "train" in both:
            train, *rest = (replace(place, folders=tuple(part[name] for part in parts)) for name in both)
            return train, rest[0] if rest else None
    return place, None


def _place(folder: Path) -> Place:
    inside = _subfolders(folder)
    if {"a", "b"} <= inside.keys():
        return Place((inside["a"], inside["b"]))
    if len(inside) != 2 or _has_files(folder):
        return Place((folder,))
    a, b = inside.values()
    return Place((a, b), (printable(a.name), printable(b.name)))


def _subfolders(folder: Path) -> dict[str, Path]:
    """By name in small letters, in the order of the names."""
    try:
        found = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith((".", "__")))
    except OSError:  # said where its files are looked for
        return {}
    return {entry.name.lower(): entry for entry in found}


def _has_files(folder: Path) -> bool:
    return any(is_picture_name(entry) and entry.is_file() for entry in folder.iterdir())


def _read(reading: Reading, root: Path, place: Place) -> PictureSet:
    refused: list[Refusal] = []
    if len(place.folders) == 1:
        paths, decoder = _side_by_side(reading, place.folders[0], refused)
    else:
        paths, decoder = _in_two_folders(reading, root, place, refused)
    chosen = [paths[index] for index in subset(len(paths), None, reading.config.limit, seed=0)]
    pictures, good, broken = read_parts(
        reading, root, [pair[0] for pair in chosen], 2, lambda index: decoder(chosen[index])
    )
    everything = (*refused, *broken)
    if not len(good):
        raise Refused(nothing_usable(root, everything))
    title = printable(root.resolve().name) or "Pairs"
    return PictureSet(pictures[0], title=title, refused=everything, other=pictures[1], sides=place.sides)


Pair = tuple[Path, ...]
Decoder = Callable[[Pair], Sequence[np.ndarray]]


def _side_by_side(reading: Reading, folder: Path, refused: list[Refusal]) -> tuple[list[Pair], Decoder]:
    paths = _sorted_pictures(reading, folder, refused)
    if not paths:
        raise Refused(
            f"There are no pictures in {printable(folder)}. Choose a folder with A|B pictures, twice as wide as high, "
            "or with two folders A and B."
        )
    return [(path,) for path in paths], lambda pair: halves(decode(pair[0]))


def halves(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The left and the right half of (H, 2·H, C), each (H, H, C); a width that is a pixel off is forgiven.

    Raises :class:`Undecodable` for any other shape.
    """
    height, width = picture.shape[:2]
    if abs(width - 2 * height) > 1:
        raise Undecodable(f"{width}×{height} pixels, not A and B side by side (twice as wide as high)")
    half = width // 2
    return picture[:, :half], picture[:, width - half :]


def _in_two_folders(reading: Reading, root: Path, place: Place, refused: list[Refusal]) -> tuple[list[Pair], Decoder]:
    found = [_sorted_pictures(reading, folder, refused) for folder in place.folders]
    for folder, paths in zip(place.folders, found, strict=True):
        if not paths:
            raise Refused(f"There are no pictures in {printable(folder)}. Both folders of pairs need some.")
    first, second = _named_alike(place, found)
    common = [name for name in first if name in second]
    names = [printable(folder.relative_to(root)) for folder in place.folders]
    if not common:
        raise Refused(
            f"No file in {names[0]} ({len(found[0]):,} pictures) has a partner of the same name in {names[1]} "
            f"({len(found[1]):,} pictures). Give the two pictures of a pair the same name."
        )
    for paths, named, partner in ((found[0], first, names[1]), (found[1], second, names[0])):
        used = {named[name] for name in common}
        alone = (printable(path.relative_to(root)) for path in paths if path not in used)
        refused += [Refusal(path, f"has no partner in {partner}") for path in alone]
    return [(first[name], second[name]) for name in common], _both


def _both(pair: Pair) -> Sequence[np.ndarray]:
    first = decode(pair[0])
    partner = "/".join(pair[1].parts[-2:])
    try:
        second = decode(pair[1])
    except Undecodable as error:
        raise Undecodable(f"its partner {printable(partner)}: {error}") from error
    (high, wide), (other_high, other_wide) = first.shape[:2], second.shape[:2]
    if abs(wide * other_high - other_wide * high) > max(high, wide, other_high, other_wide):
        raise Undecodable(
            f"{wide}×{high} pixels, but its partner {printable(partner)} has other proportions "
            f"({other_wide}×{other_high})"
        )
    return first, second


def _sorted_pictures(reading: Reading, folder: Path, refused: list[Refusal]) -> list[Path]:
    return sorted(pictures_below(folder, reading, refused), key=lambda path: path.parts)


def _named_alike(place: Place, found: Sequence[Sequence[Path]]) -> tuple[dict[str, Path], dict[str, Path]]:
    """The files of either folder by the name that partners share; of two with the same name the first."""
    both = []
    for folder, paths in zip(place.folders, found, strict=True):
        # backwards, so that the first of two stays
        both.append({path.relative_to(folder).with_suffix("").as_posix(): path for path in reversed(paths)})
    if not both[0].keys() & both[1].keys():  # CycleGAN's facades: 1_A.jpg and 1_B.jpg
        both = [{_ENDING.sub("", name): path for name, path in names.items()} for names in both]
    first, second = ({name: names[name] for name in sorted(names)} for names in both)
    return first, second
