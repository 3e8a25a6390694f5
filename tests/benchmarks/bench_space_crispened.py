"""Crispening: what it does to every sample of the space that ships, and how a crispened slider goes.

Run by `python tests/benchmarks/run.py space_crispened`. Pictures of 256 px, each with its own sample to copy from, as
`texture-space --crispen` has it at the place of a sample.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from engine import catalog
from engine.context import Context
from engine.files import open_trained
from engine.image import Floats
from engine.measures.fidelity import clouds, distance
from engine.nets.texture_space.space_file import restored
from engine.operation import Execution
from engine.trained import Trained
from resources import model
from tests.benchmarks.walks import Known, shown

Row = tuple[str, str, float, str]
SIDE = 256
STEPS = 16


def rows() -> Iterator[Row]:
    """Each sample plain and crispened, then sliders between some."""
    path = model("texture-space")
    if path is None:
        return
    trained = open_trained(path)
    space = restored(trained)
    known = [Known.of(shown(space, number)) for number in range(len(space.samples))]
    plain, crisp, seconds = [], [], []
    for number, sample in enumerate(known):
        fidelities = []
        for crispen in (False, True):
            began = time.perf_counter()
            made = _made(trained, (number,), 0.0, crispen)
            seconds.append(time.perf_counter() - began)
            fidelities.append(distance(clouds(made), sample.cloud) / sample.own)
        plain.append(fidelities[0])
        crisp.append(fidelities[1])
        yield f"crispened {space.names[number]}", "", crisp[-1], f"plain {plain[-1]:.2f}"
    yield "fidelity of all, plain", "", float(np.mean(plain)), "mean"
    yield "fidelity of all, crispened", "", float(np.mean(crisp)), "mean"
    change = np.array(crisp) / plain
    name = space.names[int(change.argmax())]
    yield "crispened over plain, worst", "", float(change.max()), f"at most 1; {name}"
    yield f"crispening {SIDE} px", "s", float(np.median(seconds[1::2]) - np.median(seconds[::2])), ""
    names = [name.lower() for name in space.names]
    for first, last in (("moss", "rock face"), ("gravel", "bricks")):
        ends = names.index(first), names.index(last)
        steps = _steps(trained, ends, True)
        remark = f"of the whole way at once; plain {_steps(trained, ends, False).max():.2f}"
        yield f"{STEPS} crispened steps, {first} to {last}: largest", "", float(steps.max()), remark


def _steps(trained: Trained, ends: tuple[int, int], crispen: bool) -> np.ndarray:
    """How far each step goes, as a share of the distance between the ends."""
    made = [clouds(_made(trained, ends, float(t), crispen)) for t in np.linspace(0, 1, STEPS + 1)]
    whole = distance(made[-1], made[0])
    return np.array([distance(after, before) / whole for before, after in zip(made, made[1:], strict=False)])


def _made(trained: Trained, between: tuple[int, ...], t: float, crispen: bool) -> Floats:
    operation = catalog.find("texture-space")
    params = operation.params().replaced(between=tuple(map(float, between)), t=t, crispen=crispen)
    ctx = Context(seed=1, threads=2)
    execution = Execution(operation, {"space": trained}, params, ctx, (SIDE, SIDE))
    for _ in execution:
        pass
    ctx.close()
    return execution.result().image().decoded()
