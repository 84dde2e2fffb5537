import shutil

import numpy as np
import pytest
from PIL import Image

from studio.data.config import DataConfig
from studio.data.pairs import find_places, halves
from studio.data.registry import read
from studio.errors import Refused
from studio.imaging.decode import Undecodable


def pairs(root, **settings):
    return read(DataConfig(source="pairs", root=str(root), **{"size": 8, "holdout": 0.0} | settings))


@pytest.fixture
def join(tmp_path):
    """A function that writes an A|B picture with two flat halves below ``tmp_path/pictures``; returns that folder."""
    root = tmp_path / "pictures"

    def write(name, left, right, size=(20, 10)):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        picture[:, : size[0] // 2], picture[:, size[0] // 2 :] = left, right
        Image.fromarray(picture).save(path)
        return root

    return write


def corners(found):
    return found.pictures[:, 0, 0, 0].tolist(), found.other[:, 0, 0, 0].tolist()


def test_side_by_side(join):
    for index in range(5):
        root = join(f"{index}.png", (index, 0, 9), (100 + index, 0, 9))
    found = pairs(root)
    assert found.pictures.shape == found.other.shape == (5, 8, 8, 3)
    assert corners(found) == ([0, 1, 2, 3, 4], [100, 101, 102, 103, 104])
    assert (found.labels, found.classes, found.sides, found.refused) == (None, (), ("A", "B"), ())
    assert corners(pairs(root, swap=True)) == ([100, 101, 102, 103, 104], [0, 1, 2, 3, 4])
    assert pairs(root, swap=True).sides == ("B", "A")


def test_the_held_out_pairs_stay_together(join):
    for index in range(20):
        root = join(f"{index:02}.png", (index,) * 3, (100 + index,) * 3)
    found = pairs(root, holdout=0.25)
    assert (len(found), len(found.held_out)) == (15, 5)
    for part in (found, found.held_out):
        first, second = corners(part)
        assert second == [level + 100 for level in first]
    few = pairs(root, limit=4)
    assert len(few) == 4
    assert corners(few)[1] == [level + 100 for level in corners(few)[0]]


def test_a_width_that_is_a_pixel_off_is_forgiven():
    left, right = halves(np.arange(21, dtype=np.uint8).reshape(1, 21, 1).repeat(10, axis=0))
    assert left.shape == right.shape == (10, 10, 1)
    assert (left[0, 0, 0], left[0, -1, 0], right[0, 0, 0], right[0, -1, 0]) == (0, 9, 11, 20)
    assert halves(np.zeros((10, 19, 3), np.uint8))[1].shape == (10, 9, 3)
    with pytest.raises(Undecodable, match=r"^22×10 pixels, not A and B side by side \(twice as wide as high\)$"):
        halves(np.zeros((10, 22, 3), np.uint8))


def test_other_shapes_are_listed(join, paint):
    join("good.png", 1, 2)
    paint("square.png", size=(10, 10))
    root = paint("text.png")
    (root / "text.png").write_text("no picture")
    found = pairs(root)
    assert len(found) == 1
    assert [(refusal.path, refusal.reason.split(",")[0]) for refusal in found.refused] == [
        ("square.png", "10×10 pixels"),
        ("text.png", "not a picture (PNG"),
    ]


def test_only_squares_is_one_sentence(paint):
    root = paint("square.png", size=(10, 10))
    with pytest.raises(Refused, match=r"No picture in .* can be used \(square\.png: 10×10 pixels, not A and B side"):
        pairs(root)


def test_no_pictures_say_what_is_looked_for(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match=r"no pictures in .*empty\. Choose a folder with A\|B pictures, .* two folders"):
        pairs(tmp_path / "empty")
    with pytest.raises(Refused, match="There is no folder"):
        pairs(tmp_path / "missing")


@pytest.mark.parametrize(
    ("first", "second", "sides"),
    [("A", "B", ("A", "B")), ("a", "b", ("A", "B")), ("maps", "photos", ("maps", "photos"))],
)
def test_two_folders_with_equal_names(first, second, sides, paint):
    for index in range(4):
        paint(f"{first}/{index}.png", (index, 0, 0))
        root = paint(f"{second}/{index}.bmp", (100 + index, 0, 0))
    found = pairs(root)
    assert corners(found) == ([0, 1, 2, 3], [100, 101, 102, 103])
    assert found.sides == sides


def test_deeper_folders_belong_to_the_name(paint):
    for name in ("A/x/1.png", "A/y/1.png", "B/x/1.png", "B/y/1.png"):
        root = paint(name, (10 * "xy".index(name[2]) + (100 if name[0] == "B" else 0), 0, 0))
    assert corners(pairs(root)) == ([0, 10], [100, 110])


def test_pictures_without_a_partner_are_listed(paint):
    for name in ("A/1.png", "A/2.png", "A/only.png", "B/1.png", "B/2.png", "B/alone.png", "B/1.webp"):
        root = paint(name)
    found = pairs(root)
    assert len(found) == 2
    assert [(refusal.path, refusal.reason) for refusal in found.refused] == [
        ("A/only.png", "has no partner in B"),
        ("B/1.webp", "has no partner in A"),
        ("B/alone.png", "has no partner in A"),
    ]


def test_folders_that_share_no_name_are_refused(paint):
    for name in ("A/1.png", "A/2.png", "B/3.png"):
        root = paint(name)
    with pytest.raises(
        Refused, match=r"^No file in A \(2 pictures\) has a partner of the same name in B \(1 pictures\)\. Give"
    ):
        pairs(root)
    (root / "B" / "3.png").unlink()
    with pytest.raises(Refused, match=r"There are no pictures in .*B\. Both folders of pairs need some\."):
        pairs(root)


def test_partners_must_have_the_same_proportions_but_not_the_same_size(paint):
    paint("A/1.png", size=(20, 10))
    paint("B/1.png", size=(61, 30))
    paint("A/2.png", size=(20, 10))
    root = paint("B/2.png", size=(20, 20))
    paint("A/3.png")
    (paint("B/3.png") / "B" / "3.png").write_bytes(b"broken")
    found = pairs(root)
    assert len(found) == 1
    reasons = {refusal.path: refusal.reason for refusal in found.refused}
    assert reasons["A/2.png"] == "20×10 pixels, but its partner B/2.png has other proportions (20×20)"
    assert reasons["A/3.png"].startswith("its partner B/3.png: not a picture")


def test_both_halves_have_the_same_channels(paint):
    paint("A/1.png", (9, 9, 9))
    root = paint("B/1.png", (7, 7, 7))
    assert pairs(root).pictures.shape == pairs(root).other.shape == (1, 8, 8, 1)
    paint("B/1.png", (7, 7, 8))
    assert pairs(root).pictures.shape == pairs(root).other.shape == (1, 8, 8, 3)
    assert pairs(root, colour="grey").other.shape == (1, 8, 8, 1)


def test_the_splits_of_pix2pix(join):
    for index in range(4):
        join(f"facades/train/{index}.png", (index,) * 3, (100,) * 3)
        root = join(f"facades/val/{index}.png", (10 + index, 0, 0), (100,) * 3)
    join("facades/test/0.png", (20, 20, 20), (100,) * 3)
    found = pairs(root)
    assert corners(found)[0] == [0, 1, 2, 3]
    assert corners(found.held_out)[0] == [20]
    (root / "facades" / "test" / "0.png").write_bytes(b"broken")
    found = pairs(root, holdout=0.25)  # the test part is useless: a share is held out
    assert (len(found), len(found.held_out)) == (3, 1)
    assert found.refused[0].path == "facades/test"
    shutil.rmtree(root / "facades" / "test")
    found = pairs(root)
    assert corners(found.held_out)[0] == [10, 11, 12, 13]
    assert found.channels == found.held_out.channels == 3  # val has colour
    assert read(DataConfig("pairs", str(root), size=8), held_out=False).held_out is None


@pytest.mark.parametrize("layout", ["{part}{side}/1_{side}.png", "{side}/{part}/1.png", "{part}/{side}/1.png"])
def test_the_folders_of_cyclegan_and_others(layout, paint):
    for part, level in (("train", 10), ("test", 20)):
        for side in "AB":
            root = paint(layout.format(part=part, side=side), (level + (side == "B"), 0, 0))
    found = pairs(root)
    assert (corners(found), corners(found.held_out)) == (([10], [11]), ([20], [21]))
    assert found.sides == ("A", "B")


def test_classes_of_side_by_side_pictures_are_all_pairs(join):
    for name in ("cat", "dog", "owl"):
        root = join(f"{name}/1.png", 1, 2)
    place, test = find_places(root)
    assert (place.folders, test) == ((root,), None)
    assert len(pairs(root)) == 3


def test_pairs_that_would_fill_the_memory_are_refused(join, monkeypatch):
    import psutil

    root = join("1.png", 1, 2)
    free = psutil.virtual_memory()._replace(available=500)  # enough for one half of a pair
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    with pytest.raises(Refused, match="of memory"):
        pairs(root)
