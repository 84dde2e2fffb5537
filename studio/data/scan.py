"""Which picture files lie below a folder, and what is known of each before any is opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studio.data.choose import subset
from studio.data.files import printable
from studio.data.pictures import Refusal
from studio.data.reading import Reading
from studio.errors import Refused
from studio.imaging.decode import is_picture_name

_NOT_PICTURES = frozenset(("__MACOSX",))
_SHOWN_REASONS = 3


@dataclass(frozen=True)
class Scan:
    """The files to try: ``labels[i]`` is the class of ``paths[i]``; without classes both are empty."""

    paths: tuple[Path, ...]
    labels: np.ndarray | None
    classes: tuple[str, ...]
    refused: tuple[Refusal, ...]
    attributes: np.ndarray | None = None
    """(N, len(attribute_names)) uint8, 0 or 1"""
    attribute_names: tuple[str, ...] = ()

    def take(self, index: np.ndarray) -> Scan:
        """The files with these indices."""
        return replace(
            self,
            paths=tuple(self.paths[i] for i in index),
            labels=None if self.labels is None else self.labels[index],
            attributes=None if self.attributes is None else self.attributes[index],
        )


def scan_folder(root: Path, reading: Reading) -> Scan:
    """Find the picture files below ``root`` without opening one. Raises :class:`Refused` when there are none."""
    require_folder(root)
    refused: list[Refusal] = []
    found = sorted(pictures_below(root, reading, refused), key=lambda path: path.parts)
    if not found:
        if refused:
            raise Refused(nothing_usable(root, tuple(refused)))
        raise Refused(f"There are no pictures in {printable(root)}. Choose a folder with PNG, JPEG or WebP files.")
    firsts = [path.relative_to(root).parts for path in found]
    names = sorted({parts[0] for parts in firsts if len(parts) > 1})
    if len(names) < 2:
        return Scan(tuple(found), None, (), tuple(refused))
    place = {name: index for index, name in enumerate(names)}
    inside = [index for index, parts in enumerate(firsts) if len(parts) > 1]
    beside = [Refusal(printable(parts[0]), "lies beside the class folders") for parts in firsts if len(parts) == 1]
    labels = np.array([place[firsts[index][0]] for index in inside], np.int64)
    return Scan(tuple(found[index] for index in inside), labels, tuple(map(printable, names)), tuple(refused + beside))


def require_folder(root: Path) -> None:
    """Raise :class:`Refused` unless ``root`` is a folder that can be read."""
    try:
        with os.scandir(root):
            return
    except FileNotFoundError:
        raise Refused(f"There is no folder {printable(root)}. Check the path.") from None
    except NotADirectoryError:
        raise Refused(f"{printable(root)} is a file, not a folder. Choose the folder that holds it.") from None
    except PermissionError:
        raise Refused(f"No permission to read the folder {printable(root)}.") from None
    except OSError as error:
        raise Refused(f"The folder {printable(root)} cannot be read: {error.strerror or error}.") from None


def limited(scan: Scan, limit: int) -> Scan:
    """At most ``limit`` files (0: all), chosen before any is decoded."""
    if not limit or len(scan.paths) <= limit:
        return scan
    return scan.take(subset(len(scan.paths), scan.labels, limit, seed=0))


def nothing_usable(root: Path, refused: tuple[Refusal, ...]) -> str:
    """Why a folder with files gives no picture, with the first reasons."""
    shown = "; ".join(f"{refusal.path}: {refusal.reason}" for refusal in refused[:_SHOWN_REASONS])
    more = f"; and {len(refused) - _SHOWN_REASONS} more" if len(refused) > _SHOWN_REASONS else ""
    return f"No picture in {printable(root)} can be used ({shown}{more})."


def pictures_below(root: Path, reading: Reading, refused: list[Refusal]) -> Iterator[Path]:
    """Every picture file below ``root``, unsorted; folders that cannot be read go into ``refused``."""

    def unreadable(error: OSError) -> None:
        refused.append(Refusal(printable(Path(error.filename).relative_to(root)), "a folder that cannot be read"))

    seen: set[tuple[int, int]] = set()  # links may lead round in a circle
    count = 0
    for folder, names, files in os.walk(root, onerror=unreadable, followlinks=True):
        reading.check()
        about = os.stat(folder)
        if (about.st_dev, about.st_ino) in seen:
            names.clear()
            continue
        seen.add((about.st_dev, about.st_ino))
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in _NOT_PICTURES)
        pictures = [Path(folder, name) for name in files if is_picture_name(name)]
        count += len(pictures)
        reading.report("looking for pictures", count, None)
        yield from pictures
