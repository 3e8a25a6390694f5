"""Texture grown pixel by pixel in reading order, from coarse to fine, on a torus.

Source: Wei and Levoy, Fast Texture Synthesis Using Tree-Structured Vector Quantization, SIGGRAPH 2000. Ours compares
along the principal components of the neighbourhoods, as many as carry what can be seen of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.context import Context
from engine.image import Bytes, Floats
from engine.kernels.compiled import kernel
from engine.kernels.vector_tree import Tree, nearest

Ints = NDArray[np.int32]

COMPONENTS = 32
"""Principal components that are compared."""
TRAINED = 8_000
"""Neighbourhoods that the components are made of."""
PIECE = 1_000
"""Neighbourhoods that are gathered between two looks at the cancel flag."""
LEAVES = 4
"""Leaves of the tree that are looked at for each pixel."""
ROWS = 8
"""Rows between two pieces."""


@kernel
def beside(picture: Floats, y: int, x: int, offsets: Ints, mean: Floats, raw: Floats) -> int:
    """The neighbours of a pixel on a torus, less their mean, into the first places of `raw`; how many values."""
    height, width, channels = picture.shape
    k = 0
    for i in range(offsets.shape[0]):
        sy, sx = (y + offsets[i, 0]) % height, (x + offsets[i, 1]) % width
        for c in range(channels):
            raw[k] = picture[sy, sx, c] - mean[k]
            k += 1
    return k


@kernel
def along(raw: Floats, components: Floats, out: Floats) -> None:
    """A neighbourhood (n,) along the components (n, K) into `out`, (K,)."""
    for j in range(out.shape[0]):
        out[j] = 0
    for k in range(raw.shape[0]):
        value = raw[k]
        for j in range(out.shape[0]):
            out[j] += value * components[k, j]


@kernel
def grow_rows(
    start: int,
    stop: int,
    out: Floats,
    coarse: Floats,
    offsets: Ints,
    coarse_offsets: Ints,
    mean: Floats,
    components: Floats,
    vectors: Floats,
    order: Ints,
    nodes: Ints,
    means: Floats,
    places: Ints,
    colours: Floats,
    leaves: int,
    quilt: Ints,
    cancel: Bytes,
) -> None:
    """Gives the pixels of rows start..stop their colours, one after the other.

    Args:
        out: float32 (H, W, C): what is not reached yet is noise; written.
        coarse: float32 (h, w, C), the next coarser level, finished; any size where there are no coarse offsets.
        offsets: int32 (n, 2), (dy, dx) of the neighbours on this level.
        coarse_offsets: int32 (m, 2), of those on the coarser one, around the pixel's place there.
        mean: float32 ((n + m) C,), of the sample's neighbourhoods.
        components: float32 ((n + m) C, K), what is compared.
        vectors, order, nodes, means: the tree of the sample's neighbourhoods.
        places: int32 (N,), the sample's pixel that each of them belongs to.
        colours: float32 (pixels, C), of the sample.
        leaves: how many leaves of the tree are looked at.
        quilt: int32 (H, W), receives the sample's pixel.
    """
    width, channels = out.shape[1], out.shape[2]
    raw = np.empty(mean.shape[0], np.float32)
    query = np.empty(components.shape[1], np.float32)
    for y in range(start, stop):
        for x in range(width):
            if cancel[0] != 0:
                return
            k = beside(out, y, x, offsets, mean, raw)
            for i in range(coarse_offsets.shape[0]):
                sy = (y // 2 + coarse_offsets[i, 0]) % coarse.shape[0]
                sx = (x // 2 + coarse_offsets[i, 1]) % coarse.shape[1]
                for c in range(channels):
                    raw[k] = coarse[sy, sx, c] - mean[k]
                    k += 1
            along(raw, components, query)
            place = places[nearest(query, vectors, order, nodes, means, leaves)]
            quilt[y, x] = place
            for c in range(channels):
                out[y, x, c] = colours[place, c]


@kernel
def describe(
    start: int,
    stop: int,
    places: Ints,
    sample: Floats,
    coarse: Floats,
    offsets: Ints,
    coarse_offsets: Ints,
    mean: Floats,
    components: Floats,
    out: Floats,
    cancel: Bytes,
) -> None:
    """The sample's neighbourhoods start..stop along the components.

    Outside the sample lies what is on its other side; of the coarser level, which ends with it, what is at its edge.

    Args:
        places: int32 (N,), the pixels, y * width + x.
        sample, coarse: float32 (h, w, C), this level and the next coarser one.
        offsets, coarse_offsets, mean, components: as for `grow_rows`.
        out: float32 (N, K), written.
    """
    width, channels = sample.shape[1], sample.shape[2]
    raw = np.empty(mean.shape[0], np.float32)
    for p in range(start, stop):
        if cancel[0] != 0:
            return
        y, x = places[p] // width, places[p] % width
        k = beside(sample, y, x, offsets, mean, raw)
        for i in range(coarse_offsets.shape[0]):
            sy = min(max(y // 2 + coarse_offsets[i, 0], 0), coarse.shape[0] - 1)
            sx = min(max(x // 2 + coarse_offsets[i, 1], 0), coarse.shape[1] - 1)
            for c in range(channels):
                raw[k] = coarse[sy, sx, c] - mean[k]
                k += 1
        along(raw, components, out[p])


def causal(window: int) -> Ints:
    """(dy, dx) of the neighbours that come before a pixel in reading order, in a window x window square."""
    reach = window // 2
    found = [(dy, dx) for dy in range(-reach, 1) for dx in range(-reach, reach + 1) if dy < 0 or dx < 0]
    return np.array(found, np.int32)


def around(reach: int) -> Ints:
    """(dy, dx) of a whole square."""
    return np.array([(dy, dx) for dy in range(-reach, reach + 1) for dx in range(-reach, reach + 1)], np.int32)


def places_with_neighbours(height: int, width: int, window: int) -> Ints:
    """The pixels of a sample with all their neighbours inside it: int32 (n,), y * width + x, in reading order.

    Of a sample that is smaller than the window, all of them.
    """
    reach = window // 2
    rows = np.arange(reach, height) if height > reach else np.arange(height)
    columns = np.arange(reach, width - reach) if width > 2 * reach else np.arange(width)
    return (rows[:, None] * width + columns[None]).reshape(-1).astype(np.int32)


class CausalLevel:
    """One level of the pyramid: what the sample has to offer there, and how the output grows of it.

    Args:
        ctx: to be stopped by; its seed draws the noise to start from.
        sample: float32 (h, w, C), this level of the sample.
        coarser: the next coarser one, or None.
        size: (width, height) of the output at this level.
        window: side of the neighbourhood, odd.
        number: of the level, for its noise.
        places: int32 (n,), the sample's pixels that may be copied; those with all their neighbours by default.
    """

    def __init__(
        self,
        ctx: Context,
        sample: Floats,
        coarser: Floats | None,
        size: tuple[int, int],
        window: int,
        number: int,
        places: Ints | None = None,
    ) -> None:
        self.ctx, self.sample = ctx, sample
        height, width, channels = sample.shape
        self.offsets = causal(window)
        self.coarse_offsets = around(1 if window < 9 else 2) if coarser is not None else np.empty((0, 2), np.int32)
        every = places_with_neighbours(height, width, window)
        self.places = every if places is None else places
        self._coarser = coarser
        self.mean, self.components = self._principal(channels)
        self.tree = Tree.of(ctx, self._projected())
        drawn = ctx.random(2, number).integers(height * width, size=size[::-1])
        if len(self.places) < len(every):
            drawn = self.places[drawn % len(self.places)]
        self.out: Floats = sample.reshape(-1, channels)[drawn]
        self.quilt: Ints = drawn.astype(np.int32)

    def grow(self, coarse: Floats | None) -> Iterator[int]:
        """Yields how many rows are finished. `coarse`: the output of the coarser level."""
        height = self.out.shape[0]
        channels = self.sample.shape[2]
        below = np.zeros((1, 1, channels), np.float32) if coarse is None else coarse
        tree = self.tree
        for y in range(0, height, ROWS):
            grow_rows(
                y,
                min(y + ROWS, height),
                self.out,
                below,
                self.offsets,
                self.coarse_offsets,
                self.mean,
                self.components,
                tree.vectors,
                tree.order,
                tree.nodes,
                tree.means,
                self.places,
                self.sample.reshape(-1, channels),
                LEAVES,
                self.quilt,
                self.ctx.cancel,
            )
            self.ctx.check()
            yield min(y + ROWS, height)

    def _neighbourhoods(self, chosen: Ints) -> Floats:
        """Those of some of `places`, float32 (n, D); outside the sample, what lies on its other side."""
        height, width, channels = self.sample.shape
        y, x = np.divmod(self.places[chosen], np.int32(width))
        parts = [self.sample[(y + dy) % height, (x + dx) % width] for dy, dx in self.offsets]
        if self._coarser is not None:
            h, w = self._coarser.shape[:2]
            # At the border the coarser level ends too; what lies beyond it is as its edge.
            parts += [
                self._coarser[np.clip(y // 2 + dy, 0, h - 1), np.clip(x // 2 + dx, 0, w - 1)]
                for dy, dx in self.coarse_offsets
            ]
        return np.stack(parts, axis=1).reshape(len(chosen), -1)

    def _principal(self, channels: int) -> tuple[Floats, Floats]:
        """Mean (D,) and components (D, K) of the neighbourhoods, K a multiple of 4."""
        count = len(self.places)
        chosen = np.linspace(0, count - 1, min(count, TRAINED)).astype(np.int32)
        total, products = 0.0, 0.0
        for known in self._pieces(chosen):
            total = total + known.sum(axis=0, dtype=np.float64)
            products = products + (known.T @ known).astype(np.float64)
        mean = np.asarray(total) / len(chosen)
        _, directions = np.linalg.eigh(np.asarray(products) / len(chosen) - np.outer(mean, mean))
        kept = directions[:, ::-1][:, :COMPONENTS]
        padded = np.zeros((len(mean), -(-kept.shape[1] // 4) * 4), np.float32)
        padded[:, : kept.shape[1]] = kept
        return mean.astype(np.float32), padded

    def _projected(self) -> Floats:
        """All neighbourhoods along the components, (N, K)."""
        found = np.empty((len(self.places), self.components.shape[1]), np.float32)
        coarser = np.zeros((1, 1, self.sample.shape[2]), np.float32) if self._coarser is None else self._coarser
        self.ctx.spread(
            describe, len(found), self.places, np.ascontiguousarray(self.sample), coarser, self.offsets,
            self.coarse_offsets, self.mean, self.components, found,
        )  # fmt: skip
        return found

    def _pieces(self, chosen: Ints) -> Iterator[Floats]:
        """The neighbourhoods of some of `places`, some at a time."""
        for first in range(0, len(chosen), PIECE):
            self.ctx.check()
            yield self._neighbourhoods(chosen[first : first + PIECE])
