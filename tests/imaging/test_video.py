import json

import av
import numpy as np
import pytest
from PIL import Image

from studio.errors import Cancelled, Refused
from studio.imaging.grids import load_png
from studio.imaging.video import write_film

ABOUT = {"model": "dcgan", "seed": "7", "note": "Größe"}


def frames(count, shape=(32, 48, 3)):
    """Frame i is one flat level."""
    return [np.full(shape, 20 + 20 * i, np.uint8) for i in range(count)]


def read_mp4(path):
    with av.open(str(path)) as container:
        levels = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return levels, container.streams.video[0].average_rate, container.metadata.get("comment")


@pytest.mark.parametrize("shape", [(32, 48, 3), (32, 48, 1), (33, 47, 3), (8, 8, 1), (2, 2, 3)])
def test_an_mp4_has_every_frame_at_its_speed(shape, tmp_path):
    path = tmp_path / "film.mp4"
    write_film(path, frames(5, shape), fps=24, about=ABOUT)
    shown, rate, comment = read_mp4(path)
    assert [int(frame.mean().round()) for frame in shown] == pytest.approx([20, 40, 60, 80, 100], abs=3)
    assert shown[0].shape == (shape[0] + shape[0] % 2, shape[1] + shape[1] % 2, 3)
    assert rate == 24
    assert json.loads(comment) == ABOUT


def test_an_mp4_is_made_without_the_h264_encoder(tmp_path, monkeypatch):
    monkeypatch.setattr(av, "codecs_available", set(av.codecs_available) - {"libx264"})
    write_film(tmp_path / "film.mp4", frames(3))
    assert len(read_mp4(tmp_path / "film.mp4")[0]) == 3


@pytest.mark.parametrize("channels", [1, 3])
def test_a_gif_moves_for_ever(channels, tmp_path):
    path = tmp_path / "film.gif"
    write_film(path, frames(4, (16, 16, channels)), fps=10, about=ABOUT)
    with Image.open(path) as image:
        assert image.n_frames == 4
        assert image.info["loop"] == 0
        assert json.loads(image.info["comment"]) == ABOUT
        for index in range(4):
            image.seek(index)
            assert image.info["duration"] == 100
            assert abs(np.asarray(image.convert("L")).mean() - (20 + 20 * index)) < 2


def test_a_name_without_suffix_is_a_folder_of_frames(tmp_path):
    folder = tmp_path / "walk"
    write_film(folder, iter(frames(3)), fps=5, about=ABOUT)
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["frame_00000.png", "frame_00001.png", "frame_00002.png"]
    np.testing.assert_array_equal(load_png(folder / names[2]), frames(3)[2])
    with Image.open(folder / names[0]) as image:
        image.load()
        assert image.text == ABOUT | {"fps": "5"}


def test_frames_replace_frames_but_never_other_files(tmp_path):
    folder = tmp_path / "walk"
    write_film(folder, frames(3))
    write_film(folder, frames(2))
    assert len(list(folder.iterdir())) == 2
    (folder / "holiday.jpg").write_bytes(b"dear")
    with pytest.raises(Refused, match="holds other files"):
        write_film(folder, frames(2))
    assert (folder / "holiday.jpg").read_bytes() == b"dear"
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(Refused, match="is a file"):
        write_film(tmp_path / "file", frames(2))


TARGETS = pytest.mark.parametrize("name", ["film.mp4", "film.gif", "frames"])


@TARGETS
def test_progress_counts_the_frames(name, tmp_path):
    heard = []
    write_film(tmp_path / name, frames(4), progress=heard.append)
    assert heard == [1, 2, 3, 4]


@TARGETS
def test_nothing_is_left_behind_when_stopped(name, tmp_path):
    heard = []
    with pytest.raises(Cancelled):
        write_film(tmp_path / name, frames(9), progress=heard.append, stopped=lambda: len(heard) == 3)
    assert heard == [1, 2, 3]
    assert list(tmp_path.iterdir()) == []


@TARGETS
def test_an_older_film_survives_a_failure(name, tmp_path):
    path = tmp_path / name
    write_film(path, frames(2))
    before = sorted((file.name, file.stat().st_size) for file in tmp_path.rglob("*"))

    def broken():
        yield from frames(2)
        raise RuntimeError("the renderer failed")

    with pytest.raises(RuntimeError, match="the renderer failed"):
        write_film(path, broken())
    assert sorted((file.name, file.stat().st_size) for file in tmp_path.rglob("*")) == before


@TARGETS
def test_no_frames_and_frames_of_two_sizes_are_refused(name, tmp_path):
    with pytest.raises(Refused, match="no frame"):
        write_film(tmp_path / name, [])
    with pytest.raises(Refused, match="Frame 2 is 8×4 grey, the first was 48×32"):
        write_film(tmp_path / name, [frames(1)[0], np.zeros((4, 8, 1), np.uint8)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fps", [0, 0.5, 61, -1])
def test_a_speed_outside_the_range_is_refused(fps, tmp_path):
    with pytest.raises(Refused, match="1 to 60"):
        write_film(tmp_path / "film.mp4", frames(1), fps=fps)


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(Refused, match=r"film\.webm"):
        write_film(tmp_path / "film.webm", frames(1))
