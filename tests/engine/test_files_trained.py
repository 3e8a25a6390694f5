from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from engine.errors import Unusable
from engine.files import Trained, open_trained, save_trained
from engine.operation import Model


def learnt(**about: str) -> Trained:
    tensors: dict[str, Any] = {
        "b.weight": np.arange(12, dtype=np.float32).reshape(3, 4),
        "a.half": np.ones(5, np.float16),
        "count": np.array(3, np.int64),
    }
    return Trained("fast-style", tensors, about)


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wave.safetensors"
    save_trained(learnt(title="The great wave"), path, {"operation": "fast-style-train"})
    read = open_trained(path, "fast-style")
    assert (read.kind, read.name, dict(read.about)) == ("fast-style", "wave.safetensors", {"title": "The great wave"})
    assert read.recipe == {"operation": "fast-style-train"}
    assert read.tensors.keys() == learnt().tensors.keys()
    for name, values in learnt().tensors.items():
        assert read.tensors[name].dtype == values.dtype and np.array_equal(read.tensors[name], values)
        with pytest.raises(ValueError):
            read.tensors[name][...] = 0


def test_the_same_values_are_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"
    first = learnt(b="2", a="1")
    save_trained(first, one)
    save_trained(Trained(first.kind, dict(reversed(list(first.tensors.items()))), {"a": "1", "b": "2"}), other)
    assert one.read_bytes() == other.read_bytes()


def test_a_file_of_that_name_survives_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "wave.safetensors"
    save_trained(learnt(), path)
    before = path.read_bytes()
    with pytest.raises(Unusable, match="use that suffix"):
        save_trained(learnt(), tmp_path / "wave.png")
    with pytest.raises(Unusable, match="is a folder"):
        (tmp_path / "folder.safetensors").mkdir()
        save_trained(learnt(), tmp_path / "folder.safetensors")
    if os.geteuid():
        path.chmod(0o400)
        with pytest.raises(Unusable, match="may not write"):
            save_trained(learnt(), path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 2


class _Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("harm",))


def _header(words: Any) -> bytes:
    text = json.dumps(words).encode()
    return len(text).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "broken or no safetensors"),
        (b"\x80" * 40, "broken or no safetensors"),
        (pickle.dumps(_Harmful()), "broken or no safetensors"),
        ((1 << 62).to_bytes(8, "little") + b"{}", "broken or no safetensors"),
        (_header({"x": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 4]}}) + b"0000", "broken"),
        (_header({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}) + b"0000", "broken"),
        (_header({"x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}) + b"0000", "broken|not of Scumble"),
        (_header([1, 2]), "broken"),
        (save({"x": np.ones(3)}), "not of Scumble"),
        (save({"x": np.ones(3)}, {"scumble": "1"}), "not of Scumble"),
        (save({"x": np.ones(3)}, {"scumble": "9", "kind": "fast-style"}), "too new"),
        (save({"x": np.ones(3)}, {"scumble": "1", "kind": "texture-space"}), "a fast-style file is wanted"),
    ],
)
def test_hostile_and_foreign_files_get_a_sentence(tmp_path: Path, data: bytes, said: str, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "thing.safetensors"
    path.write_bytes(data)
    with pytest.raises(Unusable, match=said):
        open_trained(path, "fast-style")
    assert not (tmp_path / "harm").exists()


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="no such file"):
        open_trained(tmp_path / "none.safetensors")
    with pytest.raises(Unusable, match="folder"):
        open_trained(tmp_path)


def test_a_role_reads_files_from_elsewhere_by_their_suffix(tmp_path: Path) -> None:
    save_trained(learnt(), tmp_path / "own.safetensors")
    role = Model(kind="fast-style", suffixes=(".pth",), foreign=lambda path: Trained("fast-style", {}, name=path.name))
    assert role.opened(tmp_path / "own.safetensors").tensors
    assert role.opened(tmp_path / "theirs.PTH").name == "theirs.PTH"
    with pytest.raises(Unusable, match="a texture-space file is wanted"):
        Model(kind="texture-space").opened(tmp_path / "own.safetensors")
