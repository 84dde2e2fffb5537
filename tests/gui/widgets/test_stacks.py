"""Rows of the same pictures: where they go, and that they are drawn there."""

from __future__ import annotations

import numpy as np
import pytest

from studio.gui.widgets import fitting
from studio.gui.widgets.picture_grid import PictureGrid


@pytest.mark.parametrize(("count", "depth"), [(12, 3), (16, 2), (7, 1), (4, 4)])
def test_stacks_do_not_overlap_and_stay_together(count, depth):
    layout = fitting.best_stacks(count, depth, 16, 16, (400, 300), 4)
    places = [layout.place(i) for i in range(count)]
    assert len(set(places)) == count
    for first in range(0, count, depth):
        column = [places[first + level] for level in range(depth)]
        assert len({x for x, _ in column}) == 1, "a stack is a column"
        assert [y - column[0][1] for _, y in column] == [level * (layout.cell_height + 4) for level in range(depth)]
    assert max(x for x, _ in places) + layout.cell_width == layout.width <= 400
    assert max(y for _, y in places) + layout.cell_height == layout.height <= 300


def test_lines_of_stacks_are_further_apart():
    layout = fitting.Stacks(count=8, depth=2, columns=2, cell_width=10, cell_height=10, gap=4)
    assert layout.place(2) == (14, 0)
    assert layout.place(1) == (0, 14)
    assert layout.place(4) == (0, 36)


def level(value, count=5):
    return np.full((count, 16, 16, 1), value, np.uint8)


def test_rows_stand_under_each_other_with_their_names(qtbot):
    grid = PictureGrid()
    qtbot.addWidget(grid)
    grid.resize(500, 300)
    grid.set_rows({"picture": level(0), "again": level(128), "PCA-30": level(255)})
    assert grid.count() == 15
    tops = [grid.cell_rect(index).top() for index in range(3)]
    assert tops == sorted(tops)
    assert len({grid.cell_rect(index).left() for index in range(3)}) == 1
    assert grid.cell_rect(0).left() >= grid.fontMetrics().horizontalAdvance("picture"), "room for the names"
    shot = grid.grab().toImage()
    seen = [shot.pixelColor(grid.cell_rect(index).center()).red() for index in range(6)]
    assert seen == [0, 128, 255, 0, 128, 255]
    assert grid.picture(1)[0, 0, 0] == 128


def test_the_sheet_that_is_saved_has_every_row(qtbot):
    grid = PictureGrid()
    qtbot.addWidget(grid)
    grid.resize(500, 300)
    grid.set_rows({"picture": level(0, 2), "again": level(255, 2)})
    sheet = grid.grid_image()
    assert sheet.height() >= 2 * 16 + 2
    assert sheet.pixelColor(5, 5).red() == 0
    assert sheet.pixelColor(5, 16 + 2 + 5).red() == 255


def test_pictures_after_rows_are_a_plain_grid_again(qtbot):
    grid = PictureGrid()
    qtbot.addWidget(grid)
    grid.resize(300, 300)
    grid.set_rows({"a": level(0), "b": level(9)})
    grid.set_pictures(level(200, 4))
    assert grid.count() == 4
    assert grid.cell_rect(0).left() < 60
    grid.set_rows({})
    assert grid.count() == 0
