"""The colours and distances that everything is drawn with.

Greys are neutral, so that the surroundings put no tint into the judgement of a picture; the one warm accent marks what
is chosen and what to press next.
"""

from __future__ import annotations

from typing import Final

WELL: Final = "#19191a"
"""Behind pictures and inside fields."""
GROUND: Final = "#222223"
PANEL: Final = "#2a2a2b"
RAISED: Final = "#363638"
HOVER: Final = "#424245"
LINE: Final = "#3a3a3c"
LINE_STRONG: Final = "#515155"

TEXT: Final = "#e9e7e4"
MUTED: Final = "#aaa7a2"
FAINT: Final = "#75736f"

ACCENT: Final = "#eba64e"
ACCENT_HOVER: Final = "#f4ba6c"
ACCENT_PRESSED: Final = "#cf8c38"
ACCENT_DIM: Final = "#4a3b28"
"""Ground of what is chosen."""
ON_ACCENT: Final = "#231a0e"

ERROR: Final = "#ee7468"
ERROR_DIM: Final = "#43282a"
GOOD: Final = "#86c07d"
GOOD_DIM: Final = "#2a3a2b"
INFO: Final = "#7fb2dd"
INFO_DIM: Final = "#263543"

XS: Final = 4
S: Final = 8
M: Final = 12
L: Final = 16
XL: Final = 24
"""Distances in device independent pixels; nothing between."""

RADIUS: Final = 5
