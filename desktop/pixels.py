"""Arrays and Qt's images: the only file that turns one into the other.

A QImage made from an array shares its memory and keeps it alive (a test pins this for the installed PySide6), so an
array that is shown must not be written to unless tearing is meant. Everything returned here owns its memory or shares
it with an array that nobody else has.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import qimage2ndarray
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QColorSpace, QImage, QPainter, QPolygonF

from engine.image import GRAY, GRAY_ALPHA, RGB, Bytes, frozen
from engine.region import Rect, Size

Format = QImage.Format


SCREEN = QColorSpace.NamedColorSpace.SRgb


@lru_cache(maxsize=8)
def colour_space(icc: bytes | None) -> QColorSpace | None:
    """What a colour profile means for the screen; None where nothing has to be converted, or nothing can be."""
    if icc is None or icc[36:40] != b"acsp":  # Qt complains about such on its own account
        return None
    space = QColorSpace.fromIccProfile(icc)
    usable = space.isValid() and space.colorModel() == QColorSpace.ColorModel.Rgb
    return space if usable and space != QColorSpace(SCREEN) else None


def to_qimage(pixels: Bytes, size: Size | None = None, space: QColorSpace | None = None) -> QImage:
    """A picture in the form that Qt paints fastest: opaque RGB32, or premultiplied ARGB32 where there is alpha.

    Args:
        pixels: uint8 (h, w, 1..4): gray, gray and alpha, RGB or RGBA, alpha unassociated. Copied; rows may lie apart.
        size: (width, height) to shrink it to, each new pixel the mean of what it covers.
        space: the picture's colours, to be converted to the screen's; see `colour_space`.
    """
    height, width, channels = pixels.shape
    if not height or not width:
        return QImage()
    if channels == GRAY_ALPHA:
        pixels, channels = pixels[..., [0, 0, 0, 1]], 4
    form = {GRAY: Format.Format_Grayscale8, RGB: Format.Format_RGB888}.get(channels, Format.Format_RGBA8888)
    if pixels.strides[1:] != (channels, 1) or pixels.strides[0] < width * channels:
        pixels = np.ascontiguousarray(pixels)
    # All bytes from the first pixel to the last, what lies between the rows included, without a copy.
    stride = pixels.strides[0]
    span = as_strided(pixels, ((height - 1) * stride + width * channels,), (1,), writeable=False)
    shared = QImage(span.data, width, height, stride, form)
    opaque = channels in (GRAY, RGB)
    image = shared.convertToFormat(Format.Format_RGB32 if opaque else Format.Format_ARGB32_Premultiplied)
    if size is not None and size != (width, height):
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(*size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    if space is not None:
        image.setColorSpace(space)
        image = image.convertedToColorSpace(QColorSpace(SCREEN))
        image.setColorSpace(QColorSpace())
    return image


def from_qimage(image: QImage) -> Bytes:
    """uint8 (h, w, 3), or (h, w, 4) with unassociated alpha where the image has any; read-only."""
    alpha = image.hasAlphaChannel()
    # The view does not keep its image alive; the name does. Its bytes are blue, green, red, alpha.
    plain = image.convertToFormat(Format.Format_ARGB32)
    view = qimage2ndarray.byte_view(plain, byteorder="little")
    pixels: Bytes = np.array(view[..., [2, 1, 0, 3] if alpha else [2, 1, 0]])
    return frozen(pixels)


def tinted(values: NDArray[np.uint8], table: NDArray[np.uint32]) -> QImage:
    """A mask in colour, premultiplied ARGB32.

    Args:
        values: uint8 (h, w).
        table: uint32 (256,), the colour of each value; see `tint`.
    """
    colours = frozen(table[values])
    height, width = values.shape
    return QImage(colours.data.cast("B"), width, height, 4 * width, Format.Format_ARGB32_Premultiplied)


def tint(colour: QColor, opacity: float) -> NDArray[np.uint32]:
    """A table for `tinted`: from nothing at 0 to `colour` at `opacity` (0..1) at 255."""
    alpha = np.arange(256) * opacity
    table = np.zeros(256, np.uint32)
    for shift, level in ((24, 1.0), (16, colour.redF()), (8, colour.greenF()), (0, colour.blueF())):
        table |= np.round(alpha * level).astype(np.uint32) << np.uint32(shift)
    return table


def premultiplied(colours: Bytes, opacity: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Colours, uint8 (n, 3), at an opacity of 0..1 each, as premultiplied ARGB32, uint32 (n,)."""
    table = np.round(opacity * 255).astype(np.uint32) << np.uint32(24)
    for shift, channel in ((16, 0), (8, 1), (0, 2)):
        table |= np.round(colours[:, channel] * opacity).astype(np.uint32) << np.uint32(shift)
    return table


def filled(outline: Sequence[tuple[float, float]], rect: Rect) -> Bytes:
    """A closed outline in image space filled by the even-odd rule, antialiased: uint8 (rect.h, rect.w), read-only."""
    image = QImage(rect.w, rect.h, Format.Format_Alpha8)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-rect.x, -rect.y)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 255))
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in outline]), Qt.FillRule.OddEvenFill)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(rect.h, image.bytesPerLine())
    return frozen(rows[:, : rect.w].copy())


def enlarged(pixels: Bytes, size: Size) -> Bytes:
    """A small preview, uint8 (h, w, 4), smoothly stretched to `size` (width, height). May run in any thread."""
    import cv2

    return frozen(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8))
