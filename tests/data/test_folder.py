import os
import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from studio.data import reading as reading_module
from studio.data.config import DataConfig
from studio.data.registry import read
from studio.errors import Cancelled, Refused


def folder(root, **settings):
    return read(DataConfig(source="folder", root=str(root), **{"size": 8, "holdout": 0.0} | settings))


def test_subfolders_are_classes_in_the_order_of_their_names(paint):
    for name in ("dog/2.png", "cat/1.jpg", "cat/deeper/3.webp", "bird/1.bmp"):
        root = paint(name)
    found = folder(root)
    assert found.classes == ("bird", "cat", "dog")
    assert found.labels.tolist() == [0, 1, 1, 2]
    assert found.labels.dtype == np.int64
    assert found.pictures.shape == (4, 8, 8, 3)
    assert found.title == "pictures"
    assert found.refused == ()


@pytest.mark.parametrize("names", [("a.png", "b.png"), ("images/a.png", "images/b.png"), ("a.png", "sub/b.png")])
def test_without_two_subfolders_there_are_no_classes(names, paint):
    for name in names:
        root = paint(name)
    found = folder(root)
    assert len(found) == 2
    assert found.labels is None
    assert found.classes == ()


def test_the_order_is_that_of_the_names_whatever_the_threads_do(paint, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 9)
    for index in range(100):
        root = paint(f"{index:03}.png", (index, index, index))
    for _ in range(3):
        assert folder(root, colour="grey").pictures[:, 0, 0, 0].tolist() == list(range(100))


def test_grey_pictures_stay_grey_until_one_has_colour(paint):
    root = paint("a.png", (9, 9, 9))
    assert folder(root).channels == 1
    assert folder(root, colour="colour").channels == 3
    root = paint("b.png", (9, 9, 10))
    assert folder(root).channels == 3
    assert folder(root, colour="grey").channels == 1


def test_a_damaged_file_does_not_decide_about_colour(paint):
    root = paint("a.png", (9, 9, 9))
    (root / "b.png").write_bytes(b"broken")
    assert folder(root).channels == 1


def test_bad_files_are_left_out_and_listed(paint, bad_files):
    root = paint("good.png")
    bad_files(root)
    found = folder(root)
    assert len(found) == 1
    reasons = {refusal.path: refusal.reason for refusal in found.refused}
    assert reasons.pop("cut.jpg").startswith("cut off (truncated)")
    assert reasons.pop("text.png").startswith("not a picture")
    assert reasons.pop("empty.png") == "empty file"
    assert reasons.pop("sub/bomb.png") == "30000×30000 pixels are more than the limit of 64 million"
    assert reasons.pop("pipe.png") == "not a regular file"
    assert reasons == {}


def bomb(folder):
    """A PNG file whose header promises 30,000 × 30,000 pixels."""
    Image.new("1", (1, 1)).save(folder / "sub" / "bomb.png")
    data = (folder / "sub" / "bomb.png").read_bytes()
    head = b"IHDR" + struct.pack(">II", 30_000, 30_000) + data[24:29]
    return data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]


@pytest.fixture
def bad_files():
    def write(root):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        Image.fromarray(noise).save(root / "whole.jpg")
        data = (root / "whole.jpg").read_bytes()
        (root / "whole.jpg").unlink()
        (root / "cut.jpg").write_bytes(data[:-100])
        (root / "text.png").write_text("I am not a picture")
        (root / "empty.png").touch()
        (root / "sub").mkdir()
        (root / "sub" / "bomb.png").write_bytes(bomb(root))
        os.mkfifo(root / "pipe.png")
        for name in ("notes.txt", "Thumbs.db", ".hidden.png", "labels.csv"):
            (root / name).write_bytes(b"x")
        (root / ".cache").mkdir()
        (root / ".cache" / "thumb.png").write_bytes(b"x")

    return write


def test_good_files_keep_their_classes_between_bad_ones(paint):
    for index, name in enumerate(("a/1.png", "a/2.png", "b/1.png", "b/2.png", "c/1.png")):
        root = paint(name, (index, index, index))
    for name in ("a/1.png", "b/2.png", "c/1.png"):
        (root / name).write_bytes(b"broken")
    found = folder(root)
    assert found.pictures[:, 0, 0, 0].tolist() == [1, 2]
    assert found.classes == ("a", "b")
    assert found.labels.tolist() == [0, 1]
    assert [refusal.path for refusal in found.refused] == ["a/1.png", "b/2.png", "c/1.png"]


def test_a_class_in_the_middle_that_is_all_bad_leaves_no_gap(paint):
    for name in ("a/1.png", "b/1.png", "c/1.png"):
        root = paint(name)
    (root / "b" / "1.png").write_bytes(b"broken")
    found = folder(root)
    assert found.classes == ("a", "c")
    assert found.labels.tolist() == [0, 1]


def test_files_beside_class_folders_are_listed(paint):
    for name in ("a/1.png", "b/1.png", "stray.png"):
        root = paint(name)
    found = folder(root)
    assert len(found) == 2
    assert [(refusal.path, refusal.reason) for refusal in found.refused] == [
        ("stray.png", "lies beside the class folders")
    ]


def test_nothing_usable_names_the_folder_and_the_first_reasons(paint):
    root = paint("a.png")
    for index in range(5):
        (root / f"{index}.png").touch()
    (root / "a.png").unlink()
    with pytest.raises(Refused, match=r"No picture in .*pictures can be used \(0\.png: empty file; .*; and 2 more\)"):
        folder(root)


def test_no_pictures_no_folder_a_file(tmp_path, paint):
    root = paint("a.png")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Refused, match=r"There are no pictures in .*empty\."):
        folder(empty)
    with pytest.raises(Refused, match=r"There is no folder .*missing\. Check the path\."):
        folder(tmp_path / "missing")
    with pytest.raises(Refused, match=r"a\.png is a file, not a folder\."):
        folder(root / "a.png")
    with pytest.raises(Refused, match="needs a folder"):
        folder("")


def test_folders_without_permission(paint, monkeypatch):
    for name in ("a.png", "locked/b.png"):
        root = paint(name)
    scan = os.scandir

    def refuse(path):
        if str(path).endswith(locked):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)  # chmod has no effect for root
    locked = "locked"
    found = folder(root)
    assert [(refusal.path, refusal.reason) for refusal in found.refused] == [("locked", "a folder that cannot be read")]
    locked = "pictures"
    with pytest.raises(Refused, match=r"^No permission to read the folder .*pictures\.$"):
        folder(root)


def test_a_file_without_permission_is_listed(paint, monkeypatch):
    for name in ("a.png", "secret.png"):
        root = paint(name)
    real = Path.open

    def refuse(self, *args, **options):
        if self.name == "secret.png":
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert [(refusal.path, refusal.reason) for refusal in folder(root).refused] == [
        ("secret.png", "no permission to read")
    ]


def test_one_picture_is_enough_and_cannot_be_split(paint):
    found = folder(paint("only.png"), holdout=0.5)
    assert len(found) == 1
    assert found.held_out is None


def test_links_in_a_circle_end(paint):
    root = paint("a/1.png")
    paint("b/1.png")
    (root / "a" / "again").symlink_to(root)
    assert len(folder(root)) == 2


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_not_text_are_listed_printably(paint):
    root = paint("a.png")
    with open(os.fsencode(root) + b"/\xff.png", "wb") as file:
        file.write(b"broken")
    assert [refusal.path for refusal in folder(root).refused] == ["\\udcff.png"]


def test_the_limit_is_spread_over_the_classes_before_decoding(paint):
    for index in range(20):
        paint(f"a/{index}.png")
        root = paint(f"b/{index}.png")
    found = folder(root, limit=6)
    assert found.counts() == {"a": 3, "b": 3}


def test_progress_is_told_seldom_and_to_the_end(paint, monkeypatch):
    for index in range(60):
        root = paint(f"{index}.png")
    heard = []
    read(DataConfig(source="folder", root=str(root), size=8), heard.append)
    reading = [event for event in heard if event.what == "reading pictures"]
    assert (reading[-1].done, reading[-1].total) == (60, 60)
    assert [event.done for event in reading] == sorted(event.done for event in reading)
    monkeypatch.setattr(reading_module, "_PAUSE", 1e9)
    heard.clear()
    read(DataConfig(source="folder", root=str(root), size=8), heard.append)
    assert len(heard) <= 2


def test_stopping_ends_it_and_leaves_no_thread(paint):
    for index in range(60):
        root = paint(f"{index}.png")
    looks = []

    def stopped():
        looks.append(1)
        return len(looks) > 20

    with pytest.raises(Cancelled):
        read(DataConfig(source="folder", root=str(root), size=8), stopped=stopped)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


def test_pictures_that_would_fill_the_memory_are_refused(paint, monkeypatch):
    root = paint("a.png")
    memory = psutil.virtual_memory()._replace(available=300)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    with pytest.raises(
        Refused, match=r"1 pictures of 8×8 pixels need .*\. Choose a smaller size, grey, or set a limit"
    ):
        folder(root)
    assert len(folder(root, colour="grey")) == 1


@pytest.mark.parametrize(("how", "corner"), [("crop", (0, 255, 0)), ("stretch", (255, 0, 0)), ("pad", (255, 255, 255))])
def test_pictures_are_fitted_as_asked(how, corner, tmp_path):
    picture = np.zeros((10, 30, 3), np.uint8)
    picture[:, :10, 0] = picture[:, 10:20, 1] = picture[:, 20:, 2] = 255
    (tmp_path / "pictures").mkdir()
    Image.fromarray(picture).save(tmp_path / "pictures" / "a.png")
    assert folder(tmp_path / "pictures", size=10, fit=how).pictures[0, 0, 0].tolist() == list(corner)
