"""Weights that a person brought: looked at once, kept as plain numbers, and used in place of those that ship.

A file is read with `weights_only=True` or as safetensors, compared with the shapes of the networks that the program
knows, and written anew as safetensors beside a list with its sha256. From then on nothing but that copy is opened.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import Tensor

from engine.errors import Unusable
from engine.files.swapping import swap
from engine.nets.weights import TABLE, Weights, intact, loaded

LIST = "weights.json"
SUFFIXES = (".safetensors", ".pth", ".pt")
LARGEST_FILE = 1 << 30
"""Bytes. The largest network that the program knows takes a twelfth of it."""

_TORCHVISION = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
"""Where torchvision's VGG-19 has its convolutions."""
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the colours that torchvision's networks were trained on."""


def folder() -> Path:
    """Where added files are kept: beside the studio's preferences, which `SCUMBLE_HOME` moves."""
    if home := os.environ.get("SCUMBLE_HOME"):
        return Path(home) / "weights"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / "Scumble" / "weights"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/Scumble/weights"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "scumble" / "weights"


def known() -> tuple[Weights, ...]:
    """What ships with the program, then what was added, oldest first."""
    return (*TABLE.values(), *_added())


def chosen(name: str) -> Weights:
    """What is used for an entry of the table: what was chosen for it last, or the entry itself."""
    wanted = _list().get("chosen", {}).get(name, name)
    return next((entry for entry in _added() if entry.name == wanted and entry.stands_for == name), TABLE[name])


def add(path: str | Path) -> Weights:
    """Takes a file in and chooses it for the network that it fits.

    Raises:
        Unusable: it cannot be read, holds something else than weights, or fits no network that the program knows.
    """
    path = Path(path)
    data = _bytes(path)
    tensors = _read(path, data)
    name, fitting = _recognised(path, tensors, hashlib.sha256(data).hexdigest())
    stored = save_safetensors(fitting)
    found = hashlib.sha256(stored).hexdigest()
    entry = Weights(
        name=f"{name}-{found[:12]}",
        title=path.stem,
        package="",
        origin=str(path.absolute()),
        file=str(folder() / f"{name}-{found[:12]}.safetensors"),
        sha256=found,
        licence="",
        size=len(stored),
        stands_for=name,
    )
    try:
        folder().mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Unusable(f"{folder()} cannot be made", (problem.strerror or "").lower(), "make it yourself") from None
    swap(Path(entry.file), io.BytesIO(stored))
    kept = [other for other in _added() if other.name != entry.name]
    _write([*kept, entry], {**_list().get("chosen", {}), name: entry.name})
    return entry


def choose(name: str, entry: str) -> None:
    """From now on uses an added entry for one of the table, or the one of the table again.

    Raises:
        Unusable: there is no such entry, or it fits another network.
    """
    if entry != name and not any(other.name == entry and other.stands_for == name for other in _added()):
        raise Unusable(f"{entry} cannot stand for {name}", "it is not on the list for it", "add its file first")
    _write(list(_added()), {**_list().get("chosen", {}), name: entry})


def remove(entry: str) -> None:
    """Takes an added file off the list and off the disk."""
    for gone in (other for other in _added() if other.name == entry):
        Path(gone.file).unlink(missing_ok=True)
    kept = [other for other in _added() if other.name != entry]
    _write(kept, {name: wanted for name, wanted in _list().get("chosen", {}).items() if wanted != entry})


def tensors_for(name: str) -> Mapping[str, Tensor]:
    """The tensors that are used for an entry of the table.

    Raises:
        Unusable: they are missing, or not what they were when they were added.
    """
    entry = chosen(name)
    if entry.package:
        return loaded(name)
    return load_safetensors(intact(entry).read_bytes())


def _list() -> dict[str, Any]:
    """The list on the disk; an empty one where it cannot be read."""
    try:
        found = json.loads((folder() / LIST).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("chosen", {}), dict) else {}


def _added() -> tuple[Weights, ...]:
    entries = []
    for values in _list().get("added", []):
        try:
            entry = Weights(package="", file=str(folder() / f"{values['name']}.safetensors"), licence="", **values)
        except (TypeError, KeyError):
            continue
        # A list that somebody wrote by hand opens nothing outside this folder.
        if entry.stands_for in TABLE and Path(entry.file).parent == folder():
            entries.append(entry)
    return tuple(entries)


def _write(entries: list[Weights], choices: Mapping[str, str]) -> None:
    words = ("name", "title", "origin", "sha256", "size", "stands_for")
    listed = [{word: getattr(entry, word) for word in words} for entry in entries]
    text = json.dumps({"added": listed, "chosen": dict(choices)}, indent=1)
    swap(folder() / LIST, io.BytesIO(text.encode()))


def _bytes(path: Path) -> bytes:
    if path.suffix.lower() not in SUFFIXES:
        raise Unusable(f"{path.name} is no file of weights", "its name says so", f"use {', '.join(SUFFIXES)}")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Unusable(f"{path.name} is larger than 1 GB", "no network here is that large", "choose another file")
        return path.read_bytes()
    except OSError as problem:
        why = (problem.strerror or "").lower()
        raise Unusable(f"{path.name} cannot be read", why, "check the path") from None


def _read(path: Path, data: bytes) -> dict[str, Tensor]:
    """The tensors in a file, by name.

    Raises:
        Unusable: it is broken, or holds more than numbers.
    """
    digest = hashlib.sha256(data).hexdigest()
    try:
        if path.suffix.lower() == ".safetensors":
            found: Any = load_safetensors(data)
        else:
            with warnings.catch_warnings(action="ignore"):  # of pickles that are unusual, which most hostile ones are
                found = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise Unusable(
            f"{path.name} was not opened",
            f"more than numbers is in it, and reading that could run a program (sha256 {digest})",
            "save its state_dict alone, or as safetensors",
        ) from None
    except Exception:  # whatever a broken file makes of a reader
        raise Unusable(f"{path.name} cannot be read", f"it is broken (sha256 {digest})", "get it again") from None
    for wrapped in ("state_dict", "model", "params"):
        if isinstance(found, dict) and isinstance(found.get(wrapped), dict):
            found = found[wrapped]
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise Unusable(
            f"{path.name} holds no weights", f"it has other things in it (sha256 {digest})", "use a state_dict"
        )
    return {str(name).removeprefix("module."): value for name, value in found.items()}


def _recognised(path: Path, tensors: dict[str, Tensor], digest: str) -> tuple[str, dict[str, Tensor]]:
    """Which network it fits, and what of it the network needs, in its own names."""
    for name in TABLE:
        wanted = {part: tensor.shape for part, tensor in loaded(name).items()}
        for candidate in (tensors, _from_torchvision(tensors)):
            if all(part in candidate and candidate[part].shape == shape for part, shape in wanted.items()):
                fitting = {part: candidate[part].detach().float().contiguous().clone() for part in wanted}
                if not all(bool(part.isfinite().all()) for part in fitting.values()):
                    raise Unusable(
                        f"{path.name} cannot be used", f"not all of it are numbers (sha256 {digest})", "train it again"
                    )
                return name, fitting
    if "conv1.conv2d.weight" in tensors and "deconv3.conv2d.weight" in tensors:
        raise Unusable(
            f"{path.name} is a network for one style",
            f"it stands for none of those that every style needs (sha256 {digest})",
            "drop it into the style picker",
        )
    titles = " or ".join(entry.title for entry in TABLE.values())
    raise Unusable(
        f"{path.name} fits no network here",
        f"its {len(tensors)} tensors have other shapes (sha256 {digest})",
        f"use {titles}",
    )


def _from_torchvision(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """torchvision's VGG-19 in our names: its colours are shifted and scaled by a first layer of their own."""
    ours = [name for name in loaded("vgg19-normalised") if name.endswith(".weight") and name != "0.weight"]
    if not all(f"features.{index}.weight" in tensors for index in _TORCHVISION):
        return {}
    made = {
        "0.weight": torch.diag(1 / torch.tensor(_DEVIATION))[:, :, None, None],
        "0.bias": -torch.tensor(_MEAN) / torch.tensor(_DEVIATION),
    }
    for name, index in zip(ours, _TORCHVISION, strict=False):
        for part in ("weight", "bias"):
            made[f"{name.removesuffix('.weight')}.{part}"] = tensors.get(f"features.{index}.{part}", torch.empty(0))
    return made
