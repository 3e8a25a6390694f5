"""A sample without some of its parts: what may not be used shows what else could be there.

For methods that take a sample as a whole (its order, its wrap, its pyramid), and so cannot leave a part of it out.
Source: the completion by nearest patches, see `field_completion`. What comes out is copied pixel by pixel, so that
places in it are places in the sample.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.image import GRAY_ALPHA, Floats
from engine.kernels.channels import premultiplied
from engine.kernels.field_completion import Plan, complete
from engine.kernels.texture_features import comparable

PATCHES = (7, 5, 3)
"""Sides of the pieces, px: the largest of which enough fit into what may be used."""


def healed(ctx: Context, sample: Floats, usable: NDArray[np.bool_]) -> NDArray[np.int32]:
    """For every pixel of a sample the one to show there: int32 (H, W), y * W + x, always a usable one.

    Args:
        ctx: seed, threads, cancel flag.
        sample: float32 (H, W, C), 0..1.
        usable: bool (H, W), not empty; these stay what they are.

    Raises:
        Unusable: no piece fits into what may be used.
    """
    places = np.arange(usable.size, dtype=np.int32).reshape(usable.shape)
    hole = ~usable
    if not hole.any():
        return places
    colours = 1 if sample.shape[2] <= GRAY_ALPHA else 3
    features = comparable(premultiplied(sample), colours, check=ctx.check)
    for patch in PATCHES:
        if min(usable.shape) < patch:
            continue
        try:
            for state in complete(ctx, features, hole, usable, colours, Plan(patch=patch)):
                found = state
        except Unusable:
            continue
        places[hole] = found.origin
        return places
    raise Unusable(
        "Too little of the sample may be used", "no piece of it fits anywhere", "make more of its mask white"
    )
