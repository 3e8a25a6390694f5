from __future__ import annotations

import numpy as np
import pytest

from desktop.document import Document
from desktop.document import label_pictures as pictures
from engine.errors import Unusable
from engine.image import Image

SKY, HILL, GRASS = (120, 170, 240), (120, 100, 80), (40, 120, 30)


def flat(width: int = 60, height: int = 40) -> Image:
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:15], pixels[15:25], pixels[25:] = SKY, HILL, GRASS
    return Image(pixels)


def photo() -> Document:
    picture = flat()
    document = Document(picture, title="hills.jpg")
    labels, palette = pictures.labelled(pictures.numbered(picture), picture)
    with document.edit("labels") as edit:
        edit.put(document.labels, document.rect, labels)
        edit.set_palette(palette)
    return document


def test_labels_are_numbered_from_the_top_and_coloured_after_the_picture() -> None:
    labels, palette = pictures.labelled(pictures.numbered(flat()), flat())
    assert [labels[0, 0], labels[20, 0], labels[39, 0]] == [1, 2, 3]
    assert [label.name for label in palette] == ["Light blue", "Brown", "Dark green"]
    for label, mean in zip(palette, (SKY, HILL, GRASS), strict=True):
        assert np.argmax(label.colour) == np.argmax(mean), "the same hue, only stronger"


def test_numbers_stay_what_they_are_when_asked() -> None:
    numbers = np.array([[7, 7], [0, 3]], np.uint16)
    picture = Image(np.array([[SKY, SKY], [HILL, GRASS]], np.uint8))
    labels, palette = pictures.labelled(numbers, picture, keep=True)
    assert labels.tolist() == [[7, 7], [1, 3]]
    assert [(label.number, label.name) for label in palette] == [(1, "Brown"), (3, "Dark green"), (7, "Light blue")]
    far = numbers + np.uint16(300)
    assert sorted(np.unique(pictures.labelled(far, picture, keep=True)[0])) == [1, 2, 3]


def test_colours_of_a_palette_are_told_apart() -> None:
    palette = pictures.palette_of([(100, 110, 100 + k) for k in range(16)], list(range(1, 17)))
    colours = np.array([label.colour for label in palette]).astype(float)
    apart = np.linalg.norm(colours[:, None] - colours[None], axis=2) + 1e9 * np.eye(len(colours))
    assert apart.min() >= 12
    assert len({label.name for label in palette}) == 16


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((0, 0, 0), "Black"), ((255, 255, 255), "White"), ((128, 128, 128), "Gray"), ((40, 44, 40), "Dark gray"),
        ((250, 20, 20), "Red"), ((20, 20, 250), "Blue"), ((110, 80, 50), "Brown"), ((20, 90, 30), "Dark green"),
        ((240, 230, 60), "Yellow"), ((255, 200, 220), "Light pink"),
    ],
)  # fmt: skip
def test_colours_have_the_names_that_one_would_give(colour: tuple[int, int, int], name: str) -> None:
    assert pictures.colour_name(colour) == name


def test_too_many_labels_are_refused() -> None:
    numbers = np.arange(300, dtype=np.uint16).reshape(20, 15)
    with pytest.raises(Unusable, match="255"):
        pictures.labelled(numbers, Image(np.zeros((20, 15, 3), np.uint8)))


def test_a_map_in_other_shades_joins_the_palette() -> None:
    document = photo()
    palette = document.palette
    theirs = np.zeros((10, 10, 3), np.uint8)
    theirs[:5], theirs[5:] = palette.labels[2].colour, np.array(palette.labels[0].colour) // 2 + 60
    image = Image(theirs)
    labels = pictures.matched(pictures.numbered(image), image, palette)
    assert (labels[:5] == 3).all() and (labels[5:] == 1).all()


def test_stretching_mixes_nothing_and_mirrors() -> None:
    labels = np.array([[1, 2], [3, 4]], np.uint8)
    big = pictures.stretched(labels, (6, 4))
    assert (big == np.kron(labels, np.ones((2, 3), np.uint8))).all()
    assert (pictures.stretched(labels, (6, 4), mirrored=True) == big[:, ::-1]).all()
    assert pictures.stretched(big, (2, 2)).tolist() == labels.tolist()
    assert pictures.stretched(labels, (1, 1)).shape == (1, 1)


def test_a_photograph_much_larger_than_the_painting_is_reduced() -> None:
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 65535, (90, 120, 3)).astype(np.uint16)
    document = Document(Image(pixels, name="big"), title="big")
    with document.edit("labels") as edit:
        edit.put(document.labels, document.rect, np.ones((90, 120), np.uint8))
    same = pictures.motif_of(document, (120, 90))
    assert same.picture.pixels is document.picture.pixels
    small = pictures.motif_of(document, (40, 30))
    assert small.picture.size == (40, 30) and small.picture.pixels.dtype == np.uint16
    expected = pixels.reshape(30, 3, 40, 3, 3).mean(axis=(1, 3))
    assert np.abs(small.picture.pixels - expected).max() <= 0.5
    assert small.labels.shape == (30, 40)


def test_a_photograph_without_labels_is_no_motif() -> None:
    with pytest.raises(Unusable, match="no labels"):
        pictures.motif_of(Document(flat()), (10, 10))


def test_a_painting_begins_white_with_its_map() -> None:
    document = photo()
    motif = pictures.motif_of(document, (30, 20))
    made = pictures.painting(motif, document.palette, pictures.stretched(document.labels.array(), (30, 20)))
    assert made.size == (30, 20) and (made.picture.pixels == 255).all() and made.painted.empty
    assert made.motif is motif and made.palette == document.palette and not made.history.steps
    assert made.title == "By numbers from hills.jpg"
    shown = pictures.map_picture(made).pixels
    assert shown[0, 0].tolist() == list(document.palette.labels[0].colour)
