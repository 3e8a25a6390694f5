"""The generator: noise and plane waves in, texture out, what it looks like told by a code at every place.

Sources: Ulyanov et al., Texture Networks, ICML 2016 (feed forward, noise in); Bergmann, Jetchev, Vollgraf, Learning
Texture Manifolds with the Periodic Spatial GAN, ICML 2017 (local noise, a code, periodic channels); Karras et al.,
Analyzing and Improving the Image Quality of StyleGAN, CVPR 2020 (modulated convolutions with demodulation, noise added
at every scale); Odena, Dumoulin, Olah, Deconvolution and Checkerboard Artifacts, Distill 2016 (cells are enlarged
smoothly). Ours has no padding and no normalisation over the picture: every pixel depends on its surroundings alone, so
that windows agree with the whole, and the code may differ from place to place. Its waves are those of the
samples, measured and not learnt; the code says how much of each is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.image import Floats
from engine.nets.texture_space.randomness import noise, places, whole
from engine.nets.texture_space.waves import SLOTS

CELL = 8
"""Pixels, along each side, per cell of a map of codes."""
COARSEST = 16
"""Pixels per cell of the coarsest noise: periods are multiples of it."""
_SLOPE = 0.2
_LOUDNESS = 2.0**0.5
_LOUDER = {8: 1.6, 4: 1.3, 2: 1.2, 1: 1.1}
"""Cells of so many pixels, where they are made smoothly of larger ones: makes good for the contrast that this takes.
Measured as the mean over networks that were learnt without; the coarsest cells are independent of each other, and for
those the figure is exact."""
_HISS = 0.3
"""How loud the noise of every size is at first, in deviations. Without it grain is made of the coarsest cells."""
_ROOM = 1 << 20
_CLEAR = 2.5
"""How fast waves fade with the square of how far their anchor is, in parts of the nearest one's. Between two anchors
those of both are heard over the middle fifth of the way, however long it is."""


@dataclass(frozen=True)
class Shape:
    """What decides how many weights there are.

    Attributes:
        code: numbers in a code.
        channels: features at 1/16, 1/8, 1/4, 1/2 and full size.
        doubled: sizes (16, 8, 4, 2, 1) at which a second convolution follows.
        noise: channels of noise at the coarsest size.
        slots: plane waves heard at once, each as a cosine and a sine.
        anchors: places of the space that have waves of their own.
        smooth: cells are enlarged smoothly. Copied to each of the four finer ones, they show as straight lines.
        notched: what changes from each pixel to the next, down and across at once, is taken out of the result. The
            features of the loss do not mind such a halftone, and eyes do.
    """

    code: int
    channels: tuple[int, ...] = (128, 96, 64, 32, 24)
    doubled: tuple[int, ...] = (8,)
    noise: int = 16
    slots: int = SLOTS
    anchors: int = 1
    smooth: bool = True
    notched: bool = True


@dataclass(frozen=True)
class Span:
    """Cells start..stop along one axis."""

    start: int
    stop: int

    def grown(self, by: int) -> Span:
        return Span(self.start - by, self.stop + by)

    @property
    def halved(self) -> Span:
        return Span(self.start // 2, -(-self.stop // 2))

    @property
    def between(self) -> Span:
        """As `halved`, for cells that lie between those of twice their size."""
        return Span((self.start - 1) // 2, self.stop // 2 + 1)

    @property
    def length(self) -> int:
        return self.stop - self.start


class Styled(nn.Module):
    """A 3 x 3 convolution without padding whose weights and bias follow the code, then noise and a leaky ReLU."""

    def __init__(self, into: int, out: int, code: int, last: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out, into, 3, 3))
        self.scale = nn.Linear(code, into)
        self.shift = nn.Linear(code, out)
        self.last = last
        self.strength = None if last else nn.Linear(code, out)
        self.mix = nn.Linear(code, out * out) if last else None

    def settle(self, generator: torch.Generator) -> None:
        """First values, drawn from `generator`."""
        with torch.no_grad():
            self.weight.normal_(0, 1, generator=generator)
            fan = self.weight[0].numel()
            self.weight.mul_(fan**-0.5)
            code = self.scale.in_features
            for part, size in ((self.scale, 0.4), (self.shift, 0.2), (self.strength, 0.02), (self.mix, 0.0)):
                if part is not None:
                    part.weight.normal_(0, size * code**-0.5, generator=generator)
                    part.bias.fill_(1.0 if part is self.scale else _HISS if part is self.strength else 0.0)

    def tint(self, codes: Floats, means: Floats, roots: Floats) -> None:
        """Begins the last layer with the samples' own colours, as near as they follow the code.

        Args:
            codes: (n, D).
            means: (n, 3), RGB.
            roots: (n, 3, 3), square roots of their covariances.
        """
        assert self.mix is not None
        wanted = np.concatenate([means, roots.reshape(len(codes), -1)], axis=1).astype(np.float64)
        middle = wanted.mean(axis=0)
        centre = np.asarray(codes, np.float64).mean(axis=0)
        bent = np.asarray(codes, np.float64) - centre
        slopes = np.linalg.solve(bent.T @ bent + 1e-3 * np.eye(bent.shape[1]), bent.T @ (wanted - middle)).T
        middle = middle - slopes @ centre
        with torch.no_grad():
            for part, chosen in ((self.shift, slice(0, 3)), (self.mix, slice(3, None))):
                part.weight.copy_(torch.from_numpy(slopes[chosen].astype(np.float32)))
                part.bias.copy_(torch.from_numpy(middle[chosen].astype(np.float32)))

    def styles(self, code: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the code (1, h, w, D) makes of this layer: scale, gain, shift, strength of the noise, each (1, C, h, w).

        The last layer hears no noise; it has the matrix that mixes its colours instead.
        """
        scale = self.scale(code)
        gain = torch.rsqrt(functional.linear(scale.square(), self.weight.square().sum((2, 3))) + 1e-8)
        more = self.mix if self.strength is None else self.strength
        assert more is not None
        return scale.movedim(3, 1), gain.movedim(3, 1), self.shift(code).movedim(3, 1), more(code).movedim(3, 1)

    def forward(self, x: Tensor, style: tuple[Tensor, Tensor, Tensor, Tensor], grain: Tensor | None) -> Tensor:
        """x (1, into, h, w) gives (1, out, h - 2, w - 2); scale fits x, the rest fits the result."""
        scale, gain, shift, more = style
        y = functional.conv2d(x * scale, self.weight) * gain
        if self.last:
            matrix = more.reshape(1, 3, 3, *more.shape[2:])
            return torch.as_tensor((matrix * y[:, None]).sum(2) + shift)
        y = y + shift
        if grain is not None:
            y = y + more * grain
        return torch.as_tensor(functional.leaky_relu(y, _SLOPE) * _LOUDNESS)


class Generator(nn.Module):
    """See the head of this file.

    Attributes:
        waves: (anchors, slots, 3), cycles per pixel down and across, and how loud.
        anchors: (anchors, D), the codes that they belong to.
    """

    waves: Tensor
    anchors: Tensor
    layers: nn.ModuleList

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("waves", torch.zeros(shape.anchors, shape.slots, 3))
        self.register_buffer("anchors", torch.zeros(shape.anchors, shape.code))
        layers: list[Styled] = []
        self.steps: list[int] = []
        width = shape.noise
        for level, channels in enumerate(shape.channels):
            size = COARSEST >> level
            heard = 2 * shape.slots if 1 < size < COARSEST else 0
            layers.append(Styled(width + heard, channels, shape.code))
            self.steps.append(size)
            if size in shape.doubled:
                layers.append(Styled(channels, channels, shape.code))
                self.steps.append(size)
            width = channels
        layers.append(Styled(width, 3, shape.code, last=True))
        self.steps.append(1)
        self.layers = nn.ModuleList(layers)

    @property
    def last(self) -> Styled:
        """The layer that makes pixels."""
        layer = self.layers[-1]
        assert isinstance(layer, Styled)
        return layer

    def settle(self, seed: int) -> None:
        """First values of all weights, from a seed."""
        generator = torch.Generator().manual_seed(seed)
        for layer in self.layers:
            assert isinstance(layer, Styled)
            layer.settle(generator)

    def needs(self, span: Span) -> list[Span]:
        """What each layer reads, in cells of its own size, so that the last one gives `span` pixels."""
        spans: list[Span] = []
        span = span.grown(self.shape.notched)
        for number in range(len(self.layers) - 1, -1, -1):
            span = span.grown(1)
            spans.append(span)
            if number and self.steps[number - 1] != self.steps[number]:
                span = span.between if self.shape.smooth else span.halved
        return spans[::-1]

    def forward(
        self,
        code: Tensor,
        seed: int,
        rows: Span,
        columns: Span,
        period: tuple[int, int] | None = None,
        check: Callable[[], None] | None = None,
        fine: tuple[Tensor, int] | None = None,
    ) -> Tensor:
        """(1, 3, rows, columns): the pixels rows x columns of an endless picture; not clipped.

        Args:
            code: (1, 1, 1, D), or (1, h, w, D) for the cells of `CELL` px that `cells` names.
            seed: which of all such pictures.
            period: (down, across), multiples of `COARSEST`, after which it repeats itself exactly.
            check: called between layers.
            fine: another code that layers of cells up to so many px follow instead; waves never do.
        """
        down, across = self.needs(rows), self.needs(columns)
        near = self._near(code)
        corner = cells(rows)[0], cells(columns)[0]
        x: Tensor | None = None
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, Styled)
            if check:
                check()
            size, high, wide = self.steps[number], down[number], across[number]
            repeats = tuple(p // size for p in period) if period else (None, None)
            made = (Span(high.start + 1, high.stop - 1), Span(wide.start + 1, wide.stop - 1))
            if x is None:
                x = self._noise(seed, 0, self.shape.noise, high, wide, repeats)
            elif size != self.steps[number - 1]:
                smooth = self.shape.smooth
                x = _enlarged(x) * _LOUDER[size] if smooth else functional.interpolate(x, scale_factor=2)
                top = high.start - 2 * (down[number - 1].start + 1) - smooth
                left = wide.start - 2 * (across[number - 1].start + 1) - smooth
                x = x[:, :, top : top + high.length, left : left + wide.length]
                if 1 < size < COARSEST and self.shape.slots:
                    loud = _laid(near, size, (high, wide), corner) if near.shape[2:].numel() > 1 else near
                    x = torch.cat([x, self._heard(loud, seed, size, high, wide, period)], 1)
            here = fine[0] if fine is not None and size <= fine[1] else code
            scale, gain, shift, more = layer.styles(here)
            if here.shape[1] > 1 or here.shape[2] > 1:
                scale = _laid(scale, size, (high, wide), corner)
                gain, shift = _laid(gain, size, made, corner), _laid(shift, size, made, corner)
                more = _laid(more, size, made, corner)
            grain = None if layer.last else self._noise(seed, number + 1, 1, *made, repeats)
            x = layer(x, (scale, gain, shift, more), grain)
        assert x is not None
        return _notched(x) if self.shape.notched else x

    def _noise(
        self, seed: int, layer: int, channels: int, high: Span, wide: Span, repeats: Sequence[int | None]
    ) -> Tensor:
        rows, columns = places(high.start, high.stop, repeats[0]), places(wide.start, wide.stop, repeats[1])
        return torch.from_numpy(noise(seed, layer, channels, rows, columns))[None].to(self.waves.device)

    def _near(self, code: Tensor) -> Tensor:
        """How much of each anchor's waves is heard: (1, anchors, h, w), in all 1."""
        if self.shape.anchors == 1:
            return torch.ones_like(code[..., :1]).movedim(3, 1)
        away = (code[..., None, :] - self.anchors).square().sum(-1)
        return torch.softmax(-_CLEAR * away / (away.amin(-1, keepdim=True) + 1e-6), -1).movedim(3, 1)

    def _heard(
        self, near: Tensor, seed: int, size: int, high: Span, wide: Span, period: tuple[int, int] | None
    ) -> Tensor:
        """(1, 2 slots, high, wide): the waves there, all moved along by the seed, as loud as `near` says."""
        turns = self.waves[..., :2].detach().cpu().numpy().astype(np.float64)
        if period:
            turns = np.round(turns * period) / period
        away = whole(seed, 1 << 16, 2, _ROOM)
        y = (np.arange(high.start, high.stop) + 0.5) * size + away[0]
        x = (np.arange(wide.start, wide.stop) + 0.5) * size + away[1]
        # A wave that this size cannot show is silent.
        loud = self.waves[..., 2].cpu().numpy() * (np.abs(turns).max(axis=2) * size < 0.5) * 2**0.5
        # Turns are reduced before they are added: far from the origin they would lose their fractions.
        down = np.exp(2j * np.pi * (turns[..., :1] * y % 1)) * loud[..., None]
        along = np.exp(2j * np.pi * (turns[..., 1:] * x % 1))
        device = near.device
        parts = []
        for slot in range(self.shape.slots):
            chosen = np.flatnonzero(loud[:, slot])
            if not len(chosen):
                parts.append(torch.zeros(1, 2, high.length, wide.length, device=device))
                continue
            planes = down[chosen, slot, :, None] * along[chosen, slot, None, :]
            both = torch.from_numpy(np.stack([planes.real, planes.imag]).astype(np.float32)).to(device)
            parts.append((both * near[0, chosen]).sum(1)[None])
        return torch.cat(parts, 1)


REACH = 10
"""Cells of a map of codes beyond a window that its pixels depend on."""


def cells(span: Span) -> tuple[int, int]:
    """The cells (start, stop) of a map of codes that a window of pixels needs."""
    return span.start // CELL - REACH, -(-span.stop // CELL) + REACH


def _enlarged(x: Tensor) -> Tensor:
    """(1, C, h, w) as (1, C, 2 h - 2, 2 w - 2), linear in between: it begins one of its cells after x does."""
    channels = x.shape[1]
    share = x.new_tensor([0.25, 0.75, 0.75, 0.25])
    weights = (share[:, None] * share).expand(channels, 1, 4, 4).contiguous()
    return functional.conv_transpose2d(x, weights, stride=2, padding=2, groups=channels)


def _notched(x: Tensor) -> Tensor:
    """(1, C, h, w) as (1, C, h - 2, w - 2), without what has the period of two pixels along both sides."""
    channels = x.shape[1]
    alternates = x.new_tensor([0.25, -0.5, 0.25])
    weights = -(alternates[:, None] * alternates)
    weights[1, 1] += 1
    return functional.conv2d(x, weights.expand(channels, 1, 3, 3), groups=channels)


def _laid(style: Tensor, size: int, where: tuple[Span, Span], corner: tuple[int, int]) -> Tensor:
    """A style for each cell of the map, (1, C, h, w) from `corner` on, as one for each place of a layer."""
    if size > CELL:
        style = functional.avg_pool2d(style[:, :, corner[0] % 2 :, corner[1] % 2 :], 2)
        corner = -(-corner[0] // 2), -(-corner[1] // 2)
        factor = 1
    else:
        factor = CELL // size
        if factor > 1:
            style = functional.interpolate(style, scale_factor=factor, mode="bilinear", align_corners=False)
    top, left = where[0].start - corner[0] * factor, where[1].start - corner[1] * factor
    return style[:, :, top : top + where[0].length, left : left + where[1].length]
