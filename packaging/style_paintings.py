"""Styles of our own that are painted from the sample pictures: oil, crayon, points, watercolour, charcoal, mosaic."""

from __future__ import annotations

import cv2
import numpy as np
from style_tools import Brush, Floats, blurred, flow, generator, light, lit, mixed, noise, painted, paper, vivid


def oil(source: Floats, seed: int = 21) -> Floats:
    """Thick oil with visible bristles, large strokes below and small ones where there is something to say."""
    rng, side = generator(seed), len(source)
    colours = vivid(source, 1.5)
    tone = light(colours)
    canvas = np.clip(blurred(colours, 20) * 0.8 + np.array([0.10, 0.05, 0.02]), 0, 1)
    height = np.zeros((side, side))
    detail = np.abs(tone - blurred(tone, 6))
    detail = np.clip(blurred(detail, 3) * 22, 0, 1)
    swirl = flow(tone, 10) + 0.5 * noise(rng, side, 60)
    for width, sigma, chance in ((26, 9, None), (14, 4, None), (7, 1.6, 0.15 + 0.85 * detail)):
        brush = Brush(width * 3.2, width, 0.45)
        painted(
            canvas,
            blurred(colours, sigma),
            swirl,
            brush,
            rng,
            spacing=width * 0.62,
            jitter=0.055,
            where=chance,
            height=height,
        )
    return lit(canvas, height, 0.55)


def crayon(source: Floats, seed: int = 22) -> Floats:
    """Wax crayons on toothed paper: the valleys stay white."""
    rng, side = generator(seed), len(source)
    colours = vivid(source, 1.9)
    tooth = 0.8 * noise(rng, side, 1.4) + 0.6 * noise(rng, side, 3.2)
    drawn = paper(rng, side, (0.97, 0.955, 0.91), 0.015)
    box = np.array(
        [
            (0.86, 0.16, 0.15), (0.96, 0.55, 0.12), (0.99, 0.83, 0.20), (0.45, 0.72, 0.24), (0.08, 0.45, 0.27),
            (0.15, 0.45, 0.78), (0.10, 0.16, 0.47), (0.47, 0.22, 0.60), (0.93, 0.48, 0.60), (0.47, 0.28, 0.15),
            (0.12, 0.11, 0.13), (0.55, 0.78, 0.90), (0.93, 0.76, 0.58),
        ]
    )  # fmt: skip
    ways = flow(light(colours), 14)
    for number, (width, turn) in enumerate(((8, 0.0), (6, 0.9), (4, -0.6))):
        near = np.linalg.norm(blurred(colours, 2.5)[:, :, None] - box, axis=3)
        chosen = box[np.argmin(near + 0.05 * rng.standard_normal(near.shape[:2])[..., None] * number, axis=2)]
        layer = drawn.copy()
        dark = np.clip(1.25 - light(colours), 0.1, 1) if number else None
        painted(
            layer, chosen, ways + turn, Brush(46, width, 0.5, 0.4), rng, spacing=width * 1.15, jitter=0.03, where=dark
        )
        caught = 0.92 / (1 + np.exp(-(tooth + (1.1, 0.6, 0.3)[number]) * 2.2))
        drawn = mixed(drawn, layer, caught)
    return np.clip(drawn, 0, 1)


def points(source: Floats, seed: int = 23) -> Floats:
    """Dots of pure colour that mix in the eye, with their complements among them."""
    rng, side = generator(seed), len(source)
    colours = vivid(blurred(np.clip(source, 0, 1) ** 0.7, 2), 1.9)
    canvas = paper(rng, side, (0.93, 0.90, 0.80))
    hsv = cv2.cvtColor(colours.astype(np.float32), cv2.COLOR_RGB2HSV).astype(float)
    for radius, count in ((8.0, 9000), (6.0, 9000), (4.5, 9000)):
        for y, x in rng.uniform(0, side, (count, 2)):
            hue, saturation, value = hsv[int(y), int(x)]
            turn = 180 if rng.random() < 0.06 else 16 * rng.standard_normal()
            saturation = np.clip(0.25 + 0.9 * saturation + 0.12 * rng.standard_normal(), 0, 1)
            value = np.clip(value + 0.07 * rng.standard_normal() + 0.05, 0.12, 1)
            one = np.array([[[(hue + turn) % 360, saturation, value]]], np.float32)
            colour = cv2.cvtColor(one, cv2.COLOR_HSV2RGB)[0, 0]
            size = (radius * rng.uniform(0.75, 1.2), radius * rng.uniform(0.6, 1.0))
            centre = (round(x * 16), round(y * 16))
            axes = (round(size[0] * 8), round(size[1] * 8))
            cv2.ellipse(canvas, centre, axes, rng.uniform(0, 180), 0, 360, colour.tolist(), -1, cv2.LINE_AA, shift=4)
    grain = 1 + 0.05 * noise(rng, side, 0.8) + 0.03 * noise(rng, side, 3)
    return np.clip(canvas * grain[..., None], 0, 1)


def watercolour(source: Floats, seed: int = 24) -> Floats:
    """Washes that pool at their edges on cold-pressed paper."""
    rng, side = generator(seed), len(source)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    wobble = [(y + 5 * noise(rng, side, 9), x + 5 * noise(rng, side, 9)) for _ in range(4)]
    grain = noise(rng, side, 1.3) + 0.6 * noise(rng, side, 3)
    sheet = paper(rng, side, (0.985, 0.975, 0.945), 0.012) * (1 + 0.016 * grain[..., None])
    colours = vivid(np.clip(source, 0.02, 1) ** 0.75, 1.6)
    smooth = colours.astype(np.float32)
    for _ in range(6):
        smooth = cv2.bilateralFilter(smooth, 9, 0.12, 7)
    density = np.zeros_like(colours)
    tone = light(smooth.astype(float))
    for k, (level, share) in enumerate(((0.86, 0.30), (0.62, 0.35), (0.40, 0.30), (0.22, 0.45))):
        moved = cv2.remap(
            tone.astype(np.float32), wobble[k][1].astype(np.float32), wobble[k][0].astype(np.float32), cv2.INTER_LINEAR
        )
        wash = 1 / (1 + np.exp((moved.astype(float) - level) * 34))
        wash = blurred(wash, 0.8)
        rim = np.clip(wash - blurred(wash, 4.5), 0, 1)
        flow_in = np.clip(1 + 0.22 * noise(rng, side, 22) + 0.12 * grain, 0.3, 2)
        tint = -np.log(np.clip(blurred(smooth.astype(float), 3), 0.04, 0.995))
        density += tint * (share * wash * flow_in + 0.75 * rim)[..., None]
    bloom = np.clip(noise(rng, side, 26) - 1.3, 0, 1)
    density *= (1 - 0.35 * np.clip(bloom, 0, 1))[..., None]
    return np.clip(sheet * np.exp(-density), 0, 1)


def charcoal(source: Floats, seed: int = 25) -> Floats:
    """Charcoal and white chalk on warm gray paper."""
    rng, side = generator(seed), len(source)
    tone = light(source)
    tone = np.clip((tone - np.quantile(tone, 0.02)) / (np.quantile(tone, 0.98) - np.quantile(tone, 0.02)), 0, 1)
    tooth = 0.6 * noise(rng, side, 1.1) + 0.6 * noise(rng, side, 2.6) + 0.3 * noise(rng, side, 30, 0.8)
    sheet = paper(rng, side, (0.70, 0.65, 0.57), 0.02)
    ways = flow(tone, 7)
    edges = np.clip((blurred(tone, 2.5) - blurred(tone, 1)) * 9, 0, 1)
    dark = np.clip((0.62 - tone) * 1.7, 0, 1)
    for width, length, want, ink in (
        (14, 60, dark, 0.16),
        (6, 40, np.clip(dark * 1.2, 0, 1), 0.09),
        (3, 22, np.clip(dark * 0.8 + edges, 0, 1), 0.05),
    ):
        layer = sheet.copy()
        black = np.full_like(sheet, ink)
        painted(layer, black, ways + 0.3, Brush(length, width, 0.6, 0.3), rng, spacing=width, jitter=0.02, where=want)
        sheet = mixed(sheet, layer, 0.95 / (1 + np.exp(-(tooth + 0.45) * 2.0)))
    smudged = blurred(sheet, 3)
    sheet = mixed(sheet, smudged, 0.35 * np.clip(noise(rng, side, 40), 0, 1))
    layer = sheet.copy()
    chalk = np.full_like(sheet, 0.96)
    bright = np.clip((tone - 0.72) * 3.2, 0, 1)
    painted(layer, chalk, ways - 0.3, Brush(30, 5, 0.6, 0.3), rng, spacing=4.5, jitter=0.01, where=bright)
    return np.clip(mixed(sheet, layer, 0.9 / (1 + np.exp(-(tooth + 0.2) * 2.0))), 0, 1)


def tesserae(source: Floats, seed: int = 26) -> Floats:
    """A mosaic of small stones laid in rows along the edges."""
    rng, side = generator(seed), len(source)
    colours = vivid(np.clip(source, 0, 1) ** 0.72, 1.8)
    ways = flow(light(colours), 6)
    grout = paper(rng, side, (0.24, 0.22, 0.20), 0.06)
    made, height = grout.copy(), np.zeros((side, side))
    taken = np.zeros((side, side), np.uint8)
    size = 10.5
    soft = blurred(colours, 2.5)
    grid = np.stack(np.meshgrid(np.arange(0, side, 1.6), np.arange(0, side, 1.6), indexing="ij"), -1).reshape(-1, 2)
    # Stones are laid from the strongest edges outwards: rows then follow what the picture shows.
    tone = light(soft)
    strength = np.hypot(*np.gradient(tone))
    order = np.argsort(
        -blurred(strength, 5)[grid[:, 0].astype(int), grid[:, 1].astype(int)] + 0.002 * rng.random(len(grid))
    )
    for y, x in grid[order]:
        row, column = int(y), int(x)
        if taken[row, column]:
            continue
        angle, half = ways[row, column], size * rng.uniform(0.44, 0.52)
        along = np.array([np.cos(angle), np.sin(angle)]) * half
        over = np.array([-along[1], along[0]]) * rng.uniform(0.85, 1.1)
        corners = [np.array([x, y]) + a * along + b * over for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        stone = np.array([corner + rng.uniform(-0.7, 0.7, 2) for corner in corners])
        low, high = np.floor(stone.min(0)).astype(int) - 2, np.ceil(stone.max(0)).astype(int) + 3
        low, high = np.maximum(low, 0), np.minimum(high, side)
        if (high <= low).any():
            continue
        area = (slice(low[1], high[1]), slice(low[0], high[0]))
        mask = np.zeros((high - low)[::-1], np.uint8)
        cv2.fillConvexPoly(mask, np.round((stone - low) * 16).astype(np.int32), 255, cv2.LINE_AA, shift=4)
        if (taken[area][mask > 128] > 0).mean() > 0.16:
            continue
        share = (mask / 255.0) * (taken[area] == 0)
        colour = np.clip(soft[row, column] * rng.uniform(0.86, 1.12) + 0.025 * rng.standard_normal(3), 0, 1)
        made[area] = mixed(made[area], np.broadcast_to(colour, made[area].shape), share)
        tilt = rng.uniform(-0.06, 0.06, 2)
        v, u = np.mgrid[area[0], area[1]]
        height[area] += share * (1 + tilt[0] * (v - y) + tilt[1] * (u - x))
        taken[area] |= cv2.dilate((mask > 100).astype(np.uint8), np.ones((2, 2), np.uint8))
    speckle = 1 + 0.05 * noise(rng, side, 0.7) + 0.04 * noise(rng, side, 2.5)
    return lit(made * speckle[..., None], blurred(height, 0.7), 0.45)
