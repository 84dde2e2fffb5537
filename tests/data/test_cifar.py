import hashlib
import io
import os
import pickle
import struct
import tarfile

import numpy as np
import pytest

from studio.data.config import DataConfig
from studio.data.registry import read
from studio.errors import Refused


def batch(pixels, labels):
    """A batch as Python 2 wrote CIFAR-10's: protocol 2, byte strings, numpy's old module names."""

    def text(value):
        return b"U" + bytes([len(value)]) + value

    dtype = (
        b"cnumpy\ndtype\n"
        + text(b"u1")
        + b"K\0K\1\x87R(K\3"
        + text(b"|")
        + b"NNN"
        + b"J\xff\xff\xff\xff" * 2
        + b"K\0tb"
    )
    shape = b"K" + bytes([len(pixels)]) + b"M\0\x0c\x86"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85" + text(b"b") + b"\x87R"
    raw = b"T" + struct.pack("<i", pixels.size) + pixels.tobytes()
    state = b"(K\1" + shape + dtype + b"\x89" + raw + b"tb"
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\2}(" + text(b"data") + array + state + text(b"labels") + listed + b"u."


@pytest.fixture
def batches():
    """Five training batches of four pictures and a test batch; picture i of batch b is red 10·b + i."""
    files = {}
    for number in range(1, 7):
        pixels = np.zeros((4, 3, 32, 32), np.uint8)
        pixels[:, 0] = (10 * number + np.arange(4))[:, None, None]
        pixels[:, 2, 0, 1] = 77
        files[f"data_batch_{number}" if number < 6 else "test_batch"] = batch(pixels.reshape(4, -1), [0, 1, 2, 9])
    return files


def write(folder, files):
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def packed(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def cifar(root, **settings):
    return read(DataConfig(source="cifar10", root=str(root), **settings))


def check(found):
    assert found.pictures.shape == (20, 32, 32, 3)
    assert found.pictures[:, 3, 3, 0].tolist() == [10 * b + i for b in range(1, 6) for i in range(4)]
    assert found.pictures[0, 0, 1].tolist() == [10, 0, 77]
    assert found.counts()["truck"] == 5
    assert found.held_out.pictures[:, 3, 3, 0].tolist() == [60, 61, 62, 63]


@pytest.mark.parametrize("place", [".", "cifar-10-batches-py"])
def test_the_folder_and_the_folder_around_it_are_read(place, batches, tmp_path):
    write(tmp_path / "c" / place if place != "." else tmp_path / "c", batches)
    check(cifar(tmp_path / "c"))


def test_the_archive_is_read_as_it_is(batches, tmp_path):
    write(tmp_path / "c", {"cifar-10-python.tar.gz": packed(batches)})
    check(cifar(tmp_path / "c"))
    assert len(list((tmp_path / "c").iterdir())) == 1


def test_it_is_downloaded(batches, server, monkeypatch, home):
    from torchvision.datasets import CIFAR10

    data = packed(batches)
    server.files = {"c.tgz": data}
    monkeypatch.setattr(CIFAR10, "url", server.url + "c.tgz")
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(data).hexdigest())
    check(read(DataConfig(source="cifar10", download=True)))
    server.files.clear()
    check(read(DataConfig(source="cifar10")))


def test_a_doctored_batch_runs_no_code(batches, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "owned"),)

    batches["data_batch_3"] = pickle.dumps({"data": Evil(), "labels": []}, protocol=2)
    write(tmp_path / "c", batches)
    with pytest.raises(Refused, match="data_batch_3 is damaged or not a CIFAR-10 batch"):
        cifar(tmp_path / "c")
    assert not (tmp_path / "owned").exists()


def test_damaged_batches_and_archives_are_one_sentence(batches, tmp_path):
    write(tmp_path / "c", batches | {"data_batch_2": batches["data_batch_2"][:500]})
    with pytest.raises(Refused, match="data_batch_2 is damaged"):
        cifar(tmp_path / "c")
    write(tmp_path / "d", batches | {"data_batch_2": batch(np.zeros((1, 3072), np.uint8), [10])})
    with pytest.raises(Refused, match="data_batch_2 is damaged"):
        cifar(tmp_path / "d")
    write(tmp_path / "e", {"cifar-10-python.tar.gz": packed(batches)[:-200]})
    with pytest.raises(Refused, match=r"damaged or (cut off|incomplete)"):
        cifar(tmp_path / "e")
    write(tmp_path / "f", {"cifar-10-python.tar.gz": b"<html>not here</html>"})
    with pytest.raises(Refused, match="damaged or cut off"):
        cifar(tmp_path / "f")


def test_a_missing_batch_is_not_passed_over(batches, tmp_path):
    del batches["data_batch_4"]
    write(tmp_path / "c", batches)
    with pytest.raises(Refused, match="incomplete: data_batch_4 is missing"):
        cifar(tmp_path / "c")


def test_without_the_test_batch_a_share_is_held_out(batches, tmp_path):
    del batches["test_batch"]
    write(tmp_path / "c", batches)
    found = cifar(tmp_path / "c", holdout=0.2)
    assert (len(found), len(found.held_out)) == (16, 4)
