"""Pictures one after the other: a GIF, a film, numbered pictures, or all of them on one sheet."""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import OpenImageIO

from engine.errors import Unusable
from engine.files.swapping import swap
from engine.files.writing import save_picture
from engine.image import Bytes, Image

GIF, FILM, NUMBERED, SHEET = "gif", "mp4", "numbered", "sheet"
KINDS = {GIF: ".gif", FILM: ".mp4", NUMBERED: ".png", SHEET: ".png"}
"""What can be written -> its suffix."""


def save_moving(frames: Sequence[Bytes], path: Path, kind: str, rate: int = 25) -> tuple[Path, ...]:
    """Writes them. A file of that name is replaced when the new one is whole, and not before.

    Args:
        frames: uint8 (h, w, 3), all of one size.
        path: the file; of numbered pictures what they are called, before the number.
        kind: one of KINDS.
        rate: frames a second, 1 to 100; a GIF counts in hundredths of a second and comes as near as that allows.

    Returns:
        What was written.

    Raises:
        Unusable: there are no frames, or they cannot be written there.
    """
    if not frames or any(frame.shape != frames[0].shape for frame in frames):
        raise Unusable("There is nothing to write", "the path has no pictures, or of several sizes", "play it first")
    path = path.with_suffix(KINDS[kind])
    if kind == NUMBERED:
        digits = max(3, len(str(len(frames))))
        paths = tuple(path.with_name(f"{path.stem}-{k:0{digits}}.png") for k in range(1, len(frames) + 1))
        for one, frame in zip(paths, frames, strict=True):
            save_picture(Image(frame), one)
        return paths
    if kind == SHEET:
        save_picture(Image(sheet(frames)), path)
        return (path,)
    with tempfile.TemporaryDirectory(prefix="scumble-") as folder:
        made = Path(folder) / f"moving{KINDS[kind]}"
        (_write_gif if kind == GIF else _write_film)(frames, made, rate)
        swap(path, io.BytesIO(made.read_bytes()))
    return (path,)


def sheet(frames: Sequence[Bytes]) -> Bytes:
    """All frames row by row on one picture that is about square, uint8 (rows * h, columns * w, 3); black is left."""
    height, width = frames[0].shape[:2]
    columns = min(len(frames), max(1, math.ceil(math.sqrt(len(frames) * height / width))))
    rows = -(-len(frames) // columns)
    made = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, frame in enumerate(frames):
        top, left = number // columns * height, number % columns * width
        made[top : top + height, left : left + width] = frame
    return made


def _write_gif(frames: Sequence[Bytes], path: Path, rate: int) -> None:
    height, width = frames[0].shape[:2]
    spec = OpenImageIO.ImageSpec(width, height, 3, OpenImageIO.UINT8)
    spec.attribute("FramesPerSecond", OpenImageIO.TypeDesc("rational"), (rate, 1))
    spec.attribute("oiio:Movie", 1)
    out = OpenImageIO.ImageOutput.create(str(path))
    if out is None:
        raise Unusable("A GIF cannot be made here", "its writer is missing", "save it as a film instead")
    fits = out.open(str(path), (spec,) * len(frames))
    for number, frame in enumerate(frames):
        fits = fits and (number == 0 or out.open(str(path), spec, "AppendSubimage"))
        fits = fits and out.write_image(np.ascontiguousarray(frame))
    if not (fits and out.close()):
        raise Unusable(f"{path.name} cannot be made", "the GIF writer gave up", "save it as a film instead")


def _write_film(frames: Sequence[Bytes], path: Path, rate: int) -> None:
    import cv2

    height, width = frames[0].shape[:2]
    even = width - width % 2, height - height % 2  # what the codec can do
    if not all(even):
        raise Unusable("A film of this size cannot be made", "it is too narrow", "make it 2 px or wider")
    out = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), float(rate), even)
    try:
        if not out.isOpened():
            raise Unusable("A film cannot be made here", "this system has no MPEG-4 codec", "save it as a GIF instead")
        for frame in frames:
            out.write(np.ascontiguousarray(frame[: even[1], : even[0], ::-1]))
    finally:
        out.release()
