"""Image analogies as they were published: coarse to fine, pixel by pixel, on all threads.

Source: Hertzmann, Jacobs, Oliver, Curless, Salesin, Image Analogies, SIGGRAPH 2001, section 3. Ours asks the search for
places only that would be taken: the coherent place sets how near one must be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Floats
from engine.kernels.analogy_scan import BAND, CHUNK, gather_rows, scan_tile
from engine.kernels.nearest import Tree, nearest_rows

Places = NDArray[np.int32]
Longs = NDArray[np.int64]

KEPT = 0.98
"""Share of the variance of what is compared that the tree's points hold."""
MOST_AXES = 24
SLACK, LEAVES = 4.0, 48
"""Of the search: an error of 1 (twice the distance) is allowed, as in the paper; and leaves at most."""
SMALLEST = 12
"""Shorter side of the coarsest level in px, at least."""
MOST_LEVELS = 16
SEEN = 20_000
"""Points from which the axes are found."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Unfiltered and filtered: float32 (H, W, P) and (H, W, Q) of one size."""

    plain: Floats
    styled: Floats


def halved(picture: Floats) -> Floats:
    """Half the size, rounded up: means of 2 x 2 pixels after a [1 2 1] blur, edges repeated."""
    for axis in (0, 1):
        size = picture.shape[axis]
        margin = [(1, 2) if k == axis else (0, 0) for k in range(3)]
        wide = np.pad(picture, margin, mode="edge").swapaxes(0, axis)
        even = wide[0 : size + 1 : 2], wide[1 : size + 2 : 2], wide[2 : size + 3 : 2], wide[3 : size + 4 : 2]
        n = (size + 1) // 2
        part = (even[0][:n] + even[3][:n] + 3 * (even[1][:n] + even[2][:n])) / np.float32(8)
        picture = np.ascontiguousarray(part.swapaxes(0, axis), dtype=np.float32)
    return picture


@dataclass(frozen=True, eq=False)
class Window:
    """What is compared at a pixel, for pictures that are padded by `reach`.

    Attributes:
        reach: of the fine window in px; the coarse one reaches (reach + 1) // 2.
        groups, offsets, weights, strides, channels: as `analogy_scan.gather` wants them.
    """

    reach: int
    strides: Longs
    channels: Longs
    groups: Longs
    offsets: Longs
    weights: Floats

    @classmethod
    def of(cls, reach: int, widths: tuple[int, int], channels: tuple[int, int], coarse: bool) -> Window:
        """For a fine and a coarse picture of these widths, with these channels unfiltered and filtered.

        Weights fall off as a Gaussian, and sum to 1 over either window of a channel, whole.
        """
        offsets: list[int] = []
        weights: list[float] = []
        groups = [0]
        strides = [(widths[g // 2] + 2 * reach) * channels[g % 2] for g in range(4)]
        for g in range(4):
            radius = reach if g < 2 else (reach + 1) // 2
            span = range(-radius, radius + 1)
            bell = {
                (dy, dx): np.exp(-(dy * dy + dx * dx) / (2 * (0.5 * radius + 0.25) ** 2)) for dy in span for dx in span
            }
            total = sum(bell.values())
            for (dy, dx), weight in bell.items():
                done = dy < 0 or (dy == 0 and dx < 0)
                if (g == 1 and not done) or (g >= 2 and not coarse):
                    continue
                for c in range(channels[g % 2]):
                    offsets.append((dy + reach) * strides[g] + (dx + reach) * channels[g % 2] + c)
                    weights.append(np.sqrt(weight / total))
            groups.append(len(offsets))
        kinds = np.array([channels[g % 2] for g in range(4)], np.int64)
        return cls(
            reach, np.array(strides, np.int64), kinds, np.array(groups, np.int64), np.array(offsets, np.int64),
            np.array(weights, np.float32),
        )  # fmt: skip


class Analogy:
    """Iterate over it once: every step gives the share of the work that is done.

    Args:
        ctx: threads, cancel flag.
        pair: what is known.
        plain: float32 (h, w, P), what is to be filtered likewise.
        coherence: kappa, 0 or more.
        reach: of the window, in px.
        most: levels at most, where coarser ones have nothing to compare.

    Attributes:
        places: int32 (h, w), the pixel of the pair that each pixel comes from, at the present level.
        level, levels: 0 is the finest.
    """

    def __init__(
        self, ctx: Context, pair: Pair, plain: Floats, coherence: float, reach: int, most: int = MOST_LEVELS
    ) -> None:
        self.ctx, self.coherence, self.reach = ctx, coherence, reach
        self.pairs, self.targets = [pair], [plain]
        while len(self.pairs) < most:
            if min(*self.pairs[-1].plain.shape[:2], *self.targets[-1].shape[:2]) < 2 * SMALLEST:
                break
            ctx.check()
            last = self.pairs[-1]
            self.pairs.append(Pair(halved(last.plain), halved(last.styled)))
            self.targets.append(halved(self.targets[-1]))
        self.levels = len(self.pairs)
        self.level = self.levels - 1
        self.places: Places = np.zeros(self.targets[-1].shape[:2], np.int32)

    @staticmethod
    def memory(source: tuple[int, ...], target: tuple[int, ...], reach: int, styled: int) -> int:
        """Bytes that it takes, for pictures (H, W, P) of these shapes."""
        window = (2 * reach + 1) ** 2
        compared = source[2] * (window + window // 2) + styled * window
        return source[0] * source[1] * (4 * compared + 4 * MOST_AXES + 40) + target[0] * target[1] * 60

    def __iter__(self) -> Iterator[float]:
        sizes = np.array([target.shape[0] * target.shape[1] for target in self.targets], np.float64)
        done = 0.0
        made: Floats | None = None
        for level in range(self.levels - 1, -1, -1):
            share = sizes[level] / sizes.sum()
            with self.ctx.part(done, done + share):
                self.places = self._enlarged(level) if level < self.levels - 1 else self._begun()
                self.level = level
                before = made
                made = self.pairs[level].styled.reshape(-1, self.pairs[level].styled.shape[2])[self.places]
                for part in self._scanned(level, made, before):
                    self.ctx.progress(part)
                    yield self.ctx.fraction
                styled = self.pairs[level].styled
                made = styled.reshape(-1, styled.shape[2])[self.places]
            done += share

    def _begun(self) -> Places:
        """The coarsest level's places by what is known of the target alone."""
        pair, target = self.pairs[-1], self.targets[-1]
        both = []
        for picture in (pair.plain, target):
            height, width, p = picture.shape
            window = Window.of(self.reach, (width, width), (p, 0), False)
            rows = np.empty((height * width, window.offsets.size), np.float32)
            padded = self._padded(picture)
            self.ctx.spread(
                gather_rows, height, width, (padded, padded, padded, padded), window.strides, window.channels,
                window.groups, window.offsets, window.weights, rows, grain=8,
            )  # fmt: skip
            both.append(rows)
        basis = self._basis(both[0])
        points, queries = (self._reduced(rows, basis) for rows in both)
        tree = Tree.of(self.ctx, points)
        places = np.empty(len(queries), np.int32)
        self.ctx.spread(
            nearest_rows, len(queries), queries, np.float32(SLACK), LEAVES, tree.points, tree.order, tree.axes,
            tree.cuts, tree.levels, places,
        )  # fmt: skip
        return places.reshape(target.shape[:2])

    def _enlarged(self, level: int) -> Places:
        """The coarser level's places at twice the size."""
        h, w = self.targets[level].shape[:2]
        height, width = self.pairs[level].plain.shape[:2]
        y, x = np.arange(h)[:, None], np.arange(w)[None]
        sy, sx = np.divmod(self.places[y >> 1, x >> 1], self.pairs[level + 1].plain.shape[1])
        sy, sx = np.minimum(2 * sy + (y & 1), height - 1), np.minimum(2 * sx + (x & 1), width - 1)
        return np.asarray(sy * width + sx, np.int32)

    def at_full_size(self) -> Places:
        """int32 (h, w) of the finest level: the places as they are by now."""
        h, w = self.targets[0].shape[:2]
        if self.level == 0:
            return self.places.copy()
        number, (height, width) = self.level, self.pairs[0].plain.shape[:2]
        inside, below = (1 << number) - 1, self.pairs[number].plain.shape[1]
        out = np.empty((h, w), np.int32)
        x = np.arange(w)[None]
        for top in range(0, h, 64):
            self.ctx.check()
            y = np.arange(top, min(top + 64, h))[:, None]
            sy, sx = np.divmod(self.places[y >> number, x >> number], below)
            sy = np.minimum((sy << number) + (y & inside), height - 1)
            out[top : top + 64] = sy * width + np.minimum((sx << number) + (x & inside), width - 1)
        return out

    def _scanned(self, level: int, made: Floats, coarser: Floats | None) -> Iterator[float]:
        ctx, pair, plain = self.ctx, self.pairs[level], self.targets[level]
        height, width, p = pair.plain.shape
        h, w = plain.shape[:2]
        q = pair.styled.shape[2]
        coarse = coarser is not None
        above = self.pairs[level + 1] if coarse else pair
        source = Window.of(self.reach, (width, above.plain.shape[1]), (p, q), coarse)
        features = np.empty((height * width, source.offsets.size), np.float32)
        ours = tuple(self._padded(one) for one in (pair.plain, pair.styled, above.plain, above.styled))
        ctx.spread(
            gather_rows, height, width, ours, source.strides, source.channels, source.groups, source.offsets,
            source.weights, features, grain=8,
        )  # fmt: skip
        basis = self._basis(features)
        tree = Tree.of(ctx, self._reduced(features, basis))
        over = self.targets[level + 1] if coarse else plain
        target = Window.of(self.reach, (w, over.shape[1]), (p, q), coarse)
        theirs = (
            self._padded(plain), self._padded(made), self._padded(over),
            self._padded(made if coarser is None else coarser),
        )  # fmt: skip
        errors = np.zeros((h, w), np.float32)
        size = np.array([height, width], np.int64)
        allowance = 1 + self.coherence * 2.0**-level
        styled = np.ascontiguousarray(pair.styled.reshape(-1, q))
        fronts = list(self._fronts(h, w))
        for number, tiles in enumerate(fronts):
            ctx.each(
                scan_tile,
                [
                    (
                        band, chunk, self.reach, np.float32(allowance), np.float32(SLACK), LEAVES, theirs,
                        target.strides, target.channels, target.groups, target.offsets, target.weights, features,
                        basis, tree.points, tree.order, tree.axes, tree.cuts, tree.levels, size, styled, self.places,
                        errors,
                    )
                    for band, chunk in tiles
                ],
            )  # fmt: skip
            yield (number + 1) / len(fronts)

    def _fronts(self, h: int, w: int) -> Iterator[list[tuple[int, int]]]:
        """Tiles that do not depend on one another, front by front."""
        skew = self.reach + 1
        bands = -(-h // BAND)
        spans = []
        for band in range(bands):
            last_row = min(band * BAND + BAND, h) - 1
            spans.append((skew * band * BAND // CHUNK, (skew * last_row + w - 1) // CHUNK))
        for front in range(max(band + last for band, (_, last) in enumerate(spans)) + 1):
            tiles = [(band, front - band) for band, (a, b) in enumerate(spans) if a <= front - band <= b]
            if tiles:
                yield tiles

    def _padded(self, picture: Floats) -> Floats:
        reach = self.reach
        return np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="edge").reshape(-1)

    def _basis(self, features: Floats) -> Floats:
        """The axes along which the features differ most: (d, D)."""
        seen = features[:: max(1, len(features) // SEEN)].astype(np.float64)
        seen = seen - seen.mean(axis=0)
        values, vectors = np.linalg.eigh(seen.T @ seen)
        values = np.maximum(values[::-1], 0)
        self.ctx.check()
        enough = int(np.searchsorted(values.cumsum(), KEPT * values.sum())) + 1
        count = max(1, min(enough, MOST_AXES, features.shape[1]))
        return np.ascontiguousarray(vectors[:, ::-1].T[:count], np.float32)

    def _reduced(self, features: Floats, basis: Floats) -> Floats:
        out = np.empty((len(features), len(basis)), np.float32)
        for first in range(0, len(features), 1 << 15):
            self.ctx.check()
            out[first : first + (1 << 15)] = features[first : first + (1 << 15)] @ basis.T
        return out
