"""Every method on one sample, one after the other, with what can be measured of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine import catalog
from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Floats, Image
from engine.jobs.warming import warm
from engine.kernels.strips import Check, at_ease
from engine.measures.fidelity import fidelity
from engine.measures.novelty import novelty
from engine.measures.repetition import repetition
from engine.measures.report import Figure
from engine.operation import Execution, Operation
from engine.region import Size

ROLE = "sample"
Watch = Callable[[Operation[Any], Frame], None]


@dataclass(frozen=True, eq=False)
class Compared:
    """What one method made of the sample.

    Attributes:
        operation: the method.
        image: its result; None where it refused the sample.
        figures: seconds, fidelity, copied, largest-copy and repetition, as far as they can be measured.
        problem: one sentence, where it refused; else empty.
    """

    operation: Operation[Any]
    image: Image | None
    figures: tuple[Figure, ...] = ()
    problem: str = ""

    def value(self, name: str) -> float | None:
        """The figure of that name, if it was measured."""
        return next((figure.value for figure in self.figures if figure.name == name), None)


def methods() -> list[Operation[Any]]:
    """All operations that make a texture of any size out of nothing but one sample."""
    return [operation for operation in catalog.operations().values() if operation.grows_texture]


def compared(
    ctx: Context, sample: Image, size: Size, operations: Sequence[Operation[Any]] = (), watch: Watch | None = None
) -> Iterator[Compared]:
    """Runs the methods with their default values and yields each result as it is done.

    Args:
        ctx: seed, threads and device of every run; what stops it stops all of them.
        sample: what each of them gets.
        size: (width, height) of each result.
        operations: which ones; all by default.
        watch: is shown every frame on the way.

    Raises:
        Stopped: asked to.
    """
    for operation in operations or methods():
        ctx.check()
        own = Context(ctx.seed, size, ctx.threads, ctx.device, ctx.memory)
        own.cancel = ctx.cancel
        try:
            yield _one(own, operation, sample, size, watch)
        finally:
            own.close()


def _one(ctx: Context, operation: Operation[Any], sample: Image, size: Size, watch: Watch | None) -> Compared:
    try:
        Execution(operation, {ROLE: sample}, operation.params(), ctx, size)  # what is refused waits for no kernels
        warm(operation, ctx)
        execution = Execution(operation, {ROLE: sample}, operation.params(), ctx, size)
        began, aside = time.perf_counter(), 0.0
        for frame in execution:
            if watch:
                arrived = time.perf_counter()
                watch(operation, frame)
                aside += time.perf_counter() - arrived
        seconds = time.perf_counter() - began - aside
        result = execution.result()
    except Unusable as problem:
        return Compared(operation, None, problem=str(problem))
    took = Figure("seconds", "Time", seconds, None, f"It took {seconds:.2f} s.")
    return Compared(operation, result.image(), (took, *figures(result.pixels, sample.decoded(), ctx.check)))


def figures(result: Floats, sample: Floats, check: Check = at_ease) -> tuple[Figure, ...]:
    """What tells methods apart: fidelity, copied, largest-copy and repetition, in few words.

    Args:
        result, sample: float32 (H, W, C), 0..1.
        check: looks whether to stop between them.
    """
    found: list[Figure] = []
    for measure in (_fidelity, _copied, _repetition):
        check()
        found += measure(result, sample)
    return tuple(found)


def _fidelity(result: Floats, sample: Floats) -> list[Figure]:
    try:
        value = fidelity(result, sample)
    except Unusable as problem:
        return [Figure("fidelity", "Fidelity", None, None, str(problem))]
    said = "Much like the sample." if value <= 0.7 else "Like the sample." if value <= 1.2 else "Another texture."
    return [Figure("fidelity", "Fidelity", value, value <= 1.2, said)]


def _copied(result: Floats, sample: Floats) -> list[Figure]:
    try:
        found = novelty(result, sample)
    except Unusable as problem:
        return [
            Figure("copied", "Copied", None, None, str(problem)),
            Figure("largest-copy", "Largest copy", None, None, str(problem)),
        ]
    said = f"{found.copied:.0%} of it lies in pieces copied whole." if found.copied else "Nothing is copied."
    largest = f"The largest piece covers {found.largest:.0%}."
    return [
        Figure("copied", "Copied", found.copied, None, said),
        Figure("largest-copy", "Largest copy", found.largest, found.largest < 0.25, largest),
    ]


def _repetition(result: Floats, sample: Floats) -> list[Figure]:
    value = repetition(result, sample)
    said = "Nothing comes back." if value <= 0.1 else "Forms come back." if value <= 0.3 else "It repeats itself."
    return [Figure("repetition", "Repetition", value, value <= 0.1, said)]
