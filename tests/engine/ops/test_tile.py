from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import cli, files
from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.measures.seam import wrap_seam
from engine.operation import Execution, Result
from engine.ops.synthesize.tile import Tile, tile


def tiled(sample: Image, maps: tuple[Image, ...] = (), size: Any = None, seed: int = 1, **values: Any) -> Result:
    ctx = Context(seed=seed, threads=2)
    try:
        run = Execution(tile, {"sample": sample, "maps": maps or None}, Tile(**values), ctx, size)
        for _ in run:
            pass
    finally:
        ctx.close()
    return run.result()


def grainy(height: int = 120, width: int = 132, seed: int = 0) -> np.ndarray:
    """Soft blobs under a slow change of light; open at all sides."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((height + 8, width + 8, 3))
    summed = np.sum([np.roll(noise, (dy, dx), (0, 1)) for dy in range(5) for dx in range(5)], axis=0)
    soft = summed[4:-4, 4:-4] / 5
    light = 0.7 + 0.5 * np.arange(width)[None, :, None] / width
    return (np.clip((0.45 + 0.12 * soft) * light, 0, 1) * 255).astype(np.uint8)


def bricks(height: int, width: int, course: int = 12, length: int = 26) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    row = y // course
    joint = (y % course < 2) | ((x + length // 2 * (row % 2)) % length < 2)
    colour = np.where(joint[..., None], (200, 195, 180), (150, 70, 50)).astype(float)
    return np.clip(colour + np.random.default_rng(0).normal(0, 4, colour.shape), 0, 255).astype(np.uint8)


def test_it_closes_and_keeps_most_of_the_picture() -> None:
    picture = grainy()
    before = wrap_seam(Image(picture).decoded())
    result = tiled(Image(picture), light=0.0, fit=False)
    made = result.image()
    assert made.size == (132, 120) and before > 4
    assert abs(wrap_seam(made.decoded())) < 2
    assert result.findings["kept"] > 0.5 and result.findings["seam before"] == pytest.approx(before)
    assert result.origin is not None and result.origin.exact
    assert np.array_equal(made.pixels, picture.reshape(-1, 3)[result.origin.places])


def test_light_is_evened_out() -> None:
    picture = grainy(seed=1)

    def slope(pixels: np.ndarray) -> float:
        columns = pixels.mean(axis=(0, 2))
        return float(abs(columns[:40].mean() - columns[-40:].mean()))

    even = tiled(Image(picture), light=1.0).image().pixels
    assert slope(even) < 0.35 * slope(picture)
    assert even.mean() == pytest.approx(picture.mean(), rel=0.05)


def test_bricks_close_on_whole_courses() -> None:
    """10.3 courses and 6.4 bricks: stretched a little, so that every joint meets its other half."""
    picture = bricks(124, 166)
    result = tiled(Image(picture), light=0.0)
    made = result.image().pixels.astype(float).mean(axis=2)
    bright = made > 130
    # Along the wrap: what is joint on one side is joint on the other.
    assert (bright[0] == bright[-1]).mean() > 0.85 or bright[0].mean() > 0.8 or bright[-1].mean() > 0.8
    assert abs(wrap_seam(result.image().decoded())) < 2
    runs = np.flatnonzero(np.diff((np.roll(bright, 60, axis=0).mean(axis=1) > 0.6).astype(int)) == 1)
    assert np.ptp(np.diff(runs)) <= 2


def test_what_is_a_tile_already_stays_one() -> None:
    picture = np.roll(bricks(96, 104), (5, 7), axis=(0, 1))
    result = tiled(Image(picture), light=0.0)
    assert result.findings["kept"] == 1 and np.array_equal(result.image().pixels, picture)
    # Cut open along a joint it is still the same torus, cut open beside it.
    picture = bricks(96, 104)
    made = tiled(Image(picture), light=0.0).image()
    turns = [(y, x) for y in range(-12, 13) for x in range(-13, 14)]
    assert any(np.array_equal(np.roll(made.pixels, turn, axis=(0, 1)), picture) for turn in turns)
    assert abs(wrap_seam(made.decoded())) < 2


@pytest.mark.parametrize("size", [(90, 70), (200, 180), (132, 240)])
def test_any_size_closes(size: tuple[int, int]) -> None:
    made = tiled(Image(grainy()), size=size).image()
    assert made.size == size and abs(wrap_seam(made.decoded())) < 2


def test_seeds_differ() -> None:
    picture = Image(grainy())
    assert not np.array_equal(tiled(picture).pixels, tiled(picture, seed=2).pixels)


def height_map(picture: np.ndarray) -> Image:
    values = picture[..., :1].astype(np.float32) * 3 - 200
    return Image(values, peak=600.0, linear=True, name="height.exr")


def test_maps_go_along_at_their_own_depth() -> None:
    picture = grainy()
    rough = Image(picture[..., :1].astype(np.uint16) * 257, name="roughness.png")
    result = tiled(Image(picture), (height_map(picture), rough), light=0.0, fit=False)
    height, roughness = result.others
    made = result.image().pixels
    # Every pixel of the maps comes from where the picture's does: below zero and above one too.
    assert np.array_equal(height.pixels[..., 0], made[..., 0].astype(np.float32) * 3 - 200)
    assert roughness.pixels.dtype == np.uint16 and np.array_equal(
        roughness.pixels[..., 0], made[..., 0].astype(np.uint16) * 257
    )
    assert height.name == "height.exr" and height.linear and height.peak == 600


def test_maps_of_another_size_are_refused() -> None:
    with pytest.raises(Unusable, match="maps are 10 x 10"):
        tiled(Image(grainy()), (Image(np.zeros((10, 10, 1), np.uint8)),))


def test_the_command_line_writes_every_map_and_reports_the_seam(tmp_path: Path) -> None:
    import json

    picture = grainy(64, 64)
    files.save_picture(Image(picture), tmp_path / "stone.png")
    files.save_picture(Image(picture[..., :1].astype(np.uint16) * 257), tmp_path / "rough.png")
    files.save_picture(Image((picture[..., :1] / 255).astype(np.float32), linear=True), tmp_path / "height.tif")
    words = ["run", "tile", "--sample", str(tmp_path / "stone.png"), "--maps", str(tmp_path / "rough.png")]
    words += ["--maps", str(tmp_path / "height.tif"), "--light", "0", "--fit", "false", "--quiet"]
    words += ["-o", str(tmp_path / "out.png"), "--report", str(tmp_path / "report.json")]
    assert cli.main(words) == 0
    made = files.open_picture(tmp_path / "out.png").pixels
    rough = files.open_picture(tmp_path / "out-rough.png").pixels
    assert rough.dtype == np.uint16 and np.array_equal(rough[..., 0], made[..., 0].astype(np.uint16) * 257)
    tall = files.open_picture(tmp_path / "out-height.tif").pixels
    assert tall.dtype == np.float32 and np.array_equal(tall[..., 0], (made[..., 0] / 255).astype(np.float32))
    findings = json.loads((tmp_path / "report.json").read_text())["findings"]
    assert set(findings) == {"seam", "seam before", "repetition", "kept"} and abs(findings["seam"]) < 2
