"""What is dragged here from elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage, QPixmap

from desktop.web_pictures import web_address


def dragged_files(data: QMimeData) -> list[str]:
    """The paths of the files among what is dragged or pasted."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]


def pixels_of(data: QMimeData) -> QImage | None:
    """The pixels that another program gives along; None where it gives none, or in a form that cannot be read."""
    image = data.imageData() if data.hasImage() else None
    if isinstance(image, QPixmap):
        image = image.toImage()
    return image if isinstance(image, QImage) and not image.isNull() else None


def carries_picture(data: QMimeData) -> bool:
    """Whether there may be a picture among what is dragged or pasted: a file, pixels, or where one can be fetched."""
    return data.hasImage() or bool(dragged_files(data)) or bool(web_address(data))
