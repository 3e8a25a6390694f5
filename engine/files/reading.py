"""Pictures from files: by content, a few rows at a time, straight into the depth that they are stored at."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from OpenImageIO import ImageInput, ImageSpec, geterror

from engine.errors import Unusable
from engine.files.formats import (
    AGAIN,
    CONVERT,
    DESCRIPTION,
    MARK,
    PNG_START,
    check_png,
    foreign,
    png_size,
    usable_profile,
)
from engine.image import Floats, Image, as_mask, frozen
from engine.region import Size

LARGEST_PIXELS = 1 << 28
"""Width times height that `open_picture` accepts unless told otherwise: 268 million, 16,384 squared."""

CHUNK_BYTES = 4 << 20
KEPT = ("ImageDescription", "Artist", "Copyright", "DocumentName", "Make", "Model")
RESOLUTION = ("XResolution", "YResolution")
MOST_PAGES = 100
ENDED = ("end of file", "EOF", "remature", "hit end", "short")

_STORED_AS = {"uint8": np.uint8, "uint16": np.uint16, "half": np.float32, "float": np.float32, "double": np.float32}
_MULTIPLIED = ("openexr", "tiff", "targa", "iff")


@dataclass(frozen=True)
class Probe:
    """What a file's header says.

    Attributes:
        size: (width, height) as shown, with the orientation applied.
        channels: 1..4 as `Image` will have them.
        depth: bits per channel as `Image` will have them: 8, 16 or 32 (float).
        format: OpenImageIO's name of the format ("png").
    """

    size: Size
    channels: int
    depth: int
    format: str


@contextmanager
def opened(path: Path, largest_pixels: int = LARGEST_PIXELS) -> Iterator[ImageInput]:
    """The reader of a file, after every check that costs little.

    Raises:
        Unusable: it is not there, not readable, not a picture, damaged, or too large.
    """
    _check_file(path, largest_pixels)
    hints = ImageSpec()
    hints["oiio:UnassociatedAlpha"] = 1
    source = ImageInput.open(str(path), hints)
    complaint = _said(geterror)  # always taken, or the next job on this thread would find it
    if source is None:
        raise _refused(path, complaint)
    try:
        spec = source.spec()
        _check_size(path, (spec.width, spec.height), largest_pixels)
        yield source
    finally:
        source.close()
        _said(source.geterror)


def _said(complaint: Callable[[], str]) -> str:
    """OpenImageIO's pending error message, which it forgets by that; damaged files get their bytes into it."""
    try:
        return complaint()
    except UnicodeDecodeError:
        return "damaged"


def text_of(spec: ImageSpec, name: str) -> str:
    """A text from the file's header; "" when it is missing or not text."""
    try:
        return spec.get_string_attribute(name)
    except UnicodeDecodeError:
        return ""


def _check_file(path: Path, largest_pixels: int) -> None:
    name = path.name or str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise Unusable(f"{name} is a folder", "a picture is a file", "choose a file inside it")
        if not stat.S_ISREG(mode):
            raise Unusable(f"{name} is not a file", "it is a device or a pipe", "copy the picture into a file first")
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise Unusable(f"{name} does not exist", "there is no such file", "check the name and the folder") from None
    except PermissionError:
        raise Unusable(
            f"{name} cannot be read", "this account has no permission", "change its permissions or ask its owner"
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Unusable(f"{name} cannot be read", why.lower(), "copy it to another place and open that") from None
    if not head:
        raise Unusable(f"{name} is empty", "the file has no bytes", AGAIN)
    size = png_size(head)
    if size:
        _check_size(path, size, largest_pixels)
    if head.startswith(PNG_START):
        check_png(path)


def _check_size(path: Path, size: Size, largest_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise Unusable(f"{path.name} has no pixels", f"its header says {width} x {height} px", AGAIN)
    if width * height > largest_pixels:
        raise Unusable(
            f"{path.name} is too large",
            f"its header says {width} x {height} px and the limit is {largest_pixels / 1e6:.0f} million pixels",
            "make it smaller or cut it into pieces",
        )


def _refused(path: Path, complaint: str) -> Unusable:
    with path.open("rb") as file:
        kind = foreign(file.read(4096))
    if kind == "text":
        return Unusable(f"{path.name} cannot be opened", "it is text, not a picture", "choose a picture")
    if kind:
        return Unusable(f"{path.name} cannot be opened", f"it is {kind}", CONVERT)
    if "claims" in complaint or "mages are limited" in complaint or "exceeds" in complaint:
        return Unusable(f"{path.name} cannot be opened", "its header promises more than the file can hold", AGAIN)
    return Unusable(
        f"{path.name} cannot be opened", "it is damaged or of a kind that cannot be read", f"{AGAIN}, or {CONVERT}"
    )


@dataclass(frozen=True)
class _Layout:
    """Which stored channels make the picture, in which order, and at which depth."""

    channels: tuple[int, ...]
    has_alpha: bool
    dtype: Any
    orientation: int
    multiplied: bool
    notes: tuple[str, ...]

    def size(self, spec: ImageSpec) -> Size:
        return (spec.height, spec.width) if self.orientation >= 5 else (spec.width, spec.height)

    def seen_from_file(self, picture: NDArray[Any]) -> NDArray[Any]:
        """The upright picture as a view whose rows and columns lie as stored (EXIF 2.3, Orientation)."""
        turned = picture.swapaxes(0, 1) if self.orientation >= 5 else picture
        up = -1 if self.orientation in (3, 4, 6, 7) else 1
        left = -1 if self.orientation in (2, 3, 7, 8) else 1
        return turned[::up, ::left]


def _layout(source: ImageInput) -> _Layout:
    spec = source.spec()
    notes: list[str] = []
    names = [str(name).rpartition(".")[2].upper() for name in spec.channelnames]
    alpha = names.index("A") if "A" in names else spec.alpha_channel
    colours = [k for k in range(spec.nchannels) if k != alpha] or [0]
    if all(name in names for name in "RGB"):
        colours = [names.index(name) for name in "RGB"]
    elif "Y" in names:
        colours = [names.index("Y")]
    colours = colours[: 3 if len(colours) >= 3 else 1]
    has_alpha = 0 <= alpha < spec.nchannels and alpha not in colours
    channels = (*colours, alpha) if has_alpha else tuple(colours)
    if spec.nchannels > len(channels):
        notes.append(f"{spec.nchannels - len(channels)} further channels were left out")
    stored = "float" if spec.channelformats else str(spec.format)
    dtype = _STORED_AS.get(stored)
    if dtype is None:
        dtype = np.uint8 if stored == "int8" else np.uint16
        notes.append(f"{stored} values were read as {np.dtype(dtype).itemsize * 8} bit")
    elif stored == "double":
        notes.append("64-bit values were read as 32 bit")
    cmyk = text_of(spec, "jpeg:ColorSpace") == "CMYK"
    if cmyk or spec.get_int_attribute("tiff:PhotometricInterpretation") == 5:
        notes.append("CMYK was turned into RGB")
    orientation = spec.get_int_attribute("Orientation", 1)
    multiplied = (
        has_alpha and source.format_name() in _MULTIPLIED and not spec.get_int_attribute("oiio:UnassociatedAlpha")
    )
    if multiplied and dtype != np.float32:
        notes.append("colours were stored multiplied by alpha and have been divided by it")
    return _Layout(channels, has_alpha, dtype, orientation if 1 <= orientation <= 8 else 1, multiplied, tuple(notes))


def _divided(rows: NDArray[Any]) -> NDArray[Any]:
    """Colours divided by alpha; left alone where alpha is 0."""
    alpha = rows[..., -1:].astype(np.float64)
    top = 1.0 if rows.dtype == np.float32 else float(np.iinfo(rows.dtype).max)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        colours = np.where(alpha != 0, rows[..., :-1] * (top / alpha), rows[..., :-1])
    if rows.dtype != np.float32:
        colours = np.minimum(colours + 0.5, top)
    out = rows.copy()
    out[..., :-1] = colours
    return out


def _rows(path: Path, source: ImageInput, layout: _Layout, notes: list[str]) -> Iterator[tuple[int, NDArray[Any]]]:
    """(first row, (rows, width, channels)) from top to bottom as stored, at the layout's depth.

    Raises:
        Unusable: the file ends early or its data is damaged.
    """
    spec = source.spec()
    first, last = min(layout.channels), max(layout.channels) + 1
    wanted = [k - first for k in layout.channels]
    step = max(1, CHUNK_BYTES // max(1, spec.width * (last - first) * np.dtype(layout.dtype).itemsize))
    unit = spec.tile_height or spec.get_int_attribute("oiio:RowsPerChunk", 1) or 1
    step = max(unit, step // unit * unit)
    form = np.dtype(layout.dtype).name.replace("float32", "float")
    for start in range(0, spec.height, step):
        stop = min(start + step, spec.height)
        top, bottom = spec.y + start, spec.y + stop
        if spec.tile_width:
            part = source.read_tiles(spec.x, spec.x + spec.width, top, bottom, spec.z, spec.z + 1, first, last, form)
        else:
            part = source.read_scanlines(top, bottom, spec.z, first, last, form)
        complaint = _said(source.geterror)
        if part is None or "remature end" in complaint:
            cut = part is not None or any(word in complaint for word in ENDED)
            why = "the file is cut short" if cut else "its data is damaged"
            raise Unusable(f"{path.name} cannot be opened", why, AGAIN)
        if complaint and "the file is slightly damaged" not in notes:
            notes.append("the file is slightly damaged")
        part = part.reshape(stop - start, spec.width, last - first)
        if wanted != list(range(last - first)):
            part = part[..., wanted]
        yield start, _divided(part) if layout.multiplied else part


def probe(path: str | Path) -> Probe:
    """What the header says, without decoding.

    Raises:
        Unusable: the file cannot be opened as a picture.
    """
    path = Path(path)
    with opened(path) as source:
        layout = _layout(source)
        depth = np.dtype(layout.dtype).itemsize * 8
        return Probe(layout.size(source.spec()), len(layout.channels), depth, str(source.format_name()))


def open_picture(path: str | Path, *, largest_pixels: int = LARGEST_PIXELS) -> Image:
    """A picture at its own depth, upright, with its profile, and with notes on whatever was not taken along.

    Takes the picture's own bytes and a few megabytes. Integer pictures are display-referred; float ones are linear
    light, with the largest finite value (at least 1) as their peak.

    Raises:
        Unusable: the file is missing, unreadable, no picture, damaged, cut short, or of more than `largest_pixels`.
    """
    path = Path(path)
    with opened(path, largest_pixels) as source:
        spec, layout = source.spec(), _layout(source)
        notes = list(layout.notes)
        width, height = layout.size(spec)
        try:
            pixels = np.empty((height, width, len(layout.channels)), layout.dtype)
            stored = layout.seen_from_file(pixels)
            for start, part in _rows(path, source, layout, notes):
                stored[start : start + len(part)] = part
        except MemoryError:
            raise Unusable(
                f"{path.name} does not fit in memory", f"it has {width} x {height} px", "make it smaller first"
            ) from None
        attributes = _text(spec)
        icc = _profile(spec, len(layout.channels), notes)
        notes += _pages(source)
        if source.format_name() == "gif" and layout.has_alpha and pixels[..., -1].min() == 255:
            pixels = pixels[..., :-1].copy()
    peak, linear = 1.0, pixels.dtype == np.float32
    if linear:
        peak = _peak(pixels[..., :-1] if layout.has_alpha else pixels)
    return Image(frozen(pixels), peak, linear, icc, path.name, tuple(notes), attributes)


def _peak(values: Floats) -> float:
    return max([1.0] + [float(np.max(row, where=np.isfinite(row), initial=1.0)) for row in values])


def _profile(spec: ImageSpec, channels: int, notes: list[str]) -> bytes | None:
    stored = spec.getattribute("ICCProfile")
    if stored is None:
        return None
    profile = np.asarray(stored, np.uint8).tobytes()
    if usable_profile(profile, channels):
        return profile
    notes.append("its colour profile is broken or made for other channels and was left out")
    return None


def _text(spec: ImageSpec) -> dict[str, str]:
    found = {name: text_of(spec, name) for name in KEPT}
    found[DESCRIPTION] = found[DESCRIPTION].partition(MARK)[0].rstrip("\n")
    if spec.get_float_attribute("XResolution") > 1 and text_of(spec, "ResolutionUnit") not in ("", "none"):
        found |= {name: f"{spec.get_float_attribute(name):g}" for name in RESOLUTION}
        found["ResolutionUnit"] = text_of(spec, "ResolutionUnit")
    return {name: text for name, text in found.items() if text}


def _pages(source: ImageInput) -> list[str]:
    """A word about what else is in the file."""
    kind, spec = source.format_name(), source.spec()
    count = spec.get_int_attribute("oiio:subimages")
    if count < 1:
        count = 1
        while count <= MOST_PAGES and source.seek_subimage(count, 0):
            count += 1
    _said(source.geterror)
    if count < 2:
        return []
    if kind == "psd":
        return ["the layers were merged"]
    number = f"{count}" if count <= MOST_PAGES else f"more than {MOST_PAGES}"
    what = "frames" if spec.get_int_attribute("oiio:Movie") else "pages"
    return [f"only the first of {number} {what} was opened"]


def open_mask(path: str | Path, size: Size | None = None) -> Floats:
    """A mask from a gray (or any) picture: float32 (H, W), 0..1, white inside, read-only.

    Args:
        size: (width, height) that it must have.

    Raises:
        Unusable: as `open_picture`, or the size differs.
    """
    path = Path(path)
    with opened(path) as source:
        spec, layout = source.spec(), _layout(source)
        width, height = layout.size(spec)
        if size is not None and size != (width, height):
            raise Unusable(
                f"The mask {path.name} is {width} x {height} px, the picture {size[0]} x {size[1]}",
                "they lie on one another pixel by pixel",
                "use a mask of the same size",
            )
        mask = np.empty((height, width), np.float32)
        stored = layout.seen_from_file(mask)
        for start, part in _rows(path, source, layout, []):
            stored[start : start + len(part)] = as_mask(part)
    return frozen(mask)


def thumbnail(path: str | Path, side: int) -> Image:
    """A small 8-bit picture, at most `side` px wide and high, averaged while reading: the whole is never in memory.

    Raises:
        Unusable: as `open_picture`.
    """
    path = Path(path)
    with opened(path) as source:
        spec, layout = source.spec(), _layout(source)
        scale = min(1.0, side / max(spec.width, spec.height))
        width, height = max(1, round(spec.width * scale)), max(1, round(spec.height * scale))
        columns = np.arange(width) * spec.width // width
        row_bin = np.minimum(np.arange(spec.height) * height // spec.height, height - 1)
        total = np.zeros((height, width, len(layout.channels)), np.float64)
        for start, part in _rows(path, source, layout, []):
            values = Image(np.ascontiguousarray(part), linear=part.dtype == np.float32).decoded().copy()
            if layout.has_alpha:
                values[..., :-1] *= values[..., -1:]
            summed = np.add.reduceat(values, columns, axis=1, dtype=np.float64)
            np.add.at(total, row_bin[start : start + len(part)], summed)
    weight = np.diff([*columns, spec.width])[None, :, None] * np.bincount(row_bin, minlength=height)[:, None, None]
    mean = total / weight
    if layout.has_alpha:
        mean[..., :-1] /= np.maximum(mean[..., -1:], 1e-9)
    small = (np.clip(mean, 0, 1) * 255 + 0.5).astype(np.uint8)
    upright = np.empty((*small.shape[:2][:: -1 if layout.orientation >= 5 else 1], small.shape[2]), np.uint8)
    layout.seen_from_file(upright)[:] = small
    return Image(upright, name=path.name)
