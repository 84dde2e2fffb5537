"""Whole or not at all: on errors, over old contents, and when the process is killed."""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import studio
from studio import atomic

ROOT = Path(studio.__file__).parents[1]


def entries(folder):
    return sorted(p.name for p in folder.iterdir())


def test_bytes_text_and_json_are_written_and_replaced(tmp_path):
    path = tmp_path / "deep" / "er" / "file.json"
    atomic.write_bytes(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    atomic.write_text(path, "λ ≠ ε\n")
    assert path.read_bytes() == "λ ≠ ε\n".encode()
    atomic.write_json(path, {"name": "Größe", "values": [1, None]})
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "Größe", "values": [1, None]}
    assert "Größe" in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").endswith("}\n")
    assert entries(path.parent) == ["file.json"]


def test_the_writer_gets_another_name_with_the_same_suffix_beside_the_file(tmp_path):
    seen = []

    def write(temporary):
        seen.append(temporary)
        temporary.write_text("new")

    atomic.write_with(tmp_path / "film.mp4", write)
    (temporary,) = seen
    assert temporary.parent == tmp_path
    assert temporary.suffix == ".mp4"
    assert temporary.name.startswith(atomic.TEMPORARY)
    assert (tmp_path / "film.mp4").read_text() == "new"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("x")])
def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "card.json"
    atomic.write_text(path, "old")

    def half(temporary):
        temporary.write_text("ne")
        raise error

    with pytest.raises(type(error)):
        atomic.write_with(path, half)
    assert path.read_text() == "old"
    assert entries(tmp_path) == ["card.json"]


def test_json_that_cannot_be_written_keeps_the_old_file(tmp_path):
    atomic.write_json(tmp_path / "a.json", {"a": 1})
    with pytest.raises(TypeError):
        atomic.write_json(tmp_path / "a.json", {"a": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": 1}


def test_a_folder_in_the_place_of_the_file_is_not_destroyed(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "inside").touch()
    with pytest.raises(OSError, match="directory"):
        atomic.write_text(tmp_path / "x", "text")
    assert entries(tmp_path) == ["x"]
    assert entries(tmp_path / "x") == ["inside"]


def test_a_new_folder_appears_at_the_end_with_everything(tmp_path):
    target = tmp_path / "deep" / "model"
    with atomic.new_folder(target) as fresh:
        (fresh / "sub").mkdir()
        (fresh / "sub" / "a").write_text("a")
        (fresh / "b").write_text("b")
        assert not target.exists()
    assert (target / "sub" / "a").read_text() == "a"
    assert entries(target) == ["b", "sub"]
    assert entries(target.parent) == ["model"]


def test_a_new_folder_leaves_nothing_after_an_error(tmp_path):
    def fail():
        with atomic.new_folder(tmp_path / "model") as fresh:
            (fresh / "a").write_text("a")
            raise KeyError("half way")

    with pytest.raises(KeyError):
        fail()
    assert entries(tmp_path) == []


def test_a_new_folder_replaces_the_old_one_as_a_whole(tmp_path):
    for names in (("a", "b"), ("b", "c")):
        with atomic.new_folder(tmp_path / "model") as fresh:
            for name in names:
                (fresh / name).write_text("".join(names))
    assert entries(tmp_path / "model") == ["b", "c"]
    assert (tmp_path / "model" / "b").read_text() == "bc"
    assert entries(tmp_path) == ["model"]


def test_an_error_while_filling_keeps_the_old_folder(tmp_path):
    with atomic.new_folder(tmp_path / "model") as fresh:
        (fresh / "a").write_text("old")

    def fail():
        with atomic.new_folder(tmp_path / "model") as fresh:
            (fresh / "a").write_text("new")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fail()
    assert (tmp_path / "model" / "a").read_text() == "old"
    assert entries(tmp_path) == ["model"]


def test_a_rename_that_fails_keeps_the_old_folder(tmp_path, monkeypatch):
    """On Windows a virus scanner that has a fresh file open makes the rename fail."""
    with atomic.new_folder(tmp_path / "model") as fresh:
        (fresh / "a").write_text("old")
    rename = Path.rename

    def sometimes(self, target):
        if Path(target).name == "model" and (self / "new").exists():
            raise PermissionError(13, "in use", str(target))
        return rename(self, target)

    def replace():
        with atomic.new_folder(tmp_path / "model") as fresh:
            (fresh / "new").write_text("new")

    monkeypatch.setattr(Path, "rename", sometimes)
    with pytest.raises(PermissionError):
        replace()
    assert (tmp_path / "model" / "a").read_text() == "old", "it was moved aside and must come back"
    assert entries(tmp_path) == ["model"]


def test_sweep_removes_leftovers_and_nothing_else(tmp_path):
    (tmp_path / f"{atomic.TEMPORARY}1").mkdir()
    (tmp_path / f"{atomic.TEMPORARY}1" / "half").touch()
    (tmp_path / f"{atomic.TEMPORARY}2.json").touch()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / f"{atomic.TEMPORARY}deeper").touch()
    (tmp_path / "kept.json").touch()
    atomic.sweep(tmp_path)
    assert entries(tmp_path) == ["kept", "kept.json"]
    assert entries(tmp_path / "kept") == [f"{atomic.TEMPORARY}deeper"]


WRITER = """
import hashlib, os, sys
from pathlib import Path
from studio import atomic
folder = Path(sys.argv[1])
for number in range(1_000_000):
    data = os.urandom(1 << 18)
    text = hashlib.sha256(data).hexdigest().encode() + data
    atomic.write_bytes(folder / "one.bin", text)
    with atomic.new_folder(folder / f"{number:06d}") as fresh:
        for part in "abc":
            (fresh / part).write_bytes(text)
    if number == 0:
        os.write(1, b".")
"""


def whole(path):
    data = path.read_bytes()
    return data[:64] == hashlib.sha256(data[64:]).hexdigest().encode()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_process_leaves_whole_files_only(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for round_ in range(4):
        folder = tmp_path / str(round_)
        folder.mkdir()
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, env=environment)
        try:
            assert process.stdout.read(1) == b".", "the writer never began"
            deadline = time.monotonic() + 0.02 + 0.013 * round_
            while (left := deadline - time.monotonic()) > 0:  # it writes on while we wait at its silent pipe
                select.select([process.stdout], [], [], left)
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert whole(folder / "one.bin")
        folders = [p for p in folder.iterdir() if p.is_dir() and p.name.isdigit()]
        assert folders
        for made in folders:
            assert entries(made) == ["a", "b", "c"]
            assert all(whole(made / part) for part in "abc")
        atomic.sweep(folder)
        assert entries(folder) == sorted(["one.bin", *(p.name for p in folders)])
