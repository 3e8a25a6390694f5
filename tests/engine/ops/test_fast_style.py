"""Fast style: a style's network on pictures of every kind; training one, keeping it, going on, and painting with it."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine import catalog, cli
from engine.context import Context
from engine.errors import Unusable
from engine.files import open_picture, open_trained, save_picture
from engine.image import Floats, Image
from engine.kernels.coral import Colours
from engine.measures.likeness import described, differences
from engine.nets.fast_style import KEPT, Plan, forward, plan_of
from engine.nets.running import threads
from engine.operation import Execution, Input, Result
from engine.trained import Trained
from tests.contract.models import tiny_style

ROOT = Path(__file__).resolve().parents[3]


def photograph(height: int = 64, width: int = 80, channels: int = 3) -> Image:
    random = np.random.default_rng(2)
    coarse = np.kron(random.random((height // 8 + 1, width // 8 + 1, channels)), np.ones((8, 8, 1)))
    return Image(coarse[:height, :width].astype(np.float32))


def painted(picture: Image, model: Trained | None = None, hole: Floats | None = None, **values: Any) -> Result:
    operation = catalog.find("fast-style")
    given: dict[str, Input | None] = {"picture": picture, "model": model or tiny_style(), "hole": hole}
    execution = Execution(operation, given, operation.params(**values), Context(threads=1))
    list(execution)
    return execution.result()


def whole(picture: Floats, model: Trained) -> Floats:
    """What the network makes of a picture in one go, (H, W, 3), clipped."""
    tensors = {name: torch.from_numpy(np.array(values)) for name, values in model.tensors.items()}
    with threads(1):
        made = forward(plan_of(tensors), tensors, torch.from_numpy(picture.transpose(2, 0, 1).copy())[None])
    return np.clip(made[0].permute(1, 2, 0).numpy(), 0, 1)


def test_it_paints_what_the_network_says() -> None:
    picture = photograph()
    made = painted(picture).pixels
    assert np.allclose(made, whole(picture.decoded(), tiny_style()), atol=1e-5)


def test_strength_goes_from_the_picture_to_the_painting() -> None:
    picture = photograph()
    full, none, half = (painted(picture, strength=value).pixels for value in (1.0, 0.0, 0.5))
    assert np.array_equal(none, picture.decoded())
    assert np.allclose(half, (full + none) / 2, atol=1e-6)


def test_a_selection_bounds_it_softly() -> None:
    picture, hole = photograph(), np.zeros((64, 80), np.float32)
    hole[:, 40:60], hole[:, 60:] = 0.5, 1
    full, made = painted(picture).pixels, painted(picture, hole=hole).pixels
    before = picture.decoded()
    assert np.array_equal(made[:, :40], before[:, :40]) and np.allclose(made[:, 60:], full[:, 60:], atol=1e-6)
    assert np.allclose(made[:, 40:60], (before + full)[:, 40:60] / 2, atol=1e-6)


def test_kept_colours() -> None:
    picture = photograph()
    before, plain = picture.decoded(), painted(picture).pixels
    mixed, tinted = (painted(picture, keep_colours=way).pixels for way in ("all", "tint"))
    away = [np.abs(Colours.of(made).mean - Colours.of(before).mean).max() for made in (plain, mixed)]
    assert away[1] < 0.4 * away[0], "the picture's colours as a whole"
    moved = (tinted - before)[(tinted > 0.01).all(axis=2) & (tinted < 0.99).all(axis=2)]
    assert np.ptp(moved, axis=1).max() < 1e-5, "of each pixel only the light changes"


def test_larger_strokes_are_those_of_a_smaller_picture() -> None:
    picture = photograph(96, 96)
    fine, broad = (painted(picture, strokes=size).pixels for size in (1.0, 3.0))
    rough = [np.abs(np.diff(made, axis=1)).mean() for made in (fine, broad)]
    assert rough[1] < 0.7 * rough[0]
    assert broad.shape == fine.shape


def test_what_alpha_hides_stays() -> None:
    picture = photograph(channels=4)
    made = painted(picture).pixels
    assert np.array_equal(made[..., 3], picture.decoded()[..., 3])
    assert not np.allclose(made[..., :3], picture.decoded()[..., :3], atol=0.1)


def test_a_first_look_is_like_the_result() -> None:
    operation, picture = catalog.find("fast-style"), photograph(320, 320)
    execution = Execution(operation, {"picture": picture, "model": tiny_style()}, operation.params(), Context())
    frames = list(execution)
    assert frames[0].note == "first look" and frames[0].rect.area == 320 * 320 and len(frames) >= 2
    assert np.abs(frames[0].pixels.mean((0, 1)) - execution.result().pixels.mean((0, 1))).max() < 0.15


def test_what_is_no_network_is_refused() -> None:
    broken = {**tiny_style().tensors, "in1.bias": np.zeros(9, np.float32)}
    with pytest.raises(Unusable, match=r"odd\.safetensors cannot paint: its layers have other shapes"):
        painted(photograph(), Trained("fast-style", broken, {}, "odd.safetensors"))


def test_files_of_others_are_painted_with(tmp_path: Path) -> None:
    state = {name: torch.from_numpy(np.array(values)) for name, values in tiny_style().tensors.items()}
    state["deconv3.conv2d.weight"] *= 255
    state["deconv3.conv2d.bias"] *= 255
    torch.save(state, tmp_path / "candy.pth")
    save_picture(Image((photograph().pixels * 255).astype(np.uint8)), tmp_path / "picture.png")
    words = ["run", "fast-style", "--picture", str(tmp_path / "picture.png"), "--model", str(tmp_path / "candy.pth")]
    assert cli.main([*words, "-o", str(tmp_path / "out.png"), "--quiet"]) == 0
    assert open_picture(tmp_path / "out.png").size == (80, 64)
    (tmp_path / "candy.pth").write_bytes(b"nothing")
    assert cli.main([*words, "-o", str(tmp_path / "none.png"), "--quiet"]) == 1
    assert not (tmp_path / "none.png").exists()


# Training.

SMALL = {"side": 32, "style_size": 32, "width": 4, "blocks": 1}


def trained(**values: Any) -> tuple[Result, list[str]]:
    operation = catalog.find("fast-style-train")
    given: dict[str, Input | None] = {
        "style": photograph(40, 40),
        "pictures": (photograph(), photograph(50, 40)),
        "model": None,
    }
    given |= {name: values.pop(name) for name in list(values) if name in given}
    execution = Execution(operation, given, operation.params(**SMALL, **values), Context(threads=1))
    notes = [frame.note for frame in execution]
    return execution.result(), notes


def test_training_ends_in_a_network_that_paints(tmp_path: Path) -> None:
    save_picture(Image((photograph(40, 40).pixels * 255).astype(np.uint8)), tmp_path / "style.png")
    out = tmp_path / "style.safetensors"
    words = [
        "run",
        "fast-style-train",
        "--style",
        str(tmp_path / "style.png"),
        "--pictures",
        str(tmp_path / "style.png"),
    ]
    words += [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]
    assert cli.main([*words, "--steps", "3", "-o", str(out), "--quiet"]) == 0
    network = open_trained(out, "fast-style")
    assert plan_of(network.tensors) == Plan(4, 1) and network.about["steps"] == "3"
    (tmp_path / "carried.jpg").write_bytes(b64decode(network.about["picture"]))
    carried, style = open_picture(tmp_path / "carried.jpg").decoded(), open_picture(tmp_path / "style.png").decoded()
    assert carried.shape == (96, 96, 3) and np.abs(carried.mean((0, 1)) - style.mean((0, 1))).max() < 0.03
    made = painted(photograph(), network).pixels
    assert np.isfinite(made).all()


def test_frames_say_how_far_it_is() -> None:
    result, notes = trained(steps=5)
    assert notes[0] == "the photograph as it is" and notes[-1].startswith("step 5 of 5, style ")
    assert result.findings["steps"] == 5 and result.said.startswith("After 5 steps")
    assert result.trained is not None and result.pixels.shape == (256, 256, 3)


def test_a_kept_network_goes_on() -> None:
    first = trained(steps=4)[0].trained
    assert first is not None and any(name.startswith(KEPT) for name in first.tensors)
    more = trained(steps=6, model=first)[0].trained
    assert more is not None and more.about["steps"] == "6"
    with pytest.raises(Unusable, match="has had 4 steps: no more are asked for; ask for more steps"):
        trained(steps=4, model=first)
    with pytest.raises(Unusable, match="cannot go on"):
        trained(steps=9, model=Trained("fast-style", {"in1.bias": np.zeros(3, np.float32)}, {}, "odd"))


def test_networks_of_others_can_be_taught() -> None:
    """They know nothing of steps, and keep their own shape."""
    result = trained(steps=2, model=tiny_style())[0].trained
    assert result is not None and plan_of(result.tensors) == Plan(4, 1, 3) and result.about["steps"] == "2"


def test_a_style_of_one_pixel_is_none() -> None:
    with pytest.raises(Unusable, match="one colour has no style"):
        trained(style=Image(np.zeros((1, 1, 3), np.uint8)))


def test_the_network_that_ships_paints_in_its_style() -> None:
    """What it makes of a photograph is nearer to the style than the photograph is, and can still be made out."""
    shipped = open_trained(ROOT / "resources" / "models" / "style-waves.safetensors", "fast-style")
    style = described(open_picture(ROOT / "resources" / "styles" / "great-waves.jpg").decoded())
    picture = open_picture(ROOT / "resources" / "samples" / "coffee.png")
    before = picture.decoded()
    made = painted(picture, shipped).pixels
    near, far = differences(style, np.stack([described(made), described(before)]))
    assert near < 0.8 * far
    light = [pixels[2::5, 2::5].mean(axis=2).ravel() for pixels in (made, before)]
    assert np.corrcoef(*light)[0, 1] > 0.6
