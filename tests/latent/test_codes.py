"""Codes keep every bit on their way through files, and bad files are named."""

import base64
import json

import numpy as np
import pytest

from studio.errors import Refused
from studio.imaging import grids
from studio.latent import codes
from studio.latent.codes import Code


@pytest.fixture
def code():
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 1), np.uint8)
    values = np.float32([0.1, -1 / 3, 1e-30, 3.4e38, 0.0])
    return Code(values, "mine", "ab12", "7", "nice", "seed 7", picture)


@pytest.mark.parametrize("suffix", [".png", ".json"])
def test_a_code_comes_back_from_its_file_bit_for_bit(tmp_path, code, suffix):
    path = tmp_path / f"code{suffix}"
    codes.save(path, code)
    assert codes.holds_code(path)
    again = codes.load(path)
    assert again.values.tobytes() == code.values.tobytes()
    assert (again.model, again.stamp, again.wanted, again.name, again.source) == ("mine", "ab12", "7", "nice", "seed 7")
    if suffix == ".png":
        assert np.array_equal(again.picture, code.picture)


def test_a_code_cannot_be_changed_behind_its_back(code):
    given = np.ones(3, np.float32)
    kept = Code(given, "mine")
    given[0] = 7
    assert kept.values[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        kept.values[0] = 7


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    with pytest.raises(Refused, match="not finite"):
        Code(np.float32([0, np.nan]), "mine", name="broken")
    path = tmp_path / "nan.json"
    codes.save(path, Code(np.float32([0, 1]), "mine"))
    values = json.loads(path.read_text())
    values["values"] = base64.b64encode(np.array([1, np.inf], "<f4").tobytes()).decode()
    path.write_text(json.dumps(values))
    with pytest.raises(Refused, match=r"nan\.json"):
        codes.load(path)


def test_what_is_no_code_is_named(tmp_path):
    plain = tmp_path / "plain.png"
    grids.save_png(plain, np.zeros((4, 4, 1), np.uint8))
    assert not codes.holds_code(plain)
    with pytest.raises(Refused, match="without a code"):
        codes.load(plain)
    for text in ("[]", "{}", "{", '{"format": "code", "version": 1, "values": "!"}'):
        path = tmp_path / "bad.json"
        path.write_text(text)
        with pytest.raises(Refused, match=r"bad\.json"):
            codes.load(path)
    with pytest.raises(Refused, match="no file"):
        codes.load(tmp_path / "nowhere.png")
    newer = tmp_path / "newer.json"
    newer.write_text('{"format": "code", "version": 2}')
    with pytest.raises(Refused, match="newer"):
        codes.load(newer)
