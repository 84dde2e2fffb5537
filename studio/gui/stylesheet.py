"""The one style sheet, filled with the colours of a theme."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QGuiApplication

from studio.gui.tokens import CORNER, SMALL_TEXT, TEXT, Tokens, mix

_SHEET = Template("""
* { outline: none; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 8px; }
QMainWindow, QDialog { background: $window; }
QLabel { background: transparent; }
*[role="headline"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"], *[role="small"] { color: $muted; font-size: ${small}pt; }
QLabel[role="danger"] { color: $danger; }
QFrame[role="panel"], QWidget[role="panel"] { background: $panel; border: 1px solid $line; border-radius: ${corner}px; }
QLabel[role="readout"] { background: $raised; border: 1px solid $line; border-radius: 4px; padding: 4px 6px; }
QFrame[role="raised"] { background: $raised; border: 1px solid $line; border-radius: ${corner}px; }

QPushButton { background: $raised; color: $text; border: 1px solid $line; border-radius: ${corner}px;
  padding: 5px 14px; min-height: 18px; }
QPushButton:hover { background: $hover; border-color: $strong_line; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border-color: $accent; }
QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton:disabled { color: $faded; background: $panel; border-color: $line; }
QPushButton[role="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[role="primary"]:focus { border-color: $text; }
QPushButton[role="primary"]:disabled { background: $raised; color: $faded; border-color: $line; }
QPushButton[role="danger"] { color: $danger; }
QPushButton[role="danger"]:hover { border-color: $danger; }
QPushButton[role="danger"]:disabled { color: $faded; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; padding: 5px 8px; }
QPushButton[role="flat"]:hover { background: $raised; }
QPushButton[role="flat"]:focus { border-color: $accent; }
QPushButton[role="link"] { background: transparent; border: none; color: $accent; padding: 2px 0; font-weight: 600; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${corner}px; padding: 4px; }
QToolButton:hover { background: $raised; }
QToolButton:pressed { background: $line; }
QToolButton:focus { border-color: $accent; }
QToolButton:checked { background: $accent_soft; border-color: $accent_line; }
QToolButton:disabled { color: $faded; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="section"] { font-weight: 600; padding: 6px 4px; text-align: left; }
QToolButton[role="section"], QToolButton[role="section"]:checked, QToolButton[role="section"]:hover {
  background: transparent; border-color: transparent; }
QToolButton[role="section"]:hover { color: $accent; }
QToolButton[role="section"]:focus { border-color: $accent_line; }

QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit, QComboBox {
  background: $field; color: $text; border: 1px solid $line; border-radius: ${corner}px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit { padding: 3px 6px; min-height: 20px; }
QAbstractSpinBox { padding: 3px 20px 3px 6px; min-height: 20px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $strong_line; }
QLineEdit:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus,
  QComboBox:focus { border-color: $accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled, QLineEdit:read-only {
  color: $faded; background: $panel; }
QLineEdit[wrong="true"], QAbstractSpinBox[wrong="true"], QComboBox[wrong="true"] { border: 1px solid $danger;
  background: $danger_soft; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; width: 20px; border: none;
  margin: 1px 1px 0 0; border-top-right-radius: 5px; background: transparent; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; width: 20px; border: none;
  margin: 0 1px 1px 0; border-bottom-right-radius: 5px; background: transparent; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $raised; }
QAbstractSpinBox::up-arrow { image: url(theme:chevron-up.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url(theme:chevron-down.svg); width: 10px; height: 10px; }
QComboBox { padding: 3px 26px 3px 8px; min-height: 20px; }
QComboBox::drop-down { subcontrol-origin: border; subcontrol-position: center right; width: 24px; border: none; }
QComboBox::down-arrow { image: url(theme:chevron-down.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: 4px; }
QComboBox QAbstractItemView::item { padding: 4px 8px; min-height: 20px; border-radius: 4px; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; border: 1px solid transparent; padding: 2px; }
QCheckBox::indicator, QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $strong_line;
  background: $field; border-radius: 4px; }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover, QCheckBox::indicator:focus, QRadioButton::indicator:focus {
  border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url(theme:check.svg); }
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent; image: url(theme:minus.svg); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url(theme:dot.svg); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $line; background: $panel; }
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled { background: $line; }

QSlider { background: transparent; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $line; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $accent; }
QSlider::handle:horizontal:hover, QSlider::handle:vertical:hover { background: $accent_hover; }
QSlider::groove:vertical { width: 4px; border-radius: 2px; background: $line; }
QSlider::add-page:vertical { width: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:vertical { width: 14px; height: 14px; margin: 0 -5px; border-radius: 7px; background: $accent; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:disabled { background: $strong_line; }
QProgressBar { background: $raised; border: none; border-radius: 3px; text-align: center; color: $text; }
QProgressBar::chunk { background: $accent_line; border-radius: 3px; }

QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; padding: 8px 14px; border: none; }
QTabBar::tab:hover { color: $text; background: $raised; }
QTabBar::tab:selected { color: $text; }
QTabBar::tab:top { border-bottom: 2px solid transparent; }
QTabBar::tab:top:selected { border-bottom-color: $accent; }
QTabBar::tab:bottom { border-top: 2px solid transparent; }
QTabBar::tab:bottom:selected { border-top-color: $accent; }
QTabBar::tab:left { border-left: 3px solid transparent; padding: 14px 8px; }
QTabBar::tab:left:selected { border-left-color: $accent; background: $panel; }
QTabBar::tab:disabled { color: $faded; }
QTabBar::close-button { image: url(theme:close.svg); }

QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 12px; background: transparent; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $strong_line; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QAbstractItemView { background: $panel; alternate-background-color: $stripe; border: 1px solid $line;
  border-radius: ${corner}px; selection-background-color: $accent_soft; selection-color: $text; }
QListView::item { padding: 4px 8px; border-radius: 4px; }
QListView::item:hover, QTreeView::item:hover { background: $raised; }
QTableView, QTreeView { gridline-color: $line; }
QTableView::item, QTreeView::item { padding: 2px 6px; }
QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $muted; padding: 5px 8px; border: none;
  border-bottom: 1px solid $line; }
QTableCornerButton::section { background: $panel; border: none; }
QTreeView::branch:closed:has-children { image: url(theme:chevron-right.svg); }
QTreeView::branch:open:has-children { image: url(theme:chevron-down.svg); }

QMenuBar { background: $window; border-bottom: 1px solid $line; }
QMenuBar::item { padding: 5px 10px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $panel; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $faded; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QStatusBar { background: $window; border-top: 1px solid $line; color: $muted; }
QStatusBar::item { border: none; }
QGroupBox { border: 1px solid $line; border-radius: ${corner}px; margin-top: 10px; padding: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 8px; padding: 0 4px; color: $muted; }
QSplitter::handle { background: transparent; }
QSplitter::handle:horizontal { width: 8px; }
QSplitter::handle:vertical { height: 8px; }
QSplitter::handle:hover { background: $accent_soft; }
QDockWidget { titlebar-close-icon: url(theme:close.svg); }
QDockWidget::title { background: $panel; padding: 6px 8px; }
""")


def make(t: Tokens) -> str:
    """The style sheet of a theme (its pictures come from the search path ``theme:``)."""
    screen = QGuiApplication.primaryScreen()
    points = 72 / (screen.logicalDotsPerInchY() if screen is not None else 96)
    return _SHEET.substitute(
        vars(t),
        corner=CORNER,
        small=f"{SMALL_TEXT * points:.2f}",
        base=f"{TEXT * points:.2f}",
        field=t.window if t.name == "dark" else t.panel,
        hover=_name(t.text, t.raised, 0.08),
        strong_line=_name(t.text, t.line, 0.25),
        stripe=_name(t.raised, t.panel, 0.4),
        faded=_name(t.muted, t.window, 0.55),
        accent_hover=_name(t.text, t.accent, 0.2),
        accent_soft=_name(t.accent, t.panel, 0.2),
        accent_line=_name(t.accent, t.panel, 0.5),
        danger_soft=_name(t.danger, t.panel, 0.1),
    )


def _name(first: str, second: str, share: float) -> str:
    return mix(first, second, share).name()
