from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from studio import models
from studio.data import registry
from studio.gui.train.chooser import CUSTOM, Chooser
from studio.training import recipe as recipes


@pytest.fixture
def chooser(qtbot):
    widget = Chooser()
    qtbot.addWidget(widget)
    widget.resize(368, 700)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def pick(combo, data):
    combo.setCurrentIndex(combo.findData(data))


@pytest.mark.parametrize("family", models.FAMILIES, ids=lambda f: f.id)
def test_every_preset_of_every_family_is_shown_as_it_is(chooser, family):
    pick(chooser.family, family.id)
    for preset in family.presets:
        pick(chooser.preset, preset.id)
        assert chooser.recipe() == recipes.from_preset(family.id, preset.id)
        assert chooser.preset.currentData() == preset.id


def test_every_source_can_be_picked(chooser):
    for source in registry.SOURCES:
        pick(chooser.source, source.id)
        assert chooser.recipe().data.source == source.id
        assert chooser.root.isVisible() == (source.root != "none")


def test_an_edit_makes_it_custom_and_back(qtbot, chooser):
    with qtbot.waitSignal(chooser.changed):
        chooser.forms["model"].field("latent").set_value(77)
        chooser._edited()
    assert chooser.preset.currentData() == CUSTOM
    assert chooser.recipe().model.latent == 77
    pick(chooser.preset, "digits")
    assert chooser.recipe().model.latent == 64


def test_a_required_folder_is_asked_for(qtbot, chooser):
    pick(chooser.source, "folder")
    assert any("folder" in problem.lower() for problem in chooser.problems())
    qtbot.keyClicks(chooser.root, "/some/where")
    qtbot.keyClick(chooser.root, Qt.Key.Key_Return)
    assert chooser.problems() == []
    assert chooser.recipe().data.root == "/some/where"


def test_a_dropped_folder_becomes_the_data(qtbot, chooser, tmp_path):
    from PySide6.QtCore import QMimeData, QPointF, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    actions, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(chooser.rect().center(), actions, mime, buttons, keys)
    chooser.dragEnterEvent(enter)
    assert enter.isAccepted()
    chooser.dropEvent(QDropEvent(QPointF(chooser.rect().center()), actions, mime, buttons, keys))
    assert chooser.recipe().data.source == "folder"
    assert chooser.recipe().data.root == str(tmp_path)


def test_every_control_explains_itself(chooser):
    for combo in (chooser.family, chooser.source, chooser.preset, chooser.root):
        assert chooser.isAncestorOf(combo)
        assert len(combo.toolTip()) > 10
