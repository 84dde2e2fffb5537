import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QImage

from studio.events import Curve
from studio.gui import convert, theme
from studio.gui.train.loss_plot import LossPlot
from studio.gui.widgets import dialogs
from studio.training.history import History
from tests.gui.conftest import wheel

pytestmark = pytest.mark.gui

GAN = (
    Curve("G", "generator", help="How well G fools D."),
    Curve("D", "discriminator"),
    Curve("D real", "discriminator"),
    Curve("D(x)", "discriminator", "score"),
)


def history(curves, count, seed=0):
    found = History([curve.name for curve in curves])
    found.append(np.random.default_rng(seed).uniform(0.2, 0.8, (count, len(curves))))
    return found


@pytest.fixture
def plot(show):
    return show(LossPlot(), 700, 500)


def line(plot, name):
    return next(each for each in plot._lines if each.curve.name == name)


def colors_in(image, rect=None):
    array = convert.to_array(image.copy(rect) if rect else image)
    return {tuple(color) for color in np.unique(array.reshape(-1, 3), axis=0).tolist()}


def rgb(color):
    return QColor(color).getRgb()[:3]


def test_new_steps_are_on_the_screen_within_a_frame(plot, qtbot):
    losses = history(GAN, 10)
    plot.set_curves(GAN, losses)
    qtbot.waitUntil(lambda: len(line(plot, "G").points()[0]) == 10)
    losses.append(np.full((5, 4), 0.5))
    plot.mark_dirty()
    qtbot.waitUntil(lambda: line(plot, "G").points()[0][-1] == 15)
    assert plot.legend.item("G").value() == "0.5000"
    assert plot._loss.steps() == (1, 15)


def test_curves_have_the_colours_of_their_networks(plot):
    plot.set_curves(GAN, history(GAN, 300))
    plot.redraw()
    colors = colors_in(plot._view.grab().toImage())
    assert rgb(theme.hue("generator")) in colors
    assert rgb(theme.hue("discriminator")) in colors
    assert line(plot, "D").color() != line(plot, "D real").color()
    assert line(plot, "D").color() == line(plot, "D(x)").color()


def test_nothing_is_drawn_while_nobody_looks(plot, qtbot):
    losses = history(GAN, 10)
    plot.set_curves(GAN, losses)
    plot.redraw()
    plot.hide()
    losses.append(np.full((5, 4), 0.5))
    plot.mark_dirty()
    assert not any(
        timer.isActive() for timer in plot.findChildren(QTimer, options=Qt.FindChildOption.FindDirectChildrenOnly)
    )
    assert len(line(plot, "G").points()[0]) == 10
    plot.show()
    qtbot.waitUntil(lambda: len(line(plot, "G").points()[0]) == 15)


def test_the_scores_have_their_own_plot_from_0_to_1_only_if_there_are_any(plot):
    plot.set_curves(GAN, history(GAN, 20))
    plot.redraw()
    assert plot._score.plot.isVisible()
    low, high = plot._score.values()
    assert -0.2 < low <= 0
    assert 1 <= high < 1.2
    plot.set_curves(GAN[:2], history(GAN[:2], 20))
    plot.redraw()
    assert not plot._score.plot.isVisible()


def test_a_click_in_the_legend_hides_a_curve_and_the_axis_follows(plot, qtbot):
    losses = History(("G", "D"))
    losses.append(np.column_stack((np.full(50, 90.0), np.linspace(1, 2, 50))))
    plot.set_curves(GAN[:2], losses)
    plot.redraw()
    assert plot._loss.values()[1] > 90
    qtbot.mouseClick(plot.legend.item("G"), Qt.MouseButton.LeftButton)
    plot.redraw()
    assert plot._loss.values()[1] < 3
    assert rgb(theme.hue("generator")) not in colors_in(plot._view.grab().toImage())
    plot.set_curves(GAN[:2], losses)
    assert not plot.legend.item("G").isChecked()


def test_values_that_are_no_numbers_are_marked_and_do_not_move_the_axis(plot):
    losses = history(GAN[:1], 1000)
    losses.append(np.array([[np.nan], [np.inf], [-np.inf], [0.5]]))
    plot.set_curves(GAN[:1], losses)
    plot.redraw()
    assert line(plot, "G").mark_count() == 3
    low, high = plot._loss.values()
    assert 0 < low < high < 1
    assert plot.legend.item("G").value() == "0.5000"


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.7])
def test_a_run_of_one_step_or_of_no_number_at_all_is_drawn(plot, value):
    losses = History(("G",))
    plot.set_curves(GAN[:1], losses)
    plot.redraw()
    losses.append(np.array([[value]]))
    plot.redraw()
    assert line(plot, "G").mark_count() == (0 if np.isfinite(value) else 1)
    assert rgb(theme.hue("generator")) in colors_in(plot._view.grab().toImage())
    assert plot.legend.item("G").value() == {True: "0.7000"}.get(
        bool(np.isfinite(value)), "NaN" if value != value else "∞"
    )


def test_a_spike_between_a_million_steps_is_not_hidden(plot):
    losses = history(GAN[:1], 200_000)
    losses.append(np.array([[40.0]]))
    losses.append(np.random.default_rng(1).uniform(0.2, 0.8, (200_000, 1)))
    plot.set_curves(GAN[:1], losses)
    plot.redraw()
    assert plot._loss.values()[1] > 40


def test_ignoring_outliers_fits_the_axis_to_the_rest(plot, qtbot):
    losses = history(GAN[:1], 5000)
    losses.append(np.array([[400.0]]))
    plot.set_curves(GAN[:1], losses)
    plot.redraw()
    assert plot._loss.values()[1] > 400
    qtbot.mouseClick(plot.controls.outliers, Qt.MouseButton.LeftButton)
    plot.redraw()
    assert plot._loss.values()[1] < 1


def test_the_log_axis_shows_powers_and_marks_what_it_cannot_show(plot, qtbot):
    losses = History(("G",))
    losses.append(np.array([[10.0], [100.0], [1000.0], [-5.0], [0.0], [10.0]]))
    plot.set_curves(GAN[:1], losses)
    qtbot.mouseClick(plot.controls.log, Qt.MouseButton.LeftButton)
    plot.redraw()
    low, high = plot._loss.values()
    assert 0.5 < low < 1
    assert 3 < high < 3.5
    assert line(plot, "G").mark_count() == 2


def test_the_slider_smooths_more_to_the_right(plot, qtbot):
    losses = history(GAN[:1], 3000)
    plot.set_curves(GAN[:1], losses)
    plot.redraw()
    rough = np.nanstd(line(plot, "G").points()[1][300:])
    plot.controls.slider.setFocus()
    qtbot.keyClick(plot.controls.slider, Qt.Key.Key_End)
    assert plot.controls.smoothing() == 0.999
    plot.redraw()
    assert np.nanstd(line(plot, "G").points()[1][300:]) < rough / 3
    qtbot.keyClick(plot.controls.slider, Qt.Key.Key_Home)
    assert plot.controls.smoothing() == 0.0
    plot.redraw()
    assert np.nanmax(line(plot, "G").points()[1]) == pytest.approx(losses.column("G").max())


def test_the_wheel_zooms_the_steps_and_reset_shows_all_again(plot, qtbot):
    plot.set_curves(GAN, history(GAN, 5000))
    plot.redraw()
    assert not plot.controls.reset_button.isEnabled()
    wheel(plot._view, 5, QPoint(400, 100))
    plot.redraw()
    first, last = plot._loss.steps()
    assert last - first < 4000
    assert plot._score.steps() == pytest.approx((first, last))
    qtbot.mouseClick(plot.controls.reset_button, Qt.MouseButton.LeftButton)
    plot.redraw()
    assert plot._loss.steps() == (1, 5000)


def test_a_zoomed_plot_stays_where_it_is_while_steps_come_in(plot):
    losses = history(GAN, 5000)
    plot.set_curves(GAN, losses)
    plot.redraw()
    wheel(plot._view, 5, QPoint(400, 100))
    plot.redraw()
    before = plot._loss.steps()
    losses.append(np.full((1000, 4), 0.5))
    plot.redraw()
    assert plot._loss.steps() == before


def test_the_last_thousand_steps_follow_the_run(plot, qtbot):
    losses = history(GAN, 3000)
    plot.set_curves(GAN, losses)
    plot.controls.range.setFocus()
    qtbot.keyClick(plot.controls.range, Qt.Key.Key_Down)
    plot.redraw()
    assert plot._loss.steps() == (2001, 3000)
    losses.append(np.full((10, 4), 0.5))
    plot.redraw()
    assert plot._loss.steps() == (2011, 3010)


def test_the_mouse_shows_step_and_values(plot, qtbot):
    losses = history(GAN, 100)
    plot.set_curves(GAN, losses)
    plot.redraw()
    place = plot._view.mapFromScene(plot._loss.box.mapViewToScene(QPointF(42, plot._loss.values()[0])))
    qtbot.mouseMove(plot._view.viewport(), QPoint(place.x(), place.y() - 60))
    readout = plot._crosshair.readout
    qtbot.waitUntil(readout.isVisible)
    assert "Step 42" in readout.text()
    assert f"{losses.column('G')[41]:.4f}" in readout.text()
    assert plot._view.rect().contains(readout.geometry())
    plot._view.left.emit()
    assert not readout.isVisible()


def test_another_run_is_drawn_beside_and_hidden_by_its_legend(plot, qtbot):
    plot.set_curves(GAN[:1], history(GAN[:1], 500))
    plot.set_comparison([("baseline", history(GAN[:1], 2000, seed=3)), ("other columns", History(("nothing",)))])
    plot.redraw()
    assert plot.legend.keys() == ("G", "run:baseline", "run:other columns")
    assert plot._loss.steps() == (1, 2000)
    qtbot.mouseClick(plot.legend.item("run:baseline"), Qt.MouseButton.LeftButton)
    plot.redraw()
    assert plot._loss.steps() == (1, 500)
    plot.set_comparison([])
    assert plot.legend.keys() == ("G",)


def test_evaluations_are_points_in_the_accent_colour(plot):
    plot.set_curves(GAN[:1], history(GAN[:1], 500))
    plot.redraw()
    assert rgb(theme.tokens().accent) not in colors_in(plot._view.grab().toImage())
    for step, value in ((100, 0.9), (200, 0.7), (200, 0.6), (300, float("nan"))):
        plot.add_evaluation(step, {"val_loss": value})
    plot.redraw()
    assert plot._figures["val_loss"].points().keys() == {100, 200, 300}
    assert rgb(theme.tokens().accent) in colors_in(plot._view.grab().toImage())
    assert plot.legend.item("figure:val_loss").value() == "NaN"
    plot.set_curves(GAN[:1], history(GAN[:1], 5))
    assert plot.legend.keys() == ("G",)


def test_the_marker_stands_at_the_moment_looked_at(plot):
    plot.set_curves(GAN, history(GAN, 500))
    plot.set_marker(250)
    assert [panel.marker.value() for panel in (plot._loss, plot._score)] == [250, 250]
    assert plot._loss.marker.isVisible()
    plot.set_marker(None)
    assert not plot._loss.marker.isVisible()


def test_the_plot_can_be_saved_as_a_picture(plot, qtbot, tmp_path, monkeypatch):
    plot.set_curves(GAN, history(GAN, 500))
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: tmp_path / "losses.png")
    with qtbot.waitSignal(plot.message) as said:
        qtbot.mouseClick(plot.controls.save_button, Qt.MouseButton.LeftButton)
    assert said.args[1] == "info"
    assert rgb(theme.hue("generator")) in colors_in(QImage(str(tmp_path / "losses.png")))
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: tmp_path / "losses.unknown-kind")
    with qtbot.waitSignal(plot.message) as said:
        qtbot.mouseClick(plot.controls.save_button, Qt.MouseButton.LeftButton)
    assert said.args[1] == "error"


def test_the_plot_follows_the_theme(plot, qapp):
    plot.set_curves(GAN[:2], history(GAN[:2], 500))
    theme.apply(qapp, False)
    plot.redraw()
    image = plot._view.grab().toImage()
    assert image.pixelColor(2, 2) == QColor(theme.tokens().panel)
    assert rgb(theme.hue("discriminator")) in colors_in(image)
    theme.apply(qapp, True)


def test_a_million_points_cost_no_more_than_a_few(plot):
    def median(count):
        losses = history(GAN[:1], count)
        plot.set_curves(GAN[:1], losses)
        plot.redraw()
        times = []
        for _ in range(11):
            begin = time.perf_counter()
            losses.append(np.full((5, 1), 0.5))
            plot.redraw()
            plot._view.grab()
            times.append(time.perf_counter() - begin)
        return sorted(times)[5]

    assert median(1_000_000) < 3 * median(20_000) + 0.01


def test_a_figure_goes_to_the_plot_whose_scale_it_is_on(qtbot):
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(600, 400)
    places = {"val loss": "loss", "val accuracy": "score", "val PSNR": ""}
    plot.set_curves([Curve("loss", "classifier")], History(("loss",)), places.__getitem__)
    for step in (1, 2):
        plot.add_evaluation(step, {"val loss": 0.5, "val accuracy": 0.9, "val PSNR": 20.0 + step})
    plot.redraw()
    figures = plot._figures
    assert figures["val accuracy"].plot is plot._score.plot
    assert figures["val loss"].plot is plot._loss.plot
    assert plot._score.plot.isVisible()
    assert not figures["val PSNR"].visible, "a scale of its own is drawn on request"
    assert plot.legend.item("figure:val PSNR").value() == "22.00"
    assert plot._loss.values()[1] < 5
    plot.legend.item("figure:val PSNR").setChecked(True)
    plot.redraw()
    assert plot._loss.values()[1] > 20
