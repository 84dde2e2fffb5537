"""What TensorBoard itself reads back from the folder that is written for it."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image as Pillow
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import IMAGES, TENSORS, EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from werkzeug.test import Client
from werkzeug.wrappers import Response

from studio import events
from studio.backend.workplace import Workplace
from studio.control import Control
from studio.data.config import DataConfig
from studio.errors import Cancelled, Refused
from studio.imaging import grids
from studio.latent import projector as module
from studio.latent.embed import embed
from studio.latent.embedding import Embedding
from studio.latent.jobs import LIVE
from studio.latent.map_jobs import EmbedJob, ProjectorJob
from studio.latent.projector import projector
from tests.fakes import Listener
from tests.latent.plain_models import living, saved

DIGITS = DataConfig(source="digits")


class Board:
    """TensorBoard's projector over a log directory, asked as its page asks it."""

    def __init__(self, folder):
        multiplexer = EventMultiplexer()
        multiplexer.AddRunsFromDirectory(str(folder))
        multiplexer.Reload()
        provider = MultiplexerDataProvider(multiplexer, str(folder))
        self.plugin = ProjectorPlugin(TBContext(logdir=str(folder), data_provider=provider))
        self.apps = self.plugin.get_plugin_apps()

    def ask(self, route, **query):
        answer = Client(self.apps[route], Response).get(route, query_string=query)
        assert answer.status_code == 200, answer.get_data()
        return answer.get_data()

    def info(self):
        (run,) = json.loads(self.ask("/runs"))
        return run, json.loads(self.ask("/info", run=run))["embeddings"]

    def tensor(self, run, entry):
        data = self.ask("/tensor", run=run, name=entry["tensorName"])
        return np.frombuffer(data, np.float32).reshape(entry["tensorShape"])


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """150 digits through a VAE: the folder, and what went into it."""
    folder = tmp_path_factory.mktemp("projector")
    model, place = str(saved(folder / "vae", "vae")), Workplace()
    final = projector(ProjectorJob(model, folder / "out", DIGITS, limit=150), Listener(), Control(), place)
    assert final.result == folder / "out"
    found = embed(EmbedJob(model, DIGITS, limit=150), Listener(), Control(), place).result
    return folder / "out", found


def test_the_projector_shows_codes_classes_and_thumbnails(written):
    folder, found = written
    board = Board(folder)
    run, (entry,) = board.info()
    assert entry["tensorName"] == "codes"
    assert np.array_equal(board.tensor(run, entry), found.codes), "to the last bit"
    lines = board.ask("/metadata", run=run, name="codes").decode().splitlines()
    assert lines[0] == "class\tnumber"
    assert lines[1:] == [f"{found.classes[label]}\t{index}" for index, label in enumerate(found.labels)]
    with Pillow.open(io.BytesIO(board.ask("/sprite_image", run=run, name="codes"))) as sprite:
        sheet = np.asarray(sprite)[:, :, None]
    side = entry["sprite"]["singleImageDim"]
    assert side == [8, 8]
    assert sheet.shape == (13 * 8, 13 * 8, 1), "square, as the page reads it"
    assert np.array_equal(grids.cells(sheet, 8, 150), found.pictures)


def test_the_projector_tab_lights_up(written):
    board = Board(written[0])
    board.plugin.is_active()
    thread = board.plugin._thread_for_determining_is_active
    if thread is not None:
        thread.join()
    assert board.plugin.is_active()


def test_the_event_file_is_read_by_tensorboard(written):
    folder, found = written
    reader = EventAccumulator(str(folder))
    reader.Reload()
    tags = reader.Tags()
    (picture,) = tags[IMAGES]
    with Pillow.open(io.BytesIO(reader.Images(picture)[0].encoded_image_string)) as image:
        shown = np.asarray(image.convert("L"))[:, :, None]
    assert np.array_equal(shown, grids.grid(found.pictures[:64]))
    spreads = [event.value for event in reader.Scalars("spread along principal directions")]
    assert np.allclose(spreads, found.principal.spreads, rtol=1e-5)
    (text,) = [tag for tag in tags[TENSORS] if tag.startswith("about")]
    assert b"150 codes of vae" in reader.Tensors(text)[0].tensor_proto.string_val[0]


def test_drawn_codes_come_with_their_pictures_as_a_second_table(monkeypatch, tmp_path):
    projector(ProjectorJob(LIVE, tmp_path / "out", limit=40), Listener(), Control(), living(monkeypatch))
    board = Board(tmp_path / "out")
    run, entries = board.info()
    shapes = {entry["tensorName"]: board.tensor(run, entry).shape for entry in entries}
    assert shapes == {"codes": (40, 3), "pictures": (40, 16)}
    assert board.ask("/metadata", run=run, name="pictures").decode().split() == [str(i) for i in range(40)]


def test_what_was_written_here_may_be_replaced_and_nothing_else(monkeypatch, tmp_path):
    place, out = living(monkeypatch), tmp_path / "out"
    out.mkdir()
    for limit in (40, 30):
        projector(ProjectorJob(LIVE, out, limit=limit), Listener(), Control(), place)
    assert len((out / "codes.tsv").read_text().splitlines()) == 30
    assert len(list(out.glob("events*"))) == 1
    (out / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(Refused, match=r"other things \(holiday\.jpg\)"):
        projector(ProjectorJob(LIVE, out, limit=5), Listener(), Control(), place)
    assert len((out / "codes.tsv").read_text().splitlines()) == 30
    with pytest.raises(Refused, match="is a file"):
        projector(ProjectorJob(LIVE, out / "holiday.jpg", limit=5), Listener(), Control(), place)


@pytest.mark.parametrize("what", ["making pictures", "writing codes", "writing pictures"])
def test_a_stop_leaves_nothing_behind(monkeypatch, tmp_path, what):
    control = Control()

    def sink(event):
        if isinstance(event, events.Progress) and event.what == what:
            control.stop()

    with pytest.raises(Cancelled):
        projector(ProjectorJob(LIVE, tmp_path / "out", limit=300), sink, control, living(monkeypatch))
    assert not list(tmp_path.iterdir())


def test_names_and_sprites_are_made_to_fit(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "LARGEST_SPRITE", 30)
    pictures = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), np.uint8)
    codes = np.float32([[1 / 3, 1e-30], [2, 3], [4, 5], [6, 7], [8, -9e20]])
    found = Embedding(codes, pictures, np.array([0, 1, 0, 1, 0]), ("a\tb\nc", " "), codes, model="m")
    module.write(tmp_path, found, Listener(), Control())
    board = Board(tmp_path)
    run, (entry,) = board.info()
    assert np.array_equal(board.tensor(run, entry), codes)
    assert entry["sprite"]["singleImageDim"] == [10, 10]
    with Pillow.open(tmp_path / "sprite.png") as sprite:
        assert (sprite.size, sprite.mode) == ((30, 30), "RGB")
    assert board.ask("/metadata", run=run, name="codes").decode().splitlines()[1:3] == ["a b c\t0", "?\t1"]


def test_points_that_are_all_the_same_are_written_too(tmp_path):
    codes = np.ones((3, 2), np.float32)
    module.write(tmp_path, Embedding(codes, np.zeros((3, 4, 4, 1), np.uint8), None, (), codes), Listener(), Control())
    assert len(Board(tmp_path).info()[1]) == 1
