"""Documents: pictures, masks, edits, undo and project files. No Qt in here.

A stroke is one step:

    with document.edit("Brush mask") as edit:
        edit.cover(document.hole, Capsule(a, b, radius=20))
"""

from desktop.document.document import (
    GROWN,
    HOLE,
    LABELS,
    PAINTED,
    SOURCE,
    SOWN,
    STYLES,
    Document,
    Observer,
    Snapshot,
)
from desktop.document.edit import Edit
from desktop.document.growth import Growth
from desktop.document.history import History, Step
from desktop.document.label_map import Label, LabelMap, Motif, Palette
from desktop.document.mask import Mask, Plane
from desktop.document.stamps import Bitmap, Box, Capsule, Point, Stamp

__all__ = [
    "GROWN", "HOLE", "LABELS", "PAINTED", "SOURCE", "SOWN", "STYLES", "Bitmap", "Box", "Capsule", "Document", "Edit",
    "Growth", "History", "Label", "LabelMap", "Mask", "Motif", "Observer", "Palette", "Plane", "Point", "Snapshot",
    "Stamp", "Step",
]  # fmt: skip
