"""What the makers of styles share: smooth noise, the flow of a picture, paper, and strokes of a brush."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def generator(seed: int) -> np.random.Generator:
    """Random numbers that are the same on every machine."""
    return np.random.Generator(np.random.Philox(seed))


def noise(rng: np.random.Generator, side: int, sigma: float, across: float | None = None) -> Floats:
    """(side, side) smooth noise that wraps, mean 0, deviation 1; `across` is the sigma down, if another."""
    down, right = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    keep = np.exp(-2 * np.pi**2 * ((down * (across or sigma)) ** 2 + (right * sigma) ** 2))
    made = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((side, side))) * keep, (side, side))
    centred: Floats = made - made.mean()
    return centred / centred.std()


def blurred(values: Floats, sigma: float) -> Floats:
    """The same, smoothed."""
    made: Floats = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return made


def light(colours: Floats) -> Floats:
    """(h, w, 3) -> luminance (h, w)."""
    made: Floats = colours @ np.array([0.299, 0.587, 0.114])
    return made


def flow(tone: Floats, sigma: float) -> Floats:
    """Angle along the edges of a picture, (h, w) in radians, from the smoothed structure tensor."""
    smooth = blurred(tone, 1.2)
    dy, dx = np.gradient(smooth)
    xx, yy, xy = (blurred(part, sigma) for part in (dx * dx, dy * dy, dx * dy))
    angle: Floats = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    return angle


def mixed(first: Floats, second: Floats, share: Floats) -> Floats:
    """`first` where the share is 0, `second` where it is 1."""
    made: Floats = first + (second - first) * share[..., None]
    return made


def vivid(colours: Floats, by: float) -> Floats:
    """Colours further from gray."""
    gray = light(colours)[..., None]
    made: Floats = np.clip(gray + (colours - gray) * by, 0, 1)
    return made


def paper(rng: np.random.Generator, side: int, colour: tuple[float, float, float], tooth: float = 0.02) -> Floats:
    """Paper with a grain and a little cloudiness."""
    grain = tooth * (0.7 * noise(rng, side, 0.9) + 0.5 * noise(rng, side, 2.5)) + 0.006 * noise(rng, side, 40)
    made: Floats = np.clip(np.array(colour) * (1 + grain[..., None]), 0, 1)
    return made


@dataclass(frozen=True)
class Brush:
    """How a stroke looks.

    Attributes:
        length, width: in pixels.
        bristles: how streaky, 0 smooth.
        dry: share of the stroke that misses the paper.
    """

    length: float
    width: float
    bristles: float = 0.3
    dry: float = 0.0


def _stamp(rng: np.random.Generator, brush: Brush) -> tuple[Floats, Floats]:
    """Coverage and height of one stroke lying along x, (h, w) each."""
    h, w = max(3, round(brush.width * 1.3)), max(4, round(brush.length * 1.2))
    y, x = np.mgrid[:h, :w].astype(float)
    v, u = (y - (h - 1) / 2) / (brush.width / 2), (x - (w - 1) / 2) / (brush.length / 2)
    lines = np.convolve(rng.standard_normal(h + 8), [0.2, 0.6, 0.2], "same")[4 : 4 + h, None]
    streaks = lines + 0.35 * cv2.GaussianBlur(rng.standard_normal((h, w)), (0, 0), sigmaX=max(1.0, w / 8), sigmaY=0.6)
    ends = np.abs(u) + 0.12 * np.abs(streaks)
    inside = np.clip((1 - np.abs(v)) * 4, 0, 1) * np.clip((1 - ends) * 5, 0, 1)
    cover = np.clip(inside * (1 - brush.dry * (streaks > 0.3)), 0, 1)
    height = inside * (0.6 + brush.bristles * streaks) * (0.75 + 0.25 * u) + 0.5 * inside * (np.abs(v) > 0.7)
    return cover, height


def painted(
    ground: Floats,
    source: Floats,
    angles: Floats,
    brush: Brush,
    rng: np.random.Generator,
    *,
    spacing: float,
    jitter: float = 0.04,
    turn: float = 0.15,
    where: Floats | None = None,
    height: Floats | None = None,
) -> Floats:
    """Strokes of one brush over a ground.

    Args:
        ground: (h, w, 3), painted over in place.
        source: (h, w, 3), where a stroke takes its colour from.
        angles: (h, w), the way that strokes go.
        brush: how one looks.
        rng: chance.
        spacing: pixels between strokes.
        jitter: how much colours differ from the source's.
        turn: how much ways differ, radians.
        where: (h, w) chance that a stroke is made there; everywhere when None.
        height: (h, w), how thick the paint lies; painted as well.

    Returns:
        The ground.
    """
    rows, columns = ground.shape[:2]
    stamps = [_stamp(rng, brush) for _ in range(24)]
    places = np.stack(
        np.meshgrid(np.arange(spacing / 2, rows, spacing), np.arange(spacing / 2, columns, spacing), indexing="ij"), -1
    )
    places = places.reshape(-1, 2) + rng.uniform(-spacing / 2, spacing / 2, (places.size // 2, 2))
    reach = int(np.hypot(brush.length, brush.width) * 0.65) + 2
    for y, x in places[rng.permutation(len(places))]:
        row, column = int(np.clip(y, 0, rows - 1)), int(np.clip(x, 0, columns - 1))
        if where is not None and rng.random() > where[row, column]:
            continue
        cover, thick = stamps[rng.integers(len(stamps))]
        angle = np.degrees(angles[row, column] + turn * rng.standard_normal())
        if rng.random() < 0.5:
            angle += 180
        turned = cv2.getRotationMatrix2D(((cover.shape[1] - 1) / 2, (cover.shape[0] - 1) / 2), -angle, 1.0)
        turned[:, 2] += reach - np.array([(cover.shape[1] - 1) / 2, (cover.shape[0] - 1) / 2])
        top, left = row - reach, column - reach
        a, b = max(0, -top), max(0, -left)
        c, d = min(2 * reach + 1, rows - top), min(2 * reach + 1, columns - left)
        area = (slice(top + a, top + c), slice(left + b, left + d))
        side = (2 * reach + 1, 2 * reach + 1)
        share = cv2.warpAffine(cover, turned, side, flags=cv2.INTER_LINEAR)[a:c, b:d]
        colour = np.clip(source[row, column] + jitter * (rng.standard_normal() + 0.6 * rng.standard_normal(3)), 0, 1)
        ground[area] += (colour - ground[area]) * share[..., None]
        if height is not None:
            raised = cv2.warpAffine(thick, turned, side, flags=cv2.INTER_LINEAR)[a:c, b:d]
            height[area] += (raised - height[area]) * share
    return ground


def lit(colours: Floats, height: Floats, strength: float) -> Floats:
    """Paint that stands up from the canvas, lit from the upper left."""
    dy, dx = np.gradient(blurred(height, 0.6))
    shade = np.clip(-(dx + dy) * strength, -0.35, 0.45)
    made: Floats = np.clip(
        colours * (1 + 0.9 * np.minimum(shade, 0)[..., None]) + 0.5 * np.maximum(shade, 0)[..., None], 0, 1
    )
    return made
