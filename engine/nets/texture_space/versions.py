"""Which files of spaces can be read."""

from __future__ import annotations

from engine.errors import Unusable
from engine.trained import Trained

VERSION = 3
READS = (1, 2, 3)
"""Version 1 knew no smooth enlargement, version 2 no notch."""


def check_version(trained: Trained) -> None:
    """Raises Unusable for a space of another version."""
    version = trained.about.get("version", "")
    if version not in map(str, READS):
        why = f"it is of version {version or '?'} and this Scumble reads {READS[0]} to {READS[-1]}"
        raise Unusable(f"The texture space {trained.name or 'given'} cannot be used", why, "train it again")
