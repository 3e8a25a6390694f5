"""Guided work: a picture is made from a source so that guides, which lie on both, agree.

Sources: Hertzmann et al., Image Analogies, SIGGRAPH 2001 (the idea); Fiser et al., StyLit, SIGGRAPH 2016, and
Jamriska's EbSynth (guides in the patch distance, even use of the source). Ours compares labels exactly, whatever their
number, works on a part of a picture as well as on all of it, and copies every pixel from the source in the end.

One loop serves texture by numbers (labels), transfer (luminance), analogies (the unfiltered picture as the guide) and
crispening (a generated picture as the guide):

    source = Sheet(colours, guides, labels, usable)      features int16, see `texture_features.comparable`
    target = Sheet(colours, guides, labels, free)        colours matter outside of `free` only
    for state in guided(ctx, source, target, Plan()):    coarse to fine
        picture[free] = original.reshape(-1, C)[state.origin]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.errors import Unusable
from engine.kernels.anchors import Bools, Ints, allowed_anchors, places_of
from engine.kernels.field import PatchField
from engine.kernels.pyramid import Shorts, halved
from engine.kernels.stack import UNLIMITED, Stack
from engine.kernels.strips import AT_ONCE, Check, looked_up, rows_of, runs

MOST_LABELS = 256
MANY = 60_000
"""Pixels to be made from which on every second row and column of patches must do."""
UNKNOWN_COST = 2**30
EXHAUSTIVE = 3_000_000
"""Patch comparisons that the start at the coarsest level may take: about a twentieth of a second."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """One side: a picture and its guides at one level.

    Attributes:
        colours: int16 (H, W, C), 0..510. Of a target what is known counts: the pixels that are not `chosen`.
        guides: int16 (H, W, G), each within -1023..1023, times the square root of its weight; G may be 0.
        labels: int16 (H, W), 0..MOST_LABELS - 1, that must agree; None for none.
        chosen: bool (H, W): of a source what may be taken, of a target what is to be made.
    """

    colours: Shorts
    guides: Shorts
    labels: Shorts | None
    chosen: Bools

    @property
    def height(self) -> int:
        return int(self.chosen.shape[0])

    @property
    def width(self) -> int:
        return int(self.chosen.shape[1])


@dataclass(frozen=True)
class Plan:
    """How much work goes where, and what counts.

    Attributes:
        patch: side of the patches, 3 to 15.
        coarse_turns: turns of search and voting at the coarsest level.
        turns: the same at each level, finest first; the last entry goes on for all coarser ones.
        passes: scans per turn.
        uniformity: see `PatchField`; with labels every label by itself. EbSynth's default of 3500 is 140 here, which
            breaks what belongs together.
        coarse_uniformity: the same where a pixel stands for 16 or more, which settles what comes where.
        sharpness: of voting, see `PatchField.vote`.
        copies: the next search compares with copied pixels and not with the means of votes, which prefer what is dull.
        guide_limits: how much a difference of each guide counts at most; of guides beyond these without a limit.
        label: what a pixel of the wrong label costs: as a difference of so many feature units, at most 1023.
        fine_label: the same at the finest level, where a line of one pixel has to outweigh the colours of a patch. Such
            a weight breaks what belongs together where levels are coarse.
        rim: see `PatchField`; matters where a part of a picture is made.
        smallest: sides of the coarsest level, in patches.
        in_place: begin with the source as it lies, moved sideways by chance, instead of with pieces from all over it:
            what belongs together, such as a bank of clouds, then needs not find together.
        draw: keeps the random draws of different parts of one picture apart.
    """

    patch: int = 5
    coarse_turns: int = 10
    turns: tuple[int, ...] = (2, 3, 5)
    passes: int = 1
    uniformity: float = 10.0
    coarse_uniformity: float | None = None
    sharpness: float = 1.0
    copies: bool = True
    guide_limits: tuple[int, ...] = ()
    label: int = 400
    fine_label: int = 700
    rim: float = 4.0
    smallest: float = 2.0
    in_place: bool = False
    draw: int = 0


@dataclass(frozen=True, eq=False)
class State:
    """How far it is; good until the next one is asked for.

    Attributes:
        field: of the present level.
        free: bool (H, W) of the finest level.
        source: (height, width) of the source at the finest level.
        level: 0 is the finest.
        levels: how many there are.
    """

    field: PatchField
    free: Bools
    source: tuple[int, int]
    level: int
    levels: int

    @property
    def origin(self) -> Ints:
        """int32 per free pixel (raster order): the source pixel, y * W + x, to copy from."""
        if self.level == 0:
            return self.field.origin
        found = self.places(slice(0, self.free.shape[0]))
        return found.reshape(-1) if self.free.all() else found[self.free]

    def places(self, rows: slice) -> Ints:
        """The same for some rows as a map: int32 (h, W). What it has for pixels that are not free means nothing."""
        field, number = self.field, self.level
        first, last = rows.start >> number, -(-rows.stop >> number)
        across = field.free.shape[1]
        low, high = np.searchsorted(field.pixels, (first * across, last * across))
        coarse = np.zeros((last - first, across), np.int32)
        coarse.reshape(-1)[field.pixels[low:high] - first * across] = field.origin[low:high]
        if number == 0:
            return coarse
        height, width = self.source
        ys, xs = np.arange(rows.start, rows.stop, dtype=np.int32), np.arange(self.free.shape[1], dtype=np.int32)
        inside = np.int32((1 << number) - 1)
        out = np.empty((ys.size, xs.size), np.int32)
        for some in rows_of(out.shape, field.check):
            sy, sx = np.divmod(coarse[(ys[some] >> number) - first][:, xs >> number], np.int32(field.source.width))
            sy, sx = (sy << number) + (ys[some] & inside)[:, None], (sx << number) + (xs & inside)
            np.minimum(sx, np.int32(width - 1), out=sx)
            out[some] = np.minimum(sy, np.int32(height - 1)) * np.int32(width) + sx
        return out


def guided(ctx: Context, source: Sheet, target: Sheet, plan: Plan) -> Iterator[State]:
    """Finds for every chosen pixel of the target the source pixel that belongs there, from coarse to fine.

    Raises:
        Unusable: no patch fits into what may be taken, or into the target.
    """
    levels = _pyramid(ctx, source, target, plan)
    work = [int(np.count_nonzero(made.chosen)) for _, made in levels]
    total, done = sum(work) * 1.05, sum(work) * 0.05
    size = source.height, source.width
    field: PatchField | None = None
    for number in range(len(levels) - 1, -1, -1):
        taken, made = levels[number]
        finer = _field(ctx, taken, made, plan, number)
        with ctx.part(done / total, (done + work[number]) / total):
            turns = plan.turns[min(number, len(plan.turns) - 1)]
            # Until the new level has something for every pixel, the one before is what there is to see.
            before = None if field is None else State(field, target.chosen, size, number + 1, len(levels))
            if field is None:
                _start(ctx, finer, taken, made, plan.in_place)
                turns = max(turns, plan.coarse_turns)
            else:
                if before and finer.large:
                    yield before
                finer.begin_from(ctx, field)
                if made.labels is not None:
                    _relabelled(ctx, finer, taken, made)
            for _ in finer.voting(ctx, 1.0, 4 * AT_ONCE):
                if before and finer.large:
                    yield before
            if plan.copies:
                finer.settle()
            now = State(finer, target.chosen, size, number, len(levels))
            yield now
            for _ in ctx.steps(range(turns)):
                for _ in finer.searching(ctx, plan.passes, at_once=AT_ONCE):
                    if finer.large:
                        yield now
                for _ in finer.voting(ctx, plan.sharpness, 4 * AT_ONCE):
                    if finer.large:
                        yield now
                if plan.copies:
                    finer.settle()
                yield now
        done += work[number]
        field = finer
        levels[number] = levels[number][0], levels[number][1]


def _pyramid(ctx: Context, source: Sheet, target: Sheet, plan: Plan) -> list[tuple[Sheet, Sheet]]:
    """The levels, finest first, down to where one side is a few patches wide or little is left to be made."""
    levels = [(source, target)]
    taken, made = source, target
    while min(taken.height, taken.width, made.height, made.width) >= 2 * plan.smallest * plan.patch:
        ctx.check()
        taken, made = _half(ctx, taken, True), _half(ctx, made, False)
        if np.count_nonzero(allowed_anchors(taken.chosen, plan.patch, check=ctx.check)) < 4 * plan.patch:
            break
        levels.append((taken, made))
    return levels


def _half(ctx: Context, sheet: Sheet, source: bool) -> Sheet:
    """Half the size. What is chosen of a source lies wholly in the chosen part, of a target it covers it."""
    known = sheet.chosen if source else ~sheet.chosen
    colours, kept = halved(ctx, sheet.colours, known.astype(np.uint8))
    guides = sheet.guides
    if guides.shape[2]:
        guides, _ = halved(ctx, guides, np.ones(known.shape, np.uint8))
    else:
        guides = np.zeros((*kept.shape, 0), np.int16)
    labels = None if sheet.labels is None else _commonest(sheet.labels, ctx.check)
    ctx.check()
    return Sheet(colours, guides, labels, kept != 0 if source else kept == 0)


def _commonest(labels: Shorts, check: Check | None = None) -> Shorts:
    """int16 (H, W) at half size: of each 2 x 2 block the most frequent label, of equals the first."""
    height, width = labels.shape
    out = np.empty(((height + 1) // 2, (width + 1) // 2), np.int16)
    for rows in rows_of(out.shape, check):
        part = labels[2 * rows.start : 2 * rows.stop]
        even = np.pad(part, ((0, part.shape[0] % 2), (0, width % 2)), mode="edge")
        a, b, c, d = even[::2, ::2], even[::2, 1::2], even[1::2, ::2], even[1::2, 1::2]
        first = (a == b) | (a == c) | (a == d)
        second = (b == c) | (b == d)
        out[rows] = np.where(first, a, np.where(second, b, np.where(c == d, c, a)))
    return out


def _field(ctx: Context, source: Sheet, target: Sheet, plan: Plan, number: int) -> PatchField:
    patch = plan.patch
    allowed = allowed_anchors(source.chosen, patch, check=ctx.check)
    if not allowed.any() or min(target.height, target.width) < patch:
        raise Unusable(
            f"No patch of {patch} px fits", "pictures are made of pieces of the source", "choose a smaller patch"
        )
    step = 2 if np.count_nonzero(target.chosen) > MANY else 1
    limits = [UNLIMITED] * source.colours.shape[2] + list(plan.guide_limits)
    limits += [UNLIMITED] * (source.colours.shape[2] + source.guides.shape[2] - len(limits))
    expected = None
    if source.labels is not None and target.labels is not None:
        step_of_labels = _spacing(plan.label if number else plan.fine_label, source, target)
        limits.append(step_of_labels)
        expected = _expected(source, target, ctx.check)
        ctx.check()
    stacks = [_stacked(sheet, limits[-1], ctx.check) for sheet in (source, target)]
    ctx.check()
    return PatchField(
        stacks[1],
        stacks[0],
        target.chosen,
        allowed,
        patch,
        step,
        voted=source.colours.shape[2],
        uniformity=plan.uniformity if number < 2 or plan.coarse_uniformity is None else plan.coarse_uniformity,
        level=number + 32 * plan.draw,
        rim=plan.rim if not target.chosen.all() else 0.0,
        limits=limits,
        expected=expected,
        check=ctx.check,
    )


def _spacing(label: int, source: Sheet, target: Sheet) -> int:
    assert source.labels is not None and target.labels is not None
    most = max(int(source.labels.max()), int(target.labels.max()), 1)
    return min(label, 65535 // most)


def _stacked(sheet: Sheet, spacing: int, check: Check) -> Stack:
    """Everything that is compared, side by side: colours, guides, label."""
    parts: list[NDArray[np.int16]] = [sheet.colours, sheet.guides]
    if sheet.labels is not None:
        parts.append(sheet.labels[..., None])
    return Stack.beside(parts, check, spacing if sheet.labels is not None else 0)


def _expected(source: Sheet, target: Sheet, check: Check) -> NDArray[np.float32]:
    """How often each source pixel is wanted: as much of its label as the target has, shared out evenly."""
    assert source.labels is not None and target.labels is not None
    have, want = _counted(source, check), _counted(target, check)
    wanted = (want / np.maximum(have, 1)).astype(np.float32)
    return looked_up(wanted, source.labels, check)


def _counted(sheet: Sheet, check: Check) -> NDArray[np.int64]:
    """How many of the chosen pixels have each label: int64 (MOST_LABELS,)."""
    assert sheet.labels is not None
    counts = np.zeros(MOST_LABELS, np.int64)
    for rows in rows_of(sheet.labels.shape, check):
        counts += np.bincount(sheet.labels[rows][sheet.chosen[rows]], minlength=MOST_LABELS)
    return counts


def _start(ctx: Context, field: PatchField, source: Sheet, target: Sheet, in_place: bool) -> None:
    if target.chosen.all() or field.step > 1:
        if in_place:
            _lie_as_they_do(ctx, field)
        else:
            field.scatter(ctx)
        if target.labels is not None:
            _relabelled(ctx, field, source, target)
        if field.voted != field.target.channels:
            field.search(ctx, 4, blind=True)
    else:
        field.onion_peel(ctx, 20.0, EXHAUSTIVE)
        missing = field.places.reshape(-1)[field.active] < 0
        field.scatter(ctx, missing)


def _lie_as_they_do(ctx: Context, field: PatchField) -> None:
    """Each anchor begins at its own height of the source, and as far to the side as the seed says."""
    rows, columns = field.places.shape
    y, x = np.divmod(field.active.astype(np.int64), columns)
    down, across = (max(side - field.patch + 1, 1) for side in field.allowed.shape)
    aside = int(ctx.random(field.level, 6).integers(across))
    field.begin_at(ctx, y * down // rows, (x + aside) % across)


def _relabelled(ctx: Context, field: PatchField, source: Sheet, target: Sheet) -> None:
    """Sends anchors whose patch has another label at its middle than its source to one that has the same."""
    assert source.labels is not None and target.labels is not None
    half = field.patch // 2
    places = field.places.reshape(-1)
    found, labels = [], []
    for some in runs(field.active.size, ctx.check):
        y, x = np.divmod(field.active[some].astype(np.int64), field.places.shape[1])
        sy, sx = np.divmod(places[field.active[some]].astype(np.int64), field.source.width)
        asked = target.labels[y + half, x + half]
        differs = np.flatnonzero(source.labels[sy + half, sx + half] != asked)
        found.append(differs + some.start)
        labels.append(asked[differs])
    wrong, wanted = np.concatenate(found), np.concatenate(labels)
    if wrong.size == 0:
        return
    allowed = places_of(field.allowed, ctx.check)
    label = np.empty(allowed.size, np.int16)
    for some in runs(allowed.size, ctx.check):
        ay, ax = np.divmod(allowed[some], np.int32(field.source.width))
        label[some] = source.labels[ay + half, ax + half]
    order = np.argsort(label, kind="stable")
    ctx.check()
    first = np.searchsorted(label[order], np.arange(MOST_LABELS + 1))
    count = np.diff(first)[wanted]
    draw = ctx.random(field.level, 5).random(wrong.size)
    picked = first[wanted] + (draw * count).astype(np.int64)
    there = count > 0
    moved = field.active[wrong[there]]
    field.places.reshape(-1)[moved] = allowed[order[picked[there]]]
    field.cost.reshape(-1)[moved] = UNKNOWN_COST
