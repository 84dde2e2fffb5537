import numpy as np
import pytest
from PIL import Image

from studio.imaging.decode import Undecodable
from studio.imaging.grids import best_columns, grid, load_png, save_png, upscale


def numbered(count, channels=1):
    """(count, 2, 3, channels): picture i has level i."""
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 2, 3, channels))


def test_every_picture_lies_in_its_cell():
    sheet = grid(numbered(5), columns=3, gap=1, background=200)
    assert sheet.tolist() == [
        [[v] for v in row]
        for row in (
            [0, 0, 0, 200, 1, 1, 1, 200, 2, 2, 2],
            [0, 0, 0, 200, 1, 1, 1, 200, 2, 2, 2],
            [200] * 11,
            [3, 3, 3, 200, 4, 4, 4, 200, 200, 200, 200],
            [3, 3, 3, 200, 4, 4, 4, 200, 200, 200, 200],
        )
    ]


def test_a_coloured_ground_and_no_gap():
    sheet = grid(numbered(3, 3), columns=2, gap=0, background=(9, 8, 7))
    assert sheet.shape == (4, 6, 3)
    assert sheet[3, 5].tolist() == [9, 8, 7]
    assert sheet.flags.c_contiguous


def test_one_picture_is_itself():
    np.testing.assert_array_equal(grid(numbered(1) + 5), numbered(1)[0] + 5)


def test_more_columns_than_pictures_make_one_row():
    assert grid(numbered(2), columns=9, gap=0).shape == (2, 6, 1)


def test_no_picture_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        grid(numbered(0))


def test_columns_that_suit_the_count():
    assert [best_columns(n) for n in (0, 1, 4, 16, 64, 100)] == [1, 1, 2, 4, 8, 10]
    assert best_columns(8, aspect=2.0) == 4
    assert best_columns(10, aspect=100) == 10
    assert best_columns(10, aspect=0.01) == 1


def test_upscaling_repeats_pixels():
    picture = np.array([[[1], [2]]], np.uint8)
    assert upscale(picture, 2)[:, :, 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_comes_back_with_its_channels_and_its_text(channels, tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (7, 5, channels), np.uint8)
    path = tmp_path / "new" / "sheet.png"
    save_png(path, picture, {"model": "vae", "note": "μ = 0 – 日本"})
    np.testing.assert_array_equal(load_png(path), picture)
    with Image.open(path) as image:
        image.load()
        assert image.text == {"model": "vae", "note": "μ = 0 – 日本"}
    assert [file.name for file in path.parent.iterdir()] == ["sheet.png"]


def test_two_dimensions_are_grey(tmp_path):
    save_png(tmp_path / "a.png", np.eye(3, dtype=np.uint8))
    np.testing.assert_array_equal(load_png(tmp_path / "a.png")[:, :, 0], np.eye(3))


def test_a_damaged_png_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no")
    with pytest.raises(Undecodable, match="not a picture"):
        load_png(tmp_path / "a.png")
