"""The inputs of a job made small, for a look at what would come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.image import Image, frozen
from engine.operation import Input, Labels, Operation, Picture, Role
from engine.params import Params, Slider
from engine.region import Rect, Size

LEAST = 40
"""A texture is never made smaller than this: less is no texture any more."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """A small job.

    Attributes:
        inputs: role -> what is given.
        size: of the output, for operations that take one.
        factor: how many pixels of the large job one pixel of the small one stands for, in each direction.
        rect: the part of the replaced picture that it is of; None where it makes a picture of its own.
    """

    inputs: Mapping[str, Input | None]
    size: Size | None
    factor: float
    rect: Rect | None

    def params(self, params: Params) -> Params:
        """The same look at this size: lengths in pixels are divided by the factor, as far as their range allows."""
        values: dict[str, Any] = {}
        for entry in params.fields():
            control, value = entry.control, getattr(params, entry.name)
            if isinstance(control, Slider) and control.unit == "px" and value is not None and self.factor > 1:
                wanted = max(control.low, value / self.factor)
                wanted = round(wanted) if control.whole else wanted
                if control.odd and int(wanted) % 2 == 0:
                    wanted += 1
                values[entry.name] = min(wanted, control.high)
        return params.replaced(**values)


def reduced(operation: Operation[Any], inputs: Mapping[str, Input | None], size: Size | None, side: int) -> Reduced:
    """What suits a little picture of `side` pixels.

    A result that replaces a part of a picture is shown with as much again around it; a new texture is shown as a piece
    of it at full scale; anything else is made smaller as a whole. Pictures that are only copied along are left out.
    """
    replaced = operation.replaced(inputs)
    inputs = {name: value for name, value in inputs.items() if not _copied_along(operation.roles[name], replaced)}
    if operation.sized and operation.size is None and replaced is None:
        given = {name: _piece(value, side) for name, value in inputs.items()}
        wanted = size or (side, side)
        return Reduced(given, (min(wanted[0], side), min(wanted[1], side)), 1.0, None)
    on = {name for name, role in operation.roles.items() if replaced and getattr(role, "of", "") == replaced}
    rect: Rect | None = None
    if replaced is not None:
        picture = inputs[replaced]
        assert isinstance(picture, Image)
        rect = picture.rect
        mask = inputs.get(operation.within or "")
        if isinstance(mask, np.ndarray) and mask.any():
            hole = Rect.around(mask > 0)
            rect = hole.grown(max(24, max(hole.w, hole.h) // 2)).clipped(picture.rect)
        on.add(replaced)
    longest = max(rect.w, rect.h) if rect else max(*_sides(inputs), *(size or (1, 1)))
    factor = max(1.0, longest / side)
    given = {}
    for name, value in inputs.items():
        role = operation.roles[name]
        # What lies on a picture pixel by pixel is made smaller as far as that picture is, and no further.
        under = inputs.get(getattr(role, "of", "") or name)
        by = factor if name in on or not isinstance(under, Image) else _least(under, factor)
        given[name] = _scaled(value, by, rect if name in on else None, isinstance(role, Labels))
    if operation.sized and size:
        size = max(1, round(size[0] / factor)), max(1, round(size[1] / factor))
    return Reduced(given, size if operation.sized else None, factor, rect)


def shrunk(pixels: NDArray[Any], factor: float) -> NDArray[Any]:
    """(h, w, C) made smaller by averaging."""
    import cv2

    if factor <= 1:
        return pixels.copy()
    size = max(1, round(pixels.shape[1] / factor)), max(1, round(pixels.shape[0] / factor))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), pixels.dtype)
    return small.reshape(*small.shape[:2], pixels.shape[2])


def _copied_along(role: Role, replaced: str | None) -> bool:
    stored = isinstance(role, Picture) and role.stored and not role.required
    return stored and not (replaced and getattr(role, "of", "") == replaced)


def _sides(inputs: Mapping[str, Input | None]) -> list[int]:
    found = [1]
    for value in inputs.values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Image):
                found += one.size
            elif isinstance(one, np.ndarray):
                found += one.shape
    return found


def _least(image: Image, factor: float) -> float:
    """How much smaller a picture can be made and still be a texture."""
    return min(factor, max(1.0, min(image.size) / LEAST))


def _piece(value: Input | None, side: int) -> Input | None:
    """The middle of a picture or mask, a little larger than the side, so that a texture keeps its scale."""
    if isinstance(value, tuple):
        return tuple(replace(one, pixels=_cut(one.pixels, side)) for one in value)
    if isinstance(value, Image):
        return replace(value, pixels=_cut(value.pixels, side))
    return frozen(_cut(value, side)) if isinstance(value, np.ndarray) else value


def _cut(values: NDArray[Any], side: int) -> NDArray[Any]:
    height, width = values.shape[:2]
    room = side * 5 // 4
    rect = Rect((width - room) // 2, (height - room) // 2, room, room).clipped(Rect.of(values))
    return values[rect.slices].copy()


def _scaled(value: Input | None, factor: float, rect: Rect | None, flat: bool) -> Input | None:
    """`flat` values are labels, which have nothing between them."""
    if isinstance(value, tuple):
        return tuple(_small(one, _least(one, factor) if rect is None else factor, rect) for one in value)
    if isinstance(value, Image):
        return _small(value, factor, rect)
    if not isinstance(value, np.ndarray):
        return value
    part: NDArray[Any] = value if rect is None else value[rect.slices]
    if not flat:
        small: NDArray[Any] = shrunk(np.ascontiguousarray(part)[..., None], factor)[..., 0]
        return frozen(small)
    if factor <= 1:
        return frozen(part)
    height, width = (max(1, round(side / factor)) for side in part.shape)
    rows = (np.arange(height) * part.shape[0] // height)[:, None]
    columns = (np.arange(width) * part.shape[1] // width)[None]
    picked: NDArray[Any] = part[rows, columns]
    return frozen(picked)


def _small(image: Image, factor: float, rect: Rect | None) -> Image:
    part = image.pixels if rect is None else image.pixels[rect.slices]
    return replace(image, pixels=shrunk(np.ascontiguousarray(part), factor))
