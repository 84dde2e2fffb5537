"""The report of ``doctor``: each part, what was found, and what to do."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest
import torch

from studio import installation, models, resources
from studio.backend.backend import Backend
from studio.config import to_json
from studio.models import library
from studio.models.family import Spec
from studio.models.library import Card
from tests.fakes import small


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A folder of shipped models with one model in it."""
    monkeypatch.setattr(resources, "shipped_weights", lambda: tmp_path / "weights")
    config, family = small("gan").model, models.family("gan")
    nets = Backend("cpu", "float32").build(lambda: family.build(config, Spec(8, 1)), 0)
    card = Card("digits", "gan", to_json(config), 8, 1)
    library.save(tmp_path / "weights" / "digits", card, {"generator": nets["generator"]})
    return tmp_path / "weights"


def report():
    return {check.part: check for check in installation.check()}


def test_a_whole_installation_is_all_right(weights, own_home):
    found = report()
    wrong = {part: check.found for part, check in found.items() if not check.ok}
    assert not wrong
    assert found["Python"].found == sys.version.split()[0]
    assert f"torch {torch.__version__}" in found["torch and torchvision"].found
    assert found["window (PySide6)"].found.startswith("PySide6 6.")
    assert Backend().reason in found["device"].found
    assert found["data folder"].found == str(own_home)
    assert found["shipped models"].found == "digits"
    assert {check.remedy for check in found.values()} == {""}


def test_nothing_is_left_in_the_data_folder(weights, own_home):
    installation.check()
    assert list(own_home.iterdir()) == []


def test_a_part_that_is_missing_is_named_with_a_remedy_and_the_others_are_looked_at(weights, monkeypatch):
    def none(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", none)
    found = report()
    assert [part for part, check in found.items() if not check.ok] == ["window (PySide6)"]
    assert "PySide6-Essentials" in found["window (PySide6)"].found
    assert "pip install" in found["window (PySide6)"].remedy


def test_torchvision_built_for_another_torch_is_found(weights, monkeypatch):
    original = installation.importlib.import_module

    def broken(name):
        if name == "torchvision.ops":
            raise RuntimeError("operator torchvision::nms does not exist")
        return original(name)

    monkeypatch.setattr(installation.importlib, "import_module", broken)
    check = report()["torch and torchvision"]
    assert not check.ok
    assert "nms does not exist" in check.found
    assert "Reinstall them together" in check.remedy


def test_a_data_folder_that_cannot_be_made_is_told(weights, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LATENT_STUDIO_HOME", str(tmp_path / "file" / "home"))
    check = report()["data folder"]
    assert not check.ok
    assert "file" in check.found
    assert "LATENT_STUDIO_HOME" in check.remedy


def test_models_that_are_missing_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "shipped_weights", lambda: tmp_path / "nothing")
    check = report()["shipped models"]
    assert not check.ok
    assert str(tmp_path / "nothing") in check.found


def test_a_damaged_shipped_model_is_a_line_of_the_report(weights):
    (weights / "digits" / library.CARD).write_text("{half")
    check = report()["shipped models"]
    assert not check.ok
    assert check.remedy == "Reinstall latent-studio."


def test_a_damaged_model_of_the_users_own_is_no_fault_of_the_shipped_ones(weights):
    folder = resources.user_models() / "mine"
    folder.mkdir(parents=True)
    (folder / library.CARD).write_text("{half")
    assert report()["shipped models"].ok
