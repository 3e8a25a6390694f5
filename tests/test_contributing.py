"""The two examples in CONTRIBUTING.md work as they stand there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from desktop.document import Document
from desktop.pointer import Pointer, Sample
from desktop.tools import Tool, catalog
from engine.image import Image
from engine.operation import Operation
from tests.contract.scenarios import inputs, run

TEXT = (Path(__file__).resolve().parents[1] / "CONTRIBUTING.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def module(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """The block of that number as a module of that name."""
    number, name = request.param
    made = ModuleType(name)
    sys.modules[name] = made
    exec(compile(BLOCKS[number], name, "exec"), vars(made))
    yield made
    del sys.modules[name]


@pytest.mark.parametrize("module", [(0, "engine.ops.synthesize.scatter")], indirect=True)
def test_the_operation_runs_and_streams(module: ModuleType) -> None:
    scatter: Operation = module.scatter
    assert (scatter.id, scatter.group) == ("scatter", "Synthesize")
    outcome = run(scatter, inputs(scatter), size=(100, 80))
    assert outcome.fractions == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert np.array_equal(outcome.pixels, run(scatter, inputs(scatter), size=(100, 80), threads=1).pixels)
    assert not np.array_equal(outcome.pixels, run(scatter, inputs(scatter), size=(100, 80), seed=2).pixels)
    sample = inputs(scatter)["sample"]
    assert isinstance(sample, Image)
    colours = {tuple(pixel) for pixel in sample.pixels.reshape(-1, 3)}
    assert {tuple(pixel) for pixel in outcome.pixels.reshape(-1, 3)} <= colours


@pytest.mark.parametrize("module", [(1, "desktop.tools.band")], indirect=True)
def test_the_tool_masks_a_band_in_one_step(module: ModuleType) -> None:
    band: Tool = module.Band()
    assert band.id == "band" and band.title not in [kind.title for kind in catalog()]
    assert band.shortcut not in [kind.shortcut for kind in catalog()], "its key is free"
    document = Document(Image(np.zeros((60, 80, 3), np.uint8)))
    pointer = Pointer(Sample(10, 30))
    gesture = band.gesture(document, pointer)
    next(gesture)
    pointer.add(Sample(70, 30))
    next(gesture)
    pointer.release()
    with pytest.raises(StopIteration):
        next(gesture)
    mask = document.hole.array() / 255
    assert mask[30, 40] == 1 and mask[5, 40] == 0
    assert mask[:, 40].sum() == pytest.approx(12, abs=1.5), "as wide as its value says"
    assert document.undo() and document.hole.empty and not document.undo()
