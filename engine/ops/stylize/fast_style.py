"""Fast style: paints a picture in the one style that a small network was trained for, at once and at any size.

Sources: Johnson, Alahi, Fei-Fei, Perceptual Losses for Real-Time Style Transfer and Super-Resolution, ECCV 2016;
Ulyanov, Vedaldi, Lempitsky, Improved Texture Networks, CVPR 2017. Takes networks of "Train a style", and the published
ones of PyTorch's example `fast_neural_style`, also as ONNX. Ours shows a small painting first, and takes large pictures
strip by strip, with the statistics of the whole, so that no seam and no tile shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import GRAY_ALPHA, RGB, RGBA, Floats
from engine.kernels.channels import luminance, with_channels
from engine.kernels.coral import Colours, matched
from engine.kernels.strips import rows_of
from engine.operation import Given, Inputs, Model, Picture, operation, selection
from engine.params import Choice, Params, Slider
from engine.region import Rect, Size
from engine.trained import Trained

if TYPE_CHECKING:
    from engine.nets.devices import Attempt

LOOK, SHARE = 384, 0.18
"""Longest side in pixels of the first look, and its part of the picture's own side at most."""
SMALLEST = 16
"""Pixels of a side that a network needs."""
BUDGET = 1 << 30
"""Bytes that layers larger than a quarter of the picture may take."""
PREPARED = 0.75
"""How much of the work is done when the statistics are known."""


@dataclass(frozen=True)
class FastStyle(Params):
    """How much of the style, how large, and whose colours."""

    strength: Annotated[
        float,
        Slider(
            0,
            1,
            step=0.01,
            help="How much of the style",
            low_looks="the picture as it is",
            high_looks="the painting alone",
        ),
    ] = 1.0
    strokes: Annotated[
        float,
        Slider(
            0.5,
            4,
            step=0.1,
            log=True,
            help="How large the strokes are, against those the network learnt",
            low_looks="fine strokes; takes longer",
            high_looks="broad and soft",
        ),
    ] = 1.0
    keep_colours: Annotated[
        str,
        Choice(
            ("no", "all", "tint"),
            titles=("The style's", "The picture's, mixed anew", "The picture's, pixel by pixel"),
            title="Colours",
            help="Whose colours it has: those of the style, those of the picture as a whole, or those of each pixel",
        ),
    ] = "no"


def _foreign(path: Path) -> Trained:
    from engine.nets.fast_style_files import read

    return read(path)


def _memory(inputs: Mapping[str, Any], size: Size, p: FastStyle) -> int:
    pixels = size[0] * size[1]
    seen = pixels / p.strokes**2
    width = _width(inputs["model"])
    # The middle layers, three at a time, and the picture on its way there and back. The larger layers take a quarter of
    # what can be had at most: what does not fit is made again where it is needed.
    return int((pixels * 12 + seen * (24 + width * 4) + (128 << 20)) * 4 / 3)


def _width(model: Trained) -> int:
    first = model.tensors.get("conv1.conv2d.weight")
    return 32 if first is None else int(first.shape[0])


@operation(
    "Fast style",
    group="Stylize",
    inputs=Inputs(
        picture=Picture(help="The picture to paint"),
        model=Model(
            kind="fast-style",
            title="Network",
            help="A network that was trained for a style: of Scumble's own, or PyTorch's and ONNX's fast neural styles",
            suffixes=(".pth", ".pt", ".model", ".onnx"),
            foreign=_foreign,
        ),
        hole=selection(),
    ),
    params=FastStyle,
    replaces="picture",
    memory=_memory,
    neural=True,
    presets={
        "A touch of it": {"strength": 0.5},
        "In the picture's colours": {"keep_colours": "all"},
        "Brushwork only": {"keep_colours": "tint"},
        "Broad strokes": {"strokes": 2.0},
    },
)
def fast_style(ctx: Context, inputs: Given, p: FastStyle) -> Iterator[Frame]:
    """A small painting first, then the picture itself from the top down."""
    from engine.nets.devices import persistent
    from engine.nets.fast_style import plan_of

    try:
        plan_of(inputs.model.tensors)
    except ValueError as problem:
        raise Unusable(
            f"{inputs.model.name or 'The network'} cannot paint", str(problem), "choose another network"
        ) from None
    picture: Floats = inputs.picture
    if p.strength == 0 or (inputs.hole is not None and not inputs.hole.any()):
        yield Frame(Rect.of(picture), picture.copy(), 1.0)
        return
    work = _Work(ctx, p, picture, inputs.hole, inputs.model)
    yield from persistent(ctx.device, work.frames)


@dataclass(frozen=True, eq=False)
class _Work:
    """One run."""

    ctx: Context
    p: FastStyle
    picture: Floats
    hole: Floats | None
    model: Trained

    def frames(self, attempt: Attempt) -> Iterator[Frame]:
        """All of them, on the device of this attempt."""
        from engine.nets.style_pictures import resized

        ctx, whole = self.ctx, Rect.of(self.picture)
        colours = _seen(self.picture, ctx)
        scale = 1 / self.p.strokes
        ctx.progress(0.01)
        look = min(LOOK / max(whole.size), max(SHARE, SMALLEST / max(whole.size)), 1.0) * min(1.0, scale)
        glance = resized(colours, look)
        small = np.concatenate([part for _, part in self._painted(glance, attempt)])
        tones = Colours.of(small, None, ctx.check), Colours.of(glance, None, ctx.check)
        ctx.progress(0.05)
        yield from self._enlarged(small, colours, tones, 0.05, "first look")
        seen = colours if scale == 1 else resized(colours, scale)
        again = scale != 1 or self.p.keep_colours == "all"
        parts = []
        with ctx.part(0.05, 0.95 if again else 1.0):
            for top, made in self._painted(seen, attempt):
                if scale == 1:
                    rect = Rect(0, top, whole.w, made.shape[0])
                    yield Frame(rect, self._finished(made, colours, rect, tones), ctx.fraction)
                if again:
                    parts.append(made)
        if again:
            # Now that all is painted, its colours are known as a whole, and it can be brought to its size.
            painting = np.concatenate(parts)
            tones = Colours.of(painting, None, ctx.check), Colours.of(seen, None, ctx.check)
            yield from self._enlarged(painting, colours, tones, 1.0, "")

    def _painted(self, seen: Floats, attempt: Attempt) -> Iterator[tuple[int, Floats]]:
        """What the network makes of float32 (h, w, 3): (first row, (rows, w, 3) in 0..1) from the top down."""
        import torch

        from engine.nets.fast_style import Painter, plan_of
        from engine.nets.running import threads
        from engine.nets.style_pictures import padded

        ctx, (height, width) = self.ctx, seen.shape[:2]
        with threads(ctx.threads):
            tensors = {
                name: torch.from_numpy(np.array(values, np.float32)).to(attempt.device)
                for name, values in self.model.tensors.items()
            }
            picture = torch.from_numpy(np.array(padded(seen, SMALLEST), np.float32))[None].permute(0, 3, 1, 2)
            budget = int(min(BUDGET, ctx.memory // 4) * attempt.share)
            painter = Painter(plan_of(tensors), tensors, picture.to(attempt.device), ctx.check, budget)
            for done in painter.prepare():
                ctx.progress(PREPARED * done)
        bands = painter.bands()
        while True:
            with threads(ctx.threads):
                band = next(bands, None)
                made = None if band is None else band[1][0].permute(1, 2, 0).cpu().numpy()
            if band is None or made is None or band[0] >= height:
                return
            top = band[0]
            made = np.ascontiguousarray(np.clip(made[: height - top, :width], 0, 1))
            ctx.progress(PREPARED + (1 - PREPARED) * (top + len(made)) / height)
            yield top, made

    def _enlarged(
        self, made: Floats, colours: Floats, tones: tuple[Colours, Colours], fraction: float, note: str
    ) -> Iterator[Frame]:
        """The whole picture from a painting of another size."""
        from engine.nets.style_pictures import enlarged

        height, width = self.picture.shape[:2]
        out = np.empty_like(self.picture)
        for rows in rows_of(out.shape, self.ctx.check):
            rect = Rect(0, rows.start, width, rows.stop - rows.start)
            out[rows] = self._finished(enlarged(made, rect, (width, height)), colours, rect, tones)
        yield Frame(Rect.of(out), out, fraction, note)

    def _finished(self, made: Floats, colours: Floats, rect: Rect, tones: tuple[Colours, Colours]) -> Floats:
        """A painted rectangle, (h, w, 3), in the picture's own kind, as far as it is to be painted."""
        picture = self.picture[rect.slices]
        if self.p.keep_colours == "all":
            made = np.clip(matched(made, *tones, self.ctx.check), 0, 1)
        elif self.p.keep_colours == "tint":
            own = colours[rect.slices]
            made = np.clip(own + (luminance(made) - luminance(own))[..., None], 0, 1)
        out = picture.copy()
        count = 1 if picture.shape[2] <= GRAY_ALPHA else 3
        made = with_channels(made, count)
        if self.hole is None and self.p.strength == 1:
            out[..., :count] = made
            return out
        cover = np.float32(self.p.strength) * (1 if self.hole is None else self.hole[rect.slices][..., None])
        out[..., :count] += (made - picture[..., :count]) * cover
        return out


def _seen(picture: Floats, ctx: Context) -> Floats:
    """float32 (H, W, 3): what alpha hides is a middling gray, which draws no edges of its own where all is hidden."""
    if picture.shape[2] == RGB:
        return picture
    out = np.empty((*picture.shape[:2], 3), np.float32)
    for rows in rows_of(picture.shape, ctx.check):
        part = picture[rows]
        colours = with_channels(part, RGB)
        if part.shape[2] in (GRAY_ALPHA, RGBA):
            colours = colours * part[..., -1:] + np.float32(0.5) * (1 - part[..., -1:])
        out[rows] = colours
    return out
