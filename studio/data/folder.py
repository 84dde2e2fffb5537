"""The user's own pictures: ``root/<class>/<file>``, or one folder without classes.

Two or more subfolders with pictures are classes, in the order of their names; files deeper inside belong to the class.
Fewer are no classes: then every picture below the folder counts. A ``labels.csv`` in the folder or beside it adds
yes/no attributes, or other classes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.data.facts import with_facts
from studio.data.files import printable, read_files
from studio.data.pictures import PictureSet
from studio.data.reading import Reading
from studio.data.scan import Scan, limited, nothing_usable, scan_folder
from studio.data.tables import find_table
from studio.errors import Refused


def load(reading: Reading) -> PictureSet:
    """The pictures below the config's folder; what cannot be used is listed in ``refused``."""
    root = Path(reading.config.root).expanduser()
    scan = with_facts(scan_folder(root, reading), find_table(root, reading), root, reading.config)
    found = read_scan(reading, root, scan, printable(root.resolve().name) or "Folder")
    if found.labels is None:
        return found
    labels, classes = _used_classes(found.labels, found.classes)
    return replace(found, labels=labels, classes=classes)


def read_scan(reading: Reading, root: Path, scan: Scan, title: str) -> PictureSet:
    """The files of ``scan`` as a set. Raises :class:`Refused` when none of them can be used."""
    scan = limited(scan, reading.config.limit)
    pictures, good, refused = read_files(reading, root, scan.paths)
    refused = scan.refused + refused
    if not len(good):
        raise Refused(nothing_usable(root, refused))
    used = scan.take(good)
    return PictureSet(
        pictures,
        used.labels,
        used.classes,
        title,
        refused,
        attributes=used.attributes,
        attribute_names=used.attribute_names,
    )


def _used_classes(labels: np.ndarray, classes: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Without the classes of which every file was refused: a model cannot learn them."""
    used, renumbered = np.unique(labels, return_inverse=True)
    return renumbered.astype(np.int64), tuple(classes[index] for index in used)
