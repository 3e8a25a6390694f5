"""Where pixels came from, saved and opened again; and files that lie about it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.document import Box, Document, Motif, origins_file, project_file
from desktop.document.origins import Ban, Copied, Provenance, composed
from desktop.document.packing import packed, packed_places, unpacked, unpacked_places
from engine.errors import Unusable
from engine.frame import From, Origin
from engine.image import Image
from engine.region import Rect

RNG = np.random.default_rng(4)
BARK = Image(RNG.integers(0, 256, (40, 50, 3), np.uint8), name="bark")
MOSS = Image(RNG.integers(0, 65536, (30, 20, 4), np.uint16), name="moss", attributes={"Artist": "Ada Ümläut"})


def made_of(pictures: tuple[Image | None, ...], rect: Rect, confidence: bool = False) -> Copied:
    """Pieces of some pictures at random."""
    sizes = [(60, 48) if one is None else one.size for one in pictures]
    sources = tuple(From("source", number, size) for number, size in enumerate(sizes))
    which = RNG.integers(0, len(pictures), (rect.h, rect.w)).astype(np.uint8)
    places = (RNG.random((rect.h, rect.w)) * np.array([w * h for w, h in sizes])[which]).astype(np.int32)
    places[RNG.random(places.shape) < 0.2] = -1
    sure = RNG.random(places.shape).astype(np.float32) if confidence else None
    return Copied(rect, Origin(places, sources, which, sure), pictures)


def document_of(*layers: Copied) -> Document:
    document = Document(Image(RNG.integers(0, 256, (48, 60, 3), np.uint8)), title="wall")
    document.copied = layers
    return document


def known(document: Document) -> Provenance:
    snapshot = document.snapshot()
    found = composed(document.size, list(snapshot.layers))
    assert found is not None
    return found


def same(one: Provenance, other: Provenance) -> None:
    """Both say the same of every pixel, whatever numbers they give to the pictures."""
    assert one.rect == other.rect and np.array_equal(one.known, other.known)
    for y, x in np.argwhere(one.known):
        (a, place), (b, there) = ((p.which[y, x], int(p.places[y, x])) for p in (one, other))
        first, second = one.pictures[a], other.pictures[b]
        assert place == there and one.sizes[a] == other.sizes[b]
        if first is None or second is None:
            assert first is second
        else:
            assert np.array_equal(first.pixels, second.pixels) and first.name == second.name
            assert first.attributes == second.attributes


@pytest.mark.parametrize("compact", [True, False])
def test_origins_come_back_with_the_pictures_that_they_name(tmp_path: Path, compact: bool) -> None:
    document = document_of(made_of((BARK, MOSS), Rect(3, 4, 50, 40)), made_of((None,), Rect(10, 10, 20, 9)))
    with document.edit("Fill") as edit:
        edit.replace(Rect(0, 0, 8, 6), np.zeros((6, 8, 3), np.uint8))
        edit.note(made_of((MOSS,), Rect(0, 0, 8, 6)))
    before = known(document)
    project_file.save(document, tmp_path / "a.ora", compact)
    again = project_file.load(tmp_path / "a.ora")
    same(known(again), before)
    project_file.save(again, tmp_path / "b.ora", compact)
    same(known(project_file.load(tmp_path / "b.ora")), before)


def test_what_was_undone_is_not_saved_and_the_rest_goes_on(tmp_path: Path) -> None:
    document = document_of(made_of((BARK,), Rect(0, 0, 60, 48)))
    with document.edit("Fill") as edit:
        edit.replace(Rect(0, 0, 8, 6), np.zeros((6, 8, 3), np.uint8))
    document.undo()
    project_file.save(document, tmp_path / "a.ora")
    again = project_file.load(tmp_path / "a.ora")
    same(known(again), known(document))
    with again.edit("Paint") as edit:
        edit.replace(Rect(0, 0, 8, 6), np.zeros((6, 8, 3), np.uint8))
    assert not known(again).known[:6, :8].any() and known(again).known[6:].any()


def test_how_sure_pieces_were_comes_back_to_a_step_of_255(tmp_path: Path) -> None:
    document = document_of(made_of((BARK,), Rect(0, 0, 60, 48), confidence=True))
    project_file.save(document, tmp_path / "a.ora")
    one, other = known(document).confidence, known(project_file.load(tmp_path / "a.ora")).confidence
    assert one is not None and other is not None and np.abs(one - other).max() <= 0.5 / 255 + 1e-6


def test_what_is_banned_stays_so(tmp_path: Path) -> None:
    document = document_of(made_of((BARK,), Rect(0, 0, 60, 48)))
    stroke = RNG.random((5, 11)) < 0.5
    with document.edit("Ban source") as edit:
        edit.note(Ban(Image(BARK.pixels.copy(), name="bark"), Rect(7, 3, 11, 5), stroke))
        edit.note(Ban(MOSS, Rect(1, 2, 3, 4), np.ones((4, 3), np.bool_)))
        edit.note(Ban(None, Rect(1, 2, 3, 4), np.ones((4, 3), np.bool_)))
        edit.cover(document.source, Box(Rect(0, 0, 9, 9)))
    project_file.save(document, tmp_path / "a.ora")
    again = project_file.load(tmp_path / "a.ora")
    first, second = again.bans
    assert first.picture is not None and np.array_equal(first.picture.pixels, BARK.pixels)
    assert first.rect == Rect(7, 3, 11, 5) and np.array_equal(first.part, stroke)
    assert second.picture is not None and np.array_equal(second.picture.pixels, MOSS.pixels) and second.part.all()
    assert not again.source.empty, "what is banned in the picture itself is in its mask"
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        kept = [name for name in archive.namelist() if name.endswith(".tif")]
    assert len(kept) == 2, "a picture that is a source and has a part banned is in the file once"


def test_a_picture_that_the_file_has_already_is_not_in_it_twice(tmp_path: Path) -> None:
    document = document_of(made_of((BARK, MOSS), Rect(0, 0, 60, 48)))
    document.exchanged({"motif": Motif(BARK, np.ones((40, 50), np.uint8), "bark", ""), "sample": MOSS})
    project_file.save(document, tmp_path / "a.ora")
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        assert not [name for name in archive.namelist() if "origins" in name and name.endswith(".tif")]
    same(known(project_file.load(tmp_path / "a.ora")), known(document))


def test_a_file_of_an_earlier_version_opens_without(tmp_path: Path) -> None:
    project_file.save(Document(BARK), tmp_path / "a.ora")
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        facts = json.loads(archive.read(project_file.OURS))
    assert facts["origins"] == {}
    again = rewritten(tmp_path / "a.ora", lambda facts: facts.pop("origins"))
    assert project_file.load(again).copied == () == project_file.load(again).banned


def test_copied_pieces_take_little_room() -> None:
    """A megapixel that is made of pieces of 40 px takes a hundredth of what its places do."""
    y, x = np.mgrid[:1000, :1000]
    corner = RNG.integers(0, 900, (25, 25, 2))[y // 40, x // 40]
    places = ((corner[..., 0] + y % 40) * 1000 + corner[..., 1] + x % 40).astype(np.int32)
    data = packed_places(places)
    assert len(data) < places.nbytes / 30
    assert np.array_equal(unpacked_places(data, (1000, 1000)), places)


@given(st.lists(st.integers(-1, 2**31 - 1), min_size=1, max_size=60))
def test_any_places_come_back(values: list[int]) -> None:
    places = np.array([values], np.int32)
    assert np.array_equal(unpacked_places(packed_places(places), places.shape), places)


def test_packed_bytes_of_another_length_are_refused() -> None:
    data = packed(np.arange(200, dtype=np.uint8))
    for wrong, count in ((data, 199), (data, 201), (data[:-1], 200), (b"", 200), (data + b"x", 199)):
        with pytest.raises(ValueError, match=r"."):
            unpacked(wrong, count)
    with pytest.raises(ValueError, match="not 10 bytes"):
        unpacked(packed(np.zeros(50_000_000, np.uint8)), 10)


def rewritten(path: Path, change: Callable[[dict[str, Any]], Any], **parts: bytes | None) -> Path:
    """The project with other facts, or with other bytes for entries by the last word of their names."""
    other = path.with_name("forged.ora")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            data: bytes | None = source.read(name)
            if name == project_file.OURS and data is not None:
                facts = json.loads(data)
                change(facts)
                data = json.dumps(facts).encode()
            data = parts.get(Path(name).stem, data) if "origins" in name else data
            if data is not None:
                target.writestr(name, data)
    return other


LIES: list[tuple[str, Any]] = [
    ("rect", [0, 0, 61, 48]), ("rect", [0, 0, 0, 0]), ("rect", [1, 0, 60, 48]), ("rect", "all"),
    ("rect", [0, 0, True, 48]), ("sources", []), ("sources", [7]), ("sources", [-1, 0]), ("sources", {}),
    ("pictures", [{"size": [60, 48]}] * 300),
    ("pictures", [{"size": [1 << 19, 1 << 19], "is": "this"}] * 2), ("pictures", [{"size": [5, 5], "is": "this"}] * 2),
    ("pictures", [{"size": [50, 40], "is": "motif"}] * 2), ("pictures", [{"size": [50, 40], "is": 7}] * 2),
    ("pictures", [{"size": [50, 40], "file": "../../etc/passwd"}] * 2), ("pictures", [3, 4]), ("pictures", None),
    ("bans", [[0, 0, 0, 51, 2]]), ("bans", [[9, 0, 0, 5, 2]]), ("bans", [[0, 0, 0, 5]]), ("bans", [[1, 0, 0, 40, 30]]),
    ("bans", 7), ("sure", True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), LIES)
def test_lies_about_the_origin_are_refused_in_a_sentence(tmp_path: Path, name: str, value: Any) -> None:
    document = document_of(made_of((BARK, MOSS), Rect(0, 0, 60, 48)))
    document.banned = (Ban(BARK, Rect(0, 0, 4, 4), np.ones((4, 4), np.bool_)),)
    project_file.save(document, tmp_path / "a.ora")
    forged = rewritten(tmp_path / "a.ora", lambda facts: facts["origins"].update({name: value}))
    with pytest.raises(Unusable, match=r"^forged\.ora cannot be opened.*\.$"):
        project_file.load(forged)


@pytest.mark.parametrize("name", ["places", "which", "bans", "0"])
@pytest.mark.parametrize(
    "data", [None, b"", b"text", packed(np.zeros(7, np.uint8)), packed(np.full(2880 * 4, 250, np.uint8))]
)
def test_broken_maps_are_refused_in_a_sentence(tmp_path: Path, name: str, data: bytes | None) -> None:
    document = document_of(made_of((BARK, MOSS), Rect(0, 0, 60, 48)))
    document.banned = (Ban(BARK, Rect(0, 0, 4, 4), np.ones((4, 4), np.bool_)),)
    project_file.save(document, tmp_path / "a.ora")
    forged = rewritten(tmp_path / "a.ora", lambda facts: None, **{name: data})
    with pytest.raises(Unusable, match=r"^forged\.ora cannot be opened.*\.$"):
        project_file.load(forged)


def test_a_map_that_claims_too_much_is_not_unpacked(tmp_path: Path) -> None:
    document = document_of(made_of((BARK,), Rect(0, 0, 60, 48)))
    project_file.save(document, tmp_path / "a.ora")
    bomb = packed(np.zeros(300_000_000, np.uint8))
    with pytest.raises(Unusable, match="cannot be opened"):
        project_file.load(rewritten(tmp_path / "a.ora", lambda facts: None, places=bomb))


def test_names_of_entries_are_entries() -> None:
    names = (origins_file.PLACES, origins_file.WHICH, origins_file.CONFIDENCE, origins_file.BANS)
    assert len(set(names)) == 4 and all(project_file.NAME.fullmatch(name) for name in names)
