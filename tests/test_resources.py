"""Every picture that ships is there, opens, is small enough, and has an origin that allows it."""

import json
import re
import sys
from importlib.resources import as_file
from pathlib import Path

import numpy as np
import pytest

import resources
from engine.files import open_mask, open_picture, probe

FOLDER = Path(resources.__file__).parent
LINE = re.compile(r"^\| `([^`]+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.M)
ROWS = LINE.findall((FOLDER / "samples/ORIGINS.md").read_text("utf-8"))
STYLES = LINE.findall((FOLDER / "styles/ORIGINS.md").read_text("utf-8"))


def test_every_picture_has_an_origin_and_a_line_in_the_index() -> None:
    there = {path.name for path in (FOLDER / "samples").iterdir() if path.suffix not in (".md", ".json")}
    assert there == {row[0] for row in ROWS} == {entry.file.name for entry in resources.samples()}
    assert len(ROWS) == len(there)


def test_every_style_has_an_origin_and_a_line_in_the_index() -> None:
    there = {path.name for path in (FOLDER / "styles").iterdir() if path.suffix not in (".md", ".json")}
    assert there == {row[0] for row in STYLES} == {entry.file.name for entry in resources.styles()}
    assert len(STYLES) == len(there) == len({entry.title for entry in resources.styles()}) >= 24


def test_styles_are_small_and_none_is_flat() -> None:
    assert sum(path.stat().st_size for path in (FOLDER / "styles").iterdir()) < 6_000_000
    for entry in resources.styles():
        with as_file(entry.file) as path:
            picture = open_picture(path)
        assert 256 <= max(picture.size) <= 640 and picture.decoded().std() > 0.05, entry.name


def test_our_own_styles_are_made_as_they_are_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER.parent / "packaging"))
    import make_styles  # type: ignore[import-not-found]

    for name in ("make_styles", "style_tools", "style_prints", "style_paintings"):
        sys.modules.pop(name)
    own = {row[0] for row in STYLES if "make_styles.py" in row[2]}
    assert {f"{name}.jpg" for name in make_styles.OWN} == own
    assert {f"{name}.jpg" for name in make_styles.CUTS} == {row[0] for row in STYLES} - own
    for name in ("wax-batik", "fine-engraving"):
        shipped, made = open_picture(FOLDER / "styles" / f"{name}.jpg").decoded(), make_styles.OWN[name]()
        # Lightness: JPEG keeps the colours of such small forms only roughly.
        alike = np.corrcoef(shipped.mean(axis=2).ravel(), made.mean(axis=2).ravel())[0, 1]
        assert alike > 0.99 and np.abs(shipped - made).mean() < 0.05, name


@pytest.mark.parametrize("row", ROWS + STYLES, ids=lambda row: row[0])
def test_every_origin_is_free(row: tuple[str, ...]) -> None:
    assert row[4] in ("public domain", "CC0")
    assert all(len(cell) > 2 for cell in row)


def test_all_of_them_are_small() -> None:
    pictures = [*(FOLDER / "samples").iterdir(), *(FOLDER / "holes").iterdir()]
    assert sum(path.stat().st_size for path in pictures) < 10_000_000
    for entry in resources.samples():
        with as_file(entry.file) as path:
            assert max(probe(path).size) <= 1600


def test_there_is_enough_to_try() -> None:
    assert len(resources.samples("texture")) >= 6
    assert sum(entry.hole is not None for entry in resources.samples("photo")) >= 3
    assert {entry.kind for entry in resources.samples()} == {"photo", "texture"}
    assert len({entry.title for entry in resources.samples()}) == len(resources.samples())
    with pytest.raises(KeyError):
        resources.sample("nothing")


@pytest.mark.parametrize("entry", [e for e in resources.samples() if e.hole], ids=lambda e: e.name)
def test_holes_lie_on_their_picture(entry: resources.Sample) -> None:
    assert entry.hole is not None
    with as_file(entry.file) as path, as_file(entry.hole) as hole:
        mask = open_mask(hole, probe(path).size)
    assert set(np.unique(mask)) == {0.0, 1.0}
    assert 0.01 < mask.mean() < 0.2


def test_no_sample_is_flat() -> None:
    for entry in resources.samples():
        with as_file(entry.file) as path:
            assert open_picture(path).decoded().std() > 0.03, entry.name


def test_things_to_try_show_pictures_that_are_there() -> None:
    for entry in json.loads((FOLDER / "starters.json").read_text("utf-8"))["starters"]:
        assert (FOLDER / entry["picture"]).is_file()


def test_our_own_pictures_are_made_as_they_are_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER.parent / "packaging"))
    import make_samples  # type: ignore[import-not-found]

    sys.modules.pop("make_samples")
    for name in make_samples.STROKES:
        drawn = make_samples.hole(name)[..., 0] / np.float32(255)
        np.testing.assert_array_equal(drawn, open_mask(FOLDER / "holes" / f"{Path(name).stem}.png"))
    weave = open_picture(FOLDER / "samples" / "basket-weave.png").decoded()
    np.testing.assert_allclose(make_samples.basket_weave(), weave, atol=0.003)
