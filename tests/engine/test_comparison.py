"""Every method on one sample: what makes a method, what each entry says, and how to stop."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine import catalog
from engine.context import Context
from engine.errors import Stopped, Unusable
from engine.frame import Frame
from engine.image import Image
from engine.jobs.comparison import compared, methods
from engine.operation import Operation
from engine.region import Rect


@pytest.fixture
def sample() -> Image:
    return Image(np.random.default_rng(3).integers(0, 256, (48, 48, 3)).astype(np.uint8))


def refusing(operation: Operation[Any]) -> Operation[Any]:
    def run(ctx: Context, given: Any, p: Any) -> Iterator[Frame]:
        raise Unusable("Not this one", "it is a test", "use another")
        yield Frame(Rect(0, 0, 1, 1), np.zeros((1, 1, 3), np.float32), 1.0)

    return dataclasses.replace(operation, run=run)


def test_methods_need_one_sample_and_nothing_else() -> None:
    names = {operation.id for operation in methods()}
    assert {"quilting", "efros-leung", "synthesize", "portilla-simoncelli", "wei-levoy", "chaos-mosaic"} <= names
    assert not names & {"fill", "by-numbers", "quilting-transfer", "melt"}


def test_each_entry_has_its_picture_and_figures_as_it_is_done(sample: Image) -> None:
    chosen = [catalog.find("chaos-mosaic"), catalog.find("quilting")]
    seen: list[str] = []
    ctx = Context(seed=5, threads=1)
    entries = compared(ctx, sample, (80, 64), chosen, lambda operation, frame: seen.append(operation.id))
    first = next(entries)
    assert first.operation is chosen[0] and set(seen) == {"chaos-mosaic"}
    (second,) = entries
    for entry in (first, second):
        assert entry.image is not None and entry.image.size == (80, 64)
        assert [figure.name for figure in entry.figures] == [
            "seconds",
            "fidelity",
            "copied",
            "largest-copy",
            "repetition",
        ]
        assert all(figure.sentence.endswith(".") for figure in entry.figures)
        assert 0 < (entry.value("seconds") or 0) < 60
        assert 0 <= (entry.value("copied") or 0) <= 1
    assert first.image is not None and second.image is not None
    assert not np.array_equal(first.image.pixels, second.image.pixels)


def test_a_method_that_refuses_says_why_and_the_others_go_on(sample: Image) -> None:
    chosen = [refusing(catalog.find("quilting")), catalog.find("chaos-mosaic")]
    refused, made = compared(Context(threads=1), sample, (60, 60), chosen)
    assert refused.image is None and refused.problem.startswith("Not this one") and not refused.figures
    assert made.image is not None and not made.problem


def test_stopping_stops_all_of_it(sample: Image) -> None:
    ctx = Context(threads=1)
    entries = compared(ctx, sample, (60, 60), [catalog.find("chaos-mosaic")] * 3, lambda *_: ctx.stop())
    with pytest.raises(Stopped):
        next(entries)
