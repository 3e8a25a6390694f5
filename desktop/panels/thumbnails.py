"""Lists of little pictures, all of one make."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem

from desktop import pixels
from desktop.look import palette
from engine.image import Bytes

SIDE = 72
"""Of a little picture, in device independent pixels."""

L = TypeVar("L", bound=QListWidget)


def as_thumbnails(made: L, name: str) -> L:
    """The same list, showing little pictures in rows with a caption under each; `name` is for those who cannot see."""
    made.setAccessibleName(name)
    made.setViewMode(QListWidget.ViewMode.IconMode)
    made.setFlow(QListWidget.Flow.LeftToRight)
    made.setWrapping(True)
    made.setResizeMode(QListWidget.ResizeMode.Adjust)
    made.setMovement(QListWidget.Movement.Static)
    made.setIconSize(QSize(SIDE, SIDE))
    made.setSpacing(palette.XS)
    made.setUniformItemSizes(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setStyleSheet("QListWidget { border: 0; background: transparent; }")
    return made


def captioned(icon: QIcon, caption: str) -> QListWidgetItem:
    """An entry of such a list."""
    item = QListWidgetItem(icon, caption)
    item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
    item.setSizeHint(QSize(SIDE + 14, SIDE + 24))
    return item


def icon_of(shown: Bytes) -> QIcon:
    """uint8 (h, w, 4) made as small as a little picture."""
    return untinted(
        QPixmap.fromImage(pixels.to_qimage(shown)).scaled(
            SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    )


def untinted(picture: QPixmap) -> QIcon:
    """The same picture whether it is chosen or not: its colours are what it is about."""
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        icon.addPixmap(picture, mode)
    return icon
