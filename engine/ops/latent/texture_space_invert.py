"""Finds a picture's place in a texture space, and shows beside it what the space makes there.

Source: Zhu et al., Generative Visual Manipulation on the Natural Image Manifold, ECCV 2016: by an encoder (at once), by
optimisation (slowly), or by both. Ours compares how features spread and not where pixels are, as a texture is the same
wherever it begins; the point comes as figures, for the other operations to use. To give a picture a place of its own,
learn on with it: `texture-space-train` with this space and the picture as one more sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Floats, Image
from engine.kernels.channels import with_channels
from engine.operation import Given, Input, Inputs, Model, Picture, operation
from engine.params import Choice, Params, Slider
from engine.region import Rect, Size

LARGEST = 256
"""Pixels a side of what is shown, and looked at."""
SMALLEST = 16
MEASURABLE = 64
"""Pixels a side from which on a picture can be measured against its own halves."""
GAP = 8


@dataclass(frozen=True)
class TextureSpaceInvert(Params):
    """How the place is found."""

    mode: Annotated[
        str,
        Choice(
            ("encode", "optimise", "hybrid"),
            titles=("Guess at once", "Search", "Guess, then search"),
            help="How the place is found: a guess takes no time, a search gets nearer",
        ),
    ] = "hybrid"
    steps: Annotated[
        int | None,
        Slider(
            1,
            500,
            help="Of the search",
            low_looks="little nearer than the guess",
            high_looks="as near as the space allows",
            automatic="40 after a guess, 80 without one",
            advanced=True,
        ),
    ] = None


def _shown(size: Size) -> Size:
    return min(size[0], LARGEST), min(size[1], LARGEST)


def _size(inputs: Mapping[str, Input | None], p: TextureSpaceInvert) -> Size:
    picture = inputs["picture"]
    assert isinstance(picture, Image)
    width, height = _shown(picture.size)
    return 2 * width + GAP, height


def _memory(inputs: Mapping[str, Any], size: Size, p: TextureSpaceInvert) -> int:
    return 300 << 20


@operation(
    "Find in a texture space",
    group="Latent",
    inputs=Inputs(
        space=Model(kind="texture-space", title="Space", help="The texture space to search"),
        picture=Picture(help="The texture to find in it"),
    ),
    params=TextureSpaceInvert,
    size=_size,
    memory=_memory,
    neural=True,
    presets={"At once": {"mode": "encode"}, "Without a guess": {"mode": "optimise"}},
)
def texture_space_invert(ctx: Context, inputs: Given, p: TextureSpaceInvert) -> Iterator[Frame]:
    """The picture on the left, what the space makes at the best place so far on the right."""
    picture: Floats = inputs.picture
    part = _middle(picture)
    channels = picture.shape[2]
    height, width = part.shape[:2]
    if min(height, width) < SMALLEST:
        raise Unusable(
            f"The picture is too small to be found: {width} x {height} px",
            f"a texture shows itself on {SMALLEST} px and more",
            "use a larger piece of it",
        )
    sheet = np.ones((height, 2 * width + GAP, channels), np.float32)
    sheet[:, :width] = part
    whole = Rect(0, 0, sheet.shape[1], height)
    yield Frame(whole, sheet.copy(), 0.0, "looking")

    from engine.measures.fidelity import fidelity
    from engine.nets.texture_space.inversion import searched
    from engine.nets.texture_space.rendering import whole as made_at
    from engine.nets.texture_space.sampling import opaque
    from engine.nets.texture_space.space_file import restored

    space = restored(inputs.space)
    colour = opaque(part)
    rect = Rect(0, 0, width, height)
    for found in searched(ctx, space, colour, p.mode, p.steps):  # type: ignore[arg-type]
        ctx.progress(0.95 * found.fraction)
        if ctx.due() and found.fraction < 1:
            sheet[:, width + GAP :] = with_channels(made_at(ctx, space.generator, found.code, rect), channels)
            yield Frame(whole, sheet.copy(), ctx.fraction, f"error {found.loss:.2f}")
    made = made_at(ctx, space.generator, found.code, rect)
    sheet[:, width + GAP :] = with_channels(made, channels)
    ctx.progress(0.97)
    yield Frame(whole, sheet.copy(), ctx.fraction, "comparing")
    away = np.linalg.norm(space.codes - found.code, axis=1)
    findings = {"error": found.loss, "nearest sample": float(away.argmin())}
    if min(width, height) >= MEASURABLE:
        findings["fidelity"] = fidelity(made, colour)
    findings |= {f"w{number}": float(value) for number, value in enumerate(found.code)}
    yield Frame(whole, sheet.copy(), 1.0, "", findings=findings)


def _middle(picture: Floats) -> Floats:
    width, height = _shown((picture.shape[1], picture.shape[0]))
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    part: Floats = picture[top : top + height, left : left + width]
    return part
