"""Style by networks: time over the bare networks, frames of a preview, time and memory of large pictures.

Run as `python tests/benchmarks/run.py style`; prints one row per figure. A picture of 6000 x 4000 takes some minutes:
it is run where the environment has SCUMBLE_BENCH_LONG.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engine import catalog, files
from engine.context import Context
from engine.image import Image
from engine.nets import adain as net  # before torch, whose threads it tells to sleep
from engine.nets.vgg import encoder
from engine.nets.weights import loaded
from engine.operation import Execution
from resources import sample

import torch  # isort: skip
from torch import nn  # isort: skip

ROOT = Path(__file__).resolve().parents[2]
REPEATS = 4
PLAN = ((512, 256), None, (256, 256), (256, 256), (256, 256), (256, 128), None, (128, 128), (128, 64), None, (64, 64))
Row = tuple[str, str, float, str]


def rows() -> Iterator[Row]:
    """(what, the figure's unit, figure, remark)."""
    yield from at_512()
    yield from preview()
    yield from large((2048, 2048), 3000, "at most 40")
    if os.environ.get("SCUMBLE_BENCH_LONG"):
        yield from large((6000, 4000), 4000, "")


def picture(name: str, size: tuple[int, int]) -> Image:
    with sample(name).file.open("rb") as file, tempfile.NamedTemporaryFile(suffix=".png") as copy:
        copy.write(file.read())
        copy.flush()
        pixels = files.open_picture(copy.name).pixels[..., :3]
    return Image(np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA), np.uint8))


def bare(content: Image, style: Image) -> Callable[[], Any]:
    """The published networks as PyTorch runs them by itself: two looks, one painting."""
    layers: list[nn.Module] = []
    for step in PLAN:
        layers += [nn.ReflectionPad2d(1), nn.Conv2d(*step, 3), nn.ReLU()] if step else [nn.Upsample(scale_factor=2)]
    decoder = nn.Sequential(*layers, nn.ReflectionPad2d(1), nn.Conv2d(64, 3, 3)).eval()
    decoder.load_state_dict(loaded("adain-decoder"))
    a, b = (torch.from_numpy(each.decoded().copy()).permute(2, 0, 1)[None].contiguous() for each in (content, style))

    def moments(f: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return f.mean((2, 3), keepdim=True), (f.var((2, 3), keepdim=True) + 1e-5).sqrt()

    def work() -> Any:
        with torch.inference_mode():
            see = encoder("relu4_1")
            f, g = see(a), see(b)
            (mean, deviation), (other, spread) = moments(f), moments(g)
            return decoder((f - mean) / deviation * spread + other)[0].permute(1, 2, 0).numpy()

    return work


def once(content: Image, style: Image, threads: int = 2, **values: Any) -> tuple[float, float, Any]:
    """Seconds to the end and to the first whole frame, and the picture."""
    operation = catalog.find("adain")
    ctx = Context(seed=1, threads=threads)
    began, first = time.perf_counter(), 0.0
    run = Execution(operation, {"picture": content, "style": style}, operation.params(**values), ctx)
    for frame in run:
        if not first and frame.rect.bottom == content.size[1]:
            first = time.perf_counter() - began
    seconds = time.perf_counter() - began
    ctx.close()
    return seconds, first, run.result().pixels


def at_512() -> Iterator[Row]:
    content, style = picture("coffee", (512, 512)), picture("moss", (512, 512))
    work = bare(content, style)
    torch.set_num_threads(2)
    wanted = work()
    ours: list[float] = []
    theirs: list[float] = []
    looks: list[float] = []
    made: Any = None
    once(content, style)
    for _ in range(REPEATS):
        net.forget()
        seconds, first, made = once(content, style)
        ours.append(seconds)
        looks.append(first)
        began = time.perf_counter()
        work()
        theirs.append(time.perf_counter() - began)
    yield "adain, 512 px, nothing remembered", "s", min(ours), ""
    yield "the same networks in bare PyTorch", "s", min(theirs), "2 threads"
    yield "adain over bare PyTorch", "ratio", min(ours) / min(theirs), "at most 1.15"
    yield "adain, 512 px, first look", "ms", min(looks) * 1e3, "at most 200"
    yield (
        "adain, furthest from the plain computation",
        "of 255",
        float(np.abs(made - np.clip(wanted, 0, 1)).max()) * 255,
        "at most 1",
    )


def preview() -> Iterator[Row]:
    """A slider on a picture that has been seen before: every move is a job of its own."""
    content, style = picture("coffee", (256, 256)), picture("moss", (512, 512))
    once(content, style)
    for threads in (1, 2):
        moves = [once(content, style, threads, strength=0.3 + move / 20)[1] for move in range(12)]
        yield f"adain, 256 px, a slider moved, {threads} threads", "frames/s", 1 / min(moves), "at least 10"
    net.forget()
    full = once(content, style)[2]
    half: list[Any] = []
    operation = catalog.find("adain")
    run = Execution(operation, {"picture": content, "style": style}, operation.params(), Context(threads=2))
    for frame in run:
        if frame.note:
            half.append(frame)
    shown = np.zeros_like(full)
    for frame in half:
        shown[frame.rect.slices] = frame.pixels
    off = np.abs(shown - full) * 255
    yield "adain, the frame in half precision, mean difference", "of 255", float(off.mean()), "at most 1"
    yield "adain, the frame in half precision, 99.9 % of it", "of 255", float(np.quantile(off, 0.999)), ""


def large(size: tuple[int, int], memory: int, remark: str) -> Iterator[Row]:
    """In a process of its own, from the command line."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in ("picture.png", "style.png", "out.png", "report.json")}
        files.save_picture(picture("coffee", size), paths["picture.png"])
        files.save_picture(picture("moss", (800, 800)), paths["style.png"])
        words = ["--picture", paths["picture.png"], "--style", paths["style.png"], "-o", paths["out.png"]]
        words += ["--report", paths["report.json"], "--threads", "2", "--quiet"]
        subprocess.run([sys.executable, "-m", "engine", "run", "adain", *map(str, words)], cwd=ROOT, check=True)
        report = json.loads(paths["report.json"].read_text("utf-8"))
    what = f"adain, {size[0]} x {size[1]}"
    yield what, "s", report["runs"][0]["seconds"], remark
    yield f"{what}, first look", "s", report["runs"][0]["first_frame_seconds"], ""
    yield f"{what}, memory of the whole process", "MB", report["peak_rss_mb"], f"at most {memory}"
