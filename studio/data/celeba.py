"""CelebA: 202,599 aligned faces, from a folder or through torchvision's download.

Its 40 yes/no attributes are no classes (a face has many of them at once), so the set has no labels.
"""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

from studio import atomic, resources
from studio.data.files import printable, read_files
from studio.data.folder import Scan, limited, nothing_usable, scan_folder
from studio.data.pictures import PictureSet
from studio.data.reading import Reading
from studio.data.torchvision_sets import look_in, not_found
from studio.errors import Refused, StudioError

PICTURES = "img_align_celeba"
PARTITION = "list_eval_partition.txt"
_TRAIN, _TEST = "0", "2"


def load(reading: Reading) -> PictureSet:
    """The faces of the training part, and as ``held_out`` those of the test part where the partition list is there."""
    folder = next(filter(None, map(_pictures_in, look_in(reading))), None) or _download(reading)
    scan = scan_folder(folder, reading)
    parts = _partition(folder.parent / PARTITION)
    if parts is None:
        return _read(reading, folder, scan)
    found = _read(reading, folder, _only(scan, parts, _TRAIN))
    test = _only(scan, parts, _TEST)
    return replace(found, held_out=_read(reading, folder, test)) if reading.held_out and test.paths else found


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
    refused = scan.refused if part == _TRAIN else ()
    return Scan(tuple(path for path in scan.paths if parts.get(path.name) == part), None, (), refused)


def _read(reading: Reading, folder: Path, scan: Scan) -> PictureSet:
    scan = limited(scan, reading.config.limit)
    pictures, good, refused = read_files(reading, folder, scan.paths)
    if not len(good):
        raise Refused(nothing_usable(folder, refused))
    return PictureSet(pictures, title="CelebA", refused=scan.refused + refused)


def _download(reading: Reading) -> Path:
    """Fetch pictures and partition list with torchvision (from Google Drive, which needs the package gdown)."""
    if not reading.config.download:
        raise not_found(reading, "CelebA")
    from torchvision.datasets import CelebA
    from torchvision.datasets import utils as torchvision_files

    base = resources.downloads() / CelebA.base_folder
    base.mkdir(parents=True, exist_ok=True)
    for drive_id, md5, name in CelebA.file_list:
        if name not in (f"{PICTURES}.zip", PARTITION):
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
