"""Project files: OpenRaster (https://www.openraster.org), a ZIP with the picture, its masks and what was done.

Other programs open the picture with its masks as hidden layers. What only this program knows is in one JSON entry.
Recovery files are the same, but hold the picture's bytes as they are: fast to write, whatever its size.

A project may come from anywhere, so nothing in it is trusted: entries are found by name and never become paths, sizes
are checked before anything is unpacked, and every value of the JSON is checked for what it should be.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import quoteattr

import numpy as np

from desktop.document import origins_file
from desktop.document.document import Document, Snapshot
from desktop.document.edit import fill_mask
from desktop.document.label_map import Motif, Palette
from desktop.document.mask import Plane
from desktop.document.origins import composed
from engine import files
from engine.errors import Unusable
from engine.image import Image, displayed, frozen
from engine.region import Rect
from engine.trained import Trained

SUFFIX = ".ora"
VERSION = 1
OURS = "scumble/document.json"
PICTURE, RAW = "mergedimage.png", "scumble/picture.raw"
FLOATS = "scumble/picture.tif"
PROFILE = "scumble/profile.icc"
MOTIF, MOTIF_LABELS = "scumble/motif.tif", "scumble/motif-labels.png"
THUMBNAIL = 256

LARGEST_ENTRY = 4 << 30
LARGEST_JSON = 64 << 20
MOST_ENTRIES = 10_000
MOST_GIVEN = 256
NAME = re.compile(r"[A-Za-z0-9_/-]{1,80}\.[a-z]{3}")


def save(state: Document | Snapshot, path: Path, compact: bool = True) -> None:
    """Writes a project, whole or not at all; a file of that name survives every failure.

    Args:
        state: what to save. Any thread may save a snapshot.
        path: where.
        compact: compress the picture. Without, the file is quick to write and only this program opens it (recovery).

    Raises:
        Unusable: the place is not writable, the disk full.
    """
    snapshot = state.snapshot() if isinstance(state, Document) else state
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name[:100]}-{secrets.token_hex(4)}.part")
    try:
        try:
            with open(beside, "xb") as out:
                _write(snapshot, out, compact)
                out.flush()
                os.fsync(out.fileno())
            os.replace(beside, target)
        finally:
            with suppress(OSError):
                os.unlink(beside)
    except Unusable as problem:
        raise Unusable(f"{path.name} was not saved", problem.why, problem.remedy) from None
    except OSError as error:
        reason = error.strerror or "the disk refused it"
        raise Unusable(f"{path.name} was not saved", reason[:1].lower() + reason[1:], "save it elsewhere") from None


def load(path: Path, recovery: bool = False) -> Document:
    """Opens a project. An OpenRaster file of another program opens as one picture.

    Args:
        path: which.
        recovery: the document counts as modified and belongs to the file that it once came from.

    Raises:
        Unusable: the file is missing, damaged, or no project.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix="scumble-") as folder:
            reader = _Reader(path, archive, Path(folder))
            return reader.document(recovery)
    except FileNotFoundError:
        raise Unusable(f"{path.name} is not there", "it was moved or deleted", "choose another file") from None
    except OSError as error:
        raise Unusable(f"{path.name} cannot be read", (error.strerror or "the disk refused it").lower()) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise _damaged(path, "it is no project, cut short, or encrypted") from None


# Writing.


def _write(snapshot: Snapshot, out: IO[bytes], compact: bool) -> None:
    picture = snapshot.picture
    form = RAW if not compact else FLOATS if picture.pixels.dtype == np.float32 else PICTURE
    facts: dict[str, Any] = {
        "version": VERSION,
        "title": snapshot.title,
        "path": str(snapshot.path) if snapshot.path else None,
        "picture": {"file": form, **_facts(picture)},
        "masks": {name: _place(name, mask) for name, mask in snapshot.masks.items() if not mask.empty},
        "sample": _rect(snapshot.sample) if isinstance(snapshot.sample, Rect) else None,
        "palette": snapshot.palette.as_json(),
        "recipes": [[title, dict(recipe)] for title, recipe in snapshot.recipes],
    }
    with zipfile.ZipFile(out, "w") as archive, tempfile.TemporaryDirectory(prefix="scumble-") as folder:
        writer = _Writer(archive, Path(folder))
        writer.text("mimetype", "image/openraster")
        if isinstance(snapshot.sample, Image):
            facts["sample"] = {"file": "scumble/sample.tif", **_facts(snapshot.sample)}
            writer.picture("scumble/sample.tif", snapshot.sample)
        motif = snapshot.motif
        if motif is not None:
            facts["motif"] = {"file": MOTIF, **_facts(motif.picture), "title": motif.title, "path": motif.path}
            writer.picture(MOTIF, motif.picture)
            writer.picture(MOTIF_LABELS, Image(motif.labels[..., None]))
        facts["given"] = {}
        for role, pictures in snapshot.given.items():
            entries = facts["given"][role] = []
            for number, one in enumerate(pictures):
                name = f"scumble/given/{role}-{number}{files.TRAINED_SUFFIX if isinstance(one, Trained) else '.tif'}"
                if isinstance(one, Trained):
                    entries.append({"file": name, "name": one.name})
                    writer.learnt(name, one)
                else:
                    entries.append({"file": name, **_facts(one)})
                    writer.picture(name, one)
        elsewhere = {"motif": motif.picture} if motif is not None else {}
        if isinstance(snapshot.sample, Image):
            elsewhere["sample"] = snapshot.sample
        told = origins_file.written(composed(picture.size, list(snapshot.layers)), snapshot.bans, elsewhere)
        for number, source in told.pictures.items():
            name = f"scumble/origins/{number}.tif"
            told.facts["pictures"][number] |= {"file": name, **_facts(source)}
            writer.picture(name, source)
        for name, data in told.maps.items():
            writer.packed(name, data)
        facts["origins"] = told.facts
        writer.text(OURS, json.dumps(facts, ensure_ascii=False))
        for name, place in facts["masks"].items():
            writer.picture(place["file"], Image(snapshot.masks[name].crop(_as_rect(place))[..., None]))
        if not compact:
            writer.raw(RAW, picture)
            return
        if form == FLOATS:
            writer.picture(FLOATS, picture)
            picture = replace(picture, pixels=displayed(picture.decoded()), linear=False, peak=1.0, icc=None)
        writer.picture(PICTURE, picture)
        step = max(1, math.ceil(max(picture.size) / THUMBNAIL))
        small = picture.decoded() if step == 1 else replace(picture, pixels=picture.pixels[::step, ::step]).decoded()
        writer.picture("Thumbnails/thumbnail.png", Image(displayed(small)))
        writer.text("stack.xml", _stack(snapshot, facts["masks"]))


class _Writer:
    """Adds entries to an archive."""

    def __init__(self, archive: zipfile.ZipFile, folder: Path) -> None:
        self._archive, self._folder = archive, folder

    def text(self, name: str, text: str) -> None:
        kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
        self._archive.writestr(zipfile.ZipInfo(name), text.encode(), kind)

    def picture(self, name: str, image: Image) -> None:
        place = self._folder / f"picture{Path(name).suffix}"
        files.save_picture(image, place)
        self._moved(place, name)

    def learnt(self, name: str, trained: Trained) -> None:
        place = self._folder / f"learnt{files.TRAINED_SUFFIX}"
        files.save_trained(trained, place)
        self._moved(place, name)

    def packed(self, name: str, data: bytes) -> None:
        """Bytes that are compressed already."""
        self._archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_STORED)

    def _moved(self, place: Path, name: str) -> None:
        with open(place, "rb") as source, self._archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
            while block := source.read(1 << 20):
                entry.write(block)
        place.unlink()

    def raw(self, name: str, image: Image) -> None:
        with self._archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
            rows = max(1, (1 << 22) // max(1, image.pixels[:1].nbytes))
            for top in range(0, image.size[1], rows):
                entry.write(image.pixels[top : top + rows].tobytes())
        if image.icc:
            self._archive.writestr(zipfile.ZipInfo(PROFILE), image.icc)


def _facts(image: Image) -> dict[str, Any]:
    return {
        "shape": list(image.pixels.shape),
        "type": image.pixels.dtype.name,
        "peak": image.peak,
        "linear": image.linear,
        "name": image.name,
        "attributes": image.attributes,
    }


def _rect(rect: Rect) -> dict[str, int]:
    return {"x": rect.x, "y": rect.y, "w": rect.w, "h": rect.h}


def _place(name: str, mask: Plane) -> dict[str, Any]:
    return {"file": f"data/{name}.png", **_rect(mask.bounds)}


def _stack(snapshot: Snapshot, masks: Mapping[str, Mapping[str, Any]]) -> str:
    width, height = snapshot.picture.size
    layers = [
        f'<layer name={quoteattr(name)} src="{place["file"]}" x="{place["x"]}" y="{place["y"]}" visibility="hidden"/>'
        for name, place in masks.items()
    ]
    layers.append(f'<layer name={quoteattr(snapshot.title)} src="{PICTURE}" x="0" y="0"/>')
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", f'<image version="0.0.3" w="{width}" h="{height}">', "<stack>"]
    return "\n".join([*lines, *layers, "</stack>", "</image>", ""])


# Reading.


class _Reader:
    """Takes an archive apart without believing it."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, folder: Path) -> None:
        self._path, self._archive, self._folder = path, archive, folder
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise _damaged(path, f"it has {len(entries)} parts")
        self._entries = {entry.filename: entry for entry in entries}

    def document(self, recovery: bool) -> Document:
        if OURS not in self._entries:
            return self._foreign()
        facts = self._json()
        if facts.get("version") != VERSION:
            raise Unusable(f"{self._path.name} cannot be opened", "a newer Scumble wrote it", "use that one")
        picture = self._image(_dict(facts, "picture"))
        origin = facts.get("path") if recovery else None
        document = Document(
            picture,
            Path(origin) if isinstance(origin, str) and "\0" not in origin else None if recovery else self._path,
            _text(facts, "title") if recovery else "",
        )
        sample = facts.get("sample")
        if isinstance(sample, dict):
            chosen = self._image(sample) if "file" in sample else self._inside(sample, picture)
            document.exchanged({"sample": chosen})
        document.exchanged({"palette": Palette.from_json(facts.get("palette")), "motif": self._motif(facts)})
        for name, place in _dict(facts, "masks").items():
            if name in document.masks and isinstance(place, dict):
                self._fill(document.masks[name], place, picture)
        document.exchanged({"given": self._given(facts)})
        self._origins(facts, document)
        document.recipes = self._recipes(facts)
        if recovery:
            document.touch()
        return document

    def _origins(self, facts: Mapping[str, Any], document: Document) -> None:
        """Where the pixels were copied from; nothing in a file of an earlier version."""
        told = _dict(facts, "origins")
        if not told:
            return

        def picture(entry: Mapping[str, Any]) -> Image:
            there = {"motif": document.motif.picture if document.motif else None, "sample": document.sample}
            found = there.get(_text(entry, "is")) if "is" in entry else self._image(entry)
            if not isinstance(found, Image):
                raise ValueError("a source is missing")
            return found

        def entry(name: str, most: int) -> bytes:
            with self._opened(name, most) as source:
                return source.read()

        try:
            copied, document.banned = origins_file.read(told, document.size, picture, entry)
        except ValueError as problem:
            raise _damaged(self._path, f"what it says of the origin of its pixels is wrong ({problem})") from None
        document.copied = () if copied is None else (copied,)

    def _motif(self, facts: Mapping[str, Any]) -> Motif | None:
        told = _dict(facts, "motif")
        if not told:
            return None
        picture, labels = self._image(told), self._picture(MOTIF_LABELS)
        if labels.size != picture.size or labels.pixels.dtype != np.uint8:
            raise _damaged(self._path, "the labels that it is painted from have another size than their picture")
        return Motif(picture, labels.pixels[..., 0].astype(np.uint8), _text(told, "title"), _text(told, "path"))

    def _foreign(self) -> Document:
        if PICTURE not in self._entries:
            raise _damaged(self._path, "it is no OpenRaster file")
        picture = self._picture(PICTURE)
        note = "its layers were merged"
        document = Document(replace(picture, name=self._path.name, notes=(*picture.notes, note)), self._path)
        return document

    def _json(self) -> dict[str, Any]:
        with self._opened(OURS, LARGEST_JSON) as source:
            try:
                facts = json.loads(source.read(LARGEST_JSON))
            except (ValueError, RecursionError):
                facts = None
        if not isinstance(facts, dict):
            raise _damaged(self._path, "its description cannot be read")
        return facts

    def _image(self, facts: Mapping[str, Any]) -> Image:
        name = _text(facts, "file")
        image = self._raw(facts) if name == RAW else self._picture(name)
        peak = facts.get("peak")
        if image.pixels.dtype == np.float32 and isinstance(peak, int | float) and 0 < peak < 1e30:
            image = replace(image, peak=float(peak), linear=facts.get("linear") is True)
        attributes = {key: value for key, value in _dict(facts, "attributes").items() if isinstance(value, str)}
        return replace(image, name=_text(facts, "name"), notes=(), attributes=attributes)

    def _picture(self, name: str) -> Image:
        with self._unpacked(name) as place:
            return files.open_picture(place)

    @contextmanager
    def _unpacked(self, name: str) -> Iterator[Path]:
        """A file with what an entry holds. What is found unusable there makes the project a damaged one."""
        place = self._folder / f"entry{Path(name).suffix if NAME.fullmatch(name) else ''}"
        with self._opened(name, LARGEST_ENTRY) as source, open(place, "wb") as out:
            while block := source.read(1 << 20):
                out.write(block)
        try:
            yield place
        except Unusable as problem:
            raise _damaged(self._path, f"its part {name} cannot be read ({problem.why or problem.what})") from None
        finally:
            place.unlink()

    def _raw(self, facts: Mapping[str, Any]) -> Image:
        shape, kind = facts.get("shape"), facts.get("type")
        sound = isinstance(shape, list) and len(shape) == 3 and all(type(n) is int and 0 < n <= 1 << 20 for n in shape)
        if not sound or not isinstance(shape, list) or kind not in ("uint8", "uint16", "float32") or shape[2] > 4:
            raise _damaged(self._path, "its picture has no size")
        size = math.prod(shape) * np.dtype(kind).itemsize
        if size != self._entry(RAW, LARGEST_ENTRY).file_size:
            raise _damaged(self._path, "its picture has another size than it should have")
        pixels = np.empty(size, np.uint8)
        with self._opened(RAW, LARGEST_ENTRY) as source:
            done = 0
            while block := source.read(1 << 22):
                pixels[done : done + len(block)] = np.frombuffer(block, np.uint8)
                done += len(block)
        if done != size:
            raise _damaged(self._path, "its picture is cut short")
        icc = None
        if PROFILE in self._entries:
            with self._opened(PROFILE, 64 << 20) as source:
                icc = source.read()
        return Image(frozen(pixels.view(kind).reshape(shape)), icc=icc)

    def _fill(self, mask: Plane, place: Mapping[str, Any], picture: Image) -> None:
        rect, image = self._inside(place, picture), self._picture(_text(place, "file"))
        if image.size != rect.size or image.pixels.dtype != np.uint8:
            raise _damaged(self._path, f"its {mask.name} mask has another size than it should have")
        fill_mask(mask, rect, image.pixels[..., 0].astype(np.uint8))

    def _inside(self, place: Mapping[str, Any], picture: Image) -> Rect:
        numbers = [place.get(name) for name in ("x", "y", "w", "h")]
        if all(type(number) is int for number in numbers):
            rect = _as_rect(place)
            if not rect.empty and picture.rect.holds(rect):
                return rect
        raise _damaged(self._path, "a mask or a sample lies outside the picture")

    def _given(self, facts: Mapping[str, Any]) -> dict[str, tuple[Image | Trained, ...]]:
        found: dict[str, tuple[Image | Trained, ...]] = {}
        for role, entries in _dict(facts, "given").items():
            if role.isidentifier() and isinstance(entries, list) and len(entries) <= MOST_GIVEN:
                found[role] = tuple(self._one_given(entry) for entry in entries if isinstance(entry, dict))
        return found

    def _one_given(self, entry: Mapping[str, Any]) -> Image | Trained:
        name = _text(entry, "file")
        if not name.endswith(files.TRAINED_SUFFIX):
            return self._image(entry)
        with self._unpacked(name) as place:
            return replace(files.open_trained(place), name=_text(entry, "name"))

    def _recipes(self, facts: Mapping[str, Any]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        found = facts.get("recipes")
        pairs = found if isinstance(found, list) else []
        return tuple(
            (pair[0], pair[1])
            for pair in pairs
            if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], dict)
        )

    def _entry(self, name: str, limit: int) -> zipfile.ZipInfo:
        entry = self._entries.get(name)
        if entry is None:
            raise _damaged(self._path, f"its part {name[:80]!r} is missing")
        if entry.file_size > limit or entry.file_size > (entry.compress_size << 10) + (1 << 16):
            raise _damaged(self._path, f"its part {name} claims {entry.file_size / 2**30:.1f} GB")
        return entry

    @contextmanager
    def _opened(self, name: str, limit: int) -> Iterator[IO[bytes]]:
        # zipfile gives no more bytes than the entry's own claim, which was checked.
        with self._archive.open(self._entry(name, limit)) as source:
            yield source


def _as_rect(place: Mapping[str, Any]) -> Rect:
    return Rect(place["x"], place["y"], place["w"], place["h"])


def _dict(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = facts.get(name)
    return value if isinstance(value, dict) else {}


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _damaged(path: Path, why: str) -> Unusable:
    return Unusable(f"{path.name} cannot be opened", why, "open another copy of it")
