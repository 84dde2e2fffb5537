from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from studio.config import option
from studio.gui.widgets.config_form import ConfigForm
from studio.gui.widgets.model_edit import ModelEdit

pytestmark = pytest.mark.gui

MODELS = [("encoder", "Autoencoder · 8 px grey"), ("gan 2", "GAN · 16 px colour"), ("vae-mnist", "VAE · 28 px grey")]


@dataclass(frozen=True)
class Built:
    parent: str = option("", "Built on", help="A trained model.", model=True)
    width: int = option(16, "Width", help="Channels.", low=1)


@dataclass(frozen=True)
class Reader:
    by: str = option("", "Read by", help="A trained classifier.", model=True)


@pytest.fixture
def found():
    return list(MODELS)


@pytest.fixture
def form(show, found):
    form = show(ConfigForm(Built), 380, 200)
    form.set_models(lambda: found)
    return form


def editor(form, name="parent"):
    return form.field(name).editor


def open_list(qtbot, edit):
    edit.setFocus()
    qtbot.keyClick(edit, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(edit.view().isVisible)


def test_a_model_is_chosen_from_the_list(form, qtbot):
    edit = editor(form)
    open_list(qtbot, edit)
    assert edit.suggestions() == [name for name, _ in MODELS]
    with qtbot.waitSignal(form.changed):
        qtbot.keyClick(edit.view(), Qt.Key.Key_Home)
        qtbot.keyClick(edit.view(), Qt.Key.Key_Down)
        qtbot.keyClick(edit.view(), Qt.Key.Key_Return)
    assert form.config() == Built(parent="gan 2")
    assert not edit.view().isVisible()


def test_any_text_can_be_typed_and_stays_plain(form, qtbot):
    edit = editor(form)
    edit.setFocus()
    qtbot.keyClicks(edit, "/some/where@3")
    assert form.config() == Built(parent="/some/where@3")
    assert form.problems() == []
    assert edit.suggestions() == [name for name, _ in MODELS], "what was typed is no entry of the list"


def test_the_list_knows_what_came_in_the_meantime_and_leaves_the_text(form, qtbot, found):
    edit = editor(form)
    form.set_config(Built(parent="typed"))
    open_list(qtbot, edit)
    edit.hidePopup()
    found.insert(0, ("newest", "VAE · 8 px grey"))
    with qtbot.assertNotEmitted(form.changed):
        open_list(qtbot, edit)
    assert edit.suggestions()[0] == "newest"
    assert edit.text() == "typed"
    edit.hidePopup()


def test_the_list_opens_at_the_model_that_is_set(form, qtbot):
    form.set_config(Built(parent="vae-mnist"))
    open_list(qtbot, editor(form))
    assert editor(form).view().currentIndex().row() == 2
    editor(form).hidePopup()


def test_typing_offers_what_contains_it(form, qtbot):
    edit = editor(form)
    edit.setFocus()
    qtbot.keyClicks(edit, "MNI")
    completer = edit.completer()
    assert completer.completionCount() == 1
    assert completer.currentCompletion() == "vae-mnist"
    assert form.config().parent == "MNI", "nothing is completed behind the person's back"
    completer.popup().hide()


def test_a_shown_model_comes_back_without_a_signal_and_can_be_reset(form, qtbot):
    with qtbot.assertNotEmitted(form.changed):
        form.set_config(Built(parent="a model that is gone"))
    assert editor(form).text() == "a model that is gone"
    with qtbot.waitSignal(form.changed):
        qtbot.mouseClick(form.field("parent").reset_button, Qt.MouseButton.LeftButton)
    assert form.config() == Built()


def test_a_form_that_is_built_anew_offers_the_models_too(form, qtbot):
    form.set_config(Reader())
    edit = editor(form, "by")
    assert isinstance(edit, ModelEdit)
    open_list(qtbot, edit)
    assert edit.suggestions() == [name for name, _ in MODELS]
    edit.hidePopup()


def test_without_models_the_list_is_empty(show, qtbot):
    form = show(ConfigForm(Built), 380, 200)
    edit = editor(form)
    edit.setFocus()
    assert edit.suggestions() == []
    assert form.config() == Built()


def test_every_line_has_both_texts(show, qtbot, any_theme):
    edit = ModelEdit()
    edit.set_suggestions(lambda: MODELS)
    show(edit, 200, 30)
    open_list(qtbot, edit)
    assert edit.view().width() > edit.width(), "the list is as wide as its texts"
    assert edit.itemData(1, Qt.ItemDataRole.ToolTipRole) == "gan 2: GAN · 16 px colour"
    assert isinstance(edit, QComboBox)
    edit.hidePopup()
