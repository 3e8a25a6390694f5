"""The dark theme: a palette for what Qt draws itself, and a style sheet for the rest."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from desktop.look import icons, palette

FAMILIES = ("Inter", "Noto Sans", "Segoe UI", "SF Pro Text", "Cantarell", "Ubuntu", "DejaVu Sans")
SHEET = Path(__file__).with_name("theme.qss")


def dress(app: QApplication) -> None:
    """Gives the application its look. Safe to call twice."""
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(_palette())
    app.setFont(_font())
    app.setStyleSheet(sheet())
    app.setWindowIcon(icons.icon("scumble"))


def sheet() -> str:
    """The style sheet with the palette's names filled in."""
    text = SHEET.read_text(encoding="utf-8")
    names = {name: value for name, value in vars(palette).items() if name.isupper()}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(f"@{name}", str(names[name]))
    return text.replace("@icons", icons.FOLDER.as_posix())


def _font() -> QFont:
    have = set(QFontDatabase.families())
    font = QFont()
    font.setFamilies([family for family in FAMILIES if family in have] or [font.family()])
    font.setPixelSize(13)
    return font


def _palette() -> QPalette:
    roles = QPalette.ColorRole
    made = QPalette()
    for role, colour in (
        (roles.Window, palette.GROUND),
        (roles.WindowText, palette.TEXT),
        (roles.Base, palette.WELL),
        (roles.AlternateBase, palette.PANEL),
        (roles.ToolTipBase, palette.RAISED),
        (roles.ToolTipText, palette.TEXT),
        (roles.Text, palette.TEXT),
        (roles.Button, palette.RAISED),
        (roles.ButtonText, palette.TEXT),
        (roles.BrightText, palette.ERROR),
        (roles.Link, palette.ACCENT),
        (roles.LinkVisited, palette.ACCENT_PRESSED),
        (roles.Highlight, palette.ACCENT),
        (roles.HighlightedText, palette.ON_ACCENT),
        (roles.PlaceholderText, palette.FAINT),
        (roles.Light, palette.HOVER),
        (roles.Midlight, palette.RAISED),
        (roles.Mid, palette.LINE),
        (roles.Dark, palette.WELL),
        (roles.Shadow, "#000000"),
    ):
        made.setColor(role, QColor(colour))
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(palette.FAINT))
    return made
