"""All figures at once, each with a sentence."""

import subprocess
import sys

import numpy as np
import pytest

from engine.errors import Unusable
from engine.measures import Figure, measured
from engine.measures.fidelity import Cloud, wasserstein
from tests.engine.measures.textures import cut, pebbles


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    for figure in figures:
        assert figure.sentence.endswith(".") and "\n" not in figure.sentence
        assert figure.value is None or np.isfinite(figure.value)
    assert len({figure.name for figure in figures}) == len(figures)
    return {figure.name: figure for figure in figures}


def test_a_result_beside_its_sample() -> None:
    wide = pebbles(96, 288, 1)
    sample, other = cut(wide, 96, 96), cut(wide, 96, 96, 0, 192)
    good = by_name(measured(other, sample))
    assert {"fidelity", "structure", "novelty", "largest-copy", "repetition", "sharpness", "wrap-seam"} <= set(good)
    assert good["fidelity"].good and good["repetition"].good and good["sharpness"].good and good["largest-copy"].good
    tiled = by_name(measured(np.tile(sample, (2, 2, 1)), sample))
    assert not tiled["repetition"].good and "96 px" in tiled["repetition"].sentence
    assert "pieces of the sample" in tiled["novelty"].sentence


def test_a_filled_hole() -> None:
    picture = pebbles(128, 128, 2)
    hole = np.zeros((128, 128), np.float32)
    hole[40:88, 40:88] = 1
    filled = picture.copy()
    filled[40:88, 40:88] = pebbles(128, 128, 5)[40:88, 40:88]
    fair = by_name(measured(filled, picture=picture, hole=hole))
    assert fair["changed-outside"].value == 0 and fair["changed-outside"].good
    flat = picture.copy()
    flat[40:88, 40:88] = picture.mean(axis=(0, 1))
    flat[0, 0] = 0.123
    poor = by_name(measured(flat, picture=picture, hole=hole))
    assert poor["changed-outside"].value == pytest.approx(1 / (128 * 128 - 48 * 48) * (128 * 128 - 48 * 48) / 128**2)
    assert not poor["changed-outside"].good
    assert poor["hole-fidelity"].value > 2 * fair["hole-fidelity"].value  # type: ignore[operator]
    assert poor["hole-sharpness"].value < 0.3 < 0.7 < fair["hole-sharpness"].value  # type: ignore[operator]


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 5, 1), (20, 20, 4), (12, 400, 2)])
def test_small_ones_get_a_sentence(shape: tuple[int, int, int]) -> None:
    picture = np.full(shape, 0.5, np.float32)
    figures = by_name(measured(picture, picture))
    assert figures["fidelity"].value is None and "too small" in figures["fidelity"].sentence
    hole = np.zeros(shape[:2], np.float32)
    by_name(measured(picture, picture=picture, hole=hole))


def test_flat_pictures_are_measured() -> None:
    flat = np.full((80, 80, 3), 0.5, np.float32)
    by_name(measured(flat, flat))
    by_name(measured(pebbles(80, 80, 1), flat))


def test_sizes_must_agree() -> None:
    picture = np.zeros((40, 40, 3), np.float32)
    with pytest.raises(Unusable, match="The hole is 40 x 41 px, the result 40 x 40"):
        measured(picture, picture=picture, hole=np.zeros((41, 40), np.float32))


def test_missing_weights_cost_one_figure_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.nets import vgg

    vgg.encoder.cache_clear()  # type: ignore[attr-defined]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    figures = by_name(measured(pebbles(80, 80, 1), pebbles(80, 80, 2)))
    monkeypatch.undo()
    assert figures["fidelity"].value is None and "not installed" in figures["fidelity"].sentence
    assert figures["structure"].value is not None


def test_measures_are_imported_without_torch() -> None:
    code = "import sys, engine.measures; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_distance_of_gaussians_is_right() -> None:
    """In one dimension, and where covariances commute, it is known in closed form."""
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    a, b = rng.random(5) + 0.1, rng.random(5) + 0.1
    mean = rng.standard_normal(5)
    one = Cloud(np.zeros(5), turn @ np.diag(a) @ turn.T)
    other = Cloud(mean, turn @ np.diag(b) @ turn.T)
    expected = np.sqrt((mean**2).sum() + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum())
    assert wasserstein(one, other) == pytest.approx(expected)
    assert wasserstein(one, one) == pytest.approx(0, abs=1e-6)


def test_only_what_was_asked_for_is_measured() -> None:
    sample = np.random.default_rng(2).random((48, 48, 3), np.float32)
    found = measured(sample, sample, only={"repetition", "wrap-seam", "hole-seam"})
    assert [figure.name for figure in found] == ["repetition", "wrap-seam"]
    assert [figure.name for figure in measured(sample, sample, sample, only={"changed-outside"})] == ["changed-outside"]
