"""The border that every run of an operation passes, in both directions.

It is where the house's promises are kept, so that no operation has to: pictures come in as read-only float32, what
leaves is finite and in range, nothing outside the mask changes, sizes and memory are settled before the work starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame, From, Origin, Trace
from engine.image import GRAY, RGB, Floats, Image, as_mask, frozen
from engine.kernels.strips import Check, at_ease, rows_of
from engine.operation.declaration import Given, Input, Mask, Operation, Picture
from engine.operation.masks import inside
from engine.operation.remedies import Wanted, remedy
from engine.operation.result import Result
from engine.params import Params
from engine.region import Rect, Size
from engine.trained import Trained

LARGEST_SIDE = 60_000
LARGE_FRAME = 1 << 19
"""Pixels from which on a frame is passed on in bands of half of that."""

_NEW = Image(np.zeros((256, 256, 3), np.uint8))
"""Where no picture goes in, the result has this one's depth, and twice its size unless told otherwise."""


class Execution:
    """One run of one operation: checked inputs on one side, frames and a result on the other.

    Args:
        operation: what to run.
        inputs: role -> Image, tuple of Images, or array for masks and label maps.
        params: its parameters.
        ctx: the world. Its `size` is set here, and its `device` settled.
        size: the wanted output size, for operations that take one.

    Attributes:
        trained: what has been learnt so far, of what is trained.

    Raises:
        Unusable: an input is missing or does not fit, or the work would not fit in memory.
        Stopped: asked to.
    """

    def __init__(
        self,
        operation: Operation[Any],
        inputs: Mapping[str, Input | None],
        params: Params,
        ctx: Context,
        size: Size | None = None,
    ) -> None:
        self.operation, self.params, self.ctx = operation, params, ctx
        ctx.device = _device(operation, ctx.device)
        given = {name: _filled(operation, name, inputs.get(name)) for name in operation.roles}
        for name in inputs:
            if name not in operation.roles:
                raise Unusable(f"{operation.title} takes no {name}", remedy=f"give {', '.join(operation.roles)}")
        _check_sizes(operation, given)
        self.replaces = operation.replaced(given)
        _check_mask(operation, given)
        self.reference = _reference(self.replaces, operation, given)
        self.size = self._settled(given, size)
        ctx.size = self.size
        whole = Rect(0, 0, *self.size)
        focused = self.replaces is not None and operation.focus is not None
        self.rect = operation.focus(given, params).clipped(whole) if focused and operation.focus else whole
        ctx.place = (self.rect.x, self.rect.y)
        self.given = {name: self._decoded(name, value, focused) for name, value in given.items()}
        self._check_memory()
        self._windowed = frozenset({self.replaces} if focused and self.replaces else ())
        self._sizes = _sizes_of(given)
        self._trace = Trace(self.rect.size, ctx.check)
        self._inset = operation.inset(given, params) if operation.inset else None
        self._last: Frame | None = None
        self.trained: Trained | None = None
        self.where: NDArray[np.bool_] | None = None
        if operation.within and self.given[operation.within] is not None:
            self.where = _in_strips(self.given[operation.within], _covered, ctx.check)
        self._canvas: Floats | None = None
        self._unlaid: list[tuple[Rect, Floats]] = []
        self.missing: NDArray[np.bool_] | None = None

    def _settled(self, given: Mapping[str, Input | None], size: Size | None) -> Size:
        if self.replaces:
            chosen = self.reference.size
        elif self.operation.sized and size:
            chosen = size
        elif self.operation.size:
            chosen = self.operation.size(given, self.params)
        elif self.operation.sized:
            chosen = (2 * self.reference.size[0], 2 * self.reference.size[1])
        else:
            chosen = self.reference.size
        if not all(1 <= side <= LARGEST_SIDE for side in chosen):
            raise Unusable(
                f"A picture of {chosen[0]} x {chosen[1]} px cannot be made",
                "each side needs at least one pixel" if min(chosen) < 1 else "that is larger than anything can show",
                f"use 1 to {LARGEST_SIDE} px a side",
            )
        return chosen

    def _decoded(self, name: str, value: Input | None, focused: bool) -> Any:
        role = self.operation.roles[name]
        if value is None:
            return None
        belongs = name == self.replaces or getattr(role, "of", None) == self.replaces
        rect = self.rect if focused and belongs else None
        if isinstance(value, Trained) or (isinstance(role, Picture) and role.stored):
            return value
        check = self.ctx.check
        if isinstance(value, tuple):
            several = tuple(_decoded(image, image.rect, check) for image in value)
            return tuple(_in_strips(one, as_mask, check) for one in several) if isinstance(role, Mask) else several
        if isinstance(value, Image):
            decoded = _decoded(value, rect or value.rect, check)
            return _in_strips(decoded, as_mask, check) if isinstance(role, Mask) else decoded
        part = value[rect.slices] if rect else value
        return frozen(_in_strips(part, as_mask if isinstance(role, Mask) else _labels, check))

    def _check_memory(self) -> None:
        width, height = self.size
        beside = needed = 0 if self.replaces else width * height * self.reference.channels * 4
        if self.operation.memory:
            needed += self.operation.memory(self.given, self.rect.size, self.params)
        if needed > self.ctx.memory:
            raise Unusable(
                f"{self.operation.title} at {width} x {height} px would take {needed / 2**30:.1f} GB of memory",
                f"{self.ctx.memory / 2**30:.1f} GB can be had",
                remedy(Wanted(self.operation, self.given, self.rect.size, self.params, beside, self.ctx.memory)),
            )

    def __iter__(self) -> Iterator[Frame]:
        """Runs the operation. Frames come in the whole output's coordinates; `canvas` has all of them.

        Raises:
            Unusable: found out only on the way.
            Stopped: asked to.
        """
        self.ctx.check()
        for frame in self.operation.run(self.ctx, Given(self.given), self.params):
            yield from self._passed(frame)
        self.ctx.check()

    def _passed(self, frame: Frame) -> Iterator[Frame]:
        """The frame, protected and on the canvas; a large one band by band, so that it is seen as it comes."""
        rect, pixels = frame.rect, frame.pixels
        if pixels.shape[:2] != (rect.h, rect.w) or not Rect(0, 0, *self.rect.size).holds(rect):
            raise ValueError(f"{self.operation.id} sent {pixels.shape} for {rect} of {self.rect.size}")
        if not self.replaces and self._canvas is None:
            self._canvas = np.zeros((self.rect.h, self.rect.w, pixels.shape[2]), np.float32)
            self.missing = np.ones(self._canvas.shape[:2], np.bool_)
        self.trained = frame.trained or self.trained
        step = rect.h if rect.area <= LARGE_FRAME else max(1, LARGE_FRAME // (2 * rect.w))
        for top in range(0, rect.h, max(1, step)):
            rows = slice(top, min(top + step, rect.h))
            band = Rect(rect.x, rect.y + top, rect.w, rows.stop - top)
            passed = self._protected(band, pixels[rows])
            self._unlaid.append((band, passed))
            if self.missing is not None:
                self.missing[band.slices] = False
            self._trace.add(band, _part(frame.origin, rows) if frame.origin else None, self._made(band))
            yield Frame(band.moved(self.rect.x, self.rect.y), frozen(passed), frame.fraction, frame.note)
            self._lay(self.ctx.check)
        if rect.area == self.rect.area:
            self.missing = None
        self._last = frame

    def _lay(self, check: Check) -> None:
        """Puts what was passed on onto the canvas. A copy of a large picture can wait until a first frame is seen."""
        if self._canvas is None and self.replaces:
            self._canvas = _in_strips(self.given[self.replaces], None, check)
        for band, passed in self._unlaid:
            assert self._canvas is not None
            self._canvas[band.slices] = passed
        self._unlaid.clear()

    def _protected(self, rect: Rect, pixels: Floats) -> Floats:
        """A frame in range, and as the picture was outside the mask: float32 (rect.h, rect.w, C)."""
        out = np.empty(pixels.shape, np.float32)
        where = None if self.where is None else self.where[rect.slices]
        for rows in rows_of(out.shape, self.ctx.check):
            if not np.isfinite(pixels[rows]).all():
                raise ValueError(f"{self.operation.id} sent values that are not finite")
            np.clip(pixels[rows], 0, 1, out=out[rows], dtype=np.float32)
            if where is not None and self.replaces:
                before = self.given[self.replaces][rect.slices][rows]
                np.copyto(out[rows], before, where=~where[rows, :, None])
        return out

    def _made(self, rect: Rect) -> NDArray[np.bool_] | None:
        """bool (rect.h, rect.w): which pixels the operation makes, and does not leave as they are; None for all."""
        if self._inset is not None:
            made = np.ones((rect.h, rect.w), np.bool_)
            kept = self._inset.clipped(rect)
            if not kept.empty:
                made[kept.moved(-rect.x, -rect.y).slices] = False
            return made
        return None if self.where is None else self.where[rect.slices]

    @property
    def canvas(self) -> Floats | None:
        """All frames so far on what was there before: float32 (rect.h, rect.w, C); None where that is nothing."""
        self._lay(at_ease)
        return self._canvas

    def result(self) -> Result:
        """What the canvas holds now: the result once the frames have ended, or what is done so far.

        What no frame has reached yet is transparent.

        Raises:
            Unusable: nothing has been made yet.
        """
        canvas = self.canvas
        if canvas is None:
            raise Unusable("Nothing is done yet", "it was stopped before the first picture", "let it run longer")
        pixels = canvas.copy() if self.missing is None else _with_holes(canvas, self.missing)
        origin = self._trace.origin(self._sizes, self.rect, self._windowed)
        findings, others = (self._last.findings, self._last.others) if self._last else ({}, ())
        return Result(
            self.rect,
            frozen(pixels),
            self.where,
            self.reference,
            self.replaces is not None,
            origin,
            self._inset,
            findings,
            others,
            self.trained,
            self._last.said if self._last else "",
        )


def _in_strips(values: NDArray[Any], change: Callable[[NDArray[Any]], NDArray[Any]] | None, check: Check) -> Any:
    """What `change` makes of (H, W, ...), or a copy, strip by strip: on a large picture that takes its time."""
    like = change(values[:1]) if change else values[:1]
    out = np.empty((values.shape[0], *like.shape[1:]), like.dtype)
    for rows in rows_of(values.shape, check):
        out[rows] = change(values[rows]) if change else values[rows]
    return out


def _decoded(image: Image, rect: Rect, check: Check) -> Floats:
    """`Image.decoded`, strip by strip."""
    out = np.empty((rect.h, rect.w, image.channels), np.float32)
    for rows in rows_of(out.shape, check):
        out[rows] = image.decoded(Rect(rect.x, rect.y + rows.start, rect.w, rows.stop - rows.start))
    return frozen(out)


def _part(origin: Origin, rows: slice) -> Origin:
    which = None if origin.which is None else origin.which[rows]
    confidence = None if origin.confidence is None else origin.confidence[rows]
    return replace(origin, places=origin.places[rows], which=which, confidence=confidence)


def _covered(mask: Floats) -> NDArray[np.bool_]:
    return mask > 0


def _labels(values: NDArray[Any]) -> NDArray[np.uint16]:
    return values.astype(np.uint16)


def _with_holes(values: Floats, missing: NDArray[np.bool_]) -> Floats:
    """The same picture, transparent where something is missing."""
    if not missing.any():
        return values.copy()
    if values.shape[2] in (GRAY, RGB):
        values = np.dstack([values, np.ones(missing.shape, np.float32)])
    return np.where(missing[..., None], np.float32(0), values)


def _sizes_of(given: Mapping[str, Input | None]) -> dict[From, Size]:
    sizes: dict[From, Size] = {}
    for role, value in given.items():
        pictures = value if isinstance(value, tuple) else (value,)
        sizes |= {From(role, k): picture.size for k, picture in enumerate(pictures) if isinstance(picture, Image)}
    return sizes


def _device(operation: Operation[Any], wanted: str) -> str:
    """Where a run takes place. Torch is asked only for an operation that needs it."""
    if not operation.neural:
        return "cpu"
    from engine.nets.devices import resolved

    return resolved(wanted)


def _filled(operation: Operation[Any], name: str, value: Input | None) -> Input | None:
    role = operation.roles[name]
    title = role.title or name
    if value is None or (isinstance(value, tuple) and not value):
        if role.required:
            raise Unusable(
                f"{operation.title} has no {title.lower()}", role.help.rstrip(".").lower(), "choose one first"
            )
        return None
    if role.several and isinstance(value, Image):
        return (value,)
    if role.several and isinstance(value, np.ndarray):
        return (Image(value[..., None] if value.dtype in (np.uint8, np.float32) else as_mask(value)[..., None]),)
    return value


def _check_sizes(operation: Operation[Any], given: Mapping[str, Input | None]) -> None:
    for name, role in operation.roles.items():
        value, of = given[name], getattr(role, "of", "")
        picture = given.get(of) if of else None
        for one in value if isinstance(value, tuple) else (value,):
            if one is None or isinstance(one, Trained) or not isinstance(picture, Image):
                continue
            size = one.size if isinstance(one, Image) else (one.shape[1], one.shape[0])
            if size != picture.size:
                said = "mask of what may be copied" if getattr(role, "limits", False) else _told(name)
                several = said.endswith("s")
                raise Unusable(
                    f"The {said} {'are' if several else 'is'} {size[0]} x {size[1]} px, "
                    f"the {of} {picture.size[0]} x {picture.size[1]}",
                    "they lie on one another pixel by pixel",
                    f"use {'ones' if several else 'one'} of the same size",
                )


def _told(role: str) -> str:
    """What a role is called in a sentence."""
    return "mask" if role == "where" else role


def _check_mask(operation: Operation[Any], given: Mapping[str, Input | None]) -> None:
    within, replaces = operation.within, operation.replaces
    if within and replaces and given[within] is not None and given[replaces] is None:
        raise Unusable(
            f"The {_told(within)} has no {replaces} that it lies on",
            "it says which part of one is made again",
            f"give the {replaces} too, or leave the {_told(within)} out",
        )
    if within and given[within] is not None and not inside(given[within]).any():
        raise Unusable(f"The {_told(within)} is empty", "nothing in it is white", "paint over what shall change")


def _reference(replaced: str | None, operation: Operation[Any], given: Mapping[str, Input | None]) -> Image:
    for name in [replaced] if replaced else list(operation.roles):
        value = given[name]
        if isinstance(value, tuple):
            value = value[0]
        if isinstance(value, Image):
            return value
    if any(isinstance(role, Picture) and role.required for role in operation.roles.values()):
        raise Unusable(f"{operation.title} has no picture to start from", remedy="choose one first")
    return _NEW
