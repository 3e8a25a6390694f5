"""Texture from statistics: they are met, the result tiles, and colours are the sample's."""

from __future__ import annotations

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Unusable
from engine.image import Floats, Image
from engine.kernels import strips
from engine.kernels.colour_axes import Axes
from engine.kernels.fourier import spectrum_of
from engine.kernels.spectra import periodic
from engine.kernels.texture_statistics import Model
from engine.measures.seam import wrap_seam
from engine.operation import Execution
from engine.ops.synthesize import portilla_simoncelli as module
from engine.ops.synthesize.portilla_simoncelli import portilla_simoncelli


def ripples(side: int = 64) -> Floats:
    """Waves in two colours that come in groups: far from what random phases can do."""
    y, x = np.mgrid[:side, :side] / side
    rng = np.random.default_rng(3)
    groups = np.sin(2 * np.pi * (2 * x + y)) > 0.3
    waves = 0.3 * groups * np.sin(2 * np.pi * 9 * (x - y))
    picture = np.stack([0.5 + waves, 0.5 + 0.5 * waves, 0.4 + 0.2 * groups], axis=2)
    return np.clip(picture + rng.normal(0, 0.02, picture.shape), 0, 1).astype(np.float32)


def grown(sample: Floats, size: tuple[int, int], **values: int) -> tuple[list[Floats], Floats]:
    ctx = Context(seed=2, threads=1)
    execution = Execution(
        portilla_simoncelli, {"sample": Image(sample)}, portilla_simoncelli.params(**values), ctx, size
    )
    frames = [frame.pixels for frame in execution]
    return frames, execution.result().pixels


def distance(picture: Floats, sample: Floats) -> float:
    ctx = Context(threads=1)
    axes = Axes.of(sample)
    model = Model(ctx, (64, 64), len(axes.axes), 3, 4, (3, 3, 3, 3))
    wanted = model.measured(ctx, spectrum_of(ctx, periodic(ctx, axes.apart(sample))))
    maps = axes.apart(picture)
    return model.slope(ctx, spectrum_of(ctx, maps - maps.mean(axis=(1, 2), keepdims=True)), wanted)[0]


def test_the_statistics_are_met() -> None:
    sample = ripples()
    frames, result = grown(sample, (64, 64), steps=25)
    assert distance(result, sample) < 0.2 * distance(frames[0], sample)
    assert len(frames) >= 3


def test_a_large_one_is_seen_strip_by_strip_from_the_first_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", 1000)
    monkeypatch.setattr(strips, "AT_ONCE", 1000)
    monkeypatch.setattr(Context, "due", lambda self: True)
    sample = ripples()
    ctx = Context(seed=2, threads=1)
    execution = Execution(
        portilla_simoncelli, {"sample": Image(sample)}, portilla_simoncelli.params(steps=5, scales=3), ctx, (64, 64)
    )
    frames = list(execution)
    first = [frame for frame in frames if frame.note == "first look"]
    assert frames[0] is first[0]
    colours = {tuple(pixel) for pixel in sample.reshape(-1, 3).tolist()}
    assert {tuple(pixel) for frame in first for pixel in frame.pixels.reshape(-1, 3).tolist()} <= colours
    for some in (first, [frame for frame in frames if frame.note.startswith("scale")]):
        assert all(frame.rect.area <= 1000 for frame in some)
        assert {row for frame in some for row in range(frame.rect.y, frame.rect.bottom)} == set(range(64))
    assert not np.array_equal(first[0].pixels, execution.result().pixels[:15])


def test_more_steps_come_nearer() -> None:
    """In gray, where the distribution at the end costs next to nothing."""
    sample = ripples()[..., :1]
    few, many = (distance(grown(sample, (64, 64), steps=steps)[1], sample) for steps in (2, 30))
    assert many < 0.5 * few


def test_the_colours_are_distributed_as_the_samples() -> None:
    sample = ripples()
    _, result = grown(sample, (96, 64), steps=5)
    axes, parts = Axes.of(sample), np.linspace(0.05, 0.95, 19)
    for made, wanted in zip(axes.apart(result), axes.apart(sample), strict=True):
        assert np.quantile(made, parts) == pytest.approx(np.quantile(wanted, parts), abs=0.1)
    assert np.cov(result.reshape(-1, 3).T) == pytest.approx(np.cov(sample.reshape(-1, 3).T), abs=0.003)


def test_it_closes_into_a_tile() -> None:
    _, result = grown(ripples(), (64, 64), steps=5)
    assert abs(wrap_seam(result)) < 2


def test_any_size_is_cut_from_the_next_that_can_be_halved() -> None:
    _, odd = grown(ripples(), (61, 50), steps=3)
    _, even = grown(ripples(), (64, 64), steps=3)
    assert odd.shape == (50, 61, 3)
    # The same growth; only the colours are evened out over what is left.
    assert np.corrcoef(odd.ravel(), even[:50, :61].ravel())[0, 1] > 0.98


def test_a_sample_without_room_for_a_scale_is_refused() -> None:
    with pytest.raises(Unusable, match="16 px a side"):
        grown(ripples()[:15], (32, 32))


def test_a_hole_goes_on_from_what_is_around_it() -> None:
    """Nothing outside moves, the rim shows no step, and what was in the hole does not matter."""
    sample = ripples(96)
    y, x = np.mgrid[:96, :96]
    hole = (np.hypot(y - 50, x - 44) < 22).astype(np.float32)
    made = []
    for filler in (0.0, 1.0):
        damaged = np.where(hole[..., None] > 0, np.float32(filler), sample)
        inputs = {"sample": Image(sample), "picture": Image(damaged), "hole": hole}
        execution = Execution(
            portilla_simoncelli, inputs, portilla_simoncelli.params(steps=20), Context(seed=2, threads=1)
        )
        for _ in execution:
            pass
        made.append(execution.result().image().pixels)
        assert np.array_equal(made[-1][hole == 0], sample[hole == 0])
    assert np.array_equal(made[0], made[1])
    across = np.abs(np.diff(made[0], axis=1)).mean(axis=2)
    rim = hole[:, 1:] != hole[:, :-1]
    assert across[rim].mean() < 1.3 * np.abs(np.diff(sample, axis=1)).mean()
    assert made[0][hole > 0].std(axis=0) == pytest.approx(sample.std(axis=(0, 1)), rel=0.35)
