import numpy as np
import pytest
from PIL import Image

from studio.data.arrays import resized, to_channels
from studio.data.config import DataConfig
from studio.data.reading import Reading
from studio.errors import Cancelled
from studio.imaging.fit import fit


def reading(**doors):
    return Reading(DataConfig(), 0, **doors)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("side", "size"), [(8, 32), (28, 32), (32, 28), (28, 8), (8, 13)])
def test_a_whole_array_is_resized_as_one_picture_would_be(side, size, channels):
    pictures = np.random.default_rng(0).integers(0, 256, (5, side, side, channels), np.uint8)
    pictures[0], pictures[1] = 0, 255
    one_by_one = np.stack([fit(picture, size, "crop", channels) for picture in pictures])
    difference = np.abs(resized(pictures, size, reading()).astype(int) - one_by_one)
    assert difference.max() <= 1


def test_the_own_size_is_not_touched():
    pictures = np.zeros((2, 8, 8, 1), np.uint8)
    assert resized(pictures, 8, reading()) is pictures


def test_grey_is_what_pillow_makes():
    colours = np.random.default_rng(0).integers(0, 256, (3, 9, 9, 3), np.uint8)
    expected = np.stack([np.asarray(Image.fromarray(colour).convert("L")) for colour in colours])
    np.testing.assert_array_equal(to_channels(colours, 1)[..., 0], expected)
    np.testing.assert_array_equal(to_channels(expected[..., None], 3)[..., 2], expected)


def test_resizing_reports_and_can_be_stopped():
    heard = []
    resized(np.zeros((10, 8, 8, 1), np.uint8), 16, reading(progress=heard.append))
    assert (heard[-1].done, heard[-1].total) == (10, 10)
    with pytest.raises(Cancelled):
        resized(np.zeros((10, 8, 8, 1), np.uint8), 16, reading(stopped=lambda: True))
