"""What kind of file this is, by its content, and what each kind that we write can hold."""

from __future__ import annotations

import mmap
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Unusable
from engine.region import Size

AGAIN = "get it again from where it came from"
CONVERT = "save it as PNG, TIFF or JPEG and open that"


@dataclass(frozen=True)
class Format:
    """A kind of file that pictures are saved as.

    Attributes:
        title: what to call it in a sentence.
        writer: OpenImageIO's name for it.
        depths: bits per channel that it holds, in rising order; 32 is float.
        largest_side: pixels.
        gray: whether one channel, and two with alpha, can be stored as such; they become RGB otherwise.
        recipe: the attribute that carries the recipe, "" where there is room for none.
        recipe_bytes: the longest recipe.
        exact: what is read again is what was written; not where writing changes every pixel a little.
    """

    title: str
    writer: str
    depths: tuple[int, ...]
    alpha: bool
    icc: bool
    largest_side: int
    gray: bool = True
    recipe: str = ""
    recipe_bytes: int = 4_000_000
    exact: bool = True


OWN, DESCRIPTION = "Scumble:Recipe", "ImageDescription"
MARK = "scumble-recipe: "

_JPEG = Format(
    "JPEG",
    "jpeg",
    (8,),
    alpha=False,
    icc=True,
    largest_side=65_500,
    recipe=DESCRIPTION,
    recipe_bytes=60_000,
    exact=False,
)
_TIFF = Format("TIFF", "tiff", (8, 16, 32), alpha=True, icc=True, largest_side=1 << 20, recipe=DESCRIPTION)
_FORMATS = {
    ".png": Format("PNG", "png", (8, 16), alpha=True, icc=True, largest_side=1 << 20, recipe=OWN),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".exr": Format("OpenEXR", "openexr", (32,), alpha=True, icc=False, largest_side=1 << 20, recipe=OWN),
    ".webp": Format("WebP", "webp", (8,), alpha=True, icc=True, largest_side=16_383, gray=False),
    ".jxl": Format("JPEG XL", "jpegxl", (8, 16), alpha=True, icc=True, largest_side=1 << 20, gray=False),
    ".bmp": Format("BMP", "bmp", (8,), alpha=False, icc=False, largest_side=32_767, gray=False),
    ".tga": Format("TGA", "targa", (8,), alpha=True, icc=False, largest_side=65_535, gray=False),
}

SAVEABLE = tuple(_FORMATS)
"""Suffixes that `save_picture` writes, the best choice first."""

OPENABLE = (*SAVEABLE, ".psd", ".gif", ".hdr", ".ppm", ".pgm", ".pbm", ".jp2", ".j2k", ".dpx", ".ico", ".iff")
"""Suffixes to offer in a file dialogue. Files open by their content, whatever they are called."""


def format_for(path: Path) -> Format:
    """The format that the suffix asks for.

    Raises:
        Unusable: there is no such format.
    """
    found = _FORMATS.get(path.suffix.lower())
    if found is None:
        why = f"{path.suffix} is no kind of picture that can be written" if path.suffix else "its name has no suffix"
        raise Unusable(f"{path.name} cannot be saved", why, "use .png, .tif, .jpg, .webp or .exr")
    return found


def foreign(head: bytes) -> str:
    """What a file that OpenImageIO has no reader for is, by its first bytes; "" when unknown."""
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in (b"avif", b"avis"):
        return "an AVIF picture"
    if brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        return "a HEIC picture"
    if brand:
        return "a film"
    for start, kind in (
        (b"%PDF", "a PDF document"),
        (b"gimp xcf", "a GIMP document"),
        (b"PK\x03\x04", "an archive"),
        (b"\x1f\x8b", "an archive"),
        (b"\x1aE\xdf\xa3", "a film"),
        (b"RIFF", "a film" if head[8:12] == b"AVI " else ""),
    ):
        if head.startswith(start):
            return kind
    if head.lstrip()[:5].lower() in (b"<?xml", b"<svg ") or b"<svg" in head:
        return "a vector drawing"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return ""
        text = head[: error.start].decode("utf-8")
    return "text" if text and all(c.isprintable() or c in "\r\n\t\f" for c in text) else ""


PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_LARGEST_CHUNK = 1 << 31


def png_size(head: bytes) -> Size | None:
    """(width, height) that a PNG's header claims; None where these bytes do not start a PNG."""
    if not head.startswith(PNG_START) or head[12:16] != b"IHDR" or len(head) < 24:
        return None
    width, height = struct.unpack(">II", head[16:24])
    return int(width), int(height)


def check_png(path: Path) -> None:
    """Walks the chunks of a PNG: all there, checksums of pixel data right, the end marked.

    libpng finds out only on the way and prints to the console; this costs a fraction of the decompression.

    Raises:
        Unusable: the file is cut short or damaged.
    """
    short = Unusable(f"{path.name} cannot be opened", "the file is cut short", AGAIN)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = len(PNG_START)
        while True:
            if at + 12 > len(data):
                raise short
            length, kind = struct.unpack(">I4s", data[at : at + 8])
            end = at + 12 + length
            if length >= _PNG_LARGEST_CHUNK or (end > len(data) and not kind.isalpha()):
                raise Unusable(f"{path.name} cannot be opened", "its data is damaged", AGAIN)
            if end > len(data):
                raise short
            with memoryview(data) as whole, whole[at + 4 : end - 4] as body:
                right = zlib.crc32(body) == int.from_bytes(data[end - 4 : end], "big")
            if not right and kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
                raise Unusable(f"{path.name} cannot be opened", "its data is damaged", AGAIN)
            if kind == b"IEND":
                return
            at = end


_D50 = bytes.fromhex("0000f6d6000100000000d32d")


def usable_profile(profile: bytes, channels: int, form: Format | None = None) -> bool:
    """Whether an ICC profile is whole and made for pictures with this many channels (ICC.1:2022, 7.2).

    With a format, also whether its library takes it: libpng is strict and leaves out what it does not like.
    """
    if len(profile) < 132 or profile[36:40] != b"acsp" or int.from_bytes(profile[:4], "big") != len(profile):
        return False
    if profile[16:20] != (b"GRAY" if channels <= 2 else b"RGB "):
        return False
    if form is None or form.writer != "png":
        return form is None or form.icc
    tags = int.from_bytes(profile[128:132], "big")
    table = [
        struct.unpack(">4sII", profile[k : k + 12]) for k in range(132, min(132 + 12 * tags, len(profile) - 11), 12)
    ]
    return (
        profile[12:16] in (b"scnr", b"mntr", b"prtr", b"spac")
        and profile[20:24] in (b"XYZ ", b"Lab ")
        and profile[64:68] < b"\0\0\xff\xff"
        and profile[68:80] == _D50
        and len(profile) % 4 == 0
        and len(table) == tags
        and all(start + size <= len(profile) for _, start, size in table)
    )
