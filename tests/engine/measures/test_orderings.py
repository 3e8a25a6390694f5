"""Every measure must order what the eye orders: reference, fair synthesis, blur, no shapes. Copies are flagged."""

from functools import lru_cache
from importlib.resources import as_file

import numpy as np
import pytest

from engine.files import open_picture
from engine.image import Floats
from engine.measures.colours import rgb
from engine.measures.diversity import diversity
from engine.measures.fidelity import fidelity
from engine.measures.novelty import novelty
from engine.measures.repetition import repetition, strongest_echo
from engine.measures.sharpness import sharpness
from engine.measures.structure import _Level, _lines_through, order_lost, structure
from resources import sample
from tests.engine.measures.textures import blurred, bricks, cut, patchwork, pebbles, phase_randomised, shuffled

SIDE = 128


@lru_cache
def versions(name: str) -> dict[str, Floats]:
    """The sample and what became of it."""
    wide = pebbles(SIDE, 3 * SIDE, 1) if name == "pebbles" else bricks(SIDE, 3 * SIDE, 1)
    sample = cut(wide, SIDE, SIDE)
    fair = patchwork(sample, SIDE, 3, tries=500)
    return {
        "sample": sample,
        "reference": cut(wide, SIDE, SIDE, 0, 2 * SIDE),
        "fair": fair,
        "blurred": blurred(fair, 1.0),
        "shapeless": phase_randomised(sample, 1),
        "shuffled": shuffled(sample, 2),
        "tiled": np.tile(sample, (2, 2, 1)),
    }


def halves_of(name: str) -> tuple[Floats, Floats]:
    """The left and the right half of the middle of a picture that ships, 128 px wide each."""
    with as_file(sample(name).file) as path:
        image = open_picture(path)
    left, top = (image.size[0] - 256) // 2, (image.size[1] - 256) // 2
    whole = rgb(image.decoded())[top : top + 256, left : left + 256]
    return cut(whole, 256, 128), cut(whole, 256, 128, 0, 128)


@pytest.mark.parametrize("name", ["pebbles", "bricks"])
def test_fidelity_orders(name: str) -> None:
    made = versions(name)
    score = {key: fidelity(made[key], made["sample"]) for key in ("reference", "fair", "blurred", "shapeless")}
    score["shuffled"] = fidelity(made["shuffled"], made["sample"])
    assert max(score["reference"], score["fair"]) < score["blurred"] < score["shapeless"], score
    assert max(score["reference"], score["fair"]) * 1.3 < score["shuffled"], score
    assert score["reference"] < 1.2
    assert fidelity(made["sample"], made["sample"]) < 0.01


@pytest.mark.parametrize("name", ["basket-weave", "flagstones", "gravel", "moss"])
def test_fidelity_puts_the_other_half_before_all_that_is_spoilt(name: str) -> None:
    """On photographs. How the spoilt ones stand to one another is not the same everywhere: what is blurred, has lost
    its phase or is shuffled in blocks of 8 px is each the worst on some texture.
    """
    given, other = halves_of(name)
    reference = fidelity(other, given)
    spoilt = [
        fidelity(picture, given) for picture in (blurred(given, 1), phase_randomised(given, 1), shuffled(given, 2))
    ]
    assert reference < 1.2
    assert reference * 1.05 < min(spoilt), (reference, spoilt)


@pytest.mark.parametrize("name", ["pebbles", "bricks"])
def test_structure_orders(name: str) -> None:
    made = versions(name)
    score = {key: structure(picture, made["sample"]) for key, picture in made.items()}
    assert max(score["reference"], score["fair"]) < score["blurred"]
    assert score["blurred"] < score["shapeless"] < score["shuffled"], score
    assert score["reference"] < 1.2
    assert score["sample"] == 0


REAL = ("basket-weave", "bricks", "flagstones", "floorboards", "gravel", "moss", "rock-face")


@pytest.mark.parametrize("name", REAL)
def test_structure_orders_real_textures(name: str) -> None:
    """A blurred copy, then no phase, then shuffled blocks: on photographs from grainy to built."""
    given, other = halves_of(name)
    reference, soft, shapeless, mixed = (
        structure(picture, given)
        for picture in (other, blurred(given, 1.0), phase_randomised(given, 1), shuffled(given, 2))
    )
    assert reference < shapeless < mixed
    assert max(reference, soft) * 1.3 < mixed or name == "moss"
    # Moss without its phase is nearly moss again, more so than blurred moss.
    assert soft < shapeless or name == "moss"
    assert reference < soft and reference < 1.4


def test_the_whole_order_holds_in_the_mean_of_real_textures() -> None:
    """The other half, a fair synthesis, a blurred copy, no phase, shuffled blocks. One texture may disagree: what has
    lost its phase is nearly moss. Which of the spoilt ones is least like the sample, only structure can say: shallow
    features keep what blocks keep.
    """
    fidelities, structures = [], []
    for name in REAL:
        given, other = halves_of(name)
        fair = patchwork(given, SIDE, 3, tries=200)
        made = (other, fair, blurred(given, 1.0), phase_randomised(given, 1), shuffled(given, 2))
        fidelities.append([fidelity(picture, given) for picture in made])
        structures.append([structure(picture, given) for picture in made])
    steps = np.diff(np.mean(structures, axis=0))
    assert (steps > 0).all(), np.mean(structures, axis=0)
    reference, synthesis, *spoilt = np.mean(fidelities, axis=0)
    assert reference * 1.05 < synthesis < 0.6 * min(spoilt), np.mean(fidelities, axis=0)


@pytest.mark.parametrize("name", ["pebbles", "bricks"])
def test_lines_through_are_what_the_slow_twin_says(name: str) -> None:
    light = (versions(name)["sample"] @ np.array([0.299, 0.587, 0.114], np.float32))[:40, :50]
    for picture, got in zip((light, light.T), _lines_through(light), strict=True):
        rows, columns = picture.shape
        alone = []
        for x in range(1, columns - 2):
            total = 0.0
            for y in range(rows):
                before, step, after = (abs(float(picture[y, x + d + 1]) - float(picture[y, x + d])) for d in (-1, 0, 1))
                total += step - (before + after) / 2
            alone.append(total / rows)
        count = max(1, int(0.1 * len(alone)))
        steps = np.mean(
            [abs(float(picture[y, x + 1] - picture[y, x])) for y in range(rows) for x in range(columns - 1)]
        )
        slow = (np.mean(sorted(alone)[-count:]) - np.median(alone)) / (steps + 1e-4)
        assert got == pytest.approx(float(np.log(slow + 0.5)), rel=1e-3, abs=1e-4)


def test_statistics_are_what_whole_bands_say() -> None:
    """The slow, obvious twin: every band at full size, its magnitudes thinned afterwards."""
    picture = pebbles(96, 128, 3)
    brightness = (picture @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.float64)
    spectrum = np.fft.fft2(brightness - brightness.mean())
    fy, fx = np.fft.fftfreq(96)[:, None], np.fft.fftfreq(128)[None]
    for scale in range(4):
        octave = np.log2(np.maximum(np.hypot(fy, fx), 1e-9) / (0.25 / 2**scale))
        level = _Level.of(spectrum, scale)
        margin = 12 // level.thinned
        for turn in range(4):
            along = np.cos(np.arctan2(fy, fx) - np.pi * turn / 4)
            window = np.where(np.abs(octave) < 1, np.cos(np.pi / 2 * octave), 0) * np.where(along > 0, along**3, 0)
            whole = np.fft.ifft2(spectrum * window) * 2
            thin = whole[:: level.thinned, :: level.thinned][margin:-margin, margin:-margin]
            # At the very edge of the spectrum a frequency and its negative are one; nothing else differs.
            np.testing.assert_allclose(level.sizes[turn], np.abs(thin), atol=2e-3)


def test_lost_order_shows_on_what_is_regular() -> None:
    made = versions("bricks")
    kept = order_lost(made["reference"], made["sample"])
    lost = order_lost(made["shuffled"], made["sample"])
    assert kept < 0.2 < lost
    assert order_lost(made["sample"], made["sample"]) == 0


@pytest.mark.parametrize("name", ["pebbles", "bricks"])
def test_copies_are_flagged(name: str) -> None:
    made = versions(name)
    found = {key: novelty(made[key], made["sample"]) for key in ("sample", "tiled", "reference", "fair", "shapeless")}
    assert found["sample"].largest == found["sample"].copied == 1 and found["sample"].ratio < 0.01
    assert 0.15 < found["tiled"].largest < 0.3 and found["tiled"].copied > 0.75 and found["tiled"].ratio < 0.01
    assert found["reference"].largest < 0.05 and 0.6 < found["reference"].ratio < 1.6
    assert found["reference"].ratio < found["shapeless"].ratio
    assert 0.05 < found["fair"].largest < 0.5, "blocks of a half of the sample"
    assert found["shapeless"].copied < 0.02


def test_a_copy_of_a_large_sample_is_flagged_too() -> None:
    sample = np.tile(pebbles(150, 150, 1), (3, 3, 1))
    sample = np.clip(sample + np.random.default_rng(1).normal(0, 0.05, sample.shape), 0, 1).astype(np.float32)
    found = novelty(sample[7:300, 5:310].copy(), sample)
    assert found.largest > 0.95 and found.ratio < 0.01


def test_the_copy_map_shows_what_was_copied_from_where() -> None:
    sample = pebbles(96, 96, 1)
    result = pebbles(96, 96, 9).copy()
    result[20:70, 30:90] = sample[10:60, 5:65]
    found = novelty(result, sample)
    piece = found.pieces == 1
    assert piece.shape == (96, 96) and found.origins.shape == (96, 96, 2)
    assert piece[30:60, 40:80].all() and not piece[:15].any() and not piece[80:].any()
    np.testing.assert_array_equal(found.origins[45, 60], (35, 35))
    assert found.largest == pytest.approx(50 * 60 / 96**2, abs=0.12)


def test_patches_are_found_as_an_exhaustive_search_finds_them() -> None:
    """The slow, obvious twin: every patch against every patch, in full."""
    from engine.measures.novelty import PATCH, _nearest

    keys, queries = pebbles(40, 44, 1), pebbles(36, 34, 2)
    queries[5:30, 5:30] = keys[8:33, 12:37]
    away, where = _nearest(queries, 4, keys)
    for row in range(away.shape[0]):
        for column in range(away.shape[1]):
            patch = queries[4 * row : 4 * row + PATCH, 4 * column : 4 * column + PATCH]
            best = min(
                float(np.sqrt(np.square(keys[y : y + PATCH, x : x + PATCH] - patch).mean()))
                for y in range(40 - PATCH + 1)
                for x in range(44 - PATCH + 1)
            )
            y, x = where[row, column]
            there = float(np.sqrt(np.square(keys[y : y + PATCH, x : x + PATCH] - patch).mean()))
            assert away[row, column] == pytest.approx(there, abs=1e-5)
            assert best - 1e-5 <= there <= 1.1 * best + 0.005


@pytest.mark.parametrize("name", ["pebbles", "bricks"])
def test_tiles_echo(name: str) -> None:
    made = versions(name)
    assert repetition(made["tiled"], made["sample"]) > (0.5 if name == "pebbles" else 0.15)
    for key in ("sample", "reference", "shapeless", "shuffled"):
        assert repetition(made[key], made["sample"]) <= 0.1, key
    assert set(map(abs, strongest_echo(versions("pebbles")["tiled"]).shift)) <= {0, SIDE}


def test_autocorrelation_is_what_its_definition_says() -> None:
    from engine.measures.repetition import autocorrelation

    rng = np.random.default_rng(1)
    picture = rng.random((20, 24, 1), np.float32)
    lags = autocorrelation(picture)
    import cv2

    flat = picture[..., 0].astype(np.float64)
    flat = flat - cv2.GaussianBlur(flat, (0, 0), 12.0, borderType=cv2.BORDER_REFLECT)
    flat -= flat.mean()
    variance = (flat * flat).mean()
    for dy, dx in ((0, 0), (1, 0), (0, 3), (5, 4), (2, -3)):
        one = flat[dy:, max(dx, 0) : 24 + min(dx, 0)]
        other = flat[: 20 - dy, max(-dx, 0) : 24 - max(dx, 0)]
        assert lags[dy, dx] == pytest.approx((one * other).mean() / variance, abs=1e-9)
    assert np.isnan(lags[18, 20])


def test_sharpness_tells_blur_and_noise() -> None:
    made = versions("pebbles")
    noisy = np.clip(made["sample"] + np.random.default_rng(1).normal(0, 0.1, made["sample"].shape), 0, 1)
    assert sharpness(made["blurred"], made["sample"]) < 0.7
    assert sharpness(made["sample"], made["sample"]) == 1
    assert sharpness(noisy.astype(np.float32), made["sample"]) > 1.1
    assert 0.9 < sharpness(made["reference"], made["sample"]) < 1.1


def test_diversity_tells_the_same_from_another() -> None:
    sample = versions("pebbles")["sample"]
    others = [pebbles(64, 64, seed) for seed in (21, 22, 23)]
    assert diversity([sample, sample, sample], sample) == 0
    assert 0.7 < diversity(others, sample) < 1.3
    near = [others[0], np.clip(others[0] + 0.02, 0, 1)]
    assert diversity(near, sample) < 0.2


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_channels_are_measured(channels: int) -> None:
    colour = versions("pebbles")["sample"][:80, :80]
    opaque = np.ones((80, 80, 1), np.float32)
    picture = {
        1: colour[..., :1],
        2: np.concatenate([colour[..., :1], opaque], axis=2),
        3: colour,
        4: np.concatenate([colour, opaque], axis=2),
    }[channels]
    assert fidelity(picture, picture) < 0.01
    assert structure(picture, picture) == 0
    assert novelty(picture, picture).largest == 1
    assert repetition(picture, picture) == 0
