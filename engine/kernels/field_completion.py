"""Completing a picture: what belongs into a hole, from coarse to fine, by the field of nearest patches.

Source: Wexler, Shechtman, Irani, Space-Time Completion of Video, PAMI 2007; Newson, Almansa, Gousseau, Perez,
Non-Local Patch-Based Image Inpainting, IPOL 2017 (onion peel, texture features, last copy). Ours works on the pixels of
the hole and never on the whole picture, and shows what it has at every level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.image import Bytes
from engine.kernels.anchors import Bools, Ints, allowed_anchors, box_count, places_of
from engine.kernels.field import PatchField
from engine.kernels.peel import peel, strangeness
from engine.kernels.pyramid import Shorts, halved
from engine.kernels.stack import LARGEST_FEATURE, Stack
from engine.kernels.strips import Check, runs
from engine.kernels.texture_features import gradient_strength, joined, weighted
from engine.region import Rect

MANY = 60_000
"""Pixels of a hole from which on every second row and column of patches must do."""
AT_ONCE = 40_000
"""Patches that are searched for, and half as many pixels as are voted on, between two states."""
EXHAUSTIVE = 600_000
"""Patch comparisons from which on the turns at the coarsest level search at random: about twelve milliseconds."""
PEELED = 2500
"""Pixels of a hole up to which it is peeled. Coarser would be faster, but lose what is known between thin holes."""
SURVEYED = 70_000
"""Pixels of a picture up to which it is the coarsest level."""
STRANGE_LEVELS = 3
"""So many levels, from the coarsest, keep out of the hole what is unlike its rim; finer ones hold to what is there."""


@dataclass(frozen=True)
class Plan:
    """How much work goes where.

    Attributes:
        patch: side of the patches.
        coarse_turns: turns at the coarsest level.
        turns: turns of search and voting at each level, finest first; the last entry goes on for all coarser ones.
        coarse_passes, passes: scans per turn at the coarsest level and at the others.
        texture: weight of the texture features at coarse levels.
        nearness: see `PatchField`.
        sharpness: of voting at coarse levels, see `PatchField.vote`.
        finest: of voting at the finest level. Means are smoother than what they are of, and what is smooth calls for
            smooth pieces in the next turn: there the best piece must decide, or the filling softens turn by turn.
        last: of the last vote at the finest level, which settles what is copied: less of it, more trust in the rim.
        rim: at coarse levels, see `PatchField`.
        finest_rim: the same at the finest level, where structure is settled and what is left to see is the joint.
        strange: at the coarsest level, how much of what a piece differs by from everything at the rim it costs more.
            Half of that at each finer level.
    """

    patch: int = 7
    coarse_turns: int = 12
    coarse_passes: int = 3
    passes: int = 1
    turns: tuple[int, ...] = (2, 5, 8)
    texture: float = 25.0
    nearness: float = 100.0
    sharpness: float = 8.0
    finest: float = 16.0
    last: float = 8.0
    rim: float = 4.0
    finest_rim: float = 5.5
    strange: float = 0.3


@dataclass(frozen=True, eq=False)
class Level:
    """One level of the picture: features int16 (H, W, C), hole bool, usable bool."""

    features: Shorts
    hole: Bools
    usable: Bools


@dataclass(frozen=True, eq=False)
class State:
    """How far it is; good until the next one is asked for.

    Attributes:
        field: of the present level.
        hole: bool (H, W) of the finest level.
        level: 0 is the finest.
        levels: how many there are.
        settled: the field has been voted on; without that every pixel has what the patch around it says.
    """

    field: PatchField
    hole: Bools
    level: int
    levels: int
    settled: bool = True

    @property
    def origin(self) -> Ints:
        """int32 per pixel of the hole (raster order): the pixel of the picture, y * W + x, to copy from."""
        found = self.field.origin if self.settled else self.field.guessed()
        return found if self.level == 0 else _spread_out(self.field, found, self.hole, self.level)


def pyramid(ctx: Context, features: Shorts, hole: Bools, usable: Bools, colours: int, plan: Plan) -> list[Level]:
    """The levels of a picture with a hole, finest first, down to where the hole is small and narrow.

    Args:
        features: int16 (H, W, C) as `Stack` wants them.
        hole: bool (H, W). usable: bool (H, W), where patches may come from.
        colours: the first so many channels show the texture.
    """
    known = (~hole).astype(np.uint8)
    source = (usable & ~hole).astype(np.uint8)
    levels = [Level(features, hole, source != 0)]
    texture, holds = gradient_strength(features, known, colours, ctx.check)
    while _too_large(levels[-1], plan.patch, ctx.check):
        features, smaller = halved(ctx, features, known)
        if min(smaller.shape) < 2 * plan.patch:
            break
        texture, holds = halved(ctx, texture, holds)
        source = _all_of_four(source) & smaller
        if np.count_nonzero(allowed_anchors(source, plan.patch, check=ctx.check)) < 4 * plan.patch:
            break
        known = smaller
        extra = weighted(texture, LARGEST_FEATURE, plan.texture)
        levels.append(Level(joined(features, extra), known == 0, source != 0))
    return levels


def clusters(hole: Bools, reach: int, check: Check | None = None) -> list[Rect]:
    """Rectangles that hold all of the hole, so that windows around them cost less than one window around everything.

    Args:
        hole: bool (H, W).
        reach: pixels that a window has around its rectangle.
        check: looked at on the way.
    """
    found = []
    side = max(32, reach // 4)
    columns = np.arange(0, hole.shape[1], side)
    for top in range(0, hole.shape[0], side):
        if check:
            check()
        rows = hole[top : top + side]
        for left in columns[np.logical_or.reduceat(rows.any(axis=0), columns)].tolist():
            found.append(Rect.around(rows[:, left : left + side]).moved(left, top))
    merged = True
    while merged:
        if check:
            check()
        merged = False
        kept: list[Rect] = []
        for rect in found:
            for number, other in enumerate(kept):
                both = rect.united(other)
                apart = rect.grown(reach).area + other.grown(reach).area
                if rect.grown(2).meets(other) or both.grown(reach).area <= apart:
                    kept[number], merged = both, True
                    break
            else:
                kept.append(rect)
        found = kept
    return sorted(found, key=lambda rect: (rect.y, rect.x))


def complete(ctx: Context, features: Shorts, hole: Bools, usable: Bools, colours: int, plan: Plan) -> Iterator[State]:
    """Finds for every pixel of the hole the pixel of the picture that belongs there.

    Args:
        features: int16 (H, W, C), each within 0..510; what is in the hole does not matter.
        hole: bool (H, W), neither empty nor everything.
        usable: bool (H, W), where patches may come from; parts in the hole do not count.
        colours: the first so many channels show the texture.

    Raises:
        Unusable: no patch fits outside the hole.
    """
    levels = pyramid(ctx, features, hole, usable, colours, plan)
    field: PatchField | None = None
    strange = np.zeros((1, 1), np.int32)
    work = [np.count_nonzero(level.hole) for level in levels]
    total, done = sum(work) + sum(work) * 0.1, sum(work) * 0.1
    for number in range(len(levels) - 1, -1, -1):
        level = levels[number]
        if field is None:
            strange = strangeness(ctx, level.features, level.hole, plan.patch)
        finer = _field(ctx, level, plan, number, len(levels) - 1, strange)
        ctx.check()
        with ctx.part(done / total, (done + work[number]) / total):
            if field is None:
                yield from _start(ctx, finer, levels, number, plan)
            else:
                finer.begin_from(ctx, field)
                for _ in finer.voting(ctx, plan.sharpness if number else plan.finest, 2 * AT_ONCE):
                    yield State(finer, hole, number, len(levels), settled=False)
                yield State(finer, hole, number, len(levels))
                yield from _refine(ctx, finer, levels, number, plan)
        done += work[number]
        field = finer
        levels[number] = Level(level.features[:0], level.hole, level.usable)


def _start(ctx: Context, field: PatchField, levels: list[Level], number: int, plan: Plan) -> Iterator[State]:
    peel(ctx, field)
    missing = field.places.reshape(-1)[field.active] < 0
    if field.active.size * field.candidates <= EXHAUSTIVE:
        field.search_all(ctx)
    else:
        field.scatter(ctx, missing)
    yield from _turns(ctx, field, levels, number, plan, plan.coarse_turns, plan.coarse_passes, plan.sharpness)


def _turns(
    ctx: Context,
    field: PatchField,
    levels: list[Level],
    number: int,
    plan: Plan,
    turns: int,
    passes: int,
    sharpness: float,
) -> Iterator[State]:
    for turn in ctx.steps(range(turns)):
        if number == 0 and turn == turns - 1:
            sharpness = plan.last
        for _ in field.searching(ctx, passes, at_once=AT_ONCE):
            yield State(field, levels[0].hole, number, len(levels), settled=False)
        for _ in field.voting(ctx, sharpness, 2 * AT_ONCE):
            yield State(field, levels[0].hole, number, len(levels), settled=False)
        if number == 0 and len(levels) > 1 and turn < turns - 1:
            # The next search shall look for the detail of pieces, not for the softness of their mean.
            field.settle()
        yield State(field, levels[0].hole, number, len(levels))


def _refine(ctx: Context, field: PatchField, levels: list[Level], number: int, plan: Plan) -> Iterator[State]:
    turns = plan.turns[min(number, len(plan.turns) - 1)]
    sharpness = plan.sharpness if number else plan.finest
    yield from _turns(ctx, field, levels, number, plan, turns, plan.passes, sharpness)


def _surcharge(strange: Ints, shape: tuple[int, int], finer: int, plan: Plan) -> Ints | None:
    """`PatchField.surcharge` of a level that is so many levels finer than the one that `strange` is of."""
    if plan.strange <= 0 or finer >= STRANGE_LEVELS:
        return None
    y, x = (np.minimum(np.arange(side) >> finer, limit - 1) for side, limit in zip(shape, strange.shape, strict=True))
    return (strange * np.float32(plan.strange / 2**finer)).astype(np.int32)[y][:, x].reshape(-1)


def _field(ctx: Context, level: Level, plan: Plan, number: int, coarsest: int, strange: Ints) -> PatchField:
    # Structure is settled by then; smaller pieces join the fine detail with less to give way on (Kwatra 2005, 4.2:
    # windows that shrink from scale to scale).
    patch = max(plan.patch - 2, 3) if number == 0 and coarsest > 0 else plan.patch
    stack = Stack.of(level.features, ctx.check)
    allowed = allowed_anchors(level.usable & ~level.hole, patch, check=ctx.check)
    if not allowed.any():
        raise Unusable(
            f"No patch of {patch} px fits outside the hole",
            "the fill is made of pieces of the rest",
            "choose a smaller patch or a smaller hole",
        )
    ctx.check()
    step = 2 if number < coarsest and np.count_nonzero(level.hole) > MANY else 1
    return PatchField(
        stack,
        stack,
        level.hole,
        allowed,
        patch,
        step,
        nearness=plan.nearness,
        level=number,
        rim=plan.rim if number else plan.finest_rim,
        surcharge=_surcharge(strange, level.hole.shape, coarsest - number, plan),
        check=ctx.check,
    )


def _spread_out(field: PatchField, origin: Ints, fine: Bools, number: int) -> Ints:
    height, width = fine.shape
    columns = np.int32(field.free.shape[1])
    coarse = np.zeros(field.free.shape, np.int32)
    coarse.reshape(-1)[field.pixels] = origin - field.pixels
    found = places_of(fine, field.check)
    for some in runs(found.size, field.check):
        y, x = np.divmod(found[some], np.int32(width))
        cy, cx = y >> number, x >> number
        sy, sx = np.divmod(coarse[cy, cx] + cy * columns + cx, columns)
        sy = np.minimum(y + ((sy - cy) << number), height - 1)
        sx = np.minimum(x + ((sx - cx) << number), width - 1)
        found[some] = sy * width + sx
    return found


def _too_large(level: Level, patch: int, check: Check) -> bool:
    if level.hole.size > SURVEYED or np.count_nonzero(level.hole) > PEELED:
        return True
    # About two patches are as deep as the first filling reaches into it.
    side = patch + 4
    return min(level.hole.shape) > side and bool((box_count(level.hole, side, check) == side * side).any())


def _all_of_four(mask: Bytes) -> Bytes:
    height, width = mask.shape
    even = np.pad(mask, ((0, height % 2), (0, width % 2)), mode="edge")
    return even[::2, ::2] & even[1::2, ::2] & even[::2, 1::2] & even[1::2, 1::2]
