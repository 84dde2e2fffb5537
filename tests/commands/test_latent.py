"""The terminal's commands about a whole code space: files, exit status, sentences."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import typer
from PIL import Image as Pillow

from studio.commands import latent
from studio.errors import Refused
from studio.imaging import grids
from studio.latent import codes
from studio.latent.codes import Code
from tests.latent.plain_models import saved


@pytest.fixture
def run(tmp_path):
    """A command of the program, its status."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    latent.register(app)
    return lambda *words: app([*map(str, words), "--runs", str(tmp_path / "runs")], standalone_mode=False) or 0


@pytest.fixture
def vae(tmp_path):
    return saved(tmp_path / "vae", "vae")


@pytest.fixture
def gan(tmp_path):
    return saved(tmp_path / "gan", "gan")


def table(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def text_of(path):
    with Pillow.open(path) as image:
        return dict(image.text)


def test_embed_writes_a_table_and_a_plot(run, vae, tmp_path, capsys):
    out = tmp_path / "deep" / "points.csv"
    assert run("embed", vae, "--data", "digits", "--set", "limit=60", "--tsne", "--out", out) == 0
    rows = table(out)
    assert list(rows[0]) == ["number", "class", "pca_x", "pca_y", "tsne_x", "tsne_y"]
    assert len(rows) == 60
    assert {row["class"] for row in rows} == set("0123456789")
    values = np.array([[float(row[name]) for name in ("pca_x", "pca_y", "tsne_x", "tsne_y")] for row in rows])
    assert np.allclose(values.mean(0), 0, atol=1e-3)
    assert text_of(out.with_suffix(".png"))["model"] == "vae"
    assert "60 pictures encoded with vae" in capsys.readouterr().out


def test_embed_without_data_shows_the_model_s_own_pictures(run, gan, tmp_path):
    assert run("embed", gan, "--limit", 30, "--out", tmp_path / "p.csv") == 0
    rows = table(tmp_path / "p.csv")
    assert len(rows) == 30
    assert list(rows[0]) == ["number", "class", "pca_x", "pca_y"]


def test_projector_writes_a_folder(run, vae, tmp_path, capsys):
    assert run("projector", vae, "--data", "digits", "--limit", 20, "--out", tmp_path / "board") == 0
    assert (tmp_path / "board" / "projector_config.pbtxt").is_file()
    assert "tensorboard --logdir" in capsys.readouterr().out
    assert run("projector", vae, "--out", tmp_path) == 2
    assert "other things" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((), {"across": "z1", "up": "z2", "shown": "-3 to 3"}),
        (("--axes", "3,1", "--area", 2), {"across": "z3", "up": "z1", "shown": "-2 to 2"}),
        (("--quantiles", "--seed", 3), {"shown": "0.02 to 0.98 of a normal distribution"}),
        (("--principal",), {"across": "principal 1", "up": "principal 2"}),
    ],
)
def test_map_writes_a_grid_that_says_what_it_shows(run, gan, tmp_path, more, words):
    assert run("map", gan, "--rows", 4, *more, "--out", tmp_path / "map.png") == 0
    assert grids.load_png(tmp_path / "map.png").shape[:2] == (32, 32)
    assert words.items() <= text_of(tmp_path / "map.png").items()


def test_traverse_writes_a_sheet(run, gan, vae, tmp_path):
    assert run("traverse", gan, "--rows", 3, "--seed", 5, "--out", tmp_path / "s.png") == 0
    assert grids.load_png(tmp_path / "s.png").shape[:2] == (3 * 10 - 2, 7 * 10 - 2)
    assert run("traverse", gan, "--principal", "--columns", 3, "--out", tmp_path / "p.png") == 0
    assert grids.load_png(tmp_path / "p.png").shape[:2] == (4 * 10 - 2, 3 * 10 - 2)
    data = ("--data", "digits", "--set", "limit=40")
    assert run("traverse", vae, *data, "--principal", "--out", tmp_path / "v.png") == 0
    assert len(text_of(tmp_path / "v.png")["rows"].split(",")) == 2


def test_a_code_in_a_file_is_the_middle_of_the_sheet(run, gan, tmp_path):
    code = Code(np.array([0.1, 0.2, 0.3, 0.4], np.float32), "gan")
    codes.save(tmp_path / "code.json", code)
    sheets = []
    for words in (("--code", tmp_path / "code.json"), ("--seed", 0)):
        assert run("traverse", gan, "--columns", 3, "--rows", 1, *words, "--out", tmp_path / "s.png") == 0
        sheets.append(grids.load_png(tmp_path / "s.png")[:, 10:18])
    assert not np.array_equal(*sheets)
    codes.save(tmp_path / "other.json", Code(np.zeros(9, np.float32), "other"))
    with pytest.raises(Refused, match="belongs to other"):
        run("traverse", gan, "--code", tmp_path / "other.json", "--out", tmp_path / "s.png")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("embed", "gan", "--out", "points.png"), r"end in \.csv"),
        (("map", "gan", "--axes", "1;2", "--out", "m.png"), "two numbers"),
        (("map", "gan", "--principal", "--quantiles", "--out", "m.png"), "Leave out"),
        (("traverse", "ae", "--out", "s.png"), "Name a --code"),
        (("traverse", "none", "--out", "s.png"), "no model or run"),
    ],
)
def test_wrong_commands_are_sentences(run, gan, tmp_path, words, why):
    saved(tmp_path / "ae", "autoencoder")
    command, model, *rest = words
    with pytest.raises(Refused, match=why):
        run(command, tmp_path / model, *rest)
