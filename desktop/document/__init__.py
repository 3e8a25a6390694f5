"""Documents: pictures, masks, edits, undo and project files. No Qt in here.

A stroke is one step:

    with document.edit("Brush mask") as edit:
        edit.cover(document.hole, Capsule(a, b, radius=20))
"""

from desktop.document.document import HOLE, SOURCE, Document, Observer, Snapshot
from desktop.document.edit import Edit
from desktop.document.history import History, Step
from desktop.document.mask import Mask
from desktop.document.stamps import Bitmap, Box, Capsule, Point, Stamp

__all__ = [
    "HOLE", "SOURCE", "Bitmap", "Box", "Capsule", "Document", "Edit", "History", "Mask", "Observer", "Point",
    "Snapshot", "Stamp", "Step",
]  # fmt: skip
