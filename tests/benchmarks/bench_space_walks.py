"""Sliders of the space that ships: even steps, and what lies between, over pairs of samples that nobody chose.

Run by `python tests/benchmarks/run.py space_walks`. Every sample takes part in two pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.context import Context
from engine.files import open_trained
from engine.nets.texture_space.space import Space
from engine.nets.texture_space.space_file import restored
from resources import model
from tests.benchmarks.walks import STEPS, Known, Walk, shown

Row = tuple[str, str, float, str]
EVEN, TWICE = 0.35, 2.0


def rows() -> Iterator[Row]:
    """Of the space that ships."""
    path = model("texture-space")
    if path is not None:
        ctx = Context(threads=2)
        yield from walked(ctx, restored(open_trained(path)))
        ctx.close()


def walked(ctx: Context, space: Space) -> Iterator[Row]:
    """One row for each question, over all pairs; the worst pair is named."""
    known = [Known.of(shown(space, number)) for number in range(len(space.samples))]
    round_table = np.random.Generator(np.random.Philox(1)).permutation(len(known))
    pairs = [(int(a), int(b)) for a, b in zip(round_table, np.roll(round_table, 1), strict=True)]
    walks = [Walk.of(ctx, space, known, pair) for pair in pairs]
    count = len(walks)
    varied = [walk.variation for walk in walks]
    name = walks[int(np.argmax(varied))].name
    yield f"{STEPS} steps of a slider: worst variation", "", max(varied), f"at most {EVEN}; {name}, of {count} pairs"
    yield f"{STEPS} steps of a slider: mean variation", "", float(np.mean(varied)), ""
    worst = [walk.worst for walk in walks]
    holds = sum(value <= TWICE for value in worst)
    yield "pairs whose worst step is within twice the worse end", "", holds, f"of {count}, by the nearest sample"
    ideal = [walk.ideal for walk in walks]
    could = sum(value <= TWICE for value in ideal)
    yield "the same, if every step lay exactly between", "", could, "what even the ideal would have"
    least = [walk.least for walk in walks]
    may = sum(value <= TWICE for value in least)
    yield "the same, of any slider that passes no third sample", "", may, "at most: by the triangle inequality"
    name = walks[int(np.argmax(worst))].name
    yield "worst step over the worse end: median", "", float(np.median(worst)), f"worst {max(worst):.2f}, {name}"
    yield "the same, if every step lay exactly between", "", float(np.median(ideal)), f"worst {max(ideal):.2f}"
    name = walks[int(np.argmax(least))].name
    yield "the least that any slider can have", "", float(np.median(least)), f"worst {max(least):.2f}, {name}"
    off = [walk.off for walk in walks]
    yield (
        "farthest from what lies exactly between, over the worse end",
        "",
        float(np.median(off)),
        f"worst {max(off):.2f}",
    )
