"""What is dragged here from elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QMimeData


def dragged_files(data: QMimeData) -> list[str]:
    """The paths of the files among what is dragged or pasted."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
