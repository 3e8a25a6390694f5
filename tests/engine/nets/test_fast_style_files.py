"""Style networks of others: PyTorch's and ONNX's are read as they are painted with, and hostile files say so."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import Unusable
from engine.nets.fast_style import Plan, forward, plan_of
from engine.nets.fast_style_files import LARGEST_FILE, WHITE, read

PLAN = Plan(2, 1, 9)


def published(plan: Plan = PLAN) -> dict[str, Tensor]:
    """A state dict as PyTorch's example saves it: for 0..255, with names and shapes of its own."""
    draw = torch.Generator().manual_seed(8)
    return {name: torch.randn(shape, generator=draw) * 0.2 for name, shape in plan.shapes().items()}


def same_painting(path: Path, state: dict[str, Tensor], plan: Plan = PLAN) -> None:
    """What the file paints on 0..1 is what the published network paints on 0..255."""
    read_in = read(path)
    assert read_in.kind == "fast-style" and plan_of(read_in.tensors) == plan
    picture = torch.rand((1, 3, 24, 16), generator=torch.Generator().manual_seed(1))
    theirs = forward(plan, state, picture * WHITE) / WHITE
    ours = forward(
        plan, {name: torch.from_numpy(np.array(values)) for name, values in read_in.tensors.items()}, picture
    )
    assert torch.allclose(theirs, ours, atol=1e-5)
    assert read_in.about["title"] == path.stem


@pytest.mark.parametrize("legacy", [False, True])
def test_pytorch_files(tmp_path: Path, legacy: bool) -> None:
    state = published()
    for name in ("in1", "res1.in2"):  # as older versions saved them
        state |= {f"{name}.running_mean": torch.zeros(2), f"{name}.running_var": torch.ones(2)}
    path = tmp_path / "mosaic.pth"
    torch.save(state, path, _use_new_zipfile_serialization=not legacy)
    same_painting(path, state)


def test_state_dicts_in_wrappers(tmp_path: Path) -> None:
    state = published()
    path = tmp_path / "candy.model"
    torch.save({"epoch": 2, "state_dict": {f"module.{name}": value for name, value in state.items()}}, path)
    same_painting(path, state)


class Harm:
    """What runs when it is unpickled without care."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return os.mkdir, ("harmed",)


def test_pickles_that_would_run_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number, data in enumerate((pickle.dumps(Harm()), _zipped({"archive/data.pkl": pickle.dumps(Harm())}))):
        path = tmp_path / f"{number}.pth"
        path.write_bytes(data)
        refused(path, "broken")
    torch.save({"conv1.conv2d.weight": Harm()}, tmp_path / "saved.pth")
    refused(tmp_path / "saved.pth", "never run")
    assert not (tmp_path / "harmed").exists()


def _zipped(parts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def refused(path: Path, why: str) -> None:
    with pytest.raises(Unusable, match=why) as problem:
        read(path)
    assert str(problem.value).count("\n") == 0 and path.name in str(problem.value)


@pytest.mark.parametrize("suffix", ["pth", "onnx"])
@pytest.mark.parametrize("data", [b"", b"\0" * 40, b"PK\x03\x04 nothing", bytes(range(256)) * 8])
def test_what_is_no_file_of_this_kind(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"bad.{suffix}"
    path.write_bytes(data)
    refused(path, "no style network")


def test_bombs_and_giants(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.pth"
    bomb.write_bytes(_zipped({"archive/data/0": b"\0" * (LARGEST_FILE + 1)}))
    assert bomb.stat().st_size < 1 << 20
    refused(bomb, "unfolds")
    giant = tmp_path / "giant.onnx"
    with giant.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    refused(giant, "larger")
    with pytest.raises(Unusable, match="no such file"):
        read(tmp_path / "nowhere.onnx")


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ([1, 2], "no table"),
        ({"a": 1}, "something else"),
        ({"a": torch.zeros(2)}, "layers"),
        ({**published(), "in1.weight": torch.zeros(3)}, "other shapes"),
        ({**published(), "in1.weight": torch.full((2,), float("inf"))}, "not finite"),
    ],
)
def test_weights_of_something_else(tmp_path: Path, spoilt: object, why: str) -> None:
    torch.save(spoilt, tmp_path / "other.pth")
    refused(tmp_path / "other.pth", why)


# ONNX, written by hand: a message is a row of fields, a field its number, its kind and its bytes.


def whole(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def of_bytes(number: int, data: bytes) -> bytes:
    return whole(number << 3 | 2) + whole(len(data)) + data


def of_number(number: int, value: int) -> bytes:
    return whole(number << 3) + whole(value)


def tensor(name: str, values: NDArray[np.float32], way: str = "raw") -> bytes:
    """A TensorProto. Ways: raw bytes, half precision, packed floats, or floats one by one."""
    dims = b"".join(of_number(1, side) for side in values.shape)
    if way == "packed":
        dims = of_bytes(1, b"".join(whole(side) for side in values.shape))
    kind = of_number(2, 10 if way == "half" else 1)
    if way == "single":
        data = b"".join(whole(4 << 3 | 5) + struct.pack("<f", value) for value in values.ravel())
    elif way == "packed":
        data = of_bytes(4, values.astype("<f4").tobytes())
    else:
        data = of_bytes(9, values.astype("<f2" if way == "half" else "<f4").tobytes())
    return dims + kind + data + of_bytes(8, name.encode())


def node(kind: str, takes: list[str], gives: str, attributes: bytes = b"") -> bytes:
    names = b"".join(of_bytes(1, name.encode()) for name in takes)
    return names + of_bytes(2, gives.encode()) + of_bytes(4, kind.encode()) + attributes


def onnx_of(state: dict[str, Tensor], plan: Plan = PLAN, way: str = "raw", constants: bool = False) -> bytes:
    """The graph that an export of the example has, its tensors under numbers as old exporters named them."""
    nodes, tensors, value = [], [], "input1"
    count = 0

    def given(name: str) -> str:
        nonlocal count
        count += 1
        stored = tensor(str(count), state[name].numpy(), way)
        if constants:
            nodes.append(node("Constant", [], str(count), of_bytes(5, of_bytes(1, b"value") + of_bytes(5, stored))))
        else:
            tensors.append(of_bytes(5, stored))
        return str(count)

    def then(kind: str, *more: str) -> None:
        nonlocal value
        nodes.append(node(kind, [value, *more], f"{kind}{len(nodes)}"))
        value = f"{kind}{len(nodes) - 1}"

    for layer in plan.layers():
        before = value
        if layer.doubles:
            then("Shape")
            then("Upsample")
        then("Pad")
        then("Conv", given(f"{layer.name}.weight"), given(f"{layer.name}.bias"))
        if layer.norm:
            then("InstanceNormalization", given(f"{layer.norm}.weight"), given(f"{layer.norm}.bias"))
            then("Add", before) if layer.adds else then("Relu")
    graph = b"".join(of_bytes(1, one) for one in nodes) + of_bytes(2, b"torch-jit-export") + b"".join(tensors)
    return of_number(1, 4) + of_bytes(2, b"pytorch") + of_bytes(7, graph) + of_bytes(8, of_number(2, 9))


@pytest.mark.parametrize("way", ["raw", "packed", "single", "half"])
@pytest.mark.parametrize("constants", [False, True])
def test_onnx_files(tmp_path: Path, way: str, constants: bool) -> None:
    state = published()
    if way == "half":
        state = {name: value.half().float() for name, value in state.items()}
    path = tmp_path / "mosaic-9.onnx"
    path.write_bytes(onnx_of(state, way=way, constants=constants))
    same_painting(path, state)


def test_the_size_of_the_published_ones(tmp_path: Path) -> None:
    plan = Plan(32, 5, 9)
    path = tmp_path / "udnie-9.onnx"
    path.write_bytes(onnx_of(published(plan), plan))
    assert 6.6e6 < path.stat().st_size < 6.8e6, "as the model zoo says"
    assert plan_of(read(path).tensors) == plan


def test_onnx_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    weights = np.zeros((4, 3, 3, 3), np.float32)
    convolution = of_bytes(1, node("Conv", ["in", "w"], "out"))
    path.write_bytes(of_bytes(7, convolution + of_bytes(5, tensor("w", weights))))
    refused(path, "not those of a TransformerNet")
    data = onnx_of(published())
    path.write_bytes(data.replace(b"InstanceNormalization", b"BatchXXXNormalization"))
    refused(path, "not those of a TransformerNet")
    elsewhere = of_number(2, 1) + of_bytes(8, b"w") + of_number(14, 1)
    path.write_bytes(of_bytes(7, convolution + of_bytes(5, elsewhere)))
    refused(path, "another file")
    path.write_bytes(
        of_bytes(7, convolution + of_bytes(5, of_number(1, 1 << 62) + of_number(2, 1) + of_bytes(9, b"ab")))
    )
    refused(path, "broken")


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_onnx_files_are_refused_or_read(tmp_path: Path, data: st.DataObject) -> None:
    whole_file = bytearray(onnx_of(published()))
    for _ in range(data.draw(st.integers(1, 4))):
        whole_file[data.draw(st.integers(0, len(whole_file) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.onnx"
    path.write_bytes(whole_file[: data.draw(st.integers(1, len(whole_file)))])
    try:
        plan_of(read(path).tensors)
    except Unusable as problem:
        assert "\n" not in str(problem)
