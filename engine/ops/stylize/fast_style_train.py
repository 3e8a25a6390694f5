"""Train a style: teaches a small network one style, so that it paints any picture in it at once.

Sources: Johnson, Alahi, Fei-Fei, Perceptual Losses for Real-Time Style Transfer and Super-Resolution, ECCV 2016;
Ulyanov, Vedaldi, Lempitsky, Improved Texture Networks, CVPR 2017. The result is a file that "Fast style" paints with.
Ours learns in parts of an hour on a processor, shows what it can do on the way, may be stopped at any time and kept,
and goes on from a network that was kept.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

import cv2
import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import GRAY_ALPHA, RGB, RGBA, Floats
from engine.kernels.channels import with_channels
from engine.kernels.coral import Colours, matched
from engine.operation import Given, Input, Inputs, Model, Picture, operation
from engine.params import Params, Slider
from engine.region import Rect, Size
from engine.trained import Trained
from resources import samples

if TYPE_CHECKING:
    from engine.nets.fast_style_training import Losses, Training

PREVIEW = 256
"""Side in pixels of the painting that shows how far it is."""
FACE = "astronaut"
"""The photograph that is painted to show how far it is, unless others are given."""
LARGEST = 1024
"""Shorter side in pixels to which photographs are brought: no crop needs more."""
SMALLEST_STYLE = 32
"""Pixels: in less there is no style to learn."""
SHOWN = 20
"""Steps between paintings at most; at first they come one by one."""
CARRIED = 96
"""Side in pixels of the picture of its style that a network carries."""
SMOOTH = 0.95
"""How slowly the losses that are told follow those of single steps."""


@dataclass(frozen=True)
class FastStyleTrain(Params):
    """How long, how much of the style, how large, and how large a network."""

    steps: Annotated[
        int,
        Slider(
            1,
            40_000,
            log=True,
            help="How often it looks at photographs and learns from what it made of them",
            low_looks="a few hundred: its colours and strokes",
            high_looks="some thousands: as good as it gets; an hour and more on a processor",
        ),
    ] = 1500
    strength: Annotated[
        float,
        Slider(
            0.1,
            10,
            log=True,
            help="How much the style counts against the photograph",
            low_looks="the photograph with a tint of the style",
            high_looks="the style, in which the photograph is hard to find",
        ),
    ] = 1.0
    style_size: Annotated[
        int,
        Slider(
            32,
            1024,
            unit="px",
            log=True,
            title="Grain",
            help="How large the style is when it is looked at, shorter side",
            low_looks="fine strokes",
            high_looks="broad strokes",
        ),
    ] = 256
    side: Annotated[
        int,
        Slider(
            32,
            512,
            unit="px",
            log=True,
            title="Crop",
            help="Side of the parts of photographs that it learns on",
            low_looks="quick; knows only small forms",
            high_looks="knows large forms; takes longer",
        ),
    ] = 128
    width: Annotated[
        int,
        Slider(
            4,
            64,
            help="How much the network can know",
            low_looks="paints at once; simple strokes",
            high_looks="rich strokes; learns and paints slowly",
            advanced=True,
        ),
    ] = 16
    blocks: Annotated[
        int,
        Slider(
            0,
            9,
            help="How many layers there are in the middle of the network",
            low_looks="strokes follow colours",
            high_looks="strokes follow forms",
            advanced=True,
        ),
    ] = 4


def _memory(inputs: Mapping[str, Any], size: Size, p: FastStyleTrain) -> int:
    return p.side**2 * (3000 + 40 * p.width) * 4 + p.style_size**2 * 4000 + (512 << 20)


def _size(inputs: Mapping[str, Input | None], p: FastStyleTrain) -> Size:
    return PREVIEW, PREVIEW


@operation(
    "Train a style",
    group="Stylize",
    inputs=Inputs(
        style=Picture(help="The picture whose style the network learns", stored=True),
        pictures=Picture(
            help="Photographs to learn on, the more the better; those that come with the program by default",
            several=True,
            required=False,
        ),
        model=Model(
            kind="fast-style",
            title="Go on from",
            help="A network that was trained before: it learns on from there",
            required=False,
        ),
    ),
    params=FastStyleTrain,
    size=_size,
    memory=_memory,
    neural=True,
    trains="fast-style",
    presets={
        "A first look": {"steps": 200, "side": 96},
        "A quick try": {"steps": 500},
        "Overnight": {"steps": 12_000, "side": 192, "width": 24},
        "For a graphics card": {"steps": 8000, "side": 256, "width": 32, "blocks": 5, "style_size": 384},
    },
)
def fast_style_train(ctx: Context, inputs: Given, p: FastStyleTrain) -> Iterator[Frame]:
    """A painting of the same photograph again and again, each with what has been learnt so far."""
    photographs = _photographs(ctx, inputs.pictures)
    first_one = next(photographs)
    shown = _preview(first_one)
    channels = inputs.style.channels
    whole = Rect(0, 0, PREVIEW, PREVIEW)
    yield Frame(whole, with_channels(shown, channels), 0.0, "the photograph as it is")
    training = _training(ctx, inputs, p, [first_one, *photographs])
    first, told, carried = training.step, None, _carried(_colours(inputs.style.decoded()))
    for losses in training.steps():
        told = losses if told is None else _smoothed(told, losses)
        done = training.step - first
        last = training.step == p.steps
        ctx.progress(done / (p.steps - first))
        if last or done == 1 or (ctx.due() and done % min(SHOWN, max(1, done // 4)) == 0):
            painted = with_channels(training.painted(shown), channels)
            yield Frame(
                whole,
                painted,
                ctx.fraction,
                f"step {training.step} of {p.steps}, style {told.style:.2f}, content {told.content:.2f}",
                findings={"steps": training.step, "style": told.style, "content": told.content},
                trained=_kept(training, inputs.style.name, carried, p),
                said=_said(training.step, told),
            )


def _training(ctx: Context, inputs: Given, p: FastStyleTrain, photographs: list[Floats]) -> Training:
    from engine.nets.fast_style import Plan, plan_of
    from engine.nets.fast_style_training import Training, Wanted
    from engine.nets.style_pictures import padded, resized

    style = _colours(inputs.style.decoded())
    if max(style.shape[:2]) == 1:
        raise Unusable("The style is 1 x 1 px", "one colour has no style", "use a larger picture")
    style = resized(style, p.style_size / min(style.shape[:2])) if min(style.shape[:2]) > p.style_size else style
    plan, step = Plan(p.width, p.blocks), 0
    start: Mapping[str, Floats] = {}
    earlier: Trained | None = inputs.model
    if earlier is not None:
        try:
            plan, start = plan_of(earlier.tensors), earlier.tensors
        except ValueError as problem:
            raise Unusable(f"{earlier.name or 'The network'} cannot go on", str(problem), "choose another") from None
        step = _steps_of(earlier)
        if step >= p.steps:
            raise Unusable(
                f"{earlier.name or 'The network'} has had {step} steps", "no more are asked for", "ask for more steps"
            )
    tones = Colours.of(style, None, ctx.check)

    def recoloured(crop: Floats) -> Floats:
        return np.clip(matched(crop, Colours.of(crop), tones), 0, 1)

    wanted = Wanted(padded(style, SMALLEST_STYLE), p.strength, p.side // 4 * 4, p.steps, recoloured)
    return Training(ctx, plan, wanted, photographs, start, step)


def _steps_of(model: Trained) -> int:
    steps = model.about.get("steps", "0")
    return int(steps) if steps.isdecimal() and len(steps) < 9 else 0


def _carried(style: Floats) -> str:
    """A little picture of the style for lists, as JPEG in base 64."""
    height, width = style.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    small = cv2.resize(style[top : top + side, left : left + side], (CARRIED, CARRIED), interpolation=cv2.INTER_AREA)
    shown = np.clip(small * 255 + 0.5, 0, 255).astype(np.uint8)
    # The encoder takes blue first.
    return b64encode(cv2.imencode(".jpg", np.ascontiguousarray(shown[..., ::-1]))[1].tobytes()).decode()


def _kept(training: Training, name: str, carried: str, p: FastStyleTrain) -> Trained:
    title = PurePath(name).stem.replace("-", " ").strip().capitalize() or "A trained style"
    about = {"title": title, "steps": str(training.step), "grain": f"{p.style_size} px", "picture": carried}
    return Trained("fast-style", training.learnt(), about)


def _smoothed(before: Losses, now: Losses) -> Losses:
    from engine.nets.fast_style_training import Losses

    return Losses(
        SMOOTH * before.style + (1 - SMOOTH) * now.style, SMOOTH * before.content + (1 - SMOOTH) * now.content
    )


def _said(steps: int, told: Losses) -> str:
    """How far it is, honestly."""
    if told.style > 0.7:
        return f"After {steps} steps it has only the colours of the style; let it learn longer."
    if told.style > 0.4:
        return f"After {steps} steps it has the style's coarser strokes; more steps make it finer."
    if told.content > 1.5:
        return f"After {steps} steps it has the style, but loses the photograph; less strength keeps more of it."
    return f"After {steps} steps it has the style."


def _photographs(ctx: Context, given: tuple[Floats, ...] | None) -> Iterator[Floats]:
    """Those that are given, or come with the program: float32 (H, W, 3), not larger than any crop needs."""
    from engine.nets.style_pictures import resized

    for picture in given or _built_in():
        ctx.check()
        colours, short = _colours(picture), min(picture.shape[:2])
        yield resized(colours, LARGEST / short) if short > LARGEST else colours


def _built_in() -> Iterator[Floats]:
    """The photographs that come with the program, a face first."""
    from engine.files import open_picture

    for entry in sorted(samples("photo"), key=lambda entry: entry.name != FACE):
        with as_file(entry.file) as path:
            yield open_picture(path).decoded()


def _colours(picture: Floats) -> Floats:
    """float32 (H, W, 3), on white."""
    colours = with_channels(picture, RGB)
    if picture.shape[2] in (GRAY_ALPHA, RGBA):
        colours = colours * picture[..., -1:] + (1 - picture[..., -1:])
    return colours


def _preview(photograph: Floats) -> Floats:
    """The middle of a photograph, float32 (PREVIEW, PREVIEW, 3)."""
    import cv2

    height, width = photograph.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = np.ascontiguousarray(photograph[top : top + side, left : left + side])
    way = cv2.INTER_AREA if side > PREVIEW else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (PREVIEW, PREVIEW), interpolation=way), np.float32)
