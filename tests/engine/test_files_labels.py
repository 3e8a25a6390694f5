"""Label maps: one flat colour, one label, the same in every map."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import Unusable
from engine.files import label_name, open_label_maps, open_labels, save_picture
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


def smooth(areas: np.ndarray, fold: int = 3) -> np.ndarray:
    """Areas in colour with edges that are mixtures, as a painting program saves them: (H / fold, W / fold, 3)."""
    height, width = (side // fold * fold for side in areas.shape)
    blocks = COLOURS[areas[:height, :width]].reshape(height // fold, fold, width // fold, fold, 3)
    return blocks.mean(axis=(1, 3)).astype(np.uint8)


def test_maps_with_smooth_edges_that_belong_together_have_the_same_labels(tmp_path: Path) -> None:
    """Each by itself has mixtures of its own; read together, what the first one has decides."""
    first, second = a_map(1, 270), a_map(2, 270)
    save_picture(Image(smooth(first)), tmp_path / "a.png")
    save_picture(Image(smooth(second)), tmp_path / "b.png")
    a, b = open_label_maps([tmp_path / "a.png", tmp_path / "b.png"])
    assert set(np.unique(b)) <= set(np.unique(a)) and len(np.unique(a)) == len(COLOURS)
    for areas, labels in ((first, a), (second, b)):
        middle = areas[1::3, 1::3]
        pairs = {(int(k), int(n)) for k, n in zip(middle.ravel(), labels.ravel(), strict=True)}
        commonest = {k: max((np.sum(labels[middle == k] == n), n) for q, n in pairs if q == k)[1] for k, _ in pairs}
        assert len(set(commonest.values())) == len(commonest)
        assert np.mean([commonest[int(k)] == n for k, n in zip(middle.ravel(), labels.ravel(), strict=True)]) > 0.95


def test_an_area_of_another_colour_stays_a_label_of_its_own(tmp_path: Path) -> None:
    first, second = a_map(1, 270), a_map(2, 270)
    pixels = smooth(second)
    pixels[10:40, 10:40] = (128, 64, 128)
    save_picture(Image(smooth(first)), tmp_path / "a.png")
    save_picture(Image(pixels), tmp_path / "b.png")
    a, b = open_label_maps([tmp_path / "a.png", tmp_path / "b.png"])
    foreign = np.setdiff1d(b, a)
    assert foreign.size == 1 and (b[12:38, 12:38] == foreign[0]).all()


def test_few_colours_are_all_meant_even_in_lines_of_one_pixel(tmp_path: Path) -> None:
    areas = a_map(5)
    pixels = COLOURS[areas]
    pixels[40] = (12, 200, 200)
    save_picture(Image(pixels), tmp_path / "a.png")
    labels = open_labels(tmp_path / "a.png")
    assert len(np.unique(labels[40])) == 1 and labels[40, 0] not in labels[:40]


def test_a_label_is_called_by_its_number_or_its_colour(tmp_path: Path) -> None:
    assert label_name(7) == "label 7"
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:] = (255, 0, 0)
    save_picture(Image(pixels), tmp_path / "a.png")
    assert label_name(int(open_labels(tmp_path / "a.png")[0, 0])) == "colour #ff0000"
