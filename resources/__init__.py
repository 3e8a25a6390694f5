"""Data that travels with the program: icons, themes, sample pictures, styles. Each with its licence and origin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """A picture that ships with the program.

    Attributes:
        name: its file's name without the suffix.
        title: what to call it.
        kind: "photo" or "texture".
        file: the picture; `importlib.resources.as_file` gives its path.
        hole: a mask of what to remove from it, of the same size; None for most.
    """

    name: str
    title: str
    kind: str
    file: Traversable
    hole: Traversable | None


@cache
def _index() -> tuple[Sample, ...]:
    folder = files(__name__)
    entries = json.loads((folder / "samples" / "index.json").read_text("utf-8"))["pictures"]
    return tuple(
        Sample(
            name=entry["file"].rpartition(".")[0],
            title=entry["title"],
            kind=entry["kind"],
            file=folder / "samples" / entry["file"],
            hole=folder / "holes" / entry["hole"] if entry["hole"] else None,
        )
        for entry in entries
    )


@dataclass(frozen=True)
class Style:
    """A style that ships with the program.

    Attributes:
        name: its file's name without the suffix.
        title: what to call it.
        words: further words that it is found by.
        file: the picture; `importlib.resources.as_file` gives its path.
    """

    name: str
    title: str
    words: str
    file: Traversable


@cache
def styles() -> tuple[Style, ...]:
    """All styles, by title."""
    folder = files(__name__) / "styles"
    entries = json.loads((folder / "index.json").read_text("utf-8"))["pictures"]
    return tuple(
        Style(entry["file"].rpartition(".")[0], entry["title"], entry["words"], folder / entry["file"])
        for entry in entries
    )


MODELS = {"texture-space": "textures.safetensors"}
"""Kind of what was trained -> the file that ships, in `models`."""


def model(kind: str) -> Path | None:
    """The trained thing of a kind that ships with the program; None where there is none."""
    path = Path(__file__).parent / "models" / MODELS.get(kind, "")
    return path if path.is_file() else None


def samples(kind: str | None = None) -> tuple[Sample, ...]:
    """All sample pictures, or those of one kind, by title."""
    return tuple(entry for entry in _index() if kind in (None, entry.kind))


def sample(name: str) -> Sample:
    """The sample picture of that name. Raises KeyError when there is none."""
    for entry in _index():
        if entry.name == name:
            return entry
    raise KeyError(name)
