"""Styles of our own that are printed or drawn in lines and dots, and patterns of ink, glass and light."""

from __future__ import annotations

import cv2
import numpy as np
from style_tools import Floats, blurred, generator, light, mixed, noise, paper, vivid


def _toned(source: Floats) -> Floats:
    tone = light(source)
    low, high = np.quantile(tone, (0.02, 0.98))
    made: Floats = np.clip((tone - low) / (high - low), 0, 1)
    return made


def woodcut(source: Floats, seed: int = 31) -> Floats:
    """Black ink from a block of wood: lines that swell with the shadow, and the grain of the board."""
    rng, side = generator(seed), len(source)
    tone = blurred(_toned(source), 1.8)
    y, x = np.mgrid[:side, :side].astype(float)
    relief = blurred(tone, 9) * 46
    phase = (y + relief + 3.0 * noise(rng, side, 26)) / 8.5
    line = 0.5 + 0.5 * np.cos(2 * np.pi * phase)
    second = 0.5 + 0.5 * np.cos(2 * np.pi * (0.75 * x + 0.66 * y + relief + 3 * noise(rng, side, 26)) / 9.5)
    chips = 0.10 * noise(rng, side, 5, 0.9)
    carved = np.minimum(line + chips, np.where(tone < 0.33, 1.15 - second + chips, 9))
    white = 1 / (1 + np.exp(-(carved - (1.10 - 1.15 * tone)) * 16))
    outline = np.clip((np.hypot(*np.gradient(blurred(_toned(source), 1.6))) - 0.045) * 40, 0, 1)
    white = white * (1 - outline)
    wood = noise(rng, side, 60, 1.1) + 0.4 * noise(rng, side, 1.2)
    ink = np.clip(1 - white, 0, 1) * np.clip(0.97 - 0.10 * np.clip(wood - 0.4, 0, 3), 0, 1)
    return mixed(paper(rng, side, (0.94, 0.89, 0.78)), np.full((side, side, 3), (0.09, 0.08, 0.09)), ink)


def engraving(source: Floats, seed: int = 32) -> Floats:
    """Fine lines of a burin that follow the form, crossed in the shadows."""
    rng, side = generator(seed), len(source)
    fine = cv2.resize(_toned(source), (2 * side, 2 * side), interpolation=cv2.INTER_CUBIC)
    tone = np.clip(blurred(fine, 2.0), 0, 1) ** 0.9
    y, x = np.mgrid[: 2 * side, : 2 * side].astype(float)
    form = blurred(fine, 14) * 70
    ink = np.zeros_like(tone)
    for angle, below, period in ((0.35, 0.97, 8.6), (-0.55, 0.50, 8.6), (1.2, 0.24, 9.4)):
        phase = (np.cos(angle) * y + np.sin(angle) * x + form * np.cos(angle)) / period
        wave = 0.5 + 0.5 * np.cos(2 * np.pi * phase)
        width = np.clip((below - tone) / below * 0.86 + 0.06, 0, 0.92) * (tone < below)
        ink = np.maximum(ink, 1 / (1 + np.exp(-(wave - (1 - width)) * 26)))
    small = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)
    small = np.clip(small * (1 + 0.10 * noise(rng, side, 1.0)), 0, 1)
    return mixed(paper(rng, side, (0.955, 0.925, 0.85), 0.016), np.full((side, side, 3), (0.13, 0.10, 0.08)), small)


def stipple(source: Floats, seed: int = 33) -> Floats:
    """Ink dots, closer where it is darker, none on top of another."""
    rng, side = generator(seed), len(source)
    tone = np.clip(_toned(source), 0, 1)
    apart = 2.3 + 9.5 * tone**1.7
    scale = 3
    ink = np.zeros((side * scale, side * scale), np.uint8)
    cell = 2
    grid: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    for y, x in rng.uniform(0, side, (150_000, 2)):
        need = apart[int(y), int(x)]
        reach = int(need // cell) + 1
        gy, gx = int(y) // cell, int(x) // cell
        near = (
            spot
            for a in range(gy - reach, gy + reach + 1)
            for b in range(gx - reach, gx + reach + 1)
            for spot in grid.get((a, b), ())
        )
        if any((y - v) ** 2 + (x - u) ** 2 < (0.5 * (need + other)) ** 2 for v, u, other in near):
            continue
        grid.setdefault((gy, gx), []).append((y, x, need))
        radius = (1.25 - 0.35 * tone[int(y), int(x)]) * rng.uniform(0.8, 1.15)
        centre = (round(x * scale * 16), round(y * scale * 16))
        cv2.circle(ink, centre, round(radius * scale * 16), 255, -1, cv2.LINE_AA, shift=4)
    share = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA) / 255.0
    return mixed(paper(rng, side, (0.965, 0.95, 0.91)), np.full((side, side, 3), (0.08, 0.09, 0.14)), share * 0.96)


def risograph(source: Floats, seed: int = 34) -> Floats:
    """Three drums of bright ink, each screen at its angle and none quite in register."""
    rng, side = generator(seed), len(source)
    colours = vivid(source, 1.5)
    y, x = np.mgrid[:side, :side].astype(float)
    inks = (
        ((0.98, 0.86, 0.20), 0.09, (1.5, -1.0), 1 - colours[..., 2]),
        ((1.00, 0.33, 0.47), 1.31, (-2.5, 1.5), 1 - colours[..., 1]),
        ((0.05, 0.37, 0.62), 0.52, (1.0, 2.5), 1 - colours[..., 0]),
    )
    printed = paper(rng, side, (0.965, 0.945, 0.90), 0.015)
    for ink, angle, (down, right), amount in inks:
        amount = np.clip(blurred(np.roll(amount, (round(down), round(right)), (0, 1)), 1.2) * 1.12 - 0.04, 0, 1)
        u, v = np.cos(angle) * x + np.sin(angle) * y, -np.sin(angle) * x + np.cos(angle) * y
        screen = 0.5 + 0.25 * (np.cos(2 * np.pi * u / 6.6) + np.cos(2 * np.pi * v / 6.6))
        dots = 1 / (1 + np.exp(-(amount - screen) * 18))
        uneven = np.clip(0.90 + 0.06 * noise(rng, side, 30) + 0.09 * noise(rng, side, 0.7), 0, 1)
        printed *= 1 - (1 - np.array(ink)) * (dots * uneven)[..., None]
    return np.clip(printed, 0, 1)


JEWELS = np.array(
    [
        (0.06, 0.16, 0.62), (0.10, 0.42, 0.85), (0.78, 0.06, 0.10), (0.95, 0.32, 0.08), (0.99, 0.76, 0.16),
        (0.04, 0.48, 0.24), (0.45, 0.10, 0.52), (0.62, 0.86, 0.90), (0.98, 0.93, 0.78),
    ]
)  # fmt: skip


def stained_glass(side: int = 512, seed: int = 35) -> Floats:
    """Panes between lead cames, lit from behind."""
    rng = generator(seed)
    centres = rng.uniform(0, side, (300, 2))
    y, x = np.mgrid[:side, :side].astype(float)
    warped = y + 1.5 * noise(rng, side, 14), x + 1.5 * noise(rng, side, 14)
    for _ in range(2):
        first, second, owner = _nearest(warped, centres)
        counts = np.maximum(np.bincount(owner.ravel(), minlength=len(centres)), 1)
        middle = [np.bincount(owner.ravel(), part.ravel(), len(centres)) / counts for part in (y, x)]
        centres = 0.5 * centres + 0.5 * np.stack(middle, 1)
    first, second, owner = _nearest(warped, centres)
    counts = np.maximum(np.bincount(owner.ravel(), minlength=len(centres)), 1)
    # Neighbours share a family of colours, with a stranger here and there.
    fields = np.stack([noise(rng, side, 55) for _ in JEWELS])
    weighed = np.stack([np.bincount(owner.ravel(), field.ravel(), len(centres)) for field in fields]) / counts
    pane = JEWELS[np.argmax(weighed + 0.5 * rng.standard_normal(weighed.shape), axis=0)]
    pane = pane * rng.uniform(0.85, 1.1, (len(centres), 1))
    seeds = 1 + 0.07 * noise(rng, side, 7) + 0.05 * noise(rng, side, 1.6) + 0.05 * noise(rng, side, 40, 3)
    glass = np.clip(pane, 0, 1)[owner] * seeds[..., None]
    edge = second - first
    glass *= np.clip(0.72 + edge / 34, 0, 1.15)[..., None]
    lead = 1 / (1 + np.exp((edge - 5.2) * 1.6))
    came = np.clip(0.10 + 0.16 * np.exp(-((edge - 1.5) ** 2) / 3), 0, 1)[..., None] * np.array([0.95, 1.0, 1.08])
    glowing = np.clip(glass, 0, 1) + 0.10 * blurred(np.clip(glass, 0, 1), 5)
    return np.clip(mixed(glowing, came, lead), 0, 1)


def _nearest(at: tuple[Floats, Floats], centres: Floats) -> tuple[Floats, Floats, np.ndarray]:
    first, second = np.full(at[0].shape, np.inf), np.full(at[0].shape, np.inf)
    owner = np.zeros(at[0].shape, int)
    for k, (cy, cx) in enumerate(centres):
        away = np.hypot(at[0] - cy, at[1] - cx)
        nearer = away < first
        second = np.where(nearer, first, np.minimum(second, away))
        first = np.where(nearer, away, first)
        owner[nearer] = k
    return first, second, owner


def suminagashi(side: int = 512, seed: int = 36) -> Floats:
    """Ink floated on water in rings, blown about and taken up by paper (drops as in Jaffer, Mathematical Marbling)."""
    rng = generator(seed)
    y, x = np.mgrid[:side, :side].astype(float)
    y, x = y + 26 * noise(rng, side, 46) + 5 * noise(rng, side, 15), x + 26 * noise(rng, side, 46)
    drops = []
    spots = rng.uniform(0, side, (8, 2))
    for k in range(330):
        spot = spots[(k // 2) % 8] + 5 * rng.standard_normal(2)
        drops.append((spot, rng.uniform(14, 23), k % 2, rng.uniform(0.45, 1.0)))
    kind, shade = _dropped(y, x, drops)
    ink = np.array([(0.10, 0.13, 0.22), (0.13, 0.29, 0.44), (0.06, 0.06, 0.08)])
    picked = ink[(shade * 97).astype(int) % 3]
    share = np.where(kind == 1, shade, 0.05 * shade) * np.clip(1 + 0.2 * noise(rng, side, 12), 0, 1.2)
    sheet = paper(rng, side, (0.955, 0.94, 0.895), 0.02)
    fibres = np.clip(noise(rng, side, 0.7, 14) - 2.2, 0, 1) * 0.15
    return np.clip(mixed(sheet, picked, np.clip(blurred(share, 0.7) - fibres, 0, 1)), 0, 1)


def _dropped(y: Floats, x: Floats, drops: list[tuple[Floats, float, int, float]]) -> tuple[Floats, Floats]:
    """Which drop's ink lies where: followed back from the last drop to the first. Kind and shade; -1 for none."""
    kind, shade = np.full(y.shape, -1.0), np.zeros(y.shape)
    y, x = y.copy(), x.copy()
    for (cy, cx), radius, what, deep in reversed(drops):
        dy, dx = y - cy, x - cx
        far = dy * dy + dx * dx
        free = kind < 0
        hit = free & (far < radius * radius)
        kind[hit], shade[hit] = what, deep
        back = np.sqrt(np.clip(1 - radius * radius / np.maximum(far, 1e-9), 0, 1))
        y, x = cy + dy * back, cx + dx * back
    return kind, shade


def ebru(side: int = 512, seed: int = 37) -> Floats:
    """Marbled paper: stones of colour drawn out by a comb, down and up, then a wide rake across."""
    rng = generator(seed)
    inks = np.array(
        [
            (0.72, 0.13, 0.14),
            (0.10, 0.20, 0.43),
            (0.93, 0.76, 0.33),
            (0.95, 0.92, 0.84),
            (0.08, 0.42, 0.42),
            (0.07, 0.07, 0.10),
        ]
    )
    y, x = np.mgrid[:side, :side].astype(float)
    x = x + 22 * np.sin(2 * np.pi * (y / 190 + 0.1)) + 6 * noise(rng, side, 40)
    for pitch, reach, sign in ((52.0, 46.0, 1), (52.0, 46.0, -1)):
        offset = 0.0 if sign > 0 else pitch / 2
        away = np.abs((x - offset) % pitch - pitch / 2)
        y = y + sign * reach * np.exp(-((pitch / 2 - away) ** 2) / 90)
    drops = []
    for k in range(900):
        radius = rng.uniform(14, 30) if k < 560 else rng.uniform(6, 13)
        drops.append((rng.uniform(-60, side + 60, 2), radius, int(rng.integers(6)), rng.uniform(0.9, 1.06)))
    kind, shade = _dropped(y, x, drops)
    colours = inks[np.maximum(kind, 0).astype(int)] * np.where(kind < 0, 1, shade)[..., None]
    colours[kind < 0] = inks[1]
    uneven = 1 + 0.03 * noise(rng, side, 0.8) + 0.05 * noise(rng, side, 24)
    return np.clip(cv2.GaussianBlur(colours, (0, 0), 0.6) * uneven[..., None], 0, 1)


def cyanotype(side: int = 512, seed: int = 38) -> Floats:
    """Ferns laid on blueprint paper: white where they kept the sun away."""
    rng = generator(seed)
    scale = 2
    shadow = np.zeros((side * scale, side * scale), np.float32)
    for _ in range(13):
        layer = np.zeros_like(shadow)
        base, heading = rng.uniform(0, side, 2) * scale, rng.uniform(0, 2 * np.pi)
        length, bend = rng.uniform(230, 420) * scale, rng.uniform(-0.9, 0.9)
        stem = [base]
        for k in range(30):
            heading += bend / 30
            stem.append(stem[-1] + length / 30 * np.array([np.cos(heading), np.sin(heading)]))
            leaf = 0.26 * length * np.sin(np.pi * (0.06 + 0.94 * (1 - k / 30)) * 0.9) * (1 - 0.4 * k / 30)
            for hand in (-1, 1):
                way = heading + hand * 1.05
                tip = stem[-1] + leaf * np.array([np.cos(way), np.sin(way)])
                for j in range(1, 15):
                    at = stem[-1] + (tip - stem[-1]) * j / 15
                    size = (max(1.5, 0.05 * leaf * (1.1 - j / 15)), max(1.2, 0.016 * leaf * (1.1 - j / 15)))
                    for side_way in (way - 0.9, way + 0.9):
                        centre = at + size[0] * np.array([np.cos(side_way), np.sin(side_way)])
                        cv2.ellipse(
                            layer, tuple(np.round(centre * 16).astype(int).tolist()),
                            (round(size[0] * 16), round(size[1] * 16)), np.degrees(side_way), 0, 360, 1.0, -1,
                            cv2.LINE_AA, shift=4,
                        )  # fmt: skip
                cv2.line(
                    layer, *(tuple(np.round(p).astype(int).tolist()) for p in (stem[-1], tip)), 1.0, 2, cv2.LINE_AA
                )
        track = np.round(np.array(stem)).astype(np.int32)
        cv2.polylines(layer, [track], False, 1.0, 5, cv2.LINE_AA)
        shadow = np.maximum(shadow, cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.6, 4.0)) * rng.uniform(0.6, 1.0))
    kept = cv2.resize(shadow, (side, side), interpolation=cv2.INTER_AREA).astype(float)
    wash = 1 + 0.06 * noise(rng, side, 40) + 0.05 * noise(rng, side, 50, 5) + 0.03 * noise(rng, side, 1)
    blue = np.clip(np.array([0.05, 0.19, 0.42]) * wash[..., None], 0, 1)
    return np.clip(mixed(blue, paper(rng, side, (0.90, 0.94, 0.96), 0.02), np.clip(kept * 0.95, 0, 1)), 0, 1)


def batik(side: int = 512, seed: int = 39) -> Floats:
    """Wax and indigo: dots and scales resisted in two baths, with the crackle of the wax."""
    rng = generator(seed)
    y, x = np.mgrid[:side, :side].astype(float)
    y, x = y + 2.2 * noise(rng, side, 12), x + 2.2 * noise(rng, side, 12)
    cell = 64.0
    first, second = np.zeros((side, side)), np.zeros((side, side))
    for row in range(-1, int(side / cell * 2) + 3):
        shift = cell / 2 if row % 2 else 0.0
        v, u = y - row * cell / 2, (x + shift) % cell - cell / 2
        away = np.hypot(v, u)
        scale = (v < 2) & (away < cell / 2)
        rings = 0.5 + 0.5 * np.cos(2 * np.pi * away / 10.7)
        first = np.where(scale, rings, first)
        second = np.where(scale, np.clip(1 - np.abs(away - 25) / 3, 0, 1), second)
    angle = np.arctan2((y % 128) - 64, (x % 128) - 64)
    flower = np.hypot((y % 128) - 64, (x % 128) - 64) < 25 + 9 * np.cos(6 * angle)
    first = np.where(flower, 0.5 + 0.5 * np.cos(6 * angle + np.pi), first)
    crack = np.abs(noise(rng, side, 9) + 0.5 * noise(rng, side, 4))
    crackle = np.clip(1 - crack / 0.05, 0, 1) + np.clip(1 - np.abs(noise(rng, side, 16)) / 0.02, 0, 1)
    cloth = np.array([0.93, 0.87, 0.74]) * (1 + 0.03 * noise(rng, side, 0.6, 2))[..., None]
    light_bath, deep = np.array([0.72, 0.38, 0.20]), np.array([0.10, 0.13, 0.30])
    dyed = mixed(cloth, np.broadcast_to(light_bath, cloth.shape), 1 / (1 + np.exp(-(0.62 - first) * 14)))
    dyed = mixed(dyed, np.broadcast_to(deep, cloth.shape), 1 / (1 + np.exp(-(0.28 - first) * 14)))
    dyed = mixed(dyed, np.broadcast_to(deep, cloth.shape), np.clip(0.8 * crackle, 0, 1))
    return np.clip(dyed * (1 + 0.05 * noise(rng, side, 30))[..., None], 0, 1)
