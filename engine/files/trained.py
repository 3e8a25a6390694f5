"""Trained things in files: `.safetensors`, which hold numbers and words and can never run code.

Files come from anywhere, so reading one believes nothing: the header is checked by the library, the number of tensors
and their size here, and what they mean by whoever knows the kind.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine.errors import Unusable
from engine.files.recipes import as_text
from engine.files.swapping import swap
from engine.trained import Trained

SUFFIX = ".safetensors"
LARGEST_FILE = 1 << 30
"""Bytes. What is trained here takes a hundredth of it."""
MOST_TENSORS = 10_000
LONGEST_HEADER = 1 << 24

_FORMAT, _KIND, _RECIPE = "scumble", "kind", "recipe"
_VERSION = "1"


def save_trained(trained: Trained, path: str | Path, recipe: Mapping[str, Any] | None = None) -> None:
    """Writes it, the same bytes for the same values. The file appears whole or not at all.

    Args:
        recipe: plain JSON values, kept with it; its own by default.

    Raises:
        Unusable: the suffix is another, or the place cannot be written.
    """
    path = Path(path)
    check_suffix(path)
    if path.is_dir():
        raise Unusable(f"{path.name} cannot be saved", "it is a folder", "give a file name inside it")
    words = {**trained.about, _FORMAT: _VERSION, _KIND: trained.kind}
    recipe = trained.recipe if recipe is None else recipe
    if recipe is not None:
        words[_RECIPE] = as_text(recipe)
    tensors = {name: np.asarray(values, order="C") for name, values in sorted(trained.tensors.items())}
    swap(path, io.BytesIO(_in_order(save(tensors, dict(sorted(words.items()))))))


def check_suffix(path: Path) -> None:
    """Raises Unusable for a file name that says something else than what is trained."""
    if path.suffix.lower() != SUFFIX:
        raise Unusable(f"{path.name} cannot hold what is learnt", f"that goes into {SUFFIX} files", "use that suffix")


def _in_order(data: bytes) -> bytes:
    """The same file with its header's words in order: the library keeps them in a table without one."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    text = json.dumps(header, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]


def open_trained(path: str | Path, kind: str = "") -> Trained:
    """Reads a file that `save_trained` wrote.

    Args:
        kind: what it has to be; anything by default.

    Raises:
        Unusable: it cannot be read, is broken, is no file of Scumble's, or is of another kind.
    """
    path = Path(path)
    data = _bytes_of(path)
    try:
        tensors = load(data)
        words = _words(data)
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise _broken(path) from None
    if len(tensors) > MOST_TENSORS:
        raise Unusable(f"{path.name} cannot be read", f"it holds {len(tensors)} tensors", "use a file of Scumble's")
    trained = _described(path, words, tensors)
    if kind and trained.kind != kind:
        raise Unusable(f"{path.name} is a {trained.kind} file", f"a {kind} file is wanted here", "choose one of those")
    return trained


def probe_trained(path: str | Path) -> Trained:
    """What a file says of itself, without its tensors: takes no time.

    Raises:
        Unusable: it cannot be read, is broken, or is no file of Scumble's.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            length = file.read(8)
            words = _words(length + file.read(min(int.from_bytes(length, "little"), LONGEST_HEADER)))
    except OSError as problem:
        raise Unusable(f"{path.name} cannot be read", (problem.strerror or "").lower(), "check the path") from None
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise _broken(path) from None
    return _described(path, words, {})


def _words(data: bytes) -> dict[str, str]:
    """The header's own words. Raises ValueError, TypeError, AttributeError or RecursionError where it is none."""
    length = int.from_bytes(data[:8], "little")
    words = json.loads(data[8 : 8 + length]).get("__metadata__", {})
    return {str(name): str(text) for name, text in words.items()}


def _described(path: Path, words: Mapping[str, str], tensors: Mapping[str, Any]) -> Trained:
    if words.get(_FORMAT) is None or not words.get(_KIND):
        raise Unusable(
            f"{path.name} is not of Scumble", "it does not say what it was trained for", "use a file that Scumble made"
        )
    if words[_FORMAT] != _VERSION:
        raise Unusable(f"{path.name} is too new", "a later Scumble wrote it", "use that one, or train it again")
    about = {name: text for name, text in words.items() if name not in (_FORMAT, _KIND, _RECIPE)}
    return Trained(words[_KIND], tensors, about, path.name, _recipe(words.get(_RECIPE, "")))


def _broken(path: Path) -> Unusable:
    return Unusable(
        f"{path.name} cannot be read", "it is broken or no safetensors file", "get it again from where it came from"
    )


def _bytes_of(path: Path) -> bytes:
    try:
        if not path.is_file():
            why = "it is a folder" if path.is_dir() else "there is no such file"
            raise Unusable(f"{path.name} cannot be read", why, "check the path")
        if os.path.getsize(path) > LARGEST_FILE:
            raise Unusable(f"{path.name} cannot be read", "it is larger than 1 GB", "use a file that Scumble made")
        return path.read_bytes()
    except OSError as problem:
        raise Unusable(f"{path.name} cannot be read", (problem.strerror or "").lower(), "check the path") from None


def _recipe(text: str) -> dict[str, Any] | None:
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return recipe if isinstance(recipe, dict) else None
