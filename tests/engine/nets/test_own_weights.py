"""Weights that a person brings: plain numbers of the right shapes are taken in, everything else is refused by name."""

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from desktop import settings
from engine.errors import Unusable
from engine.nets import adain, own_weights, weights
from engine.nets.fast_style import Plan

DECODER = "adain-decoder"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCUMBLE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def dimmed() -> dict[str, torch.Tensor]:
    """A decoder that paints at half the light."""
    return {
        name: tensor * 0.5 if name.startswith("28.") else tensor for name, tensor in weights.loaded(DECODER).items()
    }


def test_the_folder_lies_beside_the_preferences(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_weights.folder() == settings.config_folder() / "weights"
    monkeypatch.delenv("SCUMBLE_HOME")
    assert own_weights.folder() == settings.config_folder() / "weights"


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_decoder_is_taken_in_used_and_given_up(suffix: str, wrapped: bool, tmp_path: Path, home: Path) -> None:
    path = tmp_path / f"dim{suffix}"
    tensors = {f"module.{name}" if wrapped else name: tensor for name, tensor in dimmed().items()}
    if suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save({"state_dict": tensors} if wrapped else tensors, path)
    picture = torch.rand(1, 512, 4, 4)
    with torch.inference_mode():
        before = adain.hand()(picture)
        entry = own_weights.add(path)
        path.unlink()  # a copy is kept
        assert entry in own_weights.known() and own_weights.chosen(DECODER) == entry
        assert entry.title == "dim" and entry.stands_for == DECODER and len(entry.sha256) == 64
        torch.testing.assert_close(adain.hand()(picture), before / 2)
        assert Path(entry.file).parent == home / "weights" and entry.file.endswith(".safetensors")
        own_weights.choose(DECODER, DECODER)
        torch.testing.assert_close(adain.hand()(picture), before)
        own_weights.choose(DECODER, entry.name)
        own_weights.remove(entry.name)
        torch.testing.assert_close(adain.hand()(picture), before)
    assert own_weights.known() == tuple(weights.TABLE.values()) and not Path(entry.file).exists()
    with pytest.raises(Unusable, match="cannot stand for adain-decoder"):
        own_weights.choose(DECODER, entry.name)


def test_the_same_file_twice_is_one_entry(tmp_path: Path) -> None:
    torch.save(dimmed(), tmp_path / "a.pth")
    assert own_weights.add(tmp_path / "a.pth") == own_weights.add(tmp_path / "a.pth")
    assert len(own_weights.known()) == len(weights.TABLE) + 1


def test_the_usual_layout_of_vgg_is_understood(tmp_path: Path) -> None:
    """Its first layer then does what people do by hand before they call torchvision's network."""
    torch.manual_seed(1)
    ours = weights.loaded("vgg19-normalised")
    names = [name.removesuffix(".weight") for name in ours if name.endswith(".weight")][1:]
    usual: dict[str, torch.Tensor] = {"classifier.0.bias": torch.zeros(3)}
    for index, name in zip(own_weights._TORCHVISION, names, strict=True):
        usual |= {f"features.{index}.{part}": ours[f"{name}.{part}"] for part in ("weight", "bias")}
    torch.save(usual, tmp_path / "vgg19.pth")
    entry = own_weights.add(tmp_path / "vgg19.pth")
    assert entry.stands_for == "vgg19-normalised"
    taken = own_weights.tensors_for("vgg19-normalised")
    colour = torch.rand(3)
    by_hand = (colour - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    torch.testing.assert_close(taken["0.weight"][:, :, 0, 0] @ colour + taken["0.bias"], by_hand)
    torch.testing.assert_close(taken["2.weight"], ours["2.weight"])


class Evil:
    """Would make a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Path]]:
        return Path.touch, (self.path,)


def test_nothing_that_is_opened_can_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    torch.save({"1.weight": Evil(ran)}, tmp_path / "new.pth")
    torch.save({"1.weight": Evil(ran)}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    (tmp_path / "plain.pt").write_bytes(pickle.dumps({"1.weight": Evil(ran)}))
    (tmp_path / "called.safetensors").write_bytes(pickle.dumps(Evil(ran)))
    for path in tmp_path.glob("*.*"):
        with pytest.raises(Unusable, match="sha256 [0-9a-f]{64}"):
            own_weights.add(path)
    assert not ran.exists() and own_weights.known() == tuple(weights.TABLE.values())


def test_what_is_no_network_of_ours_is_refused_in_a_sentence(tmp_path: Path) -> None:
    def said(name: str) -> str:
        with pytest.raises(Unusable) as refusal:
            own_weights.add(tmp_path / name)
        assert str(refusal.value).count(".\n") == 0
        return str(refusal.value)

    torch.save({**dimmed(), "1.bias": torch.zeros(255)}, tmp_path / "shape.pth")
    assert "fits no network here" in said("shape.pth")
    broken = dimmed()
    broken["1.bias"] = torch.full((256,), float("nan"))
    torch.save(broken, tmp_path / "nan.pth")
    assert "not all of it are numbers" in said("nan.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    assert "holds no weights" in said("list.pth")
    torch.save(dimmed(), tmp_path / "cut.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "cut.pth").read_bytes()[:100_000])
    assert "it is broken" in said("cut.pth")
    torch.save({name: torch.zeros(shape) for name, shape in Plan(4, 1, 3).shapes().items()}, tmp_path / "style.pth")
    assert "drop it into the style picker" in said("style.pth")
    (tmp_path / "empty.safetensors").write_bytes(b"")
    assert "it is broken" in said("empty.safetensors")
    with zipfile.ZipFile(tmp_path / "other.pth", "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "it is broken" in said("other.pth")
    (tmp_path / "words.txt").write_text("hello")
    assert "use .safetensors, .pth, .pt" in said("words.txt")
    assert "cannot be read" in said("nowhere.pth")


def test_a_copy_that_changed_is_said_with_both_hashes(tmp_path: Path) -> None:
    torch.save(dimmed(), tmp_path / "a.pth")
    entry = own_weights.add(tmp_path / "a.pth")
    data = bytearray(Path(entry.file).read_bytes())
    data[-1] ^= 1
    Path(entry.file).write_bytes(data)
    with pytest.raises(Unusable, match=f"its sha256 is [0-9a-f]{{64}} and not {entry.sha256}; add it again"):
        own_weights.tensors_for(DECODER)
    Path(entry.file).unlink()
    with pytest.raises(Unusable, match="a is not here: .*; add it again, or take it off the list"):
        own_weights.tensors_for(DECODER)


@pytest.mark.parametrize(
    "text",
    ["", "[", "[]", '{"added": [3, {}], "chosen": []}', '{"added": [{"name": "x"}], "chosen": {"adain-decoder": "x"}}'],
)
def test_a_list_that_was_tampered_with_is_an_empty_one(text: str, home: Path) -> None:
    (home / "weights").mkdir(parents=True)
    (home / "weights" / own_weights.LIST).write_text(text)
    assert own_weights.known() == tuple(weights.TABLE.values())
    assert own_weights.chosen(DECODER) == weights.TABLE[DECODER]


def test_a_list_opens_nothing_outside_its_folder(home: Path) -> None:
    entry = {"name": "../../evil", "title": "", "origin": "", "sha256": "", "size": 1, "stands_for": DECODER}
    (home / "weights").mkdir(parents=True)
    listed = json.dumps({"added": [entry], "chosen": {DECODER: "../../evil"}})
    (home / "weights" / own_weights.LIST).write_text(listed)
    assert own_weights.chosen(DECODER) == weights.TABLE[DECODER]
