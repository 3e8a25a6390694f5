"""What repeats in a sample: the plane waves that stand out of its spectrum.

Source: Bergmann, Jetchev, Vollgraf, Learning Texture Manifolds with the Periodic Spatial GAN, ICML 2017, whose
generator hears waves and learns their frequencies. Ours measures them: a peak of the spectrum is found in milliseconds
and to a thousandth of a cycle, while the slope of a loss hardly ever leads to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.image import Floats

SLOTS = 4
"""Waves for each sample, at most."""
LEAST = 0.04
"""Of the sample's variance: what a wave has to carry to be one."""
STEADY = 0.8, 0.6
"""How far it has to keep its phase over quarters and over ninths of the sample. Chance peaks of a spectrum do not."""
SHORTEST, LONGEST = 5.0, 96.0
"""Pixels per cycle."""
_PADDED = 1024


def waves_of(picture: Floats) -> Floats:
    """float32 (SLOTS, 3): cycles per pixel down and across, and 1 where there is such a wave (0, 0, 0 where not).

    Args:
        picture: (H, W, 3).
    """
    made = np.zeros((SLOTS, 3), np.float32)
    side = min(_PADDED, *picture.shape[:2])
    if side < 24:
        return made
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    rest = _levelled(picture[top : top + side, left : left + side])
    window = np.outer(np.hanning(side + 2)[1:-1], np.hanning(side + 2)[1:-1])
    power = sum(np.abs(np.fft.rfft2(rest[..., c] * window, (_PADDED, _PADDED))) ** 2 for c in range(3))
    total = float((rest**2).sum(axis=2).mean()) * float((window**2).sum()) + 1e-9
    # A wave of amplitude a is a peak of height (a / 2 * sum(window))**2, and half a square of variance.
    share = np.asarray(power) / total * 2 * float((window**2).sum()) / float(window.sum()) ** 2
    down, across = np.fft.fftfreq(_PADDED)[:, None], np.fft.rfftfreq(_PADDED)[None]
    far = np.hypot(down, across)
    longest = min(LONGEST, 0.6 * side)
    share = np.where((far > 1 / longest) & (far < 1 / SHORTEST), share, 0)
    apart = 2.5 / side
    slot = 0
    for _ in range(2 * SLOTS):
        y, x = np.unravel_index(int(share.argmax()), share.shape)
        if share[y, x] < LEAST or slot == SLOTS:
            break
        place = _peak(share, int(y), int(x))
        if min(_steady(rest, place, 2) / STEADY[0], _steady(rest, place, 3) / STEADY[1]) >= 1:
            made[slot] = (*place, 1)
            slot += 1
        for sign in (1, -1):
            dy = (down - sign * down[y] + 0.5) % 1 - 0.5
            share = np.where(np.hypot(dy, across - sign * across[0, x]) < apart, 0, share)
    return made


def _steady(rest: NDArray[np.float64], place: tuple[float, float], parts: int) -> float:
    """How far a wave keeps its phase from one part of a picture to the next: 1 is a lattice, chance stays below."""
    light = rest.mean(axis=2)
    length = light.shape[0] // parts
    hann = np.hanning(length + 2)[1:-1]
    found = []
    for top in (k * length for k in range(parts)):
        for left in (k * length for k in range(parts)):
            part = light[top : top + length, left : left + length]
            down = hann * np.exp(-2j * np.pi * place[0] * np.arange(top, top + length))
            along = hann * np.exp(-2j * np.pi * place[1] * np.arange(left, left + length))
            found.append(down @ (part - part.mean()) @ along)
    return float(abs(sum(found)) / (np.abs(found).sum() + 1e-12))


def _levelled(picture: Floats) -> NDArray[np.float64]:
    """Without its slow changes of light: less a plane for each channel."""
    values = np.asarray(picture, np.float64)
    y, x = np.mgrid[-1 : 1 : values.shape[0] * 1j, -1 : 1 : values.shape[1] * 1j]
    flat = np.stack([np.ones_like(y), y, x], 2).reshape(-1, 3)
    fitted = np.linalg.lstsq(flat, values.reshape(-1, 3), rcond=None)[0]
    return np.asarray(values - (flat @ fitted).reshape(values.shape), np.float64)


def _peak(share: NDArray[np.float64], y: int, x: int) -> tuple[float, float]:
    """Where between the samples of the spectrum a peak is: (down, across) in cycles per pixel."""
    rows = share.shape[0]

    def moved(before: float, here: float, after: float) -> float:
        bend = before - 2 * here + after
        return 0.0 if bend >= 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))

    dy = moved(share[(y - 1) % rows, x], share[y, x], share[(y + 1) % rows, x])
    dx = moved(share[y, x - 1], share[y, x], share[y, x + 1]) if 0 < x < share.shape[1] - 1 else 0.0
    return ((y + rows // 2) % rows - rows // 2 + dy) / rows, (x + dx) / rows
