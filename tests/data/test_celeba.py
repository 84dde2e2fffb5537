import io
import sys
import zipfile

import pytest
from PIL import Image

from studio.data.config import DataConfig
from studio.data.registry import read
from studio.errors import Refused, StudioError


def face(level):
    buffer = io.BytesIO()
    Image.new("RGB", (178, 218), (level, level, 0)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
def faces():
    return {f"{number:06}.jpg": face(number * 20) for number in range(1, 9)}


@pytest.fixture
def root(faces, tmp_path):
    base = tmp_path / "d" / "celeba"
    (base / "img_align_celeba").mkdir(parents=True)
    for name, data in faces.items():
        (base / "img_align_celeba" / name).write_bytes(data)
    return tmp_path / "d"


PARTS = "".join(f"{number:06}.jpg {part}\n" for number, part in enumerate("00000122", start=1))


# Smiling: the even faces; Male: the first four.
ATTRIBUTES = "8\nMale Smiling\n" + "".join(
    f"{number:06}.jpg {1 if number < 5 else -1:2} {1 if number % 2 == 0 else -1:2}\n" for number in range(1, 9)
)


def celeba(root, **settings):
    return read(DataConfig(source="celeba", root=str(root), **settings))


@pytest.mark.parametrize("place", [".", "celeba", "celeba/img_align_celeba"])
def test_the_partition_list_decides_what_is_held_out(place, root):
    (root / "celeba" / "list_eval_partition.txt").write_text(PARTS)
    found = celeba(root / place)
    assert found.pictures.shape == (5, 64, 64, 3)
    assert found.labels is None
    assert found.title == "CelebA"
    assert found.pictures[:, 32, 32, 0].tolist() == pytest.approx([20, 40, 60, 80, 100], abs=3)
    assert found.held_out.pictures[:, 32, 32, 0].tolist() == pytest.approx([140, 160], abs=3)


def test_without_the_list_a_share_is_held_out(root):
    found = celeba(root, holdout=0.25, size=16, limit=4)
    assert found.pictures.shape == (3, 16, 16, 3)
    assert len(found.held_out) == 1


@pytest.mark.parametrize("suffix", ["txt", "csv"])
def test_the_attributes_go_with_the_faces(suffix, root):
    text = ATTRIBUTES
    if suffix == "csv":
        rows = (",".join(line.split()) for line in ATTRIBUTES.splitlines()[2:])
        text = "\n".join(("image_id,Male,Smiling", *rows))
    (root / "celeba" / f"list_attr_celeba.{suffix}").write_text(text)
    (root / "celeba" / "list_eval_partition.txt").write_text(PARTS)
    found = celeba(root)
    assert found.attribute_names == ("Male", "Smiling")
    assert found.attributes.tolist() == [[1, 0], [1, 1], [1, 0], [1, 1], [0, 0]]
    assert found.held_out.attributes.tolist() == [[0, 0], [0, 1]]
    assert found.labels is None
    assert celeba(root, attributes="smiling").attribute_names == ("Smiling",)


def test_an_attribute_can_make_classes(root):
    (root / "celeba" / "list_attr_celeba.txt").write_text(ATTRIBUTES)
    (root / "celeba" / "list_eval_partition.txt").write_text(PARTS)
    found = celeba(root, classes_from="Male")
    assert found.counts() == {"not Male": 1, "Male": 4}
    assert found.held_out.counts() == {"not Male": 2, "Male": 0}
    assert found.attribute_names == ("Smiling",)


def test_attributes_that_are_asked_for_must_be_there(root):
    with pytest.raises(Refused, match=r"There is no table of facts"):
        celeba(root, attributes="Smiling")
    (root / "celeba" / "list_attr_celeba.txt").write_text(ATTRIBUTES)
    with pytest.raises(Refused, match=r"list_attr_celeba\.txt has no column 'Happy'\. It has: Male, Smiling\."):
        celeba(root, attributes="Happy")


@pytest.mark.parametrize("text", ["", "8\n", "8\nMale Smiling\n000001.jpg 1\n", "8\nMale\n000001.jpg x\n"])
def test_a_damaged_list_of_attributes_is_one_sentence(text, root):
    (root / "celeba" / "list_attr_celeba.txt").write_text(text)
    with pytest.raises(Refused, match=r"list_attr_celeba\.txt is damaged.*Fetch it again"):
        celeba(root)


def test_a_missing_set_says_where(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match=r"^CelebA was not found in .*empty\. "):
        celeba(tmp_path / "empty")


def test_without_the_downloader_the_way_by_hand_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "gdown", None)
    with pytest.raises(StudioError, match=r"CelebA could not be downloaded \(.*gdown.*\)\. Fetch .* by hand"):
        read(DataConfig(source="celeba", download=True))


def test_what_torchvision_downloads_is_unpacked(faces, monkeypatch, home):
    from torchvision.datasets import utils

    def deliver(drive_id, folder, name, md5):
        with open(f"{folder}/{name}", "wb") as file:
            if name.endswith(".txt"):
                file.write((PARTS if "partition" in name else ATTRIBUTES).encode())
                return
            with zipfile.ZipFile(file, "w") as archive:
                for face_name, data in faces.items():
                    archive.writestr(f"img_align_celeba/{face_name}", data)

    monkeypatch.setattr(utils, "download_file_from_google_drive", deliver)
    found = read(DataConfig(source="celeba", download=True))
    assert (len(found), len(found.held_out)) == (5, 2)
    assert found.attribute_names == ("Male", "Smiling")
    assert len(read(DataConfig(source="celeba"))) == 5
