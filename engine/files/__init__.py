"""Pictures in and out, by OpenImageIO: depth, alpha, colour profile and the recipe of a result are kept.

Everything here either does what was asked or raises `Unusable` with one sentence, and nothing is lost by it: a save
writes a new file beside the old one and swaps them when every byte is on the disk.
"""

from engine.files.formats import OPENABLE, SAVEABLE, format_for
from engine.files.labels import label_name, open_label_maps, open_labels
from engine.files.reading import LARGEST_PIXELS, Probe, open_mask, open_picture, probe, thumbnail
from engine.files.recipes import read_recipe
from engine.files.trained import SUFFIX as TRAINED_SUFFIX
from engine.files.trained import open_trained, probe_trained, save_trained
from engine.files.writing import losses, save_picture
from engine.trained import Trained

__all__ = [
    "LARGEST_PIXELS",
    "OPENABLE",
    "SAVEABLE",
    "TRAINED_SUFFIX",
    "Trained",
    "Probe",
    "format_for",
    "losses",
    "label_name",
    "open_label_maps",
    "open_labels",
    "open_mask",
    "open_picture",
    "open_trained",
    "probe",
    "probe_trained",
    "read_recipe",
    "save_picture",
    "save_trained",
    "thumbnail",
]
