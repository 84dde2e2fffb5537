"""CelebA: 202,599 aligned faces, from a folder or through torchvision's download.

Its 40 yes/no attributes come from ``list_attr_celeba.txt``. They are no classes (a face has many of them at once), so
the set has no labels unless one of them is chosen for that.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio import atomic, resources
from studio.data.facts import with_facts
from studio.data.files import printable
from studio.data.folder import read_scan
from studio.data.pictures import PictureSet
from studio.data.reading import Reading
from studio.data.scan import Scan, scan_folder
from studio.data.tables import Table, read_celeba, read_csv
from studio.data.torchvision_sets import look_in, not_found
from studio.errors import StudioError

PICTURES = "img_align_celeba"
PARTITION = "list_eval_partition.txt"
ATTRIBUTES = "list_attr_celeba.txt"
_TITLE = "CelebA"
_TRAIN, _TEST = "0", "2"


def load(reading: Reading) -> PictureSet:
    """The faces of the training part, and as ``held_out`` those of the test part where the partition list is there."""
    folder = next(filter(None, map(_pictures_in, look_in(reading))), None) or _download(reading)
    scan = with_facts(scan_folder(folder, reading), _table(folder.parent, reading), folder, reading.config)
    parts = _partition(folder.parent / PARTITION)
    if parts is None:
        return read_scan(reading, folder, scan, _TITLE)
    found = read_scan(reading, folder, _only(scan, parts, _TRAIN), _TITLE)
    test = _only(scan, parts, _TEST)
    if not reading.held_out or not test.paths:
        return found
    return replace(found, held_out=read_scan(reading, folder, test, _TITLE))


def _pictures_in(root: Path) -> Path | None:
    places = (root / "celeba" / PICTURES, root / PICTURES, root)
    return next((place for place in places if place.name == PICTURES and place.is_dir()), None)


def _partition(path: Path) -> dict[str, str] | None:
    """File name to part ("0" training, "1" validation, "2" test), or None without the list."""
    if not path.is_file():
        return None
    rows = (line.split() for line in path.read_text("utf-8", "replace").splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 2}


def _only(scan: Scan, parts: dict[str, str], part: str) -> Scan:
    chosen = scan.take(np.array([i for i, path in enumerate(scan.paths) if parts.get(path.name) == part], np.int64))
    return chosen if part == _TRAIN else replace(chosen, refused=())


def _table(folder: Path, reading: Reading) -> Table | None:
    """The attributes as the authors give them, or as the CSV that other places make of them."""
    table = read_celeba(folder / ATTRIBUTES, reading)
    other = (folder / ATTRIBUTES).with_suffix(".csv")
    return read_csv(other, reading) if table is None and other.is_file() else table


def _download(reading: Reading) -> Path:
    """Fetch pictures, parts and attributes with torchvision (from Google Drive, which needs the package gdown)."""
    if not reading.config.download:
        raise not_found(reading, "CelebA")
    from torchvision.datasets import CelebA
    from torchvision.datasets import utils as torchvision_files

    base = resources.downloads() / CelebA.base_folder
    base.mkdir(parents=True, exist_ok=True)
    for drive_id, md5, name in CelebA.file_list:
        if name not in (f"{PICTURES}.zip", PARTITION, ATTRIBUTES):
            continue
        reading.check()
        reading.report(f"downloading {name}", 0, None)
        try:
            torchvision_files.download_file_from_google_drive(drive_id, str(base), name, md5)
        except (RuntimeError, OSError) as error:
            raise StudioError(
                f"CelebA could not be downloaded ({str(error).strip().rstrip('.')}). Fetch {name} by hand from "
                f"mmlab.ie.cuhk.edu.hk/projects/CelebA.html and put it into {printable(base)}."
            ) from error
    return _extracted(reading, base)


def _extracted(reading: Reading, base: Path) -> Path:
    target = base / PICTURES
    try:
        with zipfile.ZipFile(base / f"{PICTURES}.zip") as archive, atomic.new_folder(target) as temporary:
            members = [member for member in archive.infolist() if member.filename.endswith(".jpg")]
            for done, member in enumerate(members, start=1):
                reading.check()
                (temporary / Path(member.filename).name).write_bytes(archive.read(member))
                reading.report("unpacking CelebA", done, len(members))
    except zipfile.BadZipFile as error:
        raise StudioError(f"{base / PICTURES}.zip is damaged. Delete it and download again.") from error
    return target
