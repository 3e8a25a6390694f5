"""The coarse-to-fine nearest-neighbour field: one engine for filling, synthesis and guided work.

For each patch of the target it keeps where in the source the most similar patch is, improves that by turns of search
and voting (Kwatra et al., Texture Optimization, 2005; Wexler et al., 2007), and hands it on to the next finer level.
Switches: a part of the target only (`free`), a part of the source only (`allowed`), guides (channels that are compared
but not voted), even use of the source (`uniformity`), a target that is a torus (`wrap`), several sources (`atlas`).

Results depend on the seed and never on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Bytes
from engine.kernels.anchors import Bools, Ints, bands, box_count, box_sum, cuts, grid, moved_to_allowed, places_of, uses
from engine.kernels.field_search import improve, search_all
from engine.kernels.stack import SCALE, UNLIMITED, Stack, full_limits
from engine.kernels.strips import Check, at_ease, filled, looked_up, rows_of, runs
from engine.kernels.vote import vote, weight_table
from engine.region import Rect

MOST_COMPARISONS = 20_000_000
"""Patches that `search_all` compares at most, about a fifth of a second; with more to do it leaves places out."""
LARGE = 1 << 16
"""Anchors from which on a turn takes longer than anyone likes to wait."""
MOST_TAX = 2**29
"""What `uniformity` may cost a patch at most; well above every other cost, and below what means never."""


@dataclass(eq=False)
class PatchField:
    """The field between a target and a source at one level.

    Anchors (first pixels of target patches) are every `step` pixels, where the patch has a free pixel. With `wrap` the
    target must come from `Stack.wrapped`, and free has the size of one period.

    Args:
        target: its free pixels are set by `vote`; may be the same object as `source`.
        source: patches are taken from here.
        free: bool (H, W) of the target: what is to be made.
        allowed: uint8 (source H, source W), from `allowed_anchors`. At least one must be set; in a source that is also
            the target no allowed patch may hold a free pixel.
        patch: side in pixels, 3 to 15.
        step: distance of anchors; at most patch. 1 is best, 2 four times as fast.
        wrap: the target is a torus.
        voted: the first so many channels are set by `vote`, the others are guides. All by default.
        uniformity: how much a source patch that is used as often as the average costs, in mean squared 8-bit levels
            per voted value; 0 takes what fits best however often.
        nearness: for a source that is also the target: how much a patch from the opposite corner of the picture costs
            more than one from the same place, in mean squared 8-bit levels per value.
        level: a number that keeps random draws of different levels apart.
        check: looked at while the field is set up, which takes a while on a large picture.
        rim: how much more a patch is trusted in votes that holds more of what is known: its weight is exp(rim * share
            of its pixels that are not free).
        limits: per channel, how much a difference counts at most. With labels that are at least that far apart it is
            what a wrong label costs, whichever two they are. No limit by default.
        expected: float32 (source H, source W), how often each pixel shall be used, in any unit: `uniformity` then
            measures use against this. Evenly by default.
        surcharge: int32 (source H * source W), what a patch that begins there costs beyond its looks, as a sum of
            squared feature differences. Nothing by default.

    Attributes:
        places: int32 (rows, columns) per anchor: source y * source.width + x; -1 where there is none.
        cost: int32 likewise: the sum of squared feature differences when last searched.
        active: int32, flat indices of the anchors in raster order.
        pixels: int32, y * target.width + x of the free pixels in raster order.
        origin: int32 per free pixel, the source pixel (y * source.width + x) that its best patch gives it; by `vote`.
    """

    target: Stack
    source: Stack
    free: Bools
    allowed: Bytes
    patch: int
    step: int = 1
    wrap: bool = False
    voted: int | None = None
    uniformity: float = 0.0
    nearness: float = 0.0
    level: int = 0
    rim: float = 0.0
    limits: Sequence[int] | None = None
    expected: NDArray[np.float32] | None = None
    surcharge: Ints | None = None
    check: Check | None = None
    places: Ints = field(init=False)
    cost: Ints = field(init=False)
    active: Ints = field(init=False)
    pixels: Ints = field(init=False)
    origin: Ints = field(init=False)

    def __post_init__(self) -> None:
        patch, target = self.patch, self.target
        look = self.check or at_ease
        if not 1 <= self.step <= patch:
            raise ValueError(f"a step of {self.step} leaves gaps between patches of {patch} px")
        if target.channels != self.source.channels:
            raise ValueError(f"target and source have {target.channels} and {self.source.channels} channels")
        rows, columns = target.height - patch + 1, target.width - patch + 1
        if rows < 1 or columns < 1:
            raise ValueError(f"a patch of {patch} px does not fit {target.width} x {target.height} px")
        if self.wrap:
            full = np.pad(self.free, ((0, patch - 1), (0, patch - 1)), mode="wrap")
            look()
        else:
            full = self.free
        # Patches far from everything that is free have nothing to do with it: a hole may be small in a large picture.
        near = Rect.around(full)
        near = Rect(near.x - patch + 1, near.y - patch + 1, near.w + patch - 1, near.h + patch - 1)
        near = near.clipped(Rect(0, 0, columns, rows))
        inner = full[near.y : near.bottom + patch - 1, near.x : near.right + patch - 1]
        touching = np.zeros((rows, columns), np.bool_)
        self._trust = np.ones((1, 1), np.float32)
        if self.rim > 0:
            trusted = np.exp((1 - np.arange(patch * patch + 1) / (patch * patch)) * self.rim).astype(np.float32)
            self._trust = filled((rows, columns), trusted[0], np.float32, self.check)
        everything = self.rim <= 0 and bool(inner.all())
        if everything:
            touching[near.slices] = True
        for some in () if everything else rows_of((near.h, near.w), self.check):
            free = box_count(inner[some.start : some.stop + patch - 1], patch)
            there = Rect(near.x, near.y + some.start, near.w, len(free)).slices
            touching[there] = free > 0
            if self.rim > 0:
                self._trust[there] = trusted[free]
        if self.step > 1:
            touching &= grid(rows, self.step, self.wrap)[:, None] & grid(columns, self.step, self.wrap)[None]
        look()
        self.places = filled((rows, columns), -1, np.int32, self.check)
        self.cost = np.zeros((rows, columns), np.int32)
        self._before = filled((rows, columns), -1, np.int32, self.check)
        self.active = places_of(touching, self.check)
        self.pixels = self._pixels()
        self.origin = np.full(self.pixels.size, -1, np.int32)
        self._candidates = places_of(self.allowed, self.check)
        if self._candidates.size == 0:
            raise ValueError("no source patch is allowed")
        self._voted = target.channels if self.voted is None else self.voted
        self._channel_limits = list(self.limits or [UNLIMITED] * target.channels)
        self._limits = full_limits(patch, self._channel_limits)
        self._even = self._shares()
        self._known = np.ones((target.height, target.width), np.uint8)
        self._penalty = self._favours = np.zeros(1, np.int32) if self.surcharge is None else self.surcharge
        worth = self.nearness * SCALE * SCALE * patch * patch * target.channels
        self._pull = int(worth / (target.height + target.width))
        self._turn = 0

    def _pixels(self) -> Ints:
        # The free pixels of a torus have its width, and the target has a margin besides.
        if self.free.shape[1] == self.target.width:
            return places_of(self.free, self.check)
        margin = np.int32(self.target.width - self.free.shape[1])
        found = places_of(self.free, self.check)
        for some in runs(found.size, self.check):
            found[some] += found[some] // np.int32(self.free.shape[1]) * margin
        return found

    @property
    def large(self) -> bool:
        """Whether a turn takes so long that something should be shown meanwhile."""
        return self.active.size > LARGE

    @property
    def candidates(self) -> int:
        """How many places of the source are allowed."""
        return int(self._candidates.size)

    # Beginnings.

    def scatter(self, ctx: Context, which: Bools | None = None) -> None:
        """Sends anchors to allowed places at random: those of `active` where `which` is true, or all."""
        chosen = looked_up(self._candidates, self._drawn(ctx, 1, self.active.size), ctx.check)
        if which is None:
            self.places.reshape(-1)[self.active] = chosen
        else:
            self.places.reshape(-1)[self.active[which]] = chosen[which]

    def _drawn(self, ctx: Context, purpose: int, count: int) -> NDArray[np.int64]:
        """So many numbers of candidates at random: int64 (count,)."""
        random, out = ctx.random(self.level, purpose), np.empty(count, np.int64)
        for some in runs(count, ctx.check):
            out[some] = random.integers(0, self._candidates.size, some.stop - some.start)
        return out

    def begin_at(self, ctx: Context, y: NDArray[np.integer], x: NDArray[np.integer]) -> None:
        """Sends the anchor at (row, column) to (y, x) of the source; both (rows, columns) or per `active` anchor.

        Places that are not allowed are moved to an allowed one next to them, else to one at random.
        """
        if y.shape == self.places.shape:
            y, x = y.reshape(-1)[self.active], x.reshape(-1)[self.active]
        spots = np.empty(self.active.size, np.int64)
        for some in runs(spots.size, ctx.check):
            spots[some] = self._allowed_near(y[some], x[some], ctx.check)
        self._begin(ctx, spots)

    def _allowed_near(self, y: NDArray[np.integer], x: NDArray[np.integer], check: Check) -> NDArray[np.int64]:
        height, width = self.allowed.shape
        y, x = np.clip(y.astype(np.int64), 0, height - 1), np.clip(x.astype(np.int64), 0, width - 1)
        return moved_to_allowed(y * width + x, self.allowed, check)

    def _begin(self, ctx: Context, spots: NDArray[np.int64]) -> None:
        """Sends the active anchors to these places; those that are not allowed, to one that is."""
        allowed = self.allowed.reshape(-1)
        wrong = np.concatenate(
            [np.flatnonzero(allowed[spots[some]] == 0) + some.start for some in runs(spots.size, ctx.check)]
            or [np.empty(0, np.int64)]
        )
        if wrong.size:
            spots[wrong] = looked_up(self._candidates, self._drawn(ctx, 2, wrong.size), ctx.check)
        places = self.places.reshape(-1)
        for some in runs(spots.size, ctx.check):
            places[self.active[some]] = spots[some]

    def begin_from(self, ctx: Context, coarse: PatchField) -> None:
        """Takes over the field of the level with half the size, and its costs as the first weights for `vote`."""
        chosen = self._drawn(ctx, 3, self.active.size)
        spots = np.empty(self.active.size, np.int64)
        cost = self.cost.reshape(-1)
        half, coarse_half = self.patch // 2, coarse.patch // 2
        for some in runs(spots.size, ctx.check):
            y, x = np.divmod(self.active[some].astype(np.int64), self.places.shape[1])
            cy = np.clip((y + half) // 2 - coarse_half, 0, coarse.places.shape[0] - 1)
            cx = np.clip((x + half) // 2 - coarse_half, 0, coarse.places.shape[1] - 1)
            if coarse.step > 1:
                cy, cx = cy // coarse.step * coarse.step, cx // coarse.step * coarse.step
            found = coarse.places[cy, cx].astype(np.int64)
            known = found >= 0
            sy, sx = np.divmod(found, coarse.source.width)
            ry, rx = np.divmod(self._candidates[chosen[some]].astype(np.int64), self.source.width)
            wanted_y, wanted_x = np.where(known, y + 2 * (sy - cy), ry), np.where(known, x + 2 * (sx - cx), rx)
            spots[some] = self._allowed_near(wanted_y, wanted_x, ctx.check)
            cost[self.active[some]] = np.where(known, coarse.cost[cy, cx], 2**30)
        self._begin(ctx, spots)

    # Turns.

    def search(self, ctx: Context, passes: int = 2, radius: int | None = None, blind: bool = False) -> None:
        """Propagation and random search, forwards and backwards by turns.

        Args:
            passes: how many scans.
            radius: of the first random draw in source pixels; the whole source by default. 0 only propagates.
            blind: compare the guides only, where nothing has been voted yet.
        """
        for _ in self.searching(ctx, passes, radius, blind):
            pass

    def searching(
        self,
        ctx: Context,
        passes: int = 2,
        radius: int | None = None,
        blind: bool = False,
        at_once: int | None = None,
    ) -> Iterator[None]:
        """`search` in pieces of about `at_once` anchors, whose size changes nothing: yields after each."""
        limits = self._limits
        if blind:
            limits = full_limits(self.patch, [0] * self._voted + self._channel_limits[self._voted :])
        if radius is None:
            radius = max(self.allowed.shape)
        if self.uniformity > 0:
            self._penalty = self._taxes(ctx.check) + self._favours
        before = self._before
        rows, columns = self.places.shape
        for _ in range(passes):
            starts, band_rows = bands(self.active, rows, columns, self.step, self._turn)
            for some in runs(self.active.size, ctx.check):
                before.reshape(-1)[self.active[some]] = self.places.reshape(-1)[self.active[some]]
            for first, last in cuts(starts, at_once):
                ctx.spread(
                    improve,
                    last - first,
                    starts[first:],
                    band_rows[first:],
                    self.active,
                    before,
                    self.places,
                    self.cost,
                    self.target.values,
                    self.target.width,
                    self.source.values,
                    self.source.width,
                    self.source.channels,
                    self.patch,
                    limits,
                    self.allowed,
                    self._penalty,
                    self._pull,
                    self.step,
                    self.wrap,
                    bool(self._turn & 1),
                    radius,
                    np.uint64(ctx.seed),
                    self.level * 4096 + self._turn,
                )
                yield
            self._turn += 1

    def search_all(
        self,
        ctx: Context,
        known: Bytes | None = None,
        anchors: Ints | None = None,
        most: int = MOST_COMPARISONS,
        candidates: Ints | None = None,
    ) -> None:
        """The exact nearest neighbour by trying every allowed place (up to `most` patches). For coarse levels.

        Args:
            known: uint8 (target H, target W), 1 where a target pixel counts. All count by default.
            anchors: which ones (flat indices). All active ones by default.
            candidates: int32, the places to try, all of them allowed. By default all allowed ones, thinned to `most`.
        """
        if self.uniformity > 0:
            self._penalty = self._taxes(ctx.check) + self._favours
        chosen = self.active if anchors is None else anchors
        # Past a budget every so-many-th place must do; turns of random search find the rest.
        if candidates is None:
            thinned = -(-chosen.size * self._candidates.size // most)
            candidates = np.ascontiguousarray(self._candidates[:: max(1, thinned)])
        ctx.spread(
            search_all,
            chosen.size,
            chosen,
            candidates,
            self.places,
            self.cost,
            self.target.values,
            self.target.width,
            self._known if known is None else known,
            self.source.values,
            self.source.width,
            self.source.channels,
            self._voted,
            self.patch,
            self._limits,
            self._penalty,
            self._pull,
        )

    def vote(self, ctx: Context, sharpness: float = 1.0, pixels: Ints | None = None) -> None:
        """Sets the free pixels of the target to what the patches over them say, and `origin`.

        Args:
            sharpness: 0 means plain means, 1 is Newson's weight, more leans to the best patch.
            pixels: which ones (y * target.width + x), leaving `origin` alone. All free ones by default.
        """
        chosen = self.pixels if pixels is None else pixels
        self._vote(ctx, sharpness, chosen, self.origin if pixels is None else np.empty(chosen.size, np.int32))

    def voting(self, ctx: Context, sharpness: float, at_once: int) -> Iterator[None]:
        """`vote` for all free pixels, `at_once` at a time, which changes nothing: yields after each."""
        for first in range(0, self.pixels.size, at_once):
            some = slice(first, first + at_once)
            self._vote(ctx, sharpness, self.pixels[some], self.origin[some])
            yield

    def _vote(self, ctx: Context, sharpness: float, chosen: Ints, origin: Ints) -> None:
        ctx.spread(
            vote,
            chosen.size,
            chosen,
            self.places,
            self.cost,
            self._trust,
            self.target.values,
            self.target.width,
            self.source.values,
            self.source.width,
            self.source.channels,
            self._voted,
            self.patch,
            self.wrap,
            weight_table(sharpness),
            origin,
        )
        if self.wrap:
            image, (height, width) = self.target.image, self.free.shape
            image[height:] = image[: self.patch - 1]
            image[:, width:] = image[:, : self.patch - 1]

    def settle(self) -> None:
        """Sets the free pixels to what their best patches say, after `vote`: all detail, no means. Not for a torus."""
        made = self.target.image.reshape(-1, self.target.channels)
        source = self.source.image.reshape(-1, self.source.channels)
        for some in runs(self.pixels.size, self.check):
            made[self.pixels[some], : self._voted] = source[self.origin[some], : self._voted]

    def onion_peel(self, ctx: Context, variety: float = 0.0, most: int = MOST_COMPARISONS) -> None:
        """Fills the free pixels from the rim inwards, patches compared by their known pixels only.

        Args:
            most: patches that are compared in all; exhaustive where that is enough.
            variety: up to how much (mean squared 8-bit levels per value) the seed favours some places over others.
        """
        if self.wrap or self.step > 1:
            raise ValueError("the rim of a hole is peeled on a plane, patch by patch")
        height, width = self.free.shape
        rows, columns = self.places.shape
        known = (~self.free).astype(np.uint8)
        half = self.patch // 2
        before = self._favours
        if variety > 0:
            most = int(variety * SCALE * SCALE * self.patch * self.patch * self.target.channels)
            favours = ctx.random(self.level, 4).integers(0, most + 1, self.allowed.size)
            self._penalty = self._favours = before + favours.astype(np.int32)
        while not known.all():
            near = box_count(np.pad(known, 1), 3) > 0
            layer_y, layer_x = np.nonzero(near & (known == 0))
            if layer_y.size == 0:
                layer_y, layer_x = np.nonzero(known == 0)
            ay = np.clip(layer_y - half, 0, rows - 1)
            ax = np.clip(layer_x - half, 0, columns - 1)
            share = max(1, most * layer_y.size // self.pixels.size)
            self.search_all(ctx, known, np.unique(ay * columns + ax).astype(np.int32), share)
            self.vote(ctx, pixels=(layer_y * self.target.width + layer_x).astype(np.int32))
            known[layer_y, layer_x] = 1
        self._penalty = self._favours = before

    # Answers.

    def guessed(self) -> Ints:
        """int32 per free pixel: what the patch around it says, before any vote. Every anchor must have a place."""
        rows, columns = self.places.shape
        width = self.target.width
        guess = np.empty_like(self.pixels)
        for some in runs(guess.size, self.check):
            y, x = np.divmod(self.pixels[some], np.int32(width))
            ay, ax = self._over(y, rows), self._over(x, columns)
            guess[some] = self.places[ay, ax] + (y - ay) * np.int32(self.source.width) + (x - ax)
        return guess

    def _over(self, at: Ints, count: int) -> Ints:
        """Along one axis of `count` anchors: the one whose patch lies best over each pixel of `at`."""
        anchor = np.clip(at - self.patch // 2, 0, count - 1) // self.step * self.step
        # Patches of the last whole step may end before the picture does; then the very last anchor is there.
        return np.where(at - anchor < self.patch, anchor, np.minimum(anchor + self.step, count - 1))

    def copied(self, picture: NDArray[np.generic]) -> NDArray[np.generic]:
        """What the best patches put on the free pixels: picture[source y, source x], (pixels, C), after `vote`.

        Args:
            picture: anything of the source's size, (H, W, C): the picture itself at any depth, a height map, ...
        """
        return picture.reshape(-1, picture.shape[2])[self.origin]

    def mean_cost(self) -> float:
        """Mean squared difference in 8-bit levels per value, over the anchors."""
        values = self.patch * self.patch * self.target.channels * SCALE * SCALE
        return float(self.cost.reshape(-1)[self.active].mean()) / values

    def _taxes(self, check: Check) -> Ints:
        patch = self.patch
        used = uses(self.places.reshape(-1)[self.active], self.allowed.shape, patch, check)
        worth = self.uniformity * SCALE * SCALE * patch * patch * self._voted
        taxes = np.empty(used.shape, np.int32)
        for rows in rows_of(used.shape, check):
            even = self._even if isinstance(self._even, float) else self._even[rows]
            taxes[rows] = np.minimum(used[rows] / (patch * patch) * (worth / even), MOST_TAX)
        return taxes.reshape(-1)

    def _shares(self) -> NDArray[np.float64] | float:
        """How often the pixels of a source patch are used on average when all goes as `expected`."""
        even = self.active.size * self.patch**2 / self._candidates.size
        if self.expected is None or self.uniformity <= 0:
            return even
        height, width = self.allowed.shape
        wide = np.zeros((height + self.patch - 1, width + self.patch - 1))
        wide[:height, :width] = self.expected
        wanted = box_sum(wide, self.patch, self.check)
        mean = float(wanted.reshape(-1)[self._candidates].mean())
        for rows in rows_of(wanted.shape, self.check):
            wanted[rows] = np.maximum(wanted[rows] * (even / max(mean, 1e-12)), even * 1e-3)
        return wanted
