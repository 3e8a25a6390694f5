"""Project files: nothing is lost on the way, and nothing in them is believed."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.document import Box, Capsule, Document, project_file
from engine import files
from engine.errors import Unusable
from engine.image import Image
from engine.region import Rect

RECIPE = {"operation": "fill", "params": {"patch": 7}, "seed": 3}


def picture(kind: Any = np.uint8, channels: int = 3) -> Image:
    rng = np.random.default_rng(2)
    shape = (120, 170, channels)
    if kind is np.float32:
        pixels = rng.normal(1, 2, shape).astype(np.float32)
        return Image(pixels, peak=9.5, linear=True, name="sky", attributes={"Artist": "Ada Ümläut"})
    values = rng.integers(0, np.iinfo(kind).max, shape, kind, endpoint=True)
    return Image(values, name="sky", attributes={"Artist": "Ada Ümläut"})


def worked_on(image: Image) -> Document:
    document = Document(image, Path("/pictures/sky.png"))
    with document.edit("stroke") as edit:
        edit.cover(document.hole, Capsule((20, 30), (90, 80), 12, hardness=0.3))
        edit.cover(document.source, Box(Rect(160, 110, 10, 10)))
        edit.pick(Rect(3, 4, 50, 60))
    rect = Rect(0, 0, 9, 9)
    with document.edit("Fill", RECIPE) as edit:
        edit.replace(rect, np.zeros((9, 9, image.channels), image.pixels.dtype))
    return document


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize(
    ("kind", "channels"), [(np.uint8, 1), (np.uint8, 2), (np.uint8, 3), (np.uint8, 4), (np.uint16, 3), (np.uint16, 4),
                           (np.float32, 3), (np.float32, 4)]
)  # fmt: skip
def test_everything_comes_back(tmp_path, kind, channels, compact):
    document = worked_on(picture(kind, channels))
    path = tmp_path / "wall.ora"
    project_file.save(document, path, compact)
    again = project_file.load(path)
    assert again.picture.pixels.dtype == kind
    assert again.picture.pixels.tobytes() == document.picture.pixels.tobytes()
    assert (again.picture.peak, again.picture.linear) == (document.picture.peak, document.picture.linear)
    assert again.picture.name == "sky" and again.picture.attributes["Artist"] == "Ada Ümläut"
    for name in ("hole", "source"):
        assert (again.masks[name].array() == document.masks[name].array()).all()
        assert again.masks[name].bounds == document.masks[name].bounds
    assert again.sample == Rect(3, 4, 50, 60)
    assert again.snapshot().recipes == (("Fill", RECIPE),)
    assert again.path == path and again.title == "wall.ora" and not again.modified
    assert again.history.position == 0
    project_file.save(again, path, compact)
    assert project_file.load(path).snapshot().recipes == (("Fill", RECIPE),)
    assert [entry.name for entry in tmp_path.iterdir()] == ["wall.ora"]


@pytest.mark.parametrize("compact", [True, False])
def test_the_colour_profile_comes_along(tmp_path, compact):
    from PySide6.QtGui import QColorSpace

    profile = bytes(QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb).iccProfile().data())
    image = Image(picture().pixels, icc=profile)
    project_file.save(Document(image), tmp_path / "a.ora", compact)
    assert project_file.load(tmp_path / "a.ora").picture.icc == profile


def test_recovery_belongs_to_the_file_it_came_from(tmp_path):
    document = worked_on(picture())
    project_file.save(document.snapshot(), tmp_path / "x.ora", compact=False)
    again = project_file.load(tmp_path / "x.ora", recovery=True)
    assert again.path == Path("/pictures/sky.png") and again.title == "sky.png" and again.modified
    project_file.save(Document(picture(), title="New"), tmp_path / "y.ora", compact=False)
    fresh = project_file.load(tmp_path / "y.ora", recovery=True)
    assert fresh.path is None and fresh.title == "New" and fresh.modified


def test_a_sample_from_elsewhere_comes_along(tmp_path):
    document = Document(picture())
    sample = picture(np.uint16, 4)
    with document.edit("sample") as edit:
        edit.pick(sample)
    project_file.save(document, tmp_path / "a.ora")
    again = project_file.load(tmp_path / "a.ora").sample
    assert isinstance(again, Image) and again.pixels.tobytes() == sample.pixels.tobytes()


def test_other_programs_find_an_openraster_file(tmp_path):
    import xml.etree.ElementTree as ElementTree

    document = worked_on(picture())
    document.title = 'a "quoted" <title> & more'
    project_file.save(document, tmp_path / "a.ora")
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        stack = ElementTree.fromstring(archive.read("stack.xml"))
        assert (stack.get("w"), stack.get("h")) == ("170", "120")
        layers = stack.findall("stack/layer")
        assert [layer.get("visibility") for layer in layers] == ["hidden", "hidden", None]
        for layer in layers:
            (tmp_path / "layer.png").write_bytes(archive.read(layer.get("src", "")))
            image = files.open_picture(tmp_path / "layer.png")
            place = Rect(int(layer.get("x", "")), int(layer.get("y", "")), *image.size)
            assert document.rect.holds(place)
        (tmp_path / "small.png").write_bytes(archive.read("Thumbnails/thumbnail.png"))
        assert max(files.open_picture(tmp_path / "small.png").size) <= 256


def test_a_file_of_another_program_opens_as_one_picture(tmp_path):
    files.save_picture(picture(), tmp_path / "p.png")
    with zipfile.ZipFile(tmp_path / "a.ora", "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.write(tmp_path / "p.png", "mergedimage.png")
    document = project_file.load(tmp_path / "a.ora")
    assert (document.picture.pixels == picture().pixels).all()
    assert any("layers" in note for note in document.picture.notes)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.ora"
    project_file.save(worked_on(picture()), path)
    before = path.read_bytes()

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unusable, match="a.ora was not saved: the disk is full"):
        project_file.save(Document(picture()), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.ora"]
    monkeypatch.undo()
    with pytest.raises(Unusable, match="not saved"):
        project_file.save(Document(picture()), tmp_path / "missing" / "a.ora")


def test_a_saved_file_can_be_read_like_any_other(tmp_path):
    path = tmp_path / "a.ora"
    project_file.save(Document(picture()), path)
    (tmp_path / "plain").write_text("")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


# Hostile files.


def forged(path: Path, changes: dict[str, Any] | None = None, **parts: bytes | None) -> Path:
    """A sound project with some values of its JSON, or whole parts, replaced."""
    sound = path.with_name("sound.ora")
    project_file.save(worked_on(picture()), sound)
    with zipfile.ZipFile(sound) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == project_file.OURS and changes is not None:
                facts = json.loads(data)
                for place, value in changes.items():
                    here = facts
                    *above, last = place.split(".")
                    for step in above:
                        here = here[step]
                    here[last] = value
                data = json.dumps(facts).encode()
            replaced = parts.get(Path(name).stem, data)
            if replaced is not None:
                target.writestr(name, replaced)
    sound.unlink()
    return path


PNG_HEAD = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + (60_000).to_bytes(4) * 2 + bytes.fromhex("0802000000")


@pytest.mark.parametrize(
    "changes",
    [
        {"picture.file": "../../../etc/passwd"},
        {"picture.file": "/etc/passwd"},
        {"picture.file": 7},
        {"picture": None},
        {"picture.file": "scumble/picture.raw"},
        {"masks.hole.x": -5},
        {"masks.hole.x": 10**9},
        {"masks.hole.w": True},
        {"masks.hole.w": 3},
        {"masks.hole.file": "../hole.png"},
        {"masks.hole.file": "mergedimage.png"},
        {"sample": {"x": 0, "y": 0, "w": 10**12, "h": 5}},
        {"sample": {"file": "nothing.png"}},
        {"version": 99},
    ],
)
def test_impossible_values_are_refused_in_a_sentence(tmp_path, changes):
    path = forged(tmp_path / "a.ora", changes)
    with pytest.raises(Unusable, match=r"^a\.ora cannot be opened.*\.$"):
        project_file.load(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"document": b"{"},
        {"document": b"[" * 100_000},
        {"document": b"7"},
        {"document": b"\xff\xfe"},
        {"mergedimage": None},
        {"mergedimage": b"text"},
        {"mergedimage": PNG_HEAD},
        {"hole": None},
        {"hole": PNG_HEAD},
    ],
)
def test_broken_parts_are_refused_in_a_sentence(tmp_path, parts):
    path = forged(tmp_path / "a.ora", **parts)
    with pytest.raises(Unusable, match=r"^a\.ora cannot be opened.*\.$"):
        project_file.load(path)


@pytest.mark.parametrize("shape", [[1 << 20, 1 << 20, 4], [0, 5, 3], [120, 170], "big", [120, 170, 3.0], [-1, -1, 3]])
def test_a_raw_picture_must_be_as_large_as_it_says(tmp_path, shape):
    project_file.save(Document(picture()), tmp_path / "b.ora", compact=False)
    with zipfile.ZipFile(tmp_path / "b.ora") as source, zipfile.ZipFile(tmp_path / "a.ora", "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == project_file.OURS:
                facts = json.loads(data)
                facts["picture"]["shape"] = shape
                data = json.dumps(facts).encode()
            target.writestr(name, data)
    with pytest.raises(Unusable, match="its picture"):
        project_file.load(tmp_path / "a.ora")


def test_a_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "a.ora"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("mergedimage.png", bytes(200_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(Unusable, match="claims"):
        project_file.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}", b"")
    with pytest.raises(Unusable, match="10001 parts"):
        project_file.load(path)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)])
def test_files_that_are_no_projects(tmp_path, content):
    path = tmp_path / "a.ora"
    path.write_bytes(content)
    with pytest.raises(Unusable):
        project_file.load(path)
    with pytest.raises(Unusable):
        project_file.load(tmp_path)
    with pytest.raises(Unusable, match="not there"):
        project_file.load(tmp_path / "nothing.ora")


@given(st.data())
def test_damage_anywhere_gives_a_document_or_a_sentence(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damage")
    path = folder / "a.ora"
    project_file.save(worked_on(picture()), path, compact=data.draw(st.booleans()))
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        document = project_file.load(path)
    except Unusable as problem:
        assert str(problem).endswith(".")
    else:
        assert document.size[0] > 0 and document.hole.size == document.size
