"""What is said where a run would take too much memory works when it is done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import catalog
from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.operation import Execution

OPERATIONS = catalog.operations()


def picture(width: int, height: int) -> Image:
    return Image(np.zeros((height, width, 3), np.uint8))


def refused(name: str, given: dict[str, Any], memory: int, size: Any = None, **values: Any) -> str:
    ctx = Context(memory=memory)
    with pytest.raises(Unusable) as problem:
        Execution(OPERATIONS[name], given, OPERATIONS[name].params(**values), ctx, size)
    return str(problem.value)


def accepted(name: str, given: dict[str, Any], memory: int, size: Any = None, **values: Any) -> None:
    Execution(OPERATIONS[name], given, OPERATIONS[name].params(**values), Context(memory=memory), size)


def test_a_large_pair_of_the_faithful_analogy_is_told_what_works() -> None:
    pair = picture(3000, 2000)
    given = {"picture": picture(640, 480), "before": pair, "after": pair}
    memory = 3 << 30
    said = refused("analogy", given, memory, mode="faithful")
    assert "set Mode to Fast, or use before and after of at most" in said and "megapixels" in said
    accepted("analogy", given, memory, mode="fast")
    most = float(said.split("at most ")[1].split()[0])
    share = (most / 6) ** 0.5
    small = picture(int(3000 * share), int(2000 * share))
    accepted("analogy", {**given, "before": small, "after": small}, memory, mode="faithful")
    larger = picture(int(3300 * share), int(2200 * share))
    refused("analogy", {**given, "before": larger, "after": larger}, memory, mode="faithful")


def test_a_size_that_is_too_large_and_a_sample_that_is() -> None:
    said = refused("synthesize", {"sample": (picture(200, 200),)}, 64 << 20, (3000, 3000))
    assert said.endswith("choose a smaller size.")
    accepted("synthesize", {"sample": (picture(200, 200),)}, 64 << 20, (400, 400))
    said = refused("quilting", {"sample": picture(3000, 3000)}, 256 << 20, (100, 100))
    assert "use sample of at most" in said or "use a smaller sample" in said


def test_a_picture_that_is_too_large_is_done_in_parts() -> None:
    given = {"picture": picture(3000, 2000), "sample": picture(50, 50)}
    assert refused("transfer", given, 64 << 20).endswith("choose a smaller part of the picture.")
