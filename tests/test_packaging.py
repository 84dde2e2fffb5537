"""The wheel carries everything: built, installed aside, opened from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LOOK = """
import json, sys
from studio import resources
from studio.backend.backend import Backend
from studio.models import library
out = {"package": str(resources.__file__), "icon": resources.resource("theme", "dark").is_dir(), "models": {}}
for card, folder in library.list_models():
    out["models"][card.name] = str(library.load(folder, Backend("cpu", "float32")).stamp)
print(json.dumps(out))
"""


def look(path):
    environment = {**os.environ, "PYTHONPATH": str(path)}
    result = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    # no isolation: hatchling is a test dependency, and nothing needs to be downloaded
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return next(out.glob("*.whl"))


def test_a_checkout_and_an_installed_wheel_find_the_same(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:  # installing is unpacking, without fetching torch again
        archive.extractall(tmp_path / "site")
    installed, checkout = look(tmp_path / "site"), look(ROOT)
    assert installed["package"].startswith(str(tmp_path))
    assert checkout["package"].startswith(str(ROOT))
    assert installed["models"] == checkout["models"]
    assert {"vae-mnist", "dcgan-digits"} <= set(installed["models"])
    assert installed["icon"]
    assert checkout["icon"]


def test_the_wheel_has_the_command_and_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry = next(name for name in names if name.endswith("entry_points.txt"))
        assert "latent-studio = studio.__main__:main" in archive.read(entry).decode()
        assert any(name.endswith("LICENSE") for name in names)
        assert any(name.startswith("studio/_shipped/weights/") and name.endswith("CREDITS.md") for name in names)
        assert not any("tests/" in name for name in names)


def test_shipped_weights_are_small():
    sizes = {path.parent.name: path.stat().st_size for path in (ROOT / "weights").glob("*/model.safetensors")}
    assert sizes
    assert all(size <= 8_000_000 for size in sizes.values()), sizes
    assert sum(sizes.values()) <= 35_000_000


def test_ci_runs_the_command_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    after = readme.split("<!-- test-command -->", 1)[1]
    command = after.split("```", 2)[1].split("\n", 1)[1].strip()
    assert "pytest" in command
    assert len(command.splitlines()) == 1
