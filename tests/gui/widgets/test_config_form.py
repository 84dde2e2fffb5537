import dataclasses
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QScrollArea, QVBoxLayout, QWidget

from studio.config import option
from studio.gui import theme
from studio.gui.widgets import dialogs
from studio.gui.widgets.config_form import ConfigForm
from studio.gui.widgets.switch import Switch
from tests.gui.conftest import wheel

pytestmark = pytest.mark.gui


@dataclass(frozen=True)
class Recipe:
    latent: int = option(100, "Latent size", help="Length of the code z.", low=1, high=4096, group="Network")
    size: int = option(64, "Size", help="Side.", low=8, high=512, power_of_two=True, unit="px", group="Network")
    norm: str = option(
        "batch", "Normalisation", help="Norm.", choices={"batch": "Batch", "layer": "Layer"}, group="Network"
    )
    rate: float = option(2e-4, "Learning rate", help="Rate.", low=0.0, high=1.0, scientific=True, group="Training")
    ema: bool = option(True, "Average", help="EMA.", group="Training")
    folder: str = option("", "Folder", help="Pictures.", path=True, group="Data")
    secret: int = 7

    def problems(self):
        return ["Size and latent size together are too large."] if self.size >= 256 and self.latent >= 1000 else []


@dataclass(frozen=True)
class Other:
    steps: int = option(10, "Steps", help="How many.", low=1)


def typed(qtbot, form, name, text):
    editor = form.field(name).editor
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, text)


@pytest.fixture
def form(show):
    return show(ConfigForm(Recipe, scrolls=True), 380, 500)


def test_what_is_typed_is_in_the_config(form, qtbot):
    with qtbot.waitSignal(form.changed):
        typed(qtbot, form, "latent", "128")
    typed(qtbot, form, "rate", "3.5e-4")
    typed(qtbot, form, "folder", "some/where")
    qtbot.mouseClick(form.field("ema").editor, Qt.MouseButton.LeftButton)
    form.field("norm").editor.setFocus()
    qtbot.keyClick(form.field("norm").editor, Qt.Key.Key_Down)
    assert form.config() == Recipe(latent=128, rate=3.5e-4, folder="some/where", ema=False, norm="layer")
    assert form.problems() == []


def test_a_shown_config_comes_back_exactly_and_without_a_signal(form, qtbot):
    config = Recipe(latent=3, size=8, norm="layer", rate=0.123456789012345, ema=False, folder="x", secret=42)
    with qtbot.assertNotEmitted(form.changed):
        form.set_config(config)
    assert form.config() == config


def test_a_wrong_value_is_kept_outlined_and_named_while_typing(form, qtbot):
    editor = form.field("latent").editor
    typed(qtbot, form, "latent", "0")
    assert form.config().latent == 0
    assert form.problems() == ["Latent size must be at least 1, not 0."]
    assert editor.toolTip() == "Latent size must be at least 1, not 0."
    editor.clearFocus()
    assert editor.grab().toImage().pixelColor(editor.width() // 2, 0) == QColor(theme.tokens().danger)
    typed(qtbot, form, "latent", "5")
    assert form.problems() == []
    assert editor.toolTip() == "Length of the code z."


def test_text_that_is_no_number_is_named_by_its_label_and_the_last_value_stays(form, qtbot):
    typed(qtbot, form, "rate", "0,5")
    assert form.problems() == ["Learning rate: “0,5” is not a number."]
    assert form.config().rate == 0.0  # the 0 before the comma was still one
    typed(qtbot, form, "latent", "12.5")
    assert "Latent size: “12.5” is not a whole number." in form.problems()
    form.field("size").editor.lineEdit().clear()
    assert "Size: an empty field is not a whole number." in form.problems()
    assert form.section("Network").note() == "2 problems"
    assert form.section("Training").note() == "1 problem"


def test_wrong_values_from_a_file_are_shown_and_named_not_changed(form):
    wrong = Recipe(latent=99_999, size=48, norm="group", rate=7.0)
    form.set_config(wrong)
    assert form.config() == wrong
    assert len(form.problems()) == 4
    assert form.field("norm").editor.currentText() == "group"
    form.set_config(Recipe())
    assert form.field("norm").editor.count() == 2


def test_what_the_class_says_of_all_settings_together_is_a_problem(form):
    form.set_config(Recipe(size=256, latent=1000))
    assert form.problems() == ["Size and latent size together are too large."]


def test_a_changed_field_can_be_reset(form, qtbot):
    field = form.field("latent")
    assert not field.reset_button.isVisible()
    typed(qtbot, form, "latent", "128")
    assert field.label.font().bold()
    assert "100" in field.reset_button.toolTip()
    with qtbot.waitSignal(form.changed):
        qtbot.mouseClick(field.reset_button, Qt.MouseButton.LeftButton)
    assert form.config().latent == 100
    assert not field.label.font().bold()
    assert not field.reset_button.isVisible()


def test_the_wheel_scrolls_and_changes_only_what_is_focused(form, qtbot):
    form.resize(380, 150)
    bar = form.findChild(QScrollArea).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    for name in ("latent", "norm"):
        form.field(name).editor.clearFocus()
        bar.setValue(0)
        wheel(form.field(name).editor, -1, QPoint(10, 10))
        assert bar.value() > 0
    assert form.config() == Recipe()
    bar.setValue(0)
    form.field("latent").editor.setFocus()
    wheel(form.field("latent").editor, -1, QPoint(10, 10))
    assert form.config().latent == 99


def test_a_form_without_scroll_area_leaves_the_wheel_to_the_page_around_it(show):
    page = QWidget()
    column = QVBoxLayout(page)
    form, tail = ConfigForm(Recipe()), QWidget()
    tail.setFixedHeight(900)
    column.addWidget(form)
    column.addWidget(tail)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    show(area, 420, 300)
    wheel(form.field("norm").editor, -1, QPoint(10, 10))
    assert area.verticalScrollBar().value() > 0
    assert form.config() == Recipe()


def test_read_only_shows_and_refuses(form, qtbot):
    form.set_read_only(True)
    typed(qtbot, form, "latent", "5")
    qtbot.mouseClick(form.field("ema").editor, Qt.MouseButton.LeftButton)
    assert form.config() == Recipe()
    form.set_read_only(False)
    typed(qtbot, form, "latent", "5")
    assert form.config().latent == 5


def test_hidden_settings_keep_their_values_and_empty_groups_go(form):
    form.set_config(Recipe(folder="kept", latent=7))
    form.set_visible_options({"latent", "rate"})
    assert form.field("latent").editor.isVisible()
    assert not form.field("size").editor.isVisible()
    assert not form.section("Data").isVisible()
    assert form.config() == Recipe(folder="kept", latent=7)
    form.set_visible_options(None)
    assert form.field("folder").editor.isVisible()


def test_a_folder_can_be_chosen(form, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_: tmp_path)
    button = next(b for b in form.findChildren(QWidget) if b.accessibleName() == "Choose Folder")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert form.config().folder == str(tmp_path)


def test_sections_fold_and_a_folded_one_still_warns(form, qtbot):
    section = form.section("Network")
    qtbot.mouseClick(section.header(), Qt.MouseButton.LeftButton)
    assert not form.field("latent").editor.isVisible()
    form.set_config(Recipe(latent=0))
    assert section.note() == "1 problem"
    qtbot.keyClick(section.header(), Qt.Key.Key_Space)
    assert form.field("latent").editor.isVisible()


def test_a_config_of_another_class_gets_its_own_form(form, qtbot):
    form.set_config(Other(steps=3))
    assert form.config() == Other(steps=3)
    typed(qtbot, form, "steps", "0")
    assert form.problems() == ["Steps must be at least 1, not 0."]


def test_a_form_without_a_config_is_empty_until_it_gets_one(show):
    form = show(ConfigForm())
    assert form.config() is None
    assert form.problems() == []
    form.set_config(Other())
    assert form.config() == Other()


def test_only_the_first_group_is_open_when_there_are_many_settings(show):
    fields = [(f"f{i}", int, option(i, f"F{i}", help="", group=f"G{i % 3}")) for i in range(20)]
    form = show(ConfigForm(dataclasses.make_dataclass("Many", fields, frozen=True)()))
    assert [form.section(f"G{i}").is_open() for i in range(3)] == [True, False, False]


def test_nothing_is_cut_off_at_the_smallest_width(form, qtbot):
    form.resize(form.minimumSizeHint().width(), 500)
    for editor in (*form.findChildren(QComboBox), *form.findChildren(Switch)):
        assert editor.width() >= editor.sizeHint().width()
        assert editor.mapTo(form, QPoint(editor.width(), 0)).x() <= form.width()


def test_every_editor_has_its_help_and_a_name_for_screen_readers(form):
    for name in ("latent", "norm", "ema", "folder"):
        field = form.field(name)
        assert field.editor.toolTip() == field.option.help
        assert field.label.toolTip() == field.option.help
        assert field.editor.accessibleName() == field.option.label
