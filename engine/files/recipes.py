"""The recipe of a result travels inside its file, so that the picture alone is enough to make it again.

PNG and OpenEXR have text of any name and carry it as such. TIFF and JPEG have a description only: there it is the last
line, behind a mark, and taken off again when the picture is opened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.files.formats import DESCRIPTION, MARK, OWN
from engine.files.reading import opened, text_of


def as_text(recipe: Mapping[str, Any]) -> str:
    """The recipe as one line of ASCII, the same for the same recipe."""
    return json.dumps(recipe, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def described(description: str, text: str) -> str:
    """The description with the recipe behind it."""
    return f"{description}\n{MARK}{text}" if description else MARK + text


def read_recipe(path: str | Path) -> dict[str, Any] | None:
    """The recipe inside a picture; None where there is none.

    Raises:
        Unusable: the file cannot be opened as a picture.
    """
    with opened(Path(path)) as source:
        spec = source.spec()
        text = text_of(spec, OWN)
        if not text:
            text = text_of(spec, DESCRIPTION).rpartition(MARK)[2]
    try:
        recipe = json.loads(text)
    except ValueError:
        return None
    return recipe if isinstance(recipe, dict) else None
