"""Pictures to files, whole or not at all, the same bytes for the same picture and recipe.

The file is first made in memory: a full disk is then found by us, in Python, and not by an encoder. (libjpeg ends the
whole program when it cannot write.) Then it goes beside the old one, onto the disk, and takes its place in one step.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from OpenImageIO import ImageOutput, ImageSpec, TypeDesc, geterror

from engine.errors import Unusable
from engine.files.formats import DESCRIPTION, Format, format_for, usable_profile
from engine.files.reading import CHUNK_BYTES, RESOLUTION
from engine.files.recipes import as_text, described
from engine.files.swapping import swap
from engine.image import Image

_DTYPES: dict[int, Any] = {8: np.uint8, 16: np.uint16, 32: np.float32}
_NAMES = {8: "uint8", 16: "uint16", 32: "float"}
JPEG_QUALITY = 95


def losses(image: Image, path: str | Path, recipe: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """What a file of this suffix cannot hold of this picture, each as a clause; empty when nothing is lost.

    Raises:
        Unusable: the suffix is none that can be written, or the picture is too large for it.
    """
    path = Path(path)
    form = format_for(path)
    _check_size(image, path, form)
    found = []
    bits = image.pixels.dtype.itemsize * 8
    kept = _depth(image, form)
    if image.has_alpha and not form.alpha:
        found.append(f"{form.title} has no transparency: the picture was put on white")
    if form.writer == "webp" and image.has_alpha and not image.pixels[..., -1].all():
        found.append("WebP forgets the colours of fully transparent pixels")
    if kept < bits:
        found.append(f"{form.title} holds {kept} bit: the finer steps of {bits} bit were rounded")
    if bits == 32 and kept < 32 and image.peak > 1:
        found.append(f"{form.title} holds no high dynamic range: the brightest value became white")
    if image.icc and not usable_profile(image.icc, _stored_channels(image, form), form):
        found.append(f"{form.title} cannot carry its colour profile")
    if recipe is not None and _recipe_text(form, recipe) is None:
        found.append(f"{form.title} has no room for the recipe")
    return tuple(found)


def save_picture(
    image: Image, path: str | Path, *, recipe: Mapping[str, Any] | None = None, quality: int | None = None
) -> tuple[str, ...]:
    """Writes a picture at its own depth with alpha, profile and, where there is room, its recipe.

    The suffix decides the format. The file appears whole or not at all; a file of that name survives every failure.

    Args:
        recipe: plain JSON values, to be found again by `read_recipe`.
        quality: 1..100 for JPEG (95 by default), WebP and JPEG XL (without loss by default).

    Returns:
        `losses(image, path, recipe)`: what the format could not hold.

    Raises:
        Unusable: the suffix is unknown, the picture too large for the format, the place not writable, the disk full.
    """
    path = Path(path)
    if os.path.isdir(path):
        raise Unusable(f"{path.name or path} cannot be saved", "it is a folder", "give a file name inside it")
    lost, form = losses(image, path, recipe), format_for(path)
    try:
        with _encoded(image, path, form, recipe, quality) as finished:
            with open(finished, "rb", closefd=False) as made:
                swap(path, made)
    except _EncoderFailed as failure:
        if image.icc is None:
            raise Unusable(failure.what, failure.why, failure.remedy) from None
        # Some encoders read the profile and refuse the whole picture for it. The pixels matter more.
        lost = (*lost, *save_picture(replace(image, icc=None), path, recipe=recipe, quality=quality))
        return tuple(dict.fromkeys((*lost, f"{form.title} cannot carry its colour profile")))
    return lost


class _EncoderFailed(Unusable):
    """The library could not make the file; the disk had no part in it."""


def _check_size(image: Image, path: Path, form: Format) -> None:
    if max(image.size) > form.largest_side:
        raise Unusable(
            f"{path.name} cannot be saved",
            f"{form.title} holds at most {form.largest_side} px a side and the picture has {max(image.size)}",
            "use .png or .tif",
        )


def _depth(image: Image, form: Format) -> int:
    bits = image.pixels.dtype.itemsize * 8
    return min((d for d in form.depths if d >= bits), default=form.depths[-1])


def _stored_channels(image: Image, form: Format) -> int:
    alpha = int(image.has_alpha and form.alpha)
    colours = 1 if image.channels <= 2 and form.gray else 3
    return colours + alpha


def _recipe_text(form: Format, recipe: Mapping[str, Any]) -> str | None:
    text = as_text(recipe) if form.recipe else None
    return text if text is not None and len(text) <= form.recipe_bytes else None


def _prepared(rows: Image, form: Format) -> NDArray[Any]:
    """Some rows of a picture as the format stores them."""
    bits = _depth(rows, form)
    pixels: NDArray[Any] = rows.pixels
    flatten, multiply = rows.has_alpha and not form.alpha, rows.has_alpha and form.writer == "openexr"
    as_stored = pixels.dtype == _DTYPES[bits] and (bits < 32 or rows.linear)
    if not as_stored or flatten:
        values = rows.decoded()
        if flatten:
            alpha = values[..., -1:]
            values = values[..., :-1] * alpha + (1 - alpha)
        template = np.zeros((1, 1, values.shape[2]), _DTYPES[bits])
        pixels = Image(template, peak=rows.peak if bits == 32 else 1.0, linear=bits == 32).encoded(values)
    if multiply:
        alpha = pixels[..., -1:]
        pixels = np.concatenate([np.where(alpha != 0, pixels[..., :-1] * alpha, pixels[..., :-1]), alpha], axis=2)
    if not form.gray and pixels.shape[2] <= 2:
        pixels = np.concatenate([np.repeat(pixels[..., :1], 3, axis=2), pixels[..., 1:]], axis=2)
    return np.ascontiguousarray(pixels)


def _spec(image: Image, form: Format, recipe: Mapping[str, Any] | None, quality: int | None) -> ImageSpec:
    channels = _stored_channels(image, form)
    spec = ImageSpec(*image.size, channels, _NAMES[_depth(image, form)])
    spec.channelnames = {1: ("Y",), 2: ("Y", "A"), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}[channels]
    if channels in (2, 4):
        spec.alpha_channel = channels - 1
        if form.writer != "openexr":
            spec["oiio:UnassociatedAlpha"] = 1
    spec["DateTime"] = ""  # writers put the time of day where there is none
    for name, kept in image.attributes.items():
        spec[name] = float(kept) if name in RESOLUTION else kept
    if image.icc and usable_profile(image.icc, channels, form):
        kind = TypeDesc(f"uint8[{len(image.icc)}]")
        spec.attribute("ICCProfile", kind, np.frombuffer(image.icc, np.uint8))
    text = _recipe_text(form, recipe) if recipe is not None else None
    if text is not None:
        before = image.attributes.get(DESCRIPTION, "")
        spec[form.recipe] = described(before, text) if form.recipe == DESCRIPTION else text
    if form.writer == "png":
        # A third of the time of the default (level 6, adaptive) for 2 % more bytes, measured on photographs.
        spec["png:compressionLevel"], spec["png:filter"] = 3, 32
    elif form.writer == "tiff":
        # LZW is four times as fast as zip and an eighth larger on 8 bit; it is no good on deeper values.
        spec["compression"] = "lzw" if _depth(image, form) == 8 else "zip"
    elif form.writer == "openexr":
        spec["compression"] = "zip"
    elif form.writer == "jpeg":
        spec["compression"] = f"jpeg:{quality or JPEG_QUALITY}"
        if (quality or JPEG_QUALITY) >= 90:
            spec["jpeg:subsampling"] = "4:4:4"
    elif form.writer == "webp":
        spec["compression"] = f"webp:{quality}" if quality else "lossless:1"
    elif form.writer == "jpegxl":
        spec["compression"] = f"jpegxl:{quality or 100}"
    return spec


@contextmanager
def _encoded(
    image: Image, path: Path, form: Format, recipe: Mapping[str, Any] | None, quality: int | None
) -> Iterator[int]:
    """A file descriptor at the start of the finished file, in memory where the system can do that."""
    with _scratch(image) as (descriptor, name):
        writer = ImageOutput.create(form.writer)
        geterror()
        if writer is None:
            raise Unusable(f"{path.name} was not saved", f"there is no {form.title} encoder here", "try .png or .tif")
        spec = _spec(image, form, recipe, quality)
        done = writer.open(name, spec)
        try:
            step = max(1, CHUNK_BYTES // max(1, image.pixels[0].nbytes))
            if form.writer == "tiff":
                step = max(32, step // 32 * 32)
            for top in range(0, image.size[1] if done else 0, step):
                rows = image.pixels[top : top + step]
                part = Image(rows, peak=image.peak, linear=image.linear)
                done = done and writer.write_scanlines(top, top + len(rows), 0, _prepared(part, form))
        finally:
            complaint = writer.geterror()
            done = bool(writer.close() and done) if done else False
            complaint = complaint or writer.geterror()
            geterror()
        if not done:
            said = complaint.strip().partition("\n")[0] or "nothing"
            raise _EncoderFailed(
                f"{path.name} was not saved", f"the {form.title} encoder said: {said}", "try .png or .tif"
            )
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor


@contextmanager
def _scratch(image: Image) -> Iterator[tuple[int, str]]:
    """(descriptor, name) of an empty file that nobody else sees."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("scumble-save")
        try:
            yield descriptor, f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory(prefix="scumble-") as folder:
        if shutil.disk_usage(folder).free < image.pixels.nbytes * 1.1 + (1 << 20):
            raise Unusable("The picture was not saved", "the disk with temporary files is full", "free some space")
        name = os.path.join(folder, "picture")
        descriptor = os.open(name, os.O_CREAT | os.O_RDWR)
        try:
            yield descriptor, name
        finally:
            os.close(descriptor)
