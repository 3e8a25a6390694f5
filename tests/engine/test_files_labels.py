"""Label maps: one flat colour, one label, the same in every map."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import Unusable
from engine.files import open_labels, save_picture
from engine.image import Image

COLOURS = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (250, 200, 10), (0, 0, 0), (255, 255, 255)], np.uint8)


def a_map(seed: int, side: int = 96) -> np.ndarray:
    """Areas as (H, W) of 0..5."""
    rng = np.random.default_rng(seed)
    seeds = rng.random((12, 2)) * side
    y, x = np.mgrid[:side, :side]
    nearest = ((y[..., None] - seeds[:, 0]) ** 2 + (x[..., None] - seeds[:, 1]) ** 2).argmin(axis=2)
    return nearest % len(COLOURS)


def test_one_colour_is_one_label_in_every_map(tmp_path: Path) -> None:
    seen: dict[int, set[int]] = {k: set() for k in range(len(COLOURS))}
    for seed in (1, 2):
        areas = a_map(seed)
        save_picture(Image(COLOURS[areas]), tmp_path / "a.png")
        labels = open_labels(tmp_path / "a.png")
        assert labels.dtype == np.uint16 and labels.shape == areas.shape
        for k in range(len(COLOURS)):
            seen[k] |= set(labels[areas == k].tolist())
    assert all(len(found) == 1 for found in seen.values())
    assert len(set.union(*seen.values())) == len(COLOURS)


def test_gray_values_are_their_own_labels(tmp_path: Path) -> None:
    for dtype, channels in ((np.uint8, 1), (np.uint16, 1), (np.uint8, 3)):
        areas = a_map(3)
        grays = np.zeros((*areas.shape, channels), dtype)
        grays[:] = areas[..., None]
        save_picture(Image(grays), tmp_path / "a.png")
        np.testing.assert_array_equal(open_labels(tmp_path / "a.png"), areas)


def test_smooth_edges_and_jpeg_noise_count_as_the_nearest_flat_colour(tmp_path: Path) -> None:
    areas = a_map(4)
    save_picture(Image(COLOURS[areas]), tmp_path / "a.png")
    clean = open_labels(tmp_path / "a.png")
    save_picture(Image(COLOURS[areas]), tmp_path / "a.jpg", quality=90)
    noisy = open_labels(tmp_path / "a.jpg")
    assert len(np.unique(noisy)) == len(COLOURS)
    pairs = {(int(a), int(b)) for a, b in zip(clean.ravel(), noisy.ravel(), strict=True)}
    matching = max(np.mean(noisy[clean == a] == b) for a, b in pairs)
    assert matching > 0.97


def test_a_photograph_is_no_label_map(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (80, 80, 3), np.uint8)
    save_picture(Image(noise), tmp_path / "a.png")
    with pytest.raises(Unusable, match="no label map"):
        open_labels(tmp_path / "a.png")
