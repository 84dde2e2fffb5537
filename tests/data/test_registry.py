import subprocess
import sys

import numpy as np
import pytest

from studio.config import options, problems
from studio.data import registry
from studio.data.config import DataConfig
from studio.data.pictures import PictureSet
from studio.data.registry import SOURCES, read, source
from studio.errors import Cancelled, Refused


def test_the_list_is_complete_and_every_loader_exists():
    from importlib import import_module

    assert [known.id for known in SOURCES] == [
        "digits", "portraits", "folder", "pairs", "mnist", "fashion_mnist", "cifar10", "celeba",
    ]  # fmt: skip
    for known in SOURCES:
        module, _, function = known.load.partition(":")
        assert callable(getattr(import_module(module), function))
        assert known.title
        assert known.summary
        assert known.licence


def test_an_unknown_source_is_refused_with_the_known_ones():
    with pytest.raises(
        Refused, match=r"no data source 'imagenet'\. Known are: digits, portraits, folder, pairs, mnist"
    ):
        source("imagenet")
    with pytest.raises(Refused, match="Known are"):
        read(DataConfig(source="imagenet"))


def test_settings_are_checked_before_anything_is_read():
    with pytest.raises(Refused, match=r"at most 0\.5"):
        read(DataConfig(holdout=0.9))
    assert problems(DataConfig(source="folder")) == [
        "Folder of pictures needs a folder: choose one, or pass --root DIR."
    ]
    assert problems(DataConfig()) == []


def test_settings_that_a_source_cannot_use_are_refused():
    assert problems(DataConfig(classes_from="age")) == [
        "Classes from needs a table of facts, which only Drawn portraits, Folder of pictures and CelebA can have. "
        "Leave it empty for other data."
    ]
    assert problems(DataConfig(attributes="age"))[0].startswith("Attributes needs a table of facts")
    assert problems(DataConfig(source="folder", root="x", attributes="age", classes_from="age")) == []
    assert problems(DataConfig(source="pairs", root="x", degradation="rain")) == [
        "Pairs bring their own second pictures. Set the degradation to none, or choose plain pictures."
    ]
    assert problems(DataConfig(degradation="rust"))[0].startswith("Degradation: 'rust' is not one of none, grey")


def test_every_setting_explains_itself():
    for setting in options(DataConfig):
        assert setting.label
        assert len(setting.help) > 20


def test_digits_are_there_without_a_download():
    found = read(DataConfig())
    assert len(found) + len(found.held_out) == 1797
    assert found.pictures.shape[1:] == (8, 8, 1)
    assert (found.pictures.min(), found.pictures.max()) == (0, 255)
    assert found.classes == tuple("0123456789")
    shares = np.array(list(found.held_out.counts().values())) / 179.7
    assert np.abs(shares - 0.1).max() < 0.03


def test_digits_in_another_size_and_colour():
    found = read(DataConfig(size=16, colour="colour", limit=100))
    assert found.pictures.shape == (90, 16, 16, 3)
    assert set(found.counts().values()) == {9}


def test_the_same_config_gives_the_same_sets():
    first, second = read(DataConfig(limit=200)), read(DataConfig(limit=200))
    assert first.fingerprint() == second.fingerprint()
    assert first.held_out.fingerprint() == second.held_out.fingerprint()
    assert first.fingerprint() != read(DataConfig(limit=201)).fingerprint()


@pytest.mark.parametrize("settings", [{"holdout": 0.0}, {}])
def test_nothing_is_held_out_when_not_wanted(settings):
    found = read(DataConfig(**settings), held_out=bool(settings))
    assert len(found) == 1797
    assert found.held_out is None


def test_a_source_need_not_know_about_limits_and_emptiness(monkeypatch):
    many = PictureSet(np.arange(50, dtype=np.uint8).reshape(50, 1, 1, 1).repeat(4, 1).repeat(4, 2))
    fake = registry.Source("fake", "Fake", "", "none", 4, False, False, "", "studio.data.digits:load")
    monkeypatch.setattr(registry, "SOURCES", (fake,))
    monkeypatch.setattr("studio.data.digits.load", lambda reading: many)
    assert len(read(DataConfig("fake", limit=20, holdout=0.5))) == 10
    monkeypatch.setattr("studio.data.digits.load", lambda reading: PictureSet(np.empty((0, 4, 4, 1), np.uint8)))
    with pytest.raises(Refused, match="Fake has no pictures"):
        read(DataConfig("fake"))


def test_a_stop_before_the_start():
    with pytest.raises(Cancelled):
        read(DataConfig(), stopped=lambda: True)


def test_importing_and_reading_local_data_does_not_import_torch():
    code = (
        "import sys; from studio.data.registry import read, SOURCES; from studio.data.config import DataConfig;"
        "import studio.data.torchvision_sets, studio.data.celeba;"
        "import studio.data.degradations, studio.data.domains, studio.data.pairs; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
