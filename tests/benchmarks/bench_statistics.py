"""How fast statistics and the two classics are; Portilla-Simoncelli beside plenoptic, where that is installed.

Run by `python tests/benchmarks/run.py statistics`. plenoptic (MIT) is no dependency: `pip install plenoptic` in a copy
of the environment brings its rows. Both are given the same gray picture, whose edges meet, and the same single thread;
the error is plenoptic's own, its loss between the two sets of its statistics.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.context import Context
from engine.image import Floats, Image
from engine.kernels.spectra import periodic
from engine.operation import Execution, Operation
from engine.ops.synthesize.chaos_mosaic import chaos_mosaic
from engine.ops.synthesize.portilla_simoncelli import portilla_simoncelli
from engine.ops.synthesize.wei_levoy import wei_levoy
from tests.benchmarks.pictures import texture

Row = tuple[str, str, float, str]
SIDE = 256


def _run(operation: Operation[Any], sample: Image, side: int, threads: int) -> tuple[float, float, float, Floats]:
    """Seconds of wall and of processor, seconds to the first frame, and the result."""
    ctx = Context(threads=threads)
    wall, spent, first = time.perf_counter(), time.process_time(), 0.0
    execution = Execution(operation, {"sample": sample}, operation.params(), ctx, (side, side))
    for _ in execution:
        first = first or time.perf_counter() - wall
    found = time.perf_counter() - wall, time.process_time() - spent, first, execution.result().pixels
    ctx.close()
    return found


def _meeting(name: str) -> Floats:
    """A gray picture of SIDE px whose edges meet, (H, W): nothing is left for the operation to take away itself."""
    gray = texture(name, SIDE).decoded() @ np.array([0.299, 0.587, 0.114], np.float32)
    mean, ctx = np.float32(gray.mean()), Context(threads=1)
    maps = (gray - mean)[None]
    for _ in range(20):
        maps = periodic(ctx, maps)
    return np.clip(maps[0] + mean, 0, 1)


class Reference:
    """plenoptic's statistics of a picture, and its own synthesis: LBFGS as its documentation recommends."""

    def __init__(self, picture: Floats) -> None:
        self.torch, self.po = importlib.import_module("torch"), importlib.import_module("plenoptic")
        self.torch.set_num_threads(1)
        self.target = self._tensor(picture)
        self.model = self.po.models.PortillaSimoncelli(picture.shape)
        self.loss = self.po.loss.portilla_simoncelli_loss_factory(self.model, self.target)

    def _tensor(self, picture: Floats) -> Any:
        return self.torch.from_numpy(np.ascontiguousarray(picture))[None, None]

    def error(self, picture: Any) -> float:
        with self.torch.no_grad():
            return float(self.loss(self.model(picture), self.model(self.target)))

    def seconds_to(self, error: float, most: int = 60) -> float:
        """Processor seconds until its own result is as near, or after `most` rounds of ten steps."""
        self.po.set_seed(0)
        met = self.po.Metamer(self.target, self.model, loss_function=self.loss)
        options = {"max_iter": 10, "max_eval": 10, "history_size": 100, "line_search_fn": "strong_wolfe", "lr": 1}
        start = self.torch.rand_like(self.target) * 0.1 + self.target.mean()
        met.setup(start, optimizer=self.torch.optim.LBFGS, optimizer_kwargs=options)
        spent = 0.0
        for _ in range(most):
            began = time.process_time()
            met.synthesize(max_iter=1)
            spent += time.process_time() - began
            if self.error(met.metamer.detach()) <= error:
                break
        return spent


def _beside_plenoptic(name: str) -> Iterator[Row]:
    picture = _meeting(name)
    runs = [_run(portilla_simoncelli, Image(picture[..., None]), SIDE, 1) for _ in range(3)]
    ours, made = min(spent for _, spent, _, _ in runs), runs[0][3]
    yield f"Portilla-Simoncelli {SIDE} px gray, {name}", "s cpu", ours, "one thread"
    try:
        reference = Reference(picture)
    except ImportError:
        return
    error = reference.error(reference._tensor(made[..., 0]))
    yield f"its error by plenoptic's statistics, {name}", "loss", error, ""
    theirs = reference.seconds_to(error)
    yield f"plenoptic to the same error, {name}", "s cpu", theirs, "one thread"
    yield f"plenoptic's time over ours at equal error, {name}", "ratio", theirs / ours, "at least 3"


def rows() -> Iterator[Row]:
    """(what, unit, figure, remark)."""
    for operation in (portilla_simoncelli, wei_levoy, chaos_mosaic):
        _run(operation, texture("gravel", 64), 96, 2)
        _run(operation, Image(texture("gravel", 64).pixels[..., :1]), 96, 2)
    for name in ("gravel", "moss", "rock-face", "pierced-steel", "flagstones"):
        yield from _beside_plenoptic(name)
    sample = texture("moss", 256)
    least = min(_run(portilla_simoncelli, sample, SIDE, 1)[1] for _ in range(3))
    yield f"Portilla-Simoncelli, 256 to {SIDE} px, colour", "s cpu", least, "one thread, 30 steps"
    sample = texture("moss", 192)
    for operation, side, most in (
        (portilla_simoncelli, 256, ""),
        (portilla_simoncelli, 512, ""),
        (wei_levoy, 512, "at most 4"),
        (chaos_mosaic, 512, "at most 0.2"),
    ):
        wall, _, first, _ = _run(operation, sample, side, 2)
        yield f"{operation.title}, 192 to {side} px, colour", "s", wall, most
        yield f"{operation.title}, 192 to {side} px, first frame", "s", first, "at most 0.2"


if __name__ == "__main__":
    for what, unit, figure, remark in rows():
        print(f"{what:58s} {figure:9.3f} {unit:6s} {remark}", flush=True)
