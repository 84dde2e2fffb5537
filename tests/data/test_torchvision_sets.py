import gzip

import numpy as np
import pytest

from studio.data.config import DataConfig
from studio.data.registry import read
from studio.errors import Cancelled, Refused, StudioError


def write(folder, files, pack=gzip.compress, end=".gz"):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / (name + end)).write_bytes(pack(data))


def mnist(root, **settings):
    return read(DataConfig(source="mnist", root=str(root), **settings))


@pytest.mark.parametrize("place", [".", "raw", "MNIST/raw", "MNIST"])
@pytest.mark.parametrize("packed", [True, False])
def test_bare_files_and_torchvisions_layout_are_read(place, packed, small_mnist, tmp_path):
    write(tmp_path / "m" / place, small_mnist, *(() if packed else (bytes, "")))
    found = mnist(tmp_path / "m")
    assert found.pictures.shape == (30, 28, 28, 1)
    assert found.pictures[:, 5, 5, 0].tolist() == list(range(30))
    assert found.labels.tolist() == [i % 10 for i in range(30)]
    assert found.classes == tuple("0123456789")
    assert found.held_out.pictures.shape == (10, 28, 28, 1)


def test_names_with_a_dot_are_known_too(small_mnist, tmp_path):
    write(tmp_path / "m", {name.replace("-idx", ".idx"): data for name, data in small_mnist.items()}, bytes, "")
    assert len(mnist(tmp_path / "m")) == 30


def test_size_colour_and_limit(small_mnist, tmp_path):
    write(tmp_path / "m", small_mnist)
    found = mnist(tmp_path / "m", size=32, colour="colour", limit=20)
    assert found.pictures.shape == (20, 32, 32, 3)
    assert set(found.counts().values()) == {2}
    assert found.held_out.pictures.shape == (10, 32, 32, 3)


def test_without_the_test_files_a_share_is_held_out(small_mnist, tmp_path):
    write(tmp_path / "m", {name: data for name, data in small_mnist.items() if name.startswith("train")})
    found = mnist(tmp_path / "m", holdout=0.2)
    assert (len(found), len(found.held_out)) == (24, 6)


def test_nothing_is_kept_apart_when_not_wanted(small_mnist, tmp_path):
    write(tmp_path / "m", small_mnist)
    found = read(DataConfig(source="mnist", root=str(tmp_path / "m")), held_out=False)
    assert len(found) == 30
    assert found.held_out is None


def test_a_missing_set_says_where_and_how(tmp_path, home):
    with pytest.raises(Refused, match=r"^MNIST was not found in .*tmp.* tick Download or pass --set download=yes\.$"):
        mnist(tmp_path)
    with pytest.raises(Refused, match=r"^Fashion-MNIST was not found in .*home.data\. "):
        read(DataConfig(source="fashion_mnist"))
    with pytest.raises(Refused, match="There is no folder"):
        mnist(tmp_path / "missing")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[:-7], "damaged or cut off"),
        (lambda data: b"", "damaged or cut off"),
        (lambda data: b"\0\0\x08\x01" + data[4:], "not an IDX file"),
        (lambda data: b"hello hello hello", "not an IDX file"),
    ],
)
def test_a_damaged_file_is_one_sentence(damage, reason, small_mnist, tmp_path):
    name = "train-images-idx3-ubyte"
    write(tmp_path / "m", small_mnist, bytes, "")
    (tmp_path / "m" / name).write_bytes(damage(small_mnist[name]))
    with pytest.raises(Refused, match=reason):
        mnist(tmp_path / "m")
    (tmp_path / "m" / name).write_bytes(gzip.compress(small_mnist[name])[:-9])
    with pytest.raises(Refused, match="damaged or cut off"):
        mnist(tmp_path / "m")


def test_files_that_do_not_belong_together(small_mnist, tmp_path):
    small_mnist["train-labels-idx1-ubyte"] = small_mnist["t10k-labels-idx1-ubyte"]
    write(tmp_path / "m", small_mnist)
    with pytest.raises(Refused, match=r"has 30 pictures, but .* has 10 labels"):
        mnist(tmp_path / "m")


def fashion(**doors):
    return read(DataConfig(source="fashion_mnist", download=True), **doors)


def test_a_download_goes_to_the_users_folder_and_is_kept(offered, home):
    heard = []
    found = fashion(progress=heard.append)
    assert found.pictures[:, 0, 0, 0].tolist() == list(range(30))
    assert found.classes[9] == "Ankle boot"
    raw = home / "data" / "FashionMNIST" / "raw"
    assert sorted(file.name for file in raw.iterdir()) == sorted(offered.files)
    assert "downloading train-images-idx3-ubyte.gz" in {event.what for event in heard}
    offered.files.clear()
    assert len(fashion()) == 30
    assert len(read(DataConfig(source="fashion_mnist"))) == 30


def test_torchvision_reads_what_was_downloaded(offered, home):
    from torchvision.datasets import FashionMNIST

    fashion()
    again = FashionMNIST(home / "data", train=True, download=True)  # unpacks what is there
    assert again.data.shape == (30, 28, 28)


def test_a_second_mirror_is_tried(offered, monkeypatch):
    from torchvision.datasets import FashionMNIST

    monkeypatch.setattr(FashionMNIST, "mirrors", [offered.url + "nowhere/", offered.url])
    assert len(fashion()) == 30


def test_a_missing_file_on_the_server_is_one_sentence(offered, home):
    offered.files.clear()
    with pytest.raises(StudioError, match=r"could not be downloaded \(HTTP Error 404: Not Found\)\. Check the network"):
        fashion()
    assert not list((home / "data").rglob("*.gz"))


def test_no_network_is_one_sentence(monkeypatch, server):
    from torchvision.datasets import FashionMNIST

    monkeypatch.setattr(FashionMNIST, "mirrors", ["http://127.0.0.1:1/"])  # nobody listens on port 1
    with pytest.raises(StudioError, match=r"could not be downloaded \(.*refused.*\)\. Check the network, or put"):
        fashion()


def test_another_file_than_expected_is_not_kept(offered, home):
    offered.files["train-images-idx3-ubyte.gz"] += b"x"
    with pytest.raises(StudioError, match="damaged or not the one expected"):
        fashion()
    assert not [file for file in (home / "data").rglob("*") if file.is_file()]


def test_a_connection_that_breaks_off_leaves_nothing(offered, home):
    offered.missing = 1000
    with pytest.raises(StudioError, match="the connection broke off"):
        fashion()
    assert not [file for file in (home / "data").rglob("*") if file.is_file()]


def test_a_download_can_be_stopped(offered, home):
    heard = []
    with pytest.raises(Cancelled):
        fashion(progress=heard.append, stopped=lambda: bool(heard))
    assert len([file for file in (home / "data").rglob("*") if file.is_file()]) <= 1


def test_levels_are_not_changed_on_the_way(small_mnist, tmp_path):
    write(tmp_path / "m", small_mnist)
    found = mnist(tmp_path / "m", size=14)
    np.testing.assert_array_equal(found.pictures[:, 7, 7, 0], np.arange(30))
