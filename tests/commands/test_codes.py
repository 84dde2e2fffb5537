"""The terminal's commands for codes: files, exit status, sentences."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from studio import cli
from studio.imaging import grids
from studio.latent import arithmetic, codes
from studio.latent.codes import Code
from tests.latent import ground


@pytest.fixture(autouse=True)
def prepared(monkeypatch):
    ground.know_all_jobs(monkeypatch)
    ground.without_gpu(monkeypatch)


@pytest.fixture
def model(tmp_path):
    return ground.untrained(tmp_path / "dcgan", "dcgan", "latent=8")


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def kept(model, path, seed):
    """The code file of a seed."""
    assert run("code", model, "--seed", seed, "--out", path) == 0
    return path


def test_a_code_is_written_and_rendered_again(model, tmp_path, capsys):
    path = kept(model, tmp_path / "seven.png", 7)
    assert "seed 7" in capsys.readouterr().out
    code = codes.load(path)
    assert (code.model, code.name, code.source) == ("dcgan", "seed 7", "seed 7")
    assert run("render", model, path, "--out", tmp_path / "again") == 0
    assert capsys.readouterr().out.startswith("1 of 1 pictures of dcgan are in ")
    again = codes.load(tmp_path / "again" / "seven.png")
    assert again.picture.tobytes() == code.picture.tobytes()
    assert again.values.tobytes() == code.values.tobytes()


def test_rendering_names_bad_codes_and_goes_on(model, tmp_path, capsys):
    other, plain, nan = tmp_path / "other.json", tmp_path / "plain.png", tmp_path / "nan.json"
    codes.save(other, Code(np.ones(8, np.float32), "another"))
    grids.save_png(plain, np.zeros((4, 4, 1), np.uint8))
    nan.write_text('{"format": "code", "version": 1, "values": "AADAfw==", "model": "dcgan", "stamp": "", '
                   '"wanted": "", "name": "", "source": ""}')  # fmt: skip
    good = kept(model, tmp_path / "good.json", 3)
    capsys.readouterr()
    assert run("render", model, other, plain, nan, good, tmp_path / "none.png", "--out", tmp_path / "out") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 4
    for line, words in zip(said, ("made with another", "without a code", "not finite", "no file"), strict=True):
        assert words in line
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["good.png"]


def test_no_code_file_is_replaced_by_its_picture(model, tmp_path, capsys):
    path = kept(model, tmp_path / "seven.png", 7)
    before = path.read_bytes()
    assert run("render", model, path, "--out", tmp_path) == 1
    assert "replace the original" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_codes_add_and_take_away(model, tmp_path):
    a, b = kept(model, tmp_path / "a.png", 1), kept(model, tmp_path / "b.json", 2)
    out = tmp_path / "new.png"
    assert run("mix", model, "--plus", a, "--minus", b, "--plus", "seed:3", "--out", out) == 0
    values = [codes.load(kept(model, tmp_path / f"{seed}.json", seed)).values for seed in (1, 3, 2)]
    made = codes.load(out)
    assert np.allclose(made.values, arithmetic.combine(values[:2], values[2:], restore=True), atol=1e-6)
    assert (made.name, made.model) == ("new", "dcgan")
    assert "seed:3" in made.source
    assert run("mix", model, "--plus", "seed:1-3", "--average", "--out", tmp_path / "mean.json") == 0
    expected = arithmetic.average([values[0], values[2], values[1]], restore=True)
    assert np.allclose(codes.load(tmp_path / "mean.json").values, expected, atol=1e-6)


def test_a_walk_is_a_film_of_seeds_and_files(model, tmp_path):
    a = kept(model, tmp_path / "a.png", 9)
    settings = ["--seconds", "0.5", "--fps", "8", "--loop"]
    assert run("walk", model, "--seeds", "1,2", "--code", a, "--out", tmp_path / "frames", *settings) == 0
    files = sorted((tmp_path / "frames").iterdir())
    assert len(files) == 12
    with Pillow.open(files[0]) as image:
        assert image.info["keys"] == "seed 1, seed 2, seed 9"
        assert image.info["pace"] == "loop"


def test_a_search_writes_codes_and_names_what_is_bad(model, tmp_path, capsys):
    picture = tmp_path / "in" / "one.png"
    grids.save_png(picture, codes.load(kept(model, tmp_path / "one.png", 5)).picture)
    (tmp_path / "in" / "bad.png").write_text("no picture")
    capsys.readouterr()
    arguments = ["search", model, tmp_path / "in", "--out", tmp_path / "out", "--steps", "15", "--json"]
    assert run(*arguments) == 1
    said = capsys.readouterr()
    assert "bad.png cannot be searched for" in said.err
    (row,) = json.loads(said.out)
    assert row["picture"].endswith("one.png")
    assert 0 < row["psnr"] <= 100
    found = codes.load(tmp_path / "out" / "one.png")
    assert (found.name, found.source) == ("one", f"one.png ({row['how']})")
    assert run("search", model, picture, "--out", tmp_path / "alone", "--steps", "5") == 0
    assert "psnr" in capsys.readouterr().out


def test_a_search_replaces_no_picture(model, tmp_path, capsys):
    picture = tmp_path / "one.png"
    Pillow.new("L", (16, 16), 9).save(picture)
    before = picture.read_bytes()
    assert run("search", model, picture, "--out", tmp_path, "--steps", "2") == 1
    assert "replace the original" in capsys.readouterr().err
    assert picture.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search", "MODEL", "x.png", "--out", "OUT", "--how", "prayer"], "'prayer'"),
        (["search", "nowhere", "x.png", "--out", "OUT"], "no model or run named 'nowhere'"),
        (["walk", "MODEL", "--seeds", "1", "--out", "OUT"], "at least two codes"),
        (["walk", "MODEL", "--seeds", "1,x", "--out", "OUT"], "'x' is no seed"),
        (["walk", "MODEL", "--seeds", "1-99999999", "--out", "OUT"], "too many seeds"),
        (["walk", "MODEL", "--seeds", "1,2", "--fps", "0", "--out", "OUT"], "1 to 60 pictures a second"),
        (["mix", "MODEL", "--plus", "seed:", "--out", "OUT.png"], "names no seed"),
        (["mix", "MODEL", "--plus", "nothing.png", "--out", "OUT.png"], "no file nothing.png"),
        (["mix", "MODEL", "--plus", "seed:1", "--out", "OUT.gif"], "saved as .png, or as .json"),
        (["mix", "MODEL", "--plus", "seed:1", "--minus", "seed:2", "--average", "--out", "OUT.png"], "only --plus"),
        (["code", "MODEL", "--seed", "1", "--out", "OUT.bmp"], "saved as .png, or as .json"),
        (["code", "MODEL", "--seed", "1", "--truncation", "0", "--out", "OUT.png"], "truncation"),
        (["code", "MODEL", "--seed", "1", "--class", "7", "--out", "OUT.png"], "cannot be asked for a class"),
        (["code", "MODEL", "--out", "OUT.png"], "--seed"),
    ],
)
def test_wrong_usage_is_one_sentence(model, tmp_path, capsys, arguments, words):
    places = {"MODEL": model, "OUT": str(tmp_path / "out")}
    given = [places.get(word, word.replace("OUT", places["OUT"])) for word in arguments]
    assert run(*given) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert "Traceback" not in said.err
    assert not said.out
    assert not list(tmp_path.glob("out*"))
