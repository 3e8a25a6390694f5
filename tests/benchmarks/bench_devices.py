"""Style on the best device that is here: time, memory and share of the device's peak, from small pictures to large.

Run as `python tests/benchmarks/run.py devices`. On a graphics card pictures of 512 to 4096 px; on a processor, where
those take minutes, of 256 and 512 px. The peak is what the same device reaches in a product of two large matrices of
the same kind of numbers, in the same run; the work is counted by PyTorch, convolutions and products only.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from engine import catalog  # before torch, whose threads it tells to sleep
from engine.context import Context
from engine.image import Image
from engine.nets import adain as net
from engine.nets.devices import available
from engine.operation import Execution
from tests.benchmarks.pictures import texture

import torch  # isort: skip
from torch.utils.flop_counter import FlopCounterMode  # isort: skip

Row = tuple[str, str, float, str]
SIDES = {"cpu": (256, 512), "cuda": (512, 1024, 2048, 4096), "mps": (512, 1024, 2048)}
BARS = {("adain", 2048): "at most 0.06", ("optimise-style", 1024): "at most 20"}
"""Of a graphics card, in seconds."""
GIVEN = 256
PRODUCT = {"cpu": 1536, "cuda": 8192, "mps": 4096}
REPEATS = 3


def picture(name: str, side: int) -> Image:
    """A built-in picture at that size."""
    pixels = cv2.resize(texture(name, GIVEN).pixels, (side, side), interpolation=cv2.INTER_CUBIC)
    return Image(np.asarray(pixels, np.uint8))


def settled(device: str) -> None:
    """Waits until a card has done what it was told."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()


def peak(device: str) -> float:
    """Multiplications and additions a second in a product of two matrices, at best."""
    side, best = PRODUCT[device], float("inf")
    a = torch.rand(side, side, device=device)
    for _ in range(REPEATS + 1):
        settled(device)
        began = time.perf_counter()
        a @ a
        settled(device)
        best = min(best, time.perf_counter() - began)
    return 2.0 * side**3 / best


def once(operation: str, given: dict[str, Any], device: str) -> float:
    """Seconds of one run from nothing remembered to pixels."""
    entry = catalog.find(operation)
    net.forget()
    ctx = Context(seed=1, threads=2, device=device, memory=64 << 30)
    settled(device)
    began = time.perf_counter()
    for _ in Execution(entry, given, entry.params(), ctx):
        pass
    settled(device)
    ctx.close()
    return time.perf_counter() - began


def memory(device: str) -> float:
    """The most that was taken since the start, MB: of the card, or of the process."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    if device == "mps":
        return torch.mps.driver_allocated_memory() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def rows() -> Iterator[Row]:
    """(what, the figure's unit, figure, remark)."""
    best = available()[0]
    device = best.kind
    torch.set_num_threads(2)
    most = peak(device)
    yield f"{best.title}: a product of matrices", "TFLOPS", most / 1e12, "32 bit; the peak that the shares are of"
    for operation in ("adain", "optimise-style"):
        for side in SIDES[device]:
            given = {"picture": picture("astronaut", side), "style": picture("floral-print", min(side, 512))}
            if device == "cuda":
                torch.cuda.reset_peak_memory_stats()
            with FlopCounterMode(display=False) as counted:
                once(operation, given, device)
            repeats = REPEATS if operation == "adain" else 1
            seconds = min(once(operation, given, device) for _ in range(repeats))
            what = f"{operation}, {side} px, {device}"
            yield what, "s", seconds, BARS.get((operation, side), "") if device != "cpu" else ""
            yield f"{what}: memory", "MB", memory(device), "" if device == "cuda" else "of the whole process so far"
            yield f"{what}: share of the peak", "%", 100 * counted.get_total_flops() / seconds / most, ""
