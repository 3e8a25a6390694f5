"""What would work, where a run would take more memory than there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.operation.declaration import Operation
from engine.params import Choice, Params
from engine.region import Size

SURE = 0.95
"""Of the size that would just fit, what is advised."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """A run that does not fit.

    Attributes:
        operation: what is run.
        given: its inputs as it sees them.
        size: (width, height) of what it works on.
        params: its parameters.
        beside: bytes that it takes whatever the operation says.
        limit: bytes that there are.
    """

    operation: Operation[Any]
    given: Mapping[str, Any]
    size: Size
    params: Params
    beside: int
    limit: int

    def fits(
        self, given: Mapping[str, Any] | None = None, size: Size | None = None, params: Params | None = None
    ) -> bool:
        """Whether it would with other inputs, at another size, or with other parameters."""
        if self.operation.memory is None:
            return False
        needed = self.operation.memory(given or self.given, size or self.size, params or self.params)
        return needed + (self.beside if size is None else 0) <= self.limit


def remedy(wanted: Wanted) -> str:
    """What to choose instead, without a full stop."""
    found = _another_choice(wanted)
    if wanted.operation.memory is not None and not wanted.fits(size=(1, 1)):
        smaller = _smaller_inputs(wanted)
        return f"{found}, or {smaller}" if found else smaller
    part = "choose a smaller size" if wanted.operation.sized else "choose a smaller part of the picture"
    return f"{found}, or {part}" if found else part


def _another_choice(wanted: Wanted) -> str:
    """A choice with which it fits as it is; empty where there is none."""
    for entry in wanted.params.fields():
        control = entry.control
        if not isinstance(control, Choice):
            continue
        for option, title in zip(control.options, control.titles or control.options, strict=True):
            if wanted.fits(params=wanted.params.replaced(**{entry.name: option})):
                return f"set {entry.title} to {title}"
    return ""


def _smaller_inputs(wanted: Wanted) -> str:
    """Which inputs would have to be smaller, and how small: those that take the most, with all that lies on them."""
    pictures = {name: value for name, value in wanted.given.items() if isinstance(value, np.ndarray)}
    groups: dict[str, list[str]] = {}
    for name in pictures:
        groups.setdefault(getattr(wanted.operation.roles[name], "of", "") or name, []).append(name)
    if not groups:
        return "use smaller pictures"
    most = max(groups.values(), key=lambda names: sum(pictures[name].size for name in names))
    words = " and ".join(name.replace("_", " ") for name in most if pictures[name].ndim == 3) or most[0]
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        smaller = {name: _as_small(pictures[name], middle) for name in most}
        low, high = (middle, high) if wanted.fits(given={**wanted.given, **smaller}) else (low, middle)
    area = pictures[most[0]].shape[0] * pictures[most[0]].shape[1] * low * SURE
    if area < 1e4:
        return f"use a smaller {words}"
    return f"use {words} of at most {area / 1e6:.2g} megapixels"


def _as_small(picture: Any, share: float) -> Any:
    """Something of so many of its pixels, without any memory of its own."""
    height, width = (max(1, int(side * share**0.5)) for side in picture.shape[:2])
    return np.broadcast_to(picture[:1, :1], (height, width, *picture.shape[2:]))
