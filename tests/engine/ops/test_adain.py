"""Style at once: what is asked for is painted, what is not stays bit for bit, and every odd input has its answer."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import catalog
from engine.context import Context
from engine.errors import Stopped, Unusable
from engine.frame import Frame
from engine.image import Image
from engine.kernels.channels import luminance
from engine.nets import adain as net
from engine.nets import devices
from engine.operation import Execution
from engine.ops.stylize.adain import adain as operation


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    net.forget()
    yield
    net.forget()


def picture(size: tuple[int, int] = (72, 56), channels: int = 3, seed: int = 1, dtype: Any = np.uint8) -> Image:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[1], : size[0]] / 9.0
    values = 0.5 + 0.3 * np.sin(x + y * seed)[..., None] * rng.uniform(0.2, 1, channels)
    values = np.clip(values + rng.normal(0, 0.06, values.shape), 0, 1)
    if channels in (2, 4):
        values[..., -1] = np.clip(x / x.max() * 2 - 0.5, 0, 1)
    return Image((values * np.iinfo(dtype).max).astype(dtype))


STYLE = picture((64, 64), seed=3)
OTHER = picture((64, 80), seed=7)


def run(given: dict[str, Any], threads: int = 1, **params: Any) -> tuple[NDArray[Any], list[Frame]]:
    ctx = Context(threads=threads)
    execution = Execution(operation, given, operation.params(**params), ctx)
    frames = list(execution)
    ctx.close()
    return execution.result().image().pixels, frames


def gray(values: NDArray[Any]) -> Image:
    return Image((values * 255).astype(np.uint8)[..., None])


def test_strength_goes_from_the_picture_to_the_style() -> None:
    given = {"picture": picture(), "style": STYLE}
    made = [run(given, strength=strength)[0].astype(float) for strength in (0.0, 0.01, 0.3, 0.6, 1.0, 1.5)]
    assert np.array_equal(made[0], picture().pixels)
    away = [np.abs(each - made[0]).mean() for each in made]
    assert away == sorted(away) and away[1] < 1 and away[4] > 10


def test_several_styles_by_weight_and_place() -> None:
    size = (72, 56)
    given = {"picture": picture(size), "style": (STYLE, OTHER)}
    first, _ = run({**given, "style": STYLE})
    second, _ = run({**given, "style": OTHER})
    assert np.array_equal(run(given, weights=(1.0, 0.0))[0], first)
    assert np.array_equal(run(given, weights=(2.0, 2.0))[0], run(given)[0])
    left = np.zeros((56, 72))
    left[:, :24] = 1
    for where in [(gray(left), gray(1 - left)), (gray(left),)]:
        mixed, _ = run({**given, "where": where})
        # What a network looks at reaches some pixels across the border of a mask.
        assert np.abs(mixed[:, :4].astype(float) - first[:, :4]).mean() < 3
        assert np.abs(mixed[:, 60:].astype(float) - second[:, 60:]).mean() < 1
    alone, _ = run({**given, "style": STYLE, "where": gray(left)})
    assert np.array_equal(alone[:, 24:], picture(size).pixels[:, 24:])
    assert not np.array_equal(alone[:, :24], picture(size).pixels[:, :24])


def test_a_selection_has_a_soft_edge_and_nothing_beyond_it() -> None:
    plain = picture((72, 56), dtype=np.uint16)
    hole = np.clip((np.arange(72) - 20) / 20, 0, 1).astype(np.float32) * np.ones((56, 1), np.float32)
    whole, _ = run({"picture": plain, "style": STYLE})
    part, _ = run({"picture": plain, "style": STYLE, "hole": hole})
    assert np.array_equal(part[:, :21], plain.pixels[:, :21])
    assert np.array_equal(part[:, 41:], whole[:, 41:])
    expected = plain.pixels + (whole.astype(float) - plain.pixels) * hole[..., None]
    np.testing.assert_allclose(part, expected, atol=2)


def test_kept_colours() -> None:
    plain = picture()
    given = {
        "picture": plain,
        "style": Image(np.ascontiguousarray(STYLE.pixels * np.array([1, 0.3, 0.1])).astype(np.uint8)),
    }
    own, kept, tinted = (run(given, keep_colours=word)[0] for word in ("no", "all", "tint"))
    mean = plain.decoded().mean((0, 1))

    def off(made: NDArray[Any]) -> float:
        return float(np.abs(made.mean((0, 1)) / 255 - mean).max())

    assert off(kept) < 0.5 * off(own)
    differences = tinted.astype(float) - plain.pixels
    free = ((tinted > 0) & (tinted < 255)).all(2)
    assert free.mean() > 0.5 and np.ptp(differences[free], axis=1).max() <= 1.01
    light = luminance(Image(tinted).decoded()) - luminance(Image(own).decoded())
    assert np.abs(light[free]).max() < 2 / 255


@pytest.mark.parametrize("way", ["all", "tint"])
def test_colours_are_kept_as_much_as_one_likes(way: str) -> None:
    given = {
        "picture": picture(),
        "style": Image(np.ascontiguousarray(STYLE.pixels * np.array([1, 0.3, 0.1])).astype(np.uint8)),
    }
    own = run(given)[0].astype(float)
    parts = [run(given, keep_colours=way, colour=part)[0].astype(float) for part in (0.0, 0.3, 0.7, 1.0)]
    assert np.array_equal(parts[0], own)
    assert np.array_equal(parts[3], run(given, keep_colours=way)[0])
    away = [np.abs(part - own).mean() for part in parts]
    back = [np.abs(part - parts[3]).mean() for part in parts]
    assert away == sorted(away) and back == sorted(back, reverse=True) and away[1] > 0.1 * away[3]


def test_while_the_colours_move_nothing_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"picture": picture((150, 100)), "style": (STYLE, OTHER)}
    run(given, keep_colours="all", colour=0.5)
    monkeypatch.setattr(net, "encoded", lambda *args, **more: pytest.fail("it was looked at again"))
    run(given, keep_colours="all", colour=0.6)
    run(given, keep_colours="all", colour=0.9, weights=(1.0, 3.0), strength=0.8)


def test_grain_changes_the_strokes() -> None:
    given = {"picture": picture(), "style": picture((300, 200), seed=3)}
    assert not np.array_equal(run(given, style_size=64)[0], run(given, style_size=128)[0])
    assert np.array_equal(run(given, style_size=300)[0], run(given)[0])


def test_alpha_stays_and_what_it_hides_does_not_matter() -> None:
    seen = picture(channels=4)
    hidden = seen.pixels.copy()
    hidden[hidden[..., 3] == 0, :3] = 255
    assert (hidden != seen.pixels).any()
    a, _ = run({"picture": seen, "style": STYLE})
    b, _ = run({"picture": Image(hidden), "style": STYLE})
    assert np.array_equal(a[..., 3], seen.pixels[..., 3]) and np.array_equal(a, b)
    style = seen.pixels.copy()
    style[style[..., 3] == 0, :3] = 0
    same = [run({"picture": picture(), "style": Image(each)})[0] for each in (style, hidden)]
    assert np.array_equal(same[0], same[1])


def test_gray_pictures_stay_gray() -> None:
    made, _ = run({"picture": picture(channels=1), "style": STYLE})
    assert made.shape[2] == 1 and made.std() > 5
    colour, _ = run({"picture": picture(), "style": picture(channels=1, seed=3)})
    assert colour.shape[2] == 3


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (400, 3), (17, 16)])
def test_any_size_of_picture(size: tuple[int, int]) -> None:
    made, frames = run({"picture": picture(size), "style": STYLE})
    assert made.shape == (size[1], size[0], 3) and frames[-1].fraction == pytest.approx(1)


@pytest.mark.parametrize("size", [(2, 1), (1, 300), (3000, 40)])
def test_any_size_of_style(size: tuple[int, int]) -> None:
    made, _ = run({"picture": picture(), "style": picture(size, seed=3)})
    assert made.std() > 1


def test_a_huge_style_is_never_decoded_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    style = Image(np.tile(np.asarray(STYLE.pixels, np.uint8), (60, 190, 1)))
    assert style.size == (12160, 3840)
    largest = 0
    decoded = Image.decoded

    def watched(image: Image, rect: Any = None) -> Any:
        nonlocal largest
        made = decoded(image, rect)
        largest = max(largest, made.nbytes)
        return made

    monkeypatch.setattr(Image, "decoded", watched)
    run({"picture": picture(), "style": style}, style_size=64)
    assert 1 << 20 < largest < 32 << 20


def test_what_cannot_be_is_said_in_one_sentence() -> None:
    def said(given: dict[str, Any], **params: Any) -> str:
        with pytest.raises(Unusable) as refusal:
            run({"picture": picture(), "style": STYLE, **given}, **params)
        return str(refusal.value)

    assert "is 1 x 1 px: one colour has no style" in said({"style": picture((1, 1))})
    hidden = Image(np.zeros((40, 40, 4), np.uint8))
    assert "transparent all over" in said({"style": hidden})
    mask = gray(np.ones((56, 72)))
    assert "There are 2 masks for 1 style" in said({"where": (mask, mask)})
    assert "There are 2 weights for 1 style" in said({}, weights=(1.0, 2.0))
    assert "All weights are 0" in said({"style": (STYLE, OTHER)}, weights=(0.0, 0.0))
    assert "they lie on one another" in said({"where": gray(np.ones((9, 9)))})


def test_looks_come_small_first_and_tiles_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "TILE", 64)
    _, frames = run({"picture": picture((150, 100)), "style": STYLE})
    assert [frame.note for frame in frames[:2]] == ["first look"] * 2
    assert all(frame.rect.size == (150, 100) for frame in frames[:2])
    assert len(frames) == 2 + 6 and sum(frame.rect.area for frame in frames[2:]) == 150 * 100
    fractions = [frame.fraction for frame in frames]
    assert fractions == sorted(fractions) and fractions[0] <= 0.1


def test_what_was_seen_before_is_painted_at_once_and_nearly_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.nets.running.half_is_fast", lambda device: True)
    given = {"picture": picture((150, 100)), "style": STYLE}
    run(given)
    made, frames = run(given, strength=0.7)
    assert len(frames) == 2 and frames[0].rect.size == (150, 100)
    assert 0.12 < frames[0].fraction < frames[1].fraction, "it is not among the coarse ones, which sliders leave out"
    assert np.abs(frames[0].pixels * 255 - made).mean() < 1.5


def test_tiles_are_the_whole_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = np.clip(np.arange(205) / 100 - 0.5, 0, 1) * np.ones((150, 1))
    given = {"picture": picture((205, 150)), "style": (STYLE, OTHER), "where": gray(mask)}
    whole, _ = run(given)
    net.forget()
    monkeypatch.setattr(net, "TILE", 64)
    tiled, _ = run(given)
    difference = np.abs(whole.astype(int) - tiled)
    assert difference.max() <= 1 and difference.mean() < 0.01


def test_only_tiles_in_the_selection_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "TILE", 64)
    hole = np.zeros((64, 256), np.float32)
    hole[:, 70:120] = 1
    _, frames = run({"picture": picture((256, 64)), "style": STYLE, "hole": hole})
    assert [frame.rect.x for frame in frames if frame.note == ""] == [64]


def test_what_was_seen_before_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"picture": picture(), "style": STYLE}
    first, _ = run(given)
    monkeypatch.setattr(net, "encoded", None)  # nothing is looked at again
    again, frames = run(given)
    assert np.array_equal(first, again)
    assert len(frames) <= 2 and all(frame.rect.size == (72, 56) for frame in frames)
    other, _ = run(given, strength=0.5, weights=(3.0,))
    assert not np.array_equal(first, other)


def test_a_stop_is_heard_between_two_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """At each of its looks at the flag: nothing is done after it."""
    given = {"picture": picture(), "style": STYLE}
    ctx = Context(threads=1)
    looks = 0

    def look() -> None:
        nonlocal looks
        looks += 1

    monkeypatch.setattr(ctx, "check", look)
    list(Execution(operation, given, operation.params(), ctx))
    assert looks > 100
    for stop in (looks // 4, looks // 2, looks - 3):
        net.forget()
        ctx = Context(threads=1)
        count = 0
        plain = ctx.check

        def counted(ctx: Context = ctx, stop: int = stop, plain: Any = plain) -> None:
            nonlocal count
            count += 1
            if count == stop:
                ctx.stop()
            plain()

        monkeypatch.setattr(ctx, "check", counted)
        with pytest.raises(Stopped):
            list(Execution(operation, given, operation.params(), ctx))
        assert count == stop


def test_a_full_card_is_left_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that has no memory for what is asked of it: smaller tiles do not help, the processor does."""
    import torch

    plain = net.encoded
    tried: list[float] = []

    def full(picture: Any, device: str, check: Any, share: float = 1.0, *rest: Any, **more: Any) -> Any:
        if device == "cuda":
            tried.append(share)
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return plain(picture, device, check, share, *rest, **more)

    monkeypatch.setattr(devices, "resolved", lambda wanted: "cuda")
    monkeypatch.setattr(devices, "release", lambda device: None)
    monkeypatch.setattr(net, "encoded", full)
    given = {"picture": picture(), "style": STYLE}
    made, frames = run(given)
    assert len(tried) == 3 and all("on the processor" in frame.note for frame in frames)
    monkeypatch.undo()
    net.forget()
    assert np.array_equal(made, run(given)[0])


def test_the_device_is_settled_at_the_border(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available", lambda: (devices.Device("cpu", "processor", 0),))
    given = {"picture": picture(), "style": STYLE}
    ctx = Context(device="auto")
    Execution(operation, given, operation.params(), ctx)
    assert ctx.device == "cpu"
    with pytest.raises(Unusable, match="The device cuda cannot be used"):
        Execution(operation, given, operation.params(), Context(device="cuda"))
    # What needs no network runs on the processor, whatever was wished for.
    quilting = catalog.find("quilting")
    ctx = Context(device="cuda")
    Execution(quilting, {"sample": STYLE}, quilting.params(), ctx)
    assert ctx.device == "cpu"


def test_torch_waits_until_it_is_needed() -> None:
    """The catalogue does not bring it."""
    code = (
        "import sys; from engine import catalog; found = catalog.find('adain');"
        "assert found.neural and found.live and found.mixed == 'style';"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0
