"""Where the pixels of a document come from, after several steps, and what a ban makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from desktop.document import Box, Document
from desktop.document.origins import Ban, Copied, Provenance, Spot, composed
from desktop.session.banning import ban, grown, limited, rectangle, repair, what_made
from desktop.session.provenance import Provenances
from engine import catalog
from engine.errors import Unusable
from engine.frame import From, Origin
from engine.image import Image
from engine.region import Rect

SIZE = (8, 6)
SAMPLE = Image(np.zeros((5, 10, 3), np.uint8), name="sample")


def own(rect: Rect, rows: list[list[int]]) -> Copied:
    """Copied from the picture itself."""
    return Copied(rect, Origin(np.array(rows, np.int32), (From("picture", 0, SIZE),)), (None,))


def sampled(rect: Rect, rows: list[list[int]]) -> Copied:
    return Copied(rect, Origin(np.array(rows, np.int32), (From("sample", 0, SAMPLE.size),)), (SAMPLE,))


def made(*layers: Copied | Rect) -> Provenance:
    found = composed(SIZE, list(layers))
    assert found is not None
    return found


def test_the_newest_lies_on_top() -> None:
    found = made(own(Rect(1, 1, 2, 1), [[40, 41]]), own(Rect(2, 1, 2, 1), [[7, 8]]))
    assert found.rect == Rect(1, 1, 3, 1) and found.places.tolist() == [[40, 7, 8]]
    assert found.spot(1.9, 1.2) == Spot(0, 0, 5) and found.spot(3, 1) == Spot(0, 0, 1)
    assert found.spot(0, 0) is None and found.spot(4, 1) is None


def test_what_was_copied_twice_is_followed_back() -> None:
    # Pixel (1, 1) shows sample place 33; pixel (5, 4) is then copied from (1, 1), which is place 9 of the picture.
    found = made(sampled(Rect(1, 1, 1, 1), [[33]]), own(Rect(5, 4, 2, 1), [[9, 0]]))
    spot = found.spot(5, 4)
    assert spot is not None and found.pictures[spot.number] is SAMPLE and (spot.x, spot.y) == (3, 3)
    other = found.spot(6, 4)
    assert other is not None and found.pictures[other.number] is None and (other.x, other.y) == (0, 0)


def test_a_source_that_nothing_is_left_of_is_none_any_more() -> None:
    found = made(own(Rect(1, 1, 2, 1), [[40, 41]]), sampled(Rect(0, 1, 4, 1), [[9, 8, 7, 6]]))
    assert found.pictures == (SAMPLE,) and found.sizes == (SAMPLE.size,) and found.which.tolist() == [[0, 0, 0, 0]]
    both = made(own(Rect(1, 1, 2, 1), [[40, 41]]), sampled(Rect(0, 1, 2, 1), [[9, 8]]))
    assert both.pictures == (None, SAMPLE) and both.which.tolist() == [[1, 1, 0]]


def test_a_change_that_nobody_knows_of_makes_its_part_unknown() -> None:
    found = made(own(Rect(0, 0, 3, 1), [[40, 41, 42]]), Rect(1, 0, 1, 1))
    assert found.places.tolist() == [[40, -1, 42]]
    assert composed(SIZE, [own(Rect(0, 0, 1, 1), [[5]]), Rect(0, 0, 8, 6)]) is None
    assert composed(SIZE, []) is None


def test_uses_are_counted_per_pixel_of_the_source() -> None:
    found = made(sampled(Rect(0, 0, 4, 1), [[3, 3, 3, 12]]))
    counts, cell = found.uses(0)
    assert cell == 1 and counts.shape == (5, 10) and counts[0, 3] == 3 and counts[1, 2] == 1 and counts.sum() == 4
    assert found.used(0) == 2 / 50


def test_large_sources_are_counted_in_cells() -> None:
    wide = From("sample", 0, (1500, 7))
    origin = Origin(np.array([[0, 1, 2, 1499]], np.int32), (wide,))
    counts, cell = made(Copied(Rect(0, 0, 4, 1), origin, (SAMPLE,))).uses(0)
    assert cell == 3 and counts.shape == (3, 500)
    # The last row of cells is one pixel high only.
    assert counts[0, 0] == pytest.approx(3 / 9) and counts[0, 499] == pytest.approx(1 / 9)


@pytest.fixture
def filled() -> tuple[Document, Provenances]:
    """A picture of 8 x 6 px whose pixels (2, 2) and (3, 2) were copied from (6, 4) and (7, 4)."""
    document = Document(Image(np.arange(8 * 6 * 3, dtype=np.uint8).reshape(6, 8, 3)))
    known = Provenances()
    with document.edit("Fill") as edit:
        edit.replace(Rect(2, 2, 2, 1), document.picture.pixels[4:5, 6:8].copy())
        edit.note(own(Rect(2, 2, 2, 1), [[38, 39]]))
    return document, known


def test_undo_and_other_steps_are_followed(filled: tuple[Document, Provenances]) -> None:
    document, known = filled
    first = known.of(document)
    assert first is not None and first.places.tolist() == [[38, 39]] and known.of(document) is first
    with document.edit("Mask") as edit:
        edit.cover(document.hole, Box(Rect(0, 0, 2, 2)))
    assert known.of(document) is not None
    with document.edit("Unknown") as edit:
        edit.replace(Rect(2, 2, 1, 1), np.full((1, 1, 3), 9, np.uint8))
    later = known.of(document)
    assert later is not None and later.places.tolist() == [[-1, 39]]
    document.undo()
    again = known.of(document)
    assert again is not None and again.places.tolist() == [[38, 39]]
    document.undo()
    document.undo()
    assert known.of(document) is None
    document.redo()
    assert known.of(document) is not None


def test_another_picture_forgets_everything(filled: tuple[Document, Provenances]) -> None:
    document, known = filled
    with document.edit("Crop") as edit:
        edit.crop(Rect(0, 0, 4, 4))
    assert known.of(document) is None


def test_a_made_picture_knows_from_the_start() -> None:
    document = Document(Image(np.zeros((6, 8, 3), np.uint8)))
    known = Provenances()
    known.begin(document, sampled(Rect(0, 0, 2, 1), [[1, 2]]))
    found = known.of(document)
    assert found is not None and found.pictures == (SAMPLE,)


def test_a_repair_makes_again_what_came_from_there(filled: tuple[Document, Provenances]) -> None:
    document, known = filled
    provenance = known.of(document)
    assert provenance is not None
    found = repair(document, provenance, rectangle(provenance, 0, Rect(7, 4, 1, 1)))
    hole, source = np.asarray(found.given["hole"]), np.asarray(found.given["source"])
    # The pixel that came from there and the one beside it, which is within the rim; nothing that was never copied.
    assert np.argwhere(hole > 0).tolist() == [[2, 2], [2, 3]]
    assert np.argwhere(source == 0).tolist() == [[4, 7]]
    assert found.given["picture"] is document.picture
    with document.edit("Ban") as edit:
        (one,) = found.bans
        assert one.picture is None
        ban(edit, document.source, one.rect, one.part)
    assert np.array_equal(document.source.array(), source)
    document.undo()
    assert document.source.empty


def test_a_second_ban_keeps_the_first(filled: tuple[Document, Provenances]) -> None:
    document, known = filled
    provenance = known.of(document)
    assert provenance is not None
    with document.edit("Source") as edit:
        edit.cover(document.source, Box(Rect(4, 3, 4, 3)))
    found = repair(document, provenance, rectangle(provenance, 0, Rect(6, 4, 1, 1)))
    free = np.asarray(found.given["source"]) > 0
    assert free.sum() == 11 and not free[4, 6] and not free[0, 0]


def test_what_a_place_was_made_of(filled: tuple[Document, Provenances]) -> None:
    document, known = filled
    provenance = known.of(document)
    assert provenance is not None
    banned = what_made(provenance, Rect(3, 2, 1, 1))
    rect, part = banned[0]
    assert rect.holds(Rect(7, 4, 1, 1)) and part[4 - rect.y, 7 - rect.x]
    assert rect == Rect(5, 2, 3, 4), "grown by a rim, inside the picture"
    assert what_made(provenance, Rect(0, 0, 1, 1)) == {}


def test_what_cannot_be_banned_is_said(filled: tuple[Document, Provenances]) -> None:
    document, known = filled
    provenance = known.of(document)
    assert provenance is not None
    with pytest.raises(Unusable, match="Nothing came from there"):
        repair(document, provenance, rectangle(provenance, 0, Rect(0, 0, 2, 2)))
    with pytest.raises(Unusable, match="the last of it"):
        repair(document, provenance, rectangle(provenance, 0, Rect(0, 0, 8, 6)))
    everything = Document(Image(np.zeros((1, 2, 3), np.uint8)))
    whole = composed((2, 1), [sampled(Rect(0, 0, 2, 1), [[1, 1]])])
    assert whole is not None
    with pytest.raises(Unusable, match="whole picture"):
        repair(everything, whole, rectangle(whole, 0, Rect(0, 0, 10, 5)))


def test_growing_is_a_square_around_each_pixel() -> None:
    mask = np.zeros((7, 9), np.bool_)
    mask[3, 4] = mask[0, 0] = True
    wanted = np.zeros_like(mask)
    wanted[1:6, 2:7] = True
    wanted[:3, :3] = True
    assert np.array_equal(grown(mask, 2), wanted)
    assert np.array_equal(grown(mask, 0), mask)


def test_a_ban_in_one_of_several_samples_masks_that_one() -> None:
    samples = tuple(
        Image(np.random.default_rng(k).integers(0, 256, (6, 8 + k, 3), np.uint8), name=f"{k}") for k in range(3)
    )
    operation = catalog.operations()["synthesize"]
    ban = Ban(replace(samples[1], pixels=samples[1].pixels.copy()), Rect(2, 1, 3, 2), np.ones((2, 3), np.bool_))
    found = limited(operation, {"sample": samples}, [ban])["source"]
    assert isinstance(found, tuple) and [one.size for one in found] == [
        (8, 6),
        (9, 6),
        (10, 6),
    ]
    shares = [(one.pixels == 0).sum() for one in found]
    assert shares == [0, 6, 0] and not found[1].pixels[ban.rect.slices].any()
    painted = np.zeros((6, 8), np.uint8)
    both = limited(operation, {"sample": samples, "source": painted}, [ban])["source"]
    assert isinstance(both, tuple) and not both[0].pixels.any() and (both[1].pixels == 0).sum() == 6
    assert limited(operation, {"sample": samples, "source": painted}, [])["source"] is painted
