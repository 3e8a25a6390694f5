"""What the tour runs operations on: crops of the built-in samples and a few drawings, one file for each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.files import TRAINED_SUFFIX, open_picture, probe_trained, save_picture, thumbnail
from engine.image import Image
from engine.operation import Labels, Mask, Model, Operation, Picture, Role
from engine.region import Rect, Size
from resources import sample, styles

TEXTURES = ("flagstones", "moss", "bricks")
PHOTOS = {"seedlings": (0.51, 0.29, 0.25), "coffee": (0.75, 0.72, 0.2)}
"""Name -> centre and radius of the hole to fill, in parts of the side."""
STYLES = {"seedlings": "blue-print", "coffee": "great-waves"}
"""Photograph -> the style that it is painted in."""
PORTRAIT = "astronaut", (113, 0)
"""What a texture is laid over, and where the part of it begins."""
SPACE = "texture-space"
SAMPLE_SIDE, PHOTO_SIDE, OUTPUT = 96, 224, (192, 192)
STYLE_SIDE = 256

Files = dict[str, tuple[str, ...]]


class TourInputs:
    """Files of the tour, written when they are first asked for, so that every result can be replayed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: set[Path] = set()

    def runs(self, operation: Operation[Any]) -> Iterator[tuple[str, Files]]:
        """What to run an operation on: (the sample's name, role -> files). Nothing where a role is of another kind."""
        needed = {name: role for name, role in operation.roles.items() if role.required}
        known = all(isinstance(role, Picture | Mask | Labels | Model) for role in needed.values())
        if not known or any(isinstance(role, Model) and not models(role.kind) for role in needed.values()):
            return
        lies_on = any(getattr(role, "of", "") == "picture" for role in needed.values())
        if not lies_on and SPACE in (operation.trains, *(getattr(role, "kind", "") for role in needed.values())):
            wanted = {n: role for n, role in operation.roles.items() if role.required or isinstance(role, Labels)}
            yield TEXTURES[0], {name: self._of_textures(role) for name, role in wanted.items()}
            return
        for name in TEXTURES if "sample" in needed else PHOTOS:
            chosen: Files = {}
            # What lies on a picture is chosen after it.
            for role in sorted(needed, key=lambda role: bool(getattr(needed[role], "of", ""))):
                path = self._path(needed[role], role, name, chosen)
                chosen[role] = (str(path.absolute()),)
            yield name, {role: chosen[role] for role in needed}

    def _of_textures(self, role: Role) -> tuple[str, ...]:
        """What a space of textures is made of, and what is looked for in it."""
        if isinstance(role, Model):
            return (str(self._model(role, TEXTURES[0]).absolute()),)
        if isinstance(role, Labels):
            return (str(self._file("island", _island).absolute()),)
        names = TEXTURES if role.several else TEXTURES[:1]
        paths = [self._file(name, lambda name=name: _crop(name, SAMPLE_SIDE)) for name in names]  # type: ignore[misc]
        return tuple(str(path.absolute()) for path in paths)

    def _path(self, kind: Role, role: str, name: str, chosen: Files) -> Path:
        under = chosen.get(getattr(kind, "of", ""))
        if isinstance(kind, Picture):
            return self._picture(role, name)
        if isinstance(kind, Model):
            return self._model(kind, name)
        size = open_picture(under[0]).size if under else OUTPUT
        if isinstance(kind, Mask):
            return self._mask(role, name, size)
        # A map of the source's own areas, or, where it lies on nothing that is known, the same areas elsewhere.
        source = open_picture(under[0]) if under else open_picture(self._picture("picture", name))
        areas = _tiers(source)
        return self._file(f"{name}-{role}", lambda: Image((areas if under else areas[:, ::-1])[..., None]))

    def _picture(self, role: str, name: str) -> Path:
        """A picture that suits the role in the run that is named after this sample."""
        if role == "before":
            return self._file(f"{name}-before", lambda: _crop(name, PHOTO_SIDE, (0, 0)))
        if role == "after":
            return self._file(f"{name}-after", lambda: _drawn(_crop(name, PHOTO_SIDE, (0, 0))))
        if name in TEXTURES:
            if role == "picture":
                return self._file("portrait", lambda: _crop(PORTRAIT[0], PHOTO_SIDE, PORTRAIT[1]))
            if role in ("other", "style"):
                name = TEXTURES[(TEXTURES.index(name) + 1) % len(TEXTURES)]
            return self._file(name, lambda: _crop(name, SAMPLE_SIDE))
        if role == "style":
            return self._file(f"style-{STYLES[name]}", lambda: _style(STYLES[name]))
        if role == "other":
            name = next(other for other in PHOTOS if other != name)
        return self._file(name, lambda: _crop(name, PHOTO_SIDE))

    def _model(self, kind: Model, name: str) -> Path:
        """One of those that ship, another for another run where there are several."""
        shipped = models(kind.kind)
        model = shipped[list((*TEXTURES, *PHOTOS)).index(name) % len(shipped)]
        path = self.folder / model.name
        if path not in self._written:
            path.write_bytes(model.read_bytes())
            self._written.add(path)
        return path

    def _mask(self, role: str, name: str, size: Size) -> Path:
        """Where: a round hole for holes, a soft slope from left to right for everything else."""
        y, x = np.mgrid[: size[1], : size[0]] / np.array([size[1], size[0]])[:, None, None]
        values = np.clip(2 * x - 0.5, 0, 1)
        if role == "hole":
            centre_x, centre_y, radius = PHOTOS.get(name, (0.5, 0.5, 0.25))
            values = np.hypot(x - centre_x, y - centre_y) < radius
        stored = (np.asarray(values, np.float64) * 255 + 0.5).astype(np.uint8)
        return self._file(f"{name}-{role}-{size[0]}x{size[1]}", lambda: Image(stored[..., None]))

    def _file(self, name: str, make: Callable[[], Image]) -> Path:
        path = self.folder / f"{name}.png"
        if path not in self._written:
            save_picture(make(), path)
            self._written.add(path)
        return path


def models(kind: str) -> list[Traversable]:
    """The trained files of one kind that ship, by name."""
    found = []
    for entry in sorted((files("resources") / "models").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(TRAINED_SUFFIX):
            with as_file(entry) as path:
                if probe_trained(path).kind == kind:
                    found.append(entry)
    return found


def _crop(name: str, side: int, corner: tuple[int, int] | None = None) -> Image:
    """A part of a built-in sample, at most so large: its middle, or what begins at `corner` (x, y)."""
    with as_file(sample(name).file) as path:
        image = open_picture(path)
    x, y = corner or ((image.size[0] - side) // 2, (image.size[1] - side) // 2)
    rect = Rect(x, y, side, side).clipped(image.rect)
    return Image(image.pixels[rect.slices], name=name)


def _style(name: str) -> Image:
    """A built-in style, made so small that the tour stays quick."""
    entry = next(entry for entry in styles() if entry.name == name)
    with as_file(entry.file) as path:
        return replace(thumbnail(path, STYLE_SIDE), name=name)


def _drawn(image: Image) -> Image:
    """A picture as if drawn with a pencil: what it was before and after teaches an analogy to draw."""
    light = image.decoded()[..., :3].mean(axis=2)
    dy, dx = np.gradient(light)
    paper = np.clip(1 - 5 * np.hypot(dx, dy), 0, 1) * (0.8 + 0.2 * light)
    tone = paper[..., None] * np.array([1.0, 0.97, 0.9])
    return Image((tone * 255).astype(np.uint8))


def _island() -> Image:
    """A label map of a round island off a coast."""
    y, x = np.mgrid[0 : OUTPUT[1], 0 : OUTPUT[0]] / OUTPUT[0]
    areas = np.where(x - 0.25 * y > 0.68, 2, np.where(np.hypot(x - 0.38, y - 0.5) < 0.26, 1, 0))
    return Image((areas * 127).astype(np.uint8)[..., None])


def _tiers(image: Image) -> NDArray[np.uint8]:
    """A label map of a picture: its dark, middling and light parts, smoothed. (H, W) of 0, 128, 255."""
    gray = image.decoded().mean(axis=2)
    reach = max(1, min(gray.shape) // 20)
    for axis in (0, 1):
        ends = [(reach, reach) if axis == k else (0, 0) for k in (0, 1)]
        gray = sliding_window_view(np.pad(gray, ends, mode="edge"), 2 * reach + 1, axis=axis).mean(axis=-1)
    low, high = np.quantile(gray, (1 / 3, 2 / 3))
    return np.where(gray < low, 0, np.where(gray < high, 128, 255)).astype(np.uint8)
