import pytest
from PySide6.QtCore import QRect

from studio.gui.widgets import fitting


@pytest.mark.parametrize(
    ("side", "space", "scale"),
    [(28, 100, 3.0), (64, 64, 1.0), (64, 127, 1.0), (64, 128, 2.0), (64, 32, 0.5), (128, 192, 1.5), (300, 150, 0.5)],
)
def test_small_pictures_grow_by_whole_multiples(side, space, scale):
    assert fitting.scale_for(side, side, space, space) == scale


def test_a_fitted_picture_is_centred():
    assert fitting.fitted(10, 20, QRect(0, 0, 100, 100)) == QRect(25, 0, 50, 100)


@pytest.mark.parametrize(
    ("count", "space", "columns"),
    [
        (4, (200, 200), 2),
        (4, (400, 100), 4),
        (4, (100, 400), 1),
        (64, (600, 600), 8),
        (1, (50, 50), 1),
        (10, (500, 200), 5),
    ],
)
def test_columns_make_the_cells_as_large_as_possible(count, space, columns):
    assert fitting.best_columns(count, 16, 16, space, 4)[0] == columns


def test_every_count_fits_the_space():
    for count in range(1, 70):
        columns, scale = fitting.best_columns(count, 28, 28, (320, 240), 4)
        rows = -(-count // columns)
        assert columns * int(28 * scale) + (columns - 1) * 4 <= 320
        assert rows * int(28 * scale) + (rows - 1) * 4 <= 240
