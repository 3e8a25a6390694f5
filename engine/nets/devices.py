"""Where networks run: which devices there are, which one is meant, and what to do when its memory is full."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch

from engine.errors import Unusable
from engine.frame import Frame

KINDS = ("cuda", "mps", "cpu")
"""What `Context.device` may be, best first."""

SMALLEST_SHARE = 1 / 16
"""Below this share of a usual tile the margins around it cost more than the tile: the processor is the better way."""

FULL = "memory is full"
"""How every note of a smaller or slower try ends."""

_TITLES = {"cuda": "CUDA graphics card", "mps": "Apple graphics", "cpu": "processor"}


@dataclass(frozen=True)
class Device:
    """One that can be used here and now.

    Attributes:
        kind: "cuda", "mps" or "cpu": what a job's `device` says.
        title: what its maker calls it.
        memory: bytes that it has in all; 0 where nobody says.
    """

    kind: str
    title: str
    memory: int


def available() -> tuple[Device, ...]:
    """What there is, best first. The processor is always the last."""
    found: list[Device] = []
    if torch.cuda.is_available():
        card = torch.cuda.get_device_properties(0)
        found.append(Device("cuda", str(card.name), int(card.total_memory)))
    if torch.backends.mps.is_available():
        found.append(Device("mps", "Apple graphics", int(torch.mps.recommended_max_memory())))
    found.append(Device("cpu", f"processor, {os.cpu_count() or 1} cores", _memory()))
    return tuple(found)


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def resolved(wanted: str) -> str:
    """The kind that a job runs on: "auto" takes the best there is.

    Raises:
        Unusable: there is no such device here.
    """
    have = [device.kind for device in available()]
    if wanted == "auto":
        return have[0]
    if wanted in have:
        return wanted
    if wanted not in KINDS:
        raise Unusable(
            f"There is no device called {wanted}", remedy=f"use auto, {', '.join(KINDS[:-1])} or {KINDS[-1]}"
        )
    why = f"PyTorch finds no {_TITLES[wanted]}"
    if wanted == "cuda" and torch.version.cuda is None:
        why = "the PyTorch that is installed was built without CUDA"
    raise Unusable(f"The device {wanted} cannot be used", why, f"use auto, or {' or '.join(have)}")


@dataclass(frozen=True)
class Attempt:
    """One try at a piece of work.

    Attributes:
        device: where.
        share: of the area that it would usually take at a time, at most 1.
        note: what to tell the artist about it; empty on the first try.
    """

    device: str
    share: float = 1.0
    note: str = ""


def attempts(device: str, less: str = "with smaller tiles") -> Iterator[Attempt]:
    """How to go on each time that a device's memory is full: a quarter at a time, less still, then the processor.

    `less` is what to call that.
    """
    yield Attempt(device)
    if device != "cpu":
        share = 1 / 4
        while share >= SMALLEST_SHARE:
            yield Attempt(device, share, f"{less}: the graphics card's {FULL}")
            share /= 4
        yield Attempt("cpu", 1.0, f"on the processor: the graphics card's {FULL}")
    else:
        yield Attempt("cpu", 1 / 4, f"{less}: {FULL}")


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether it says that a device, or the machine, has no memory left."""
    if isinstance(problem, torch.OutOfMemoryError | MemoryError):
        return True
    words = str(problem).lower()
    return isinstance(problem, RuntimeError) and ("out of memory" in words or "can't allocate memory" in words)


def release(device: str) -> None:
    """Gives back what torch keeps of a device's memory for later."""
    if device == "cuda":
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()


def persistent(
    device: str, work: Callable[[Attempt], Iterator[Frame]], less: str = "with smaller tiles"
) -> Iterator[Frame]:
    """The frames of `work`, begun again with `less` at a time whenever memory runs out; then they say so.

    Raises:
        Unusable: it does not fit on the processor either.
    """
    for attempt in attempts(device, less):
        try:
            for frame in work(attempt):
                yield replace(frame, note=" · ".join(filter(None, (frame.note, attempt.note))))
            return
        except Exception as problem:
            if not is_out_of_memory(problem):
                raise
        # Only here, after the exception and the tensors in its frames are gone, is there memory to give back.
        release(attempt.device)
    raise Unusable("There is not enough memory for this", "", "close other pictures, or choose a smaller size")
