import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget

from studio.gui.widgets import toast
from studio.gui.widgets.toast import Toasts

pytestmark = pytest.mark.gui


@pytest.fixture
def host(show):
    return show(QWidget(), 600, 400)


@pytest.fixture
def toasts(host):
    return Toasts(host)


def test_a_message_is_at_the_bottom_right_and_follows_the_corner(host, toasts):
    shown = toasts.show_message("Saved.")
    assert (host.width() - shown.geometry().right(), host.height() - shown.geometry().bottom()) == (17, 17)
    host.resize(800, 500)
    assert (host.width() - shown.geometry().right(), host.height() - shown.geometry().bottom()) == (17, 17)


def test_messages_stack_upwards_without_touching(toasts):
    first = toasts.show_message("One.")
    second = toasts.show_message("Two.", "warning")
    assert first.geometry().bottom() < second.geometry().top()
    second.dismiss()
    assert toasts.messages() == ["One."]
    assert first.geometry().bottom() > 370


def test_a_long_message_wraps_and_is_not_cut_off(toasts):
    shown = toasts.show_message("The folder holds pictures of very different sizes. " * 4, "warning")
    label = max(shown.findChildren(QLabel), key=lambda each: len(each.text()))
    assert label.height() >= label.heightForWidth(label.width())
    assert shown.rect().contains(label.geometry())


@pytest.mark.parametrize(("level", "leaves"), [("info", True), ("warning", True), ("error", False)])
def test_only_errors_stay_until_they_are_closed(host, qtbot, monkeypatch, level, leaves):
    monkeypatch.setattr(toast, "SECONDS", 0)
    toasts = Toasts(host)
    shown = toasts.show_message("Something.", level)
    if leaves:
        qtbot.waitUntil(lambda: toasts.messages() == [])
    else:
        assert not any(timer.isActive() for timer in shown.findChildren(QTimer))
        qtbot.mouseClick(shown.findChild(QToolButton, "close"), Qt.MouseButton.LeftButton)
    assert toasts.messages() == []
    qtbot.waitUntil(lambda: host.findChildren(toast.Toast) == [])


def test_the_time_stands_still_while_somebody_reads(toasts):
    shown = toasts.show_message("Reading takes time.")
    timer = shown.findChild(QTimer)
    assert timer.isActive()
    assert timer.interval() == 6000
    QApplication.sendEvent(shown, QEvent(QEvent.Type.Leave))
    assert timer.isActive()
    shown.enterEvent(_enter())
    assert not timer.isActive()
    QApplication.sendEvent(shown, QEvent(QEvent.Type.Leave))
    assert timer.isActive()


def _enter():
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QEnterEvent

    return QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1))


def test_the_action_runs_once_and_closes_the_message(toasts, qtbot):
    done = []
    shown = toasts.show_message("Deleted.", action=("Undo", lambda: done.append(1)))
    qtbot.mouseClick(shown.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert done == [1]
    assert toasts.messages() == []


def test_the_text_can_be_copied(toasts, qtbot):
    shown = toasts.show_message("Not found: faces. Check the path.", "error")
    label = max(shown.findChildren(QLabel), key=lambda each: len(each.text()))
    qtbot.mouseClick(label, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    qtbot.keySequence(label, QKeySequence.StandardKey.SelectAll)
    qtbot.keySequence(label, QKeySequence.StandardKey.Copy)
    assert QGuiApplication.clipboard().text() == "Not found: faces. Check the path."


def test_markup_in_a_message_is_shown_as_it_is(toasts):
    shown = toasts.show_message("<b>a & b</b>")
    label = max(shown.findChildren(QLabel), key=lambda each: len(each.text()))
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_the_same_message_again_replaces_the_older(toasts):
    for _ in range(3):
        toasts.show_message("The disk is full.", "error")
    assert toasts.messages() == ["The disk is full."]


def test_too_many_messages_drop_the_oldest_but_errors_last(toasts):
    toasts.show_message("An error.", "error")
    for i in range(7):
        toasts.show_message(f"Note {i}.")
    assert toasts.messages() == ["An error.", "Note 3.", "Note 4.", "Note 5.", "Note 6."]
    toasts.clear()
    assert toasts.messages() == []


def test_no_timer_runs_behind_a_hidden_host(host, toasts):
    shown = toasts.show_message("Hello.")
    host.hide()
    assert not shown.findChild(QTimer).isActive()
