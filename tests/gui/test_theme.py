import subprocess
import sys
from itertools import combinations

import pytest
from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QWidget

from studio.gui import theme
from studio.gui.tokens import DARK, LIGHT, PLAYERS

pytestmark = pytest.mark.gui


def luminance(color):
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(color).getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    """WCAG 2.2 contrast of two colours, 1 … 21."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_text_is_legible_on_every_ground(tokens):
    for ground in (tokens.window, tokens.panel, tokens.raised):
        assert contrast(tokens.text, ground) >= 7
        assert contrast(tokens.muted, ground) >= 4.5
    for shade in (tokens.accent, tokens.danger, tokens.warning, tokens.ok):
        assert contrast(shade, tokens.panel) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5


def test_pictures_lie_on_neutral_grey():
    for tokens in (DARK, LIGHT):
        ground = QColor(tokens.picture_background)
        assert ground.red() == ground.green() == ground.blue()


def test_every_network_has_a_legible_colour_of_its_own(any_theme):
    hues = {player: theme.hue(player) for player in (*PLAYERS, "mapper", "critic B")}
    for player, hue in hues.items():
        assert contrast(hue, theme.tokens().panel) >= 3, player
    for (_, a), (_, b) in combinations(hues.items(), 2):
        assert a != b


def test_hues_keep_their_hue_in_both_themes(qapp):
    angles = []
    for dark in (True, False):
        theme.apply(qapp, dark)
        angles.append([theme.hue(player).hslHue() for player in (*PLAYERS, "somebody")])
    for a, b in zip(*angles, strict=True):
        assert min(abs(a - b), 360 - abs(a - b)) <= 12


def test_a_network_nobody_knows_keeps_its_colour(dressed):
    first = theme.hue("style encoder of test")
    theme.hue("another network of test")
    assert theme.hue("style encoder of test") == first


def test_widgets_and_others_hear_of_a_change(qtbot, qapp, dressed):
    heard = []

    class Listener(QWidget):
        def changeEvent(self, event):
            heard.append(event.type())
            super().changeEvent(event)

    widget = Listener()
    qtbot.addWidget(widget)
    widget.show()
    with qtbot.waitSignal(theme.observer().changed):
        theme.apply(qapp, False)
    assert {QEvent.Type.PaletteChange, QEvent.Type.StyleChange} & set(heard)
    assert theme.tokens() is LIGHT
    assert not theme.is_dark()
    theme.apply(qapp, True)


def test_an_icon_follows_the_theme(qapp):
    icon, found = theme.icon("play"), []
    for dark in (True, False):
        theme.apply(qapp, dark)
        image = icon.pixmap(QSize(32, 32)).toImage()
        solid = [image.pixelColor(x, y) for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() == 255]
        assert len(solid) > 40
        found.append(solid[len(solid) // 2])
    theme.apply(qapp, True)
    assert [color.name() for color in found] == [DARK.text, LIGHT.text]


def test_tabular_digits_are_equally_wide_and_the_font_is_not_changed():
    font = QFont()
    assert theme.tabular(font).featureValue(QFont.Tag("tnum")) == 1
    assert not font.isFeatureSet(QFont.Tag("tnum"))


def test_there_are_two_sizes_of_text(qapp, dressed):
    font = qapp.font()
    assert font.pointSizeF() > theme.small_font(font).pointSizeF() > 0
    assert theme.text_font(theme.small_font(font)).pointSizeF() == font.pointSizeF()


def test_the_style_sheet_is_understood(qtbot, any_theme, qapp):
    # Qt logs "Could not parse application stylesheet" and "Unknown property"; qt_log_level_fail makes that a failure
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.ensurePolished()
    assert "$" not in qapp.styleSheet()


def test_importing_the_widgets_loads_neither_plot_nor_icon_library():
    code = (
        "import sys, studio.gui.theme, studio.gui.widgets.config_form, studio.gui.widgets.picture_grid, "
        "studio.gui.widgets.image_view, studio.gui.widgets.toast\n"
        "print([m for m in ('pyqtgraph', 'qtawesome', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
