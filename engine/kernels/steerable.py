"""The complex steerable pyramid as windows in the frequency plane.

Source: Simoncelli and Freeman, The Steerable Pyramid, ICIP 1995; Portilla and Simoncelli, A Parametric Texture Model
Based on Joint Statistics of Complex Wavelet Coefficients, IJCV 40(1), 2000, section 2. Ours gives every window in
closed form, so that a band is one inverse transform of a part of the spectrum, without the bands in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats
from engine.region import Size

Spectrum = NDArray[np.complex64]


@dataclass(frozen=True)
class Level:
    """One scale of the pyramid on its own grid, 2**scale times as coarse as the picture's.

    Attributes:
        size: (width, height) of the picture; both divisible by 2**scale.
        scale: 0 is the finest.
        orientations: how many, 2 or more.
    """

    size: Size
    scale: int
    orientations: int

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the grid."""
        return self.size[1] >> self.scale, self.size[0] >> self.scale

    @property
    def turn(self) -> complex:
        """What the windows are to be multiplied with: the bands are derivatives of that order."""
        return complex((0, -1j, -1, 1j)[(self.orientations - 1) % 4] or 1)

    @cached_property
    def _octaves(self) -> Floats:
        """log2 of the distance from the middle of the frequency plane; 0 where the grid ends."""
        rows, columns = self._frequencies
        with np.errstate(divide="ignore"):
            found: Floats = np.log2(np.hypot(rows, columns))
        return found

    @cached_property
    def _frequencies(self) -> tuple[Floats, Floats]:
        height, width = self.shape
        rows = np.fft.fftfreq(height, 0.5).astype(np.float32)[:, None]
        return rows, np.fft.fftfreq(width, 0.5).astype(np.float32)[None]

    def bands(self, below: int = 0) -> Floats:
        """The windows of all orientations at this scale, or `below` scales coarser but on this grid.

        float32 (orientations, h, w); each covers the half plane that its waves travel towards.
        """
        order = self.orientations - 1
        rows, columns = self._frequencies
        octaves = self._octaves + np.float32(below)
        strength = 2 ** (order + 1) * factorial(order) / np.sqrt(self.orientations * factorial(2 * order))
        ring = np.float32(strength) * _low(octaves) * _high(octaves + 1)
        away = np.maximum(np.hypot(rows, columns), np.float32(1e-9))
        windows = np.empty((self.orientations, *self.shape), np.float32)
        for k, window in enumerate(windows):
            angle = np.pi * k / self.orientations
            towards = (columns * np.float32(np.cos(angle)) + rows * np.float32(np.sin(angle))) / away
            window[...] = ring * np.maximum(towards, 0) ** np.float32(order)
        return windows

    def low(self) -> Floats:
        """The window of everything that is as coarse as this scale or coarser, float32 (h, w); 0 in its middle."""
        window = _low(self._octaves) ** 2
        window[0, 0] = 0
        return window

    def high(self) -> Floats:
        """The window of what is finer than the finest band, float32 (h, w)."""
        return _high(self._octaves)

    def cut(self, spectrum: Spectrum) -> Spectrum:
        """This grid's part of (..., H, W) on any finer grid, (..., h, w)."""
        height, width = self.shape
        if spectrum.shape[-2:] == (height, width):
            return spectrum
        cut = np.empty((*spectrum.shape[:-2], height, width), spectrum.dtype)
        for corner in _corners(height, width):
            cut[corner] = spectrum[corner]
        return cut

    def paste(self, part: Spectrum, onto: Spectrum) -> None:
        """Puts a spectrum of this grid into its place on a finer one."""
        for corner in _corners(*self.shape):
            onto[corner] = part[corner]

    def add(self, part: Spectrum, onto: Spectrum) -> None:
        """The same, on top of what is there."""
        for corner in _corners(*self.shape):
            onto[corner] += part[corner]


def _corners(height: int, width: int) -> list[tuple[Any, ...]]:
    """The frequencies of a grid as indices that mean the same on every finer grid, counted from both ends."""
    rows, columns = ((slice(0, (n + 1) // 2), slice(-(n // 2), None)) for n in (height, width))
    return [(..., down, across) for down in rows for across in columns]


def _low(octaves: Floats) -> Floats:
    """1 up to one octave below 0, falling to 0 there (a cosine over the logarithm of the frequency)."""
    return np.cos(np.float32(np.pi / 2) * np.clip(octaves + 1, 0, 1)).astype(np.float32)


def _high(octaves: Floats) -> Floats:
    return np.sin(np.float32(np.pi / 2) * np.clip(octaves + 1, 0, 1)).astype(np.float32)
