"""Texture by numbers: the right label's texture, in words what is wrong with a map, a part made again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.kernels import evening
from engine.operation import Execution, Result
from engine.ops.transfer import by_numbers as module
from engine.ops.transfer.by_numbers import by_numbers
from tests.engine.kernels.test_guided import areas

HUES = np.array([(200, 60, 40), (50, 180, 60), (60, 80, 210), (190, 180, 60)])


def photo(labels: np.ndarray, seed: int = 0, channels: int = 3) -> Image:
    """Every label in its own colour, with grain."""
    grain = np.random.default_rng(seed).normal(1, 0.2, labels.shape)
    pixels = np.clip(HUES[labels] * grain[..., None], 0, 255).astype(np.uint8)
    if channels == 1:
        pixels = pixels[..., :1]
    if channels == 4:
        pixels = np.dstack([pixels, np.full(labels.shape, 255, np.uint8)])
    return Image(np.ascontiguousarray(pixels))


def made(seed: int = 1, threads: int = 2, values: Any = None, **given: Any) -> Result:
    ctx = Context(seed=seed, threads=threads)
    try:
        execution = Execution(by_numbers, given, by_numbers.params(**(values or {})), ctx)
        for _ in execution:
            pass
        return execution.result()
    finally:
        ctx.close()


LABELS = areas(1, 80, 90, 3).astype(np.uint16)
TARGET = areas(2, 120, 100, 3).astype(np.uint16)


def near_a_border(labels: np.ndarray, reach: int = 3) -> np.ndarray:
    wide = np.pad(labels, reach, mode="edge")
    views = np.lib.stride_tricks.sliding_window_view(wide, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(views.min(axis=(2, 3)) != views.max(axis=(2, 3)))


@pytest.mark.parametrize("border", [0.0, 1.0, 10.0])
def test_pixels_come_from_the_wanted_label(border: float) -> None:
    result = made(source=photo(LABELS), labels=LABELS, target=TARGET, values={"border": border, "blend": 0.0})
    assert result.origin is not None and result.origin.exact and not result.replaces
    right = LABELS.reshape(-1)[result.origin.places] == TARGET
    assert right[~near_a_border(TARGET)].mean() > 0.97
    assert right.mean() > 0.95


def cloudy(labels: np.ndarray) -> Image:
    """A sky whose light changes slowly, with hardly any grain, and a land of another light."""
    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]]
    light = 0.55 + 0.2 * np.sin(x / 17) * np.cos(y / 23) + np.random.default_rng(2).normal(0, 0.004, labels.shape)
    light[labels == 1] *= 0.3
    return Image((np.clip(np.repeat(light[..., None], 3, axis=2), 0, 1) * 65535).astype(np.uint16))


def test_light_does_not_step_from_piece_to_piece_but_borders_stay_sharp() -> None:
    labels, target = np.zeros((90, 120), np.uint16), np.zeros((150, 170), np.uint16)
    labels[70:], target[110:] = 1, 1
    given: dict[str, Any] = {"source": cloudy(labels), "labels": labels, "target": target}
    steps, borders = [], []
    for blend in (0.0, 1.0):
        result = made(values={"blend": blend}, **given)
        assert result.origin is not None and result.origin.exact == (blend == 0)
        places = result.origin.places
        joint = (np.diff(places, axis=1) != 1)[:105]
        across = np.abs(np.diff(result.pixels[..., 0], axis=1))[:105]
        steps.append(np.quantile(across[joint], 0.95))
        borders.append(float(np.abs(result.pixels[110, :, 0] - result.pixels[109, :, 0]).mean()))
    assert steps[1] < 0.6 * steps[0]
    assert borders[1] > 0.9 * borders[0]


def test_a_line_of_one_pixel_is_there() -> None:
    labels, target = LABELS.copy(), TARGET.copy()
    labels[:, 40] = 3
    target[10:110, 60] = 3
    result = made(source=photo(labels), labels=labels, target=target)
    assert result.origin is not None
    on_it = labels.reshape(-1)[result.origin.places[10:110, 60]] == 3
    assert on_it.mean() > 0.8


def test_a_label_that_the_photograph_lacks_is_named_with_its_share() -> None:
    target = TARGET.copy()
    target[:12] = 7
    target[12:24] = 0xF800
    with pytest.raises(Unusable) as caught:
        made(source=photo(LABELS), labels=LABELS, target=target)
    assert "label 7 (10.0 %), colour #ff0000 (10.0 %)" in str(caught.value)
    assert "its own labels are label 0, label 1, label 2" in str(caught.value)


def test_more_labels_than_can_be_told_apart_are_refused() -> None:
    many = np.arange(80 * 90, dtype=np.uint16).reshape(80, 90) % 300
    with pytest.raises(Unusable, match="300 labels"):
        made(source=photo(LABELS), labels=many, target=TARGET)


def test_guides_of_another_size_are_refused() -> None:
    with pytest.raises(Unusable, match="The labels are 90 x 79 px, the source 90 x 80"):
        made(source=photo(LABELS), labels=LABELS[1:], target=TARGET)
    with pytest.raises(Unusable, match="The target is"):
        made(source=photo(LABELS), labels=LABELS, target=TARGET, picture=photo(LABELS))
    small = np.ones((5, 6), np.float32)
    with pytest.raises(Unusable, match="The mask is 6 x 5 px, the picture"):
        made(source=photo(LABELS), labels=LABELS, target=TARGET, picture=photo(TARGET), where=small)


def painted() -> tuple[Image, np.ndarray, np.ndarray]:
    """A picture made of TARGET, TARGET with a new area, and where that is."""
    picture = made(source=photo(LABELS), labels=LABELS, target=TARGET).image()
    target, where = TARGET.copy(), np.zeros(TARGET.shape, np.float32)
    target[40:70, 30:60] = 2
    where[36:74, 26:64] = 1
    return picture, target, where


def test_only_the_dirty_part_is_made_again() -> None:
    picture, target, where = painted()
    result = made(source=photo(LABELS), labels=LABELS, target=target, picture=picture, where=where)
    assert result.replaces
    image = result.image()
    assert np.array_equal(image.pixels[where == 0], picture.pixels[where == 0])
    inner = image.pixels[43:67, 33:57].reshape(-1, 3).argmax(axis=1)
    assert (inner == 2).mean() > 0.97
    assert result.origin is not None
    assert (result.origin.places >= 0).sum() == (where > 0).sum()


def test_what_is_outside_of_the_mask_may_have_labels_that_the_photograph_lacks() -> None:
    picture, target, where = painted()
    target[:5] = 999
    made(source=photo(LABELS), labels=LABELS, target=target, picture=picture, where=where)


@pytest.mark.parametrize(("of_source", "of_picture"), [(3, 1), (1, 3), (3, 4), (4, 3)])
def test_a_source_of_another_kind_becomes_the_pictures(of_source: int, of_picture: int) -> None:
    _, target, where = painted()
    picture = photo(TARGET, 5, of_picture)
    source = photo(LABELS, 0, of_source)
    image = made(source=source, labels=LABELS, target=target, picture=picture, where=where).image()
    assert image.channels == of_picture
    assert np.array_equal(image.pixels[where == 0], picture.pixels[where == 0])


def test_a_large_map_is_made_part_by_part_without_joints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps across the parts' joints are no larger than elsewhere, and labels agree as well."""
    monkeypatch.setattr(module, "LARGEST", 5000)
    monkeypatch.setattr(module, "TILE", 48)
    monkeypatch.setattr(module, "SURROUND", 16)
    result = made(source=photo(LABELS), labels=LABELS, target=TARGET)
    assert result.origin is not None and result.origin.known.all()
    right = LABELS.reshape(-1)[result.origin.places] == TARGET
    assert right[~near_a_border(TARGET)].mean() > 0.97
    pixels = result.image().pixels.astype(np.float64)
    steps = np.abs(np.diff(pixels, axis=1)).mean(axis=(0, 2))
    assert steps[47] < 1.3 * np.median(steps)
    again = made(source=photo(LABELS), labels=LABELS, target=TARGET, threads=1)
    assert np.array_equal(again.pixels, result.pixels)


def test_a_large_map_is_seen_in_the_mean_colours_of_its_labels_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", 5000)
    source = photo(LABELS)
    ctx = Context(seed=1, threads=2)
    try:
        given: dict[str, Any] = {"source": source, "labels": LABELS, "target": TARGET}
        first = next(iter(Execution(by_numbers, given, by_numbers.params(), ctx)))
    finally:
        ctx.close()
    seen = first.pixels.reshape(-1, 3)
    for label in np.unique(TARGET[: first.rect.h]):
        here = (TARGET[: first.rect.h] == label).reshape(-1)
        mean = source.decoded()[label == LABELS].mean(axis=0)
        np.testing.assert_allclose(seen[here], np.broadcast_to(mean, seen[here].shape), atol=0.01)


def test_a_large_map_is_seen_strip_by_strip_while_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is shown on the way is copied from the photograph."""
    monkeypatch.setattr(module, "AT_ONCE", 3000)
    monkeypatch.setattr(module, "SHOWN", 0.99)
    monkeypatch.setattr(Context, "due", lambda self: True)
    ctx = Context(seed=1, threads=2)
    given: dict[str, Any] = {"source": photo(LABELS), "labels": LABELS, "target": TARGET}
    try:
        frames = list(Execution(by_numbers, given, by_numbers.params(blend=0.0), ctx))
    finally:
        ctx.close()
    strips = [frame for frame in frames if frame.note.startswith("level")]
    assert all(frame.rect.area <= 3000 for frame in strips)
    assert {row for frame in strips for row in range(frame.rect.y, frame.rect.bottom)} == set(range(TARGET.shape[0]))
    there = {tuple(pixel) for pixel in given["source"].decoded().reshape(-1, 3).tolist()}
    for frame in strips:
        assert {tuple(pixel) for pixel in frame.pixels.reshape(-1, 3).tolist()} <= there


def test_parts_are_laid_out_as_the_kernels_are_compiled_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another layout is another kernel, which nobody has compiled before and nothing can stop."""
    monkeypatch.setattr(module, "LARGEST", 5000)
    monkeypatch.setattr(module, "TILE", 48)
    made(source=photo(LABELS), labels=LABELS, target=TARGET)
    dispatcher: Any = evening.joints
    layouts = {getattr(argument, "layout", "C") for signature in dispatcher.signatures for argument in signature}
    assert dispatcher.signatures and layouts == {"C"}


def test_heights_of_the_map_are_heights_of_the_photograph() -> None:
    """In a part that is made again as well: it lies where it lies in the whole map, not in what is seen of it."""
    labels, target = np.ones((90, 80), np.uint16), np.ones((180, 100), np.uint16)
    source = photo(labels)
    wanted = np.repeat(np.arange(180) / 180, 100).reshape(180, 100)
    off = {}
    for place in (0.0, 10.0):
        result = made(source=source, labels=labels, target=target, values={"place": place})
        assert result.origin is not None
        off[place] = np.abs(result.origin.places // 80 / 90 - wanted).mean()
    assert off[10.0] < 0.1 < off[0.0]
    where = np.zeros(target.shape, np.float32)
    where[150:175, 20:70] = 1
    picture = Image(np.full((180, 100, 3), 128, np.uint8))
    again = made(
        source=source, labels=labels, target=target, picture=picture, where=where, values={"place": 10.0, "border": 0.0}
    )
    assert again.origin is not None
    rows = again.origin.places[again.origin.places >= 0] // 80
    assert rows.mean() > 65, "of 90: the part is near the lower edge"


def test_far_from_its_height_any_place_is_as_good() -> None:
    """A label of the photograph's upper half, wanted at the foot of the map: not only its lowest rows are taken."""
    labels = np.ones((80, 60), np.uint16)
    labels[40:] = 2
    target = np.full((80, 60), 2, np.uint16)
    target[70:] = 1
    result = made(source=photo(labels), labels=labels, target=target, values={"place": 10.0})
    assert result.origin is not None
    rows = result.origin.places[73:] // 60
    assert rows.min() < 15 and (rows < 30).mean() > 0.3


def test_a_bank_of_clouds_stays_one() -> None:
    """It begins as it lies in the photograph, moved aside: large forms need not be found together."""
    y, x = np.mgrid[:160, :200]
    light = 0.5 + 0.15 * np.sin(y / 50 + x / 70) + 0.2 * (np.hypot((x - 60) / 1.6, y - 60) < 34)
    light = light + np.random.default_rng(2).normal(0, 0.01, light.shape)
    sky = Image((np.repeat(light[..., None], 3, axis=2) * 255).astype(np.uint8))
    labels = np.zeros(light.shape, np.uint16)
    apart = []
    for place in (1.0, 0.0):
        pixels = made(source=sky, labels=labels, target=labels, values={"place": place}).pixels[..., 0]
        apart.append(min(float(np.abs(np.roll(pixels, by, axis=1) - light).mean()) for by in range(0, 200, 2)))
    assert apart[0] < 0.5 * apart[1]
