"""Codes to pictures: in parts, exactly, and the same in another process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import studio
from studio import events
from studio.control import Control
from studio.errors import Refused
from studio.imaging import grids
from studio.latent import codes, decode
from studio.latent.jobs import LIVE, CodesRequest
from studio.latent.search_jobs import SeedCodesJob
from studio.session import Session
from tests.fakes import Listener
from tests.latent import ground

AGAIN = """
import sys
import numpy as np, torch
torch.cuda.is_available = lambda: False
torch.set_num_threads(int(sys.argv[4]))
from pathlib import Path
from studio.latent import codes
from studio.latent.jobs import CodesRequest
from studio.session import Session
heard = []
code = codes.load(Path(sys.argv[2]))
Session().run(CodesRequest(sys.argv[1], 0, np.array(code.values[None]), code.wanted), heard.append)
Path(sys.argv[3]).write_bytes(heard[0].pictures[0].tobytes())
"""


@pytest.fixture(autouse=True)
def prepared(monkeypatch):
    ground.know_all_jobs(monkeypatch)
    ground.without_gpu(monkeypatch)


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "runs")


@pytest.fixture
def model(tmp_path):
    return ground.untrained(tmp_path / "dcgan", "dcgan", "latent=8")


@pytest.fixture
def cgan(tmp_path):
    return ground.untrained(tmp_path / "cgan", "cgan", "embedding=3", classes=("a", "b"))


def some(count, size=8):
    return np.random.default_rng(0).standard_normal((count, size)).astype(np.float32)


def parts(session, model, values, wanted="", control=None, also=None):
    """The parts of an answer."""
    listener = Listener()

    def hear(event):
        listener(event)
        if also is not None:
            also(event)

    final = session.run(CodesRequest(model, 3, values, wanted), hear, control)
    assert isinstance(final, events.Done), final
    return listener.of(events.Decoded)


def test_a_saved_code_renders_the_same_picture_later_byte_for_byte(session, tmp_path):
    model = ground.untrained(tmp_path / "vae", "vae")
    (code,) = session.do(SeedCodesJob(model, (7,)))
    codes.save(tmp_path / "kept.png", code)
    arguments = [model, str(tmp_path / "kept.png"), str(tmp_path / "again"), str(torch.get_num_threads())]
    subprocess.run([sys.executable, "-c", AGAIN, *arguments], cwd=Path(studio.__file__).parents[1], check=True)
    assert (tmp_path / "again").read_bytes() == code.picture.tobytes()
    assert grids.load_png(tmp_path / "kept.png").tobytes() == code.picture.tobytes()


def test_many_codes_come_in_parts_in_their_order(session, model):
    count = decode.FIRST + decode.CHUNK + 5
    values = some(count)
    heard = parts(session, model, values)
    assert [(part.start, len(part.pictures)) for part in heard] == [
        (0, decode.FIRST),
        (decode.FIRST, decode.CHUNK),
        (decode.FIRST + decode.CHUNK, 5),
    ]
    assert {(part.model, part.serial, part.total) for part in heard} == {(model, 3, count)}
    pictures = np.concatenate([part.pictures for part in heard])
    for index in (0, decode.FIRST, count - 1):
        (alone,) = parts(session, model, values[index : index + 1])
        assert np.abs(alone.pictures[0].astype(int) - pictures[index]).max() <= 1
    assert heard[0].stamp == decode.opened(model, session.place).stamp


def test_a_newer_request_cuts_the_answer_short_after_a_part(session, model):
    control = Control()
    heard = parts(session, model, some(200), control=control, also=lambda event: control.stop())
    assert [len(part.pictures) for part in heard] == [decode.FIRST]


def test_no_codes_are_no_parts(session, model):
    assert parts(session, model, some(0)) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.full((1, 8), np.nan, np.float32), "not finite"),
        (np.full((1, 8), np.inf, np.float32), "not finite"),
        (some(1, 5), "takes codes of 8 numbers, not of 5"),
        (some(1)[0], "takes codes of 8 numbers"),
    ],
)
def test_codes_without_a_picture_are_refused(session, model, values, words):
    final = session.run(CodesRequest(model, 1, values))
    assert final.refused
    assert words in final.reason


def test_the_live_model_is_decoded_without_waiting(session, model):
    source = decode.opened(model, session.place)
    session.place.live(source.card).offer(4, source.nets)
    with session.place.gate.training():
        (live,) = parts(session, LIVE, some(3))
    (stored,) = parts(session, model, some(3))
    assert (live.step, live.stamp) == (4, "")
    assert np.array_equal(live.pictures, stored.pictures)


def test_nothing_is_live_before_a_training(session):
    assert session.run(CodesRequest(LIVE, 1, some(1))).refused


def test_a_conditional_model_is_asked(session, cgan):
    values = some(2, 4)
    (first,), (a,), (b,) = (parts(session, cgan, values, wanted) for wanted in ("", "a", "b"))
    assert np.array_equal(first.pictures, a.pictures)
    assert not np.array_equal(a.pictures, b.pictures)
    final = session.run(CodesRequest(cgan, 1, values, "z"))
    assert final.refused
    assert "knows no class 'z'" in final.reason


def test_an_unconditional_model_cannot_be_asked(session, model):
    assert "cannot be asked" in session.run(CodesRequest(model, 1, some(1), "a")).reason


def test_encoding_and_decoding_fit_together(session, tmp_path):
    name = ground.untrained(tmp_path / "flow", "realnvp", size=8)
    source = decode.opened(name, session.place)
    pictures = np.random.default_rng(1).integers(0, 256, (3, 8, 8, 1), np.uint8)
    again = np.concatenate(list(source.decode(source.encode(pictures))))
    assert np.array_equal(again, pictures)


def test_a_model_without_encoder_says_so(session, model):
    with pytest.raises(Refused, match="has no encoder"):
        decode.opened(model, session.place).encode(np.zeros((1, 16, 16, 1), np.uint8))
