"""Reads style networks of others: PyTorch's example `fast_neural_style` (.pth) and the same in ONNX (mosaic-9 and kin).

Sources: PyTorch examples, fast_neural_style/neural_style/transformer_net.py (names and shapes); ONNX, onnx.proto (the
numbers of the fields). Those networks see and give 0..255; here they are brought to 0..1, once, in their weights.

Such files come from anywhere. Pickled ones are read by torch's reader for weights alone, which can call nothing. Of
ONNX only the order of the layers and their weights are read, by a reader that knows four kinds of fields and follows
lengths that lie inside the file: nothing in it is carried out.
"""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.nets.fast_style import plan_of
from engine.trained import Trained

LARGEST_FILE = 128 << 20
"""Bytes. The published networks have seven million."""
MOST_NODES = 20_000
KIND = "fast-style"
SUFFIXES = (".pth", ".pt", ".model", ".onnx")
WHITE = 255.0

_PARAMETER_FREE = ("running_mean", "running_var", "num_batches_tracked")
"""What older versions of PyTorch kept with instance normalisation, and nobody used."""


def read(path: Path) -> Trained:
    """A style network from a file of others, as one of ours.

    Raises:
        Unusable: it cannot be read, or is no network of this kind.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _no_network(path, "it is larger than any style network")
        tensors = _from_onnx(path) if path.suffix.lower() == ".onnx" else _from_torch(path)
    except OSError as problem:
        raise Unusable(f"{path.name} cannot be read", (problem.strerror or "").lower(), "check the path") from None
    try:
        plan_of(tensors)
    except ValueError as problem:
        raise _no_network(path, str(problem)) from None
    tensors["conv1.conv2d.weight"] = tensors["conv1.conv2d.weight"] * np.float32(WHITE)
    for part in ("weight", "bias"):
        tensors[f"deconv3.conv2d.{part}"] = tensors[f"deconv3.conv2d.{part}"] / np.float32(WHITE)
    return Trained(KIND, tensors, {"title": path.stem, "origin": path.name}, path.name)


def _no_network(path: Path, why: str) -> Unusable:
    return Unusable(
        f"{path.name} is no style network that can be used",
        why,
        "use a .safetensors of Scumble's, or a TransformerNet of PyTorch's example fast_neural_style, also as ONNX",
    )


def _from_torch(path: Path) -> dict[str, NDArray[np.float32]]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST_FILE:
                raise _no_network(path, "it unfolds to more than any style network has")
    try:
        with warnings.catch_warnings():
            # What it has to say of pickles it does not know ends in an error anyhow.
            warnings.simplefilter("ignore")
            stored = torch.load(str(path), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, TypeError, KeyError, AttributeError, EOFError):
        raise _no_network(path, "it is broken, or holds more than weights, which is never run") from None
    except (IndexError, AssertionError, MemoryError, UnicodeDecodeError, OverflowError, RecursionError, ImportError):
        raise _no_network(path, "it is broken") from None
    if isinstance(stored, Mapping) and isinstance(stored.get("state_dict"), Mapping):
        stored = stored["state_dict"]
    if not isinstance(stored, Mapping):
        raise _no_network(path, "it holds no table of weights")
    found = {}
    for name, tensor in stored.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor) or tensor.layout != torch.strided:
            raise _no_network(path, "it holds something else than weights")
        plain = name.removeprefix("module.")
        if plain.rpartition(".")[2] not in _PARAMETER_FREE:
            found[plain] = np.array(tensor.detach().float().numpy())
    return found


@dataclass
class _Node:
    """What is needed of a node of an ONNX graph."""

    kind: str = ""
    takes: list[str] = field(default_factory=list)
    gives: list[str] = field(default_factory=list)
    tensor: NDArray[np.float32] | None = None


class _Broken(ValueError):
    """The bytes are not what they should be."""


def _from_onnx(path: Path) -> dict[str, NDArray[np.float32]]:
    try:
        nodes, weights = _graph(memoryview(path.read_bytes()))
    except (_Broken, UnicodeDecodeError) as problem:
        raise _no_network(path, str(problem) if isinstance(problem, _Broken) else "it is broken") from None
    for node in nodes:
        if node.kind == "Constant" and node.tensor is not None and node.gives:
            weights[node.gives[0]] = node.tensor
    steps = [node for node in nodes if node.kind in ("Conv", "InstanceNormalization", "ConvTranspose", "Gemm")]
    names = _names(path, [node.kind for node in steps])
    found = {}
    for name, node in zip(names, steps, strict=True):
        for part, source in zip(("weight", "bias"), node.takes[1:3], strict=False):
            if source not in weights:
                raise _no_network(path, f"the weights of its layer {name} are not in it")
            found[f"{name}.{part}"] = weights[source]
        if f"{name}.weight" in found and f"{name}.bias" not in found:
            found[f"{name}.bias"] = np.zeros(found[f"{name}.weight"].shape[0], np.float32)
    return found


def _names(path: Path, kinds: list[str]) -> list[str]:
    """What the layers are called, given what they are, in their order."""
    blocks, rest = divmod(len(kinds) - 11, 4)
    expected = ["Conv", "InstanceNormalization"] * ((len(kinds) - 1) // 2) + ["Conv"]
    if rest or blocks < 0 or kinds != expected:
        raise _no_network(path, "its layers are not those of a TransformerNet")
    names = [name for k in (1, 2, 3) for name in (f"conv{k}.conv2d", f"in{k}")]
    for block in range(1, blocks + 1):
        names += [name for k in (1, 2) for name in (f"res{block}.conv{k}.conv2d", f"res{block}.in{k}")]
    names += [name for k in (1, 2) for name in (f"deconv{k}.conv2d", f"in{k + 3}")]
    return [*names, "deconv3.conv2d"]


def _graph(data: memoryview) -> tuple[list[_Node], dict[str, NDArray[np.float32]]]:
    """The nodes of a ModelProto's graph, and its tensors of floats by name."""
    nodes: list[_Node] = []
    weights: dict[str, NDArray[np.float32]] = {}
    for number, value in _fields(data):
        if number != 7 or isinstance(value, int):
            continue
        for inner, part in _fields(value):
            if isinstance(part, int):
                continue
            if inner == 1:
                nodes.append(_node(part))
            elif inner == 5:
                name, tensor = _tensor(part)
                if tensor is not None:
                    weights[name] = tensor
            if len(nodes) + len(weights) > MOST_NODES:
                raise _Broken("it has more layers than any style network")
    if not nodes:
        raise _Broken("it is no ONNX file")
    return nodes, weights


def _node(data: memoryview) -> _Node:
    node = _Node()
    for number, value in _fields(data):
        if isinstance(value, int):
            continue
        if number == 1:
            node.takes.append(str(value, "utf-8"))
        elif number == 2:
            node.gives.append(str(value, "utf-8"))
        elif number == 4:
            node.kind = str(value, "utf-8")
        elif number == 5:
            for inner, part in _fields(value):
                if inner == 5 and not isinstance(part, int):
                    node.tensor = _tensor(part)[1]
    return node


_TYPES: Mapping[int, Any] = {1: np.dtype("<f4"), 10: np.dtype("<f2")}


def _tensor(data: memoryview) -> tuple[str, NDArray[np.float32] | None]:
    """A TensorProto's name and values; None where they are no floats."""
    shape: list[int] = []
    kind, name, raw, listed = 0, "", None, bytearray()
    for number, value in _fields(data, singles=4):
        if number == 1:
            shape += [value] if isinstance(value, int) else list(_numbers(value))
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number == 4 and not isinstance(value, int):
            listed += value
        elif number == 8 and not isinstance(value, int):
            name = str(value, "utf-8")
        elif number == 9 and not isinstance(value, int):
            raw = value
        elif number == 14 and value == 1:
            raise _Broken("its weights lie in another file")
    if kind not in _TYPES:
        return name, None
    if raw is None:
        raw, kind = memoryview(bytes(listed)), 1
    stored = _TYPES[kind]
    count = 1
    for side in shape:
        count *= side
    if len(shape) > 8 or count * stored.itemsize != len(raw):
        raise _Broken("it is broken")
    return name, np.frombuffer(raw, stored).astype(np.float32).reshape(shape)


def _numbers(data: memoryview) -> Iterator[int]:
    at = 0
    while at < len(data):
        number, at = _whole(data, at)
        yield number


def _whole(data: memoryview, at: int) -> tuple[int, int]:
    """A number in seven bits a byte, and where the next thing begins."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise _Broken("it is broken, or cut short")
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
    raise _Broken("it is broken")


def _fields(data: memoryview, singles: int = 0) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message: (number, a whole number or its bytes).

    Args:
        singles: the field whose single floats, four bytes each, are wanted as bytes.
    """
    at = 0
    while at < len(data):
        key, at = _whole(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _whole(data, at)
            yield number, value
            continue
        if wire == 2:
            length, at = _whole(data, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise _Broken("it is broken, or no ONNX file")
        if length > len(data) - at:
            raise _Broken("it is broken, or cut short")
        if wire == 2 or number == singles:
            yield number, data[at : at + length]
        at += length
