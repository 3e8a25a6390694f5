"""Pictures by optimisation: time, first frames, fidelity, and beside a plain L-BFGS at equal time.

Run as `python tests/benchmarks/run.py optimised`; takes some minutes. The plain one is what the papers describe and
most programs do: full size, autograd through the network, PyTorch's own L-BFGS with a line search, the same four layers
with the same weights, from noise for a texture and from the photograph for a painting. Both get the same seconds of
processor. Of textures their Gram distance is compared, and fidelity as `engine.measures` has it, which neither was told
of; of paintings what both lower: the Gram distance and, as much as it counts, that of what the photograph shows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file
from typing import Any

import cv2
import numpy as np

from engine import catalog  # before torch, whose threads it tells to sleep
from engine.context import Context
from engine.files import open_picture
from engine.image import Floats, Image
from engine.kernels.channels import with_channels
from engine.measures.fidelity import fidelity
from engine.nets.feature_statistics import Gram, points
from engine.nets.vgg import as_tensor, features
from engine.operation import Execution
from engine.ops.stylize.optimise_style import _content, optimise_style
from resources import Sample, Style, samples, styles
from tests.benchmarks.pictures import texture

import torch  # isort: skip

Row = tuple[str, str, float, str]
SIDE, LARGE = 256, 1024
TEXTURES = ("gravel", "bricks", "moss", "basket-weave")
PAINTINGS = (("astronaut", "floral-print"), ("cat", "stained-glass"), ("coffee", "great-waves"))
"""A photograph, and what it is painted like."""
TAPS, SHOWN = ("relu1_1", "relu2_1", "relu3_1", "relu4_1"), "relu4_1"


@dataclass(frozen=True)
class Timed:
    """Seconds of wall, of processor, to the first frame and to the second, and the result."""

    wall: float
    spent: float
    first: float
    second: float
    pixels: Floats


def run(operation: str, given: Mapping[str, Image], values: Mapping[str, Any], threads: int = 2) -> Timed:
    """One run."""
    entry = catalog.operations()[operation]
    ctx = Context(threads=threads, memory=8 << 30)
    began, spent, at = time.perf_counter(), time.process_time(), []
    execution = Execution(
        entry, dict(given), entry.params.from_json(values), ctx, (SIDE, SIDE) if entry.sized else None
    )
    for _ in execution:
        at.append(time.perf_counter() - began)
    found = time.perf_counter() - began, time.process_time() - spent
    pixels = execution.result().image().decoded()
    ctx.close()
    return Timed(*found, at[0], at[min(1, len(at) - 1)], pixels)


def gram_distance(made: Floats, sample: Floats) -> float:
    """Mean over the layers of the squared difference of Gram matrices, in parts of the sample's own square."""
    with torch.no_grad():
        seen, wanted = (features(as_tensor(picture[..., :3]), TAPS) for picture in (made, sample))
        away = [float(Gram.of(points(wanted[name])).distance(points(seen[name]))) for name in TAPS]
    return float(np.mean(away))


def _square(entry: Sample | Style) -> Image:
    """The middle of a picture that ships, SIDE x SIDE, RGB, 8 bit."""
    with as_file(entry.file) as path:
        pixels = with_channels(open_picture(path).decoded(), 3)
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    way = cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC
    small = np.clip(cv2.resize(square, (SIDE, SIDE), interpolation=way), 0, 1)
    return Image(np.round(small * 255).astype(np.uint8), name=entry.name)


class Aim:
    """What is lowered: the mean Gram distance, and how far what a photograph shows is, as much as it counts."""

    def __init__(self, style: Floats, photo: Floats | None = None, weight: float = 0.0) -> None:
        with torch.no_grad():
            seen = features(as_tensor(style[..., :3]), TAPS)
            self.wanted = {name: Gram.of(points(maps)) for name, maps in seen.items()}
            self.shown = None if photo is None else features(as_tensor(photo[..., :3]), TAPS)[SHOWN]
        self.weight = weight

    def of(self, picture: torch.Tensor) -> torch.Tensor:
        seen = features(picture, TAPS)
        value = torch.stack([self.wanted[name].distance(points(seen[name])) for name in TAPS]).mean()
        if self.shown is not None:
            value = value + self.weight * (seen[SHOWN] - self.shown).square().sum() / self.shown.square().sum()
        return value


def plain(aim: Aim, seconds: float, start: Floats | None = None) -> Floats:
    """What the papers describe, for so many seconds of one processor; from noise where there is no start."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    noise = torch.rand((1, 3, SIDE, SIDE), generator=generator)
    picture = (noise if start is None else as_tensor(start[..., :3])).contiguous().clone().requires_grad_(True)
    ends = time.process_time() + seconds
    lowest, best = [float("inf")], [picture.detach().clone()]
    optimiser = torch.optim.LBFGS([picture], max_iter=5, history_size=50, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        value = aim.of(picture)
        value.backward()
        if float(value.detach()) < lowest[0]:
            lowest[0], best[0] = float(value.detach()), picture.detach().clone()
        return value

    while time.process_time() < ends:
        optimiser.step(loss)
    made: Floats = best[0][0].clamp(0, 1).permute(1, 2, 0).numpy()
    return made


def rows() -> Iterator[Row]:
    """(what, the figure's unit, figure, remark)."""
    for name in TEXTURES:
        sample = texture(name, SIDE)
        pixels = sample.decoded()
        ours = run("gram-texture", {"sample": sample}, {})
        what = f"gram-texture {SIDE} px, {name}"
        yield f"{what}: fidelity", "", fidelity(ours.pixels, pixels), "at most 0.9"
        yield f"{what}: all of it", "s", ours.wall, f"at most 60; {ours.spent:.0f} s of processor"
        yield f"{what}: first frame, and the first that grew", "s", ours.second, f"at most 2; {ours.first:.2f} s"
        classic = run("gram-texture", {"sample": sample}, {"statistic": "gram"}, threads=1)
        other = plain(Aim(pixels), classic.spent)
        mine, theirs = gram_distance(classic.pixels, pixels), gram_distance(other, pixels)
        remark = f"at most 1; {mine:.2g} and {theirs:.2g} after {classic.spent:.0f} s of one processor"
        yield f"{what}: Gram distance over a plain L-BFGS's", "x", mine / theirs, remark
        remark = f"at most 1; {fidelity(classic.pixels, pixels):.2f} and {fidelity(other, pixels):.2f}"
        ratio = fidelity(classic.pixels, pixels) / fidelity(other, pixels)
        yield f"{what}: fidelity over a plain L-BFGS's", "x", ratio, remark
    photo, style = texture("astronaut", SIDE), texture("floral-print", SIDE)
    for statistic in ("gram", "w2", "nearest"):
        ours = run("optimise-style", {"picture": photo, "style": style}, {"statistic": statistic})
        what = f"optimise-style {SIDE} px, {statistic}"
        yield f"{what}: all of it", "s", ours.wall, f"at most 60; {ours.spent:.0f} s of processor"
        yield f"{what}: the first frame that changed", "s", ours.second, "at most 2"
    pictures: dict[str, Sample | Style] = {entry.name: entry for entry in styles()}
    pictures.update({entry.name: entry for entry in samples()})
    for name, style_name in PAINTINGS:
        photo = _square(pictures[name])
        style = _square(pictures[style_name])
        ours = run(
            "optimise-style", {"picture": photo, "style": style}, {"statistic": "gram", "smoothness": 0.0}, threads=1
        )
        aim = Aim(style.decoded(), photo.decoded(), _content(optimise_style.params().strength))
        other = plain(aim, ours.spent, photo.decoded())
        with torch.no_grad():
            mine, theirs = (float(aim.of(as_tensor(made[..., :3]))) for made in (ours.pixels, other))
        what = f"optimise-style {SIDE} px, {name} as {style_name}: distance over a plain L-BFGS's"
        yield (
            what,
            "x",
            mine / theirs,
            f"at most 1; {mine:.3g} and {theirs:.3g} after {ours.spent:.0f} s of one processor",
        )
    photo = texture("astronaut", SIDE)
    large = np.asarray(cv2.resize(photo.pixels, (LARGE, LARGE), interpolation=cv2.INTER_CUBIC), np.uint8)
    ours = run("optimise-style", {"picture": Image(large), "style": style}, {})
    yield f"optimise-style {LARGE} px: all of it", "s", ours.wall, f"{ours.spent:.0f} s of processor"
