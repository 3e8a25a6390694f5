"""Makes the sample pictures that are our own, and the holes: the same bytes each time.

    python packaging/make_samples.py

The other pictures of `resources/samples` are described in its ORIGINS.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.files import probe, save_picture  # noqa: E402
from engine.image import Image  # noqa: E402

SAMPLES, HOLES = ROOT / "resources" / "samples", ROOT / "resources" / "holes"

# Each hole: strokes of (width, points) in thousandths of the picture's width.
STROKES: dict[str, list[tuple[int, list[tuple[int, int]]]]] = {
    "dandelions.jpg": [(334, [(293, 186), (294, 180)]), (60, [(292, 200), (293, 600)])],
    "coffee.png": [(150, [(610, 452), (613, 470)]), (62, [(690, 118), (652, 300), (630, 400)])],
    "launch.jpg": [(52, [(700, 185), (708, 420), (716, 668)])],
}


def _noise(rng: np.random.Generator, side: int, sigma: float) -> np.ndarray:
    """Smooth noise that wraps, with a standard deviation of 1."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    spectrum = np.fft.rfft2(rng.standard_normal((side, side))) * np.exp(-2 * (np.pi * sigma * frequency) ** 2)
    noise = np.fft.irfft2(spectrum, (side, side))
    return noise / noise.std()


def basket_weave(side: int = 320, strand: int = 20) -> np.ndarray:
    """Strands over and under one another, each of its own shade."""
    rng = np.random.Generator(np.random.Philox(11))
    y, x = np.mgrid[:side, :side].astype(float)
    y += 0.9 * _noise(rng, side, 14)
    x += 0.9 * _noise(rng, side, 14)
    row, column = np.floor(y / strand).astype(int), np.floor(x / strand).astype(int)
    over = (row + column) % 2 == 0
    shades = rng.random((2, side // strand + 4))
    shade = np.where(over, shades[0][row % (side // strand)], shades[1][column % (side // strand)])
    across = np.where(over, y, x) % strand / strand - 0.5
    along = np.where(over, x, y) % strand / strand - 0.5
    light = np.sqrt(np.clip(1 - 3.6 * across**2, 0, 1)) * (1 - 1.1 * along**2)
    rng_fibre = np.where(over, _fibres(rng, side, 0), _fibres(rng, side, 1))
    light *= 1 + 0.10 * rng_fibre + 0.04 * _noise(rng, side, 0.7)
    straw = np.stack([0.80 - 0.10 * shade, 0.62 - 0.12 * shade, 0.38 - 0.12 * shade], axis=2)
    return np.clip(straw * (0.25 + 0.8 * light[..., None]), 0, 1)


def _fibres(rng: np.random.Generator, side: int, axis: int) -> np.ndarray:
    """Noise drawn out along rows (axis 0) or columns."""
    frequency = np.fft.fftfreq(side)
    along, across = (frequency[None], frequency[:, None]) if axis == 0 else (frequency[:, None], frequency[None])
    keep = np.exp(-2 * (np.pi * 9 * along) ** 2) * np.exp(-2 * (np.pi * 0.8 * across) ** 2)
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((side, side))) * keep).real
    return noise / noise.std()


def crazy_paving(side: int = 384, spacing: int = 26) -> np.ndarray:
    """Broken stones of many sizes and colours, lit from the upper left."""
    rng = np.random.Generator(np.random.Philox(5))
    count = side // spacing
    grid = np.mgrid[:count, :count].reshape(2, -1).T
    centres = (grid + 0.1 + 0.8 * rng.random((count * count, 2))) * side / count
    size = rng.uniform(0.0, 9.0, len(centres))
    hue = rng.random((len(centres), 1))
    tone = rng.uniform(0.42, 0.86, (len(centres), 1))
    warm, cold = np.array([[1.0, 0.86, 0.70]]), np.array([[0.82, 0.90, 0.98]])
    colour = tone * (hue * warm + (1 - hue) * cold)
    y, x = np.mgrid[:side, :side].astype(float)
    y += 2.2 * _noise(rng, side, 6)
    x += 2.2 * _noise(rng, side, 6)
    first, second = np.full((side, side), np.inf), np.full((side, side), np.inf)
    owner = np.zeros((side, side), int)
    for k, (cy, cx) in enumerate(centres):
        dy, dx = np.abs(y - cy), np.abs(x - cx)
        away = np.hypot(np.minimum(dy, side - dy), np.minimum(dx, side - dx)) - size[k]
        nearer = away < first
        second = np.where(nearer, first, np.minimum(second, away))
        first = np.where(nearer, away, first)
        owner[nearer] = k
    edge = np.clip((second - first) / 13, 0, 1)
    height = np.sqrt(1 - (1 - edge) ** 2) * 8 + 0.25 * _noise(rng, side, 2)
    down = np.roll(height, -1, 0) - np.roll(height, 1, 0)
    right = np.roll(height, -1, 1) - np.roll(height, 1, 1)
    light = np.clip((1.6 + 0.9 * down + 0.9 * right) / np.sqrt(1 + 0.8 * (down**2 + right**2)) / 1.9, 0.05, 1.3)
    speckle = 1 + 0.05 * _noise(rng, side, 0.6) + 0.05 * _noise(rng, side, 3)
    stone = colour[owner] * (light * speckle)[..., None]
    gap = np.clip(edge * 4, 0, 1)[..., None]
    return np.clip(stone * gap + np.array([0.10, 0.09, 0.08]) * (1 - gap), 0, 1)


def hole(name: str) -> np.ndarray:
    """The hole of a sample: (H, W, 1), 255 inside."""
    width, height = probe(SAMPLES / name).size
    drawn = np.zeros((height, width), np.uint8)
    for thick, points in STROKES[name]:
        line = np.array([[round(x * width / 1000), round(y * width / 1000)] for x, y in points], np.int32)
        cv2.polylines(drawn, [line], False, 255, max(1, round(thick * width / 1000)))
    return drawn[..., None]


def main() -> None:
    """Writes them into resources."""
    HOLES.mkdir(exist_ok=True)
    for name, values in (("basket-weave", basket_weave()), ("crazy-paving", crazy_paving())):
        save_picture(Image((values * 255 + 0.5).astype(np.uint8)), SAMPLES / f"{name}.png")
    for name in STROKES:
        save_picture(Image(hole(name)), HOLES / f"{Path(name).stem}.png")


if __name__ == "__main__":
    main()
