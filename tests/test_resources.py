"""The one locator."""

from __future__ import annotations

from pathlib import Path

import platformdirs

import studio
from studio import resources

PACKAGE = Path(studio.__file__).parent


def test_in_a_checkout_shipped_files_lie_beside_the_package():
    assert resources.resource("theme", "dark") == PACKAGE.parent / "resources" / "theme" / "dark"
    assert list(resources.resource("theme", "dark").glob("*.svg"))
    assert resources.shipped_weights() == PACKAGE.parent / "weights"


def test_in_an_installed_package_they_lie_inside_it(tmp_path, monkeypatch):
    package = tmp_path / "site" / "studio"
    (package / "_shipped" / "weights").mkdir(parents=True)
    monkeypatch.setattr(resources, "__file__", str(package / "resources.py"))
    assert resources.shipped_weights() == package / "_shipped" / "weights"
    assert resources.resource("x.svg") == tmp_path / "site" / "resources" / "x.svg", "each is looked for by itself"


def test_the_home_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("LATENT_STUDIO_HOME", str(tmp_path))
    assert resources.user_folder() == tmp_path
    assert resources.default_runs() == tmp_path / "runs"
    assert resources.user_models() == tmp_path / "models"
    assert resources.downloads() == tmp_path / "data"
    assert list(tmp_path.iterdir()) == [], "asking makes nothing"


def test_else_it_is_where_the_system_keeps_a_programs_data(monkeypatch):
    monkeypatch.setenv("LATENT_STUDIO_HOME", "")
    assert resources.user_folder() == Path(platformdirs.user_data_dir("latent-studio", appauthor=False))
    assert resources.user_folder().is_absolute()
