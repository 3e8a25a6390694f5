"""Textures made on the spot, from stochastic to structured, and ways to spoil them."""

from __future__ import annotations

import cv2
import numpy as np

from engine.image import Floats


def _smooth(rng: np.random.Generator, height: int, width: int, sigma: float) -> np.ndarray:
    noise = cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), sigma)
    return noise / noise.std()


def pebbles(height: int, width: int, seed: int, spacing: int = 14) -> Floats:
    """Round stones with dark gaps: cells around jittered points, shaded towards their rim."""
    rng = np.random.default_rng(seed)
    rows, columns = height // spacing + 3, width // spacing + 3
    points = (np.mgrid[:rows, :columns].reshape(2, -1).T - 1.0 + rng.random((rows * columns, 2))) * spacing
    tone = 0.45 + 0.4 * rng.random((len(points), 1)) + 0.08 * rng.standard_normal((len(points), 3))
    y, x = np.mgrid[:height, :width]
    away = np.full((2, height, width), np.inf)
    owner = np.zeros((height, width), int)
    for k, (py, px) in enumerate(points):
        d = np.hypot(y - py, x - px)
        nearer = d < away[0]
        away[1] = np.where(nearer, away[0], np.minimum(away[1], d))
        away[0] = np.where(nearer, d, away[0])
        owner[nearer] = k
    dome = np.clip((away[1] - away[0]) / 6, 0, 1)[..., None]
    light = 1 + 0.1 * _smooth(rng, height, width, 1.0)[..., None]
    return np.clip(tone[owner] * dome**0.7 * light, 0, 1).astype(np.float32)


def bricks(height: int, width: int, seed: int, course: int = 16, length: int = 40) -> Floats:
    """Courses of bricks with pale joints, each brick of its own tone and grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(float)
    y += 0.5 * _smooth(rng, height, width, 8)
    x += 0.5 * _smooth(rng, height, width, 8)
    row = np.floor(y / course).astype(int)
    along = x + np.where(row % 2, length / 2, 0)
    column = np.floor(along / length).astype(int)
    tone = rng.random((height // course + 4, width // length + 5))[row + 1, column + 1]
    joint = np.minimum(np.minimum(y % course, course - y % course), np.minimum(along % length, length - along % length))
    brick = np.stack([0.5 + 0.3 * tone, 0.25 + 0.15 * tone, 0.18 + 0.1 * tone], axis=2)
    wall = np.where((joint < 1.5)[..., None], 0.75, brick)
    return np.clip(wall * (1 + 0.08 * _smooth(rng, height, width, 0.8)[..., None]), 0, 1).astype(np.float32)


def cut(texture: Floats, height: int, width: int, top: int = 0, left: int = 0) -> Floats:
    return np.ascontiguousarray(texture[top : top + height, left : left + width])


def patchwork(sample: Floats, size: int, seed: int, block: int = 56, overlap: int = 8, tries: int = 600) -> Floats:
    """A fair synthesis: blocks that fit their neighbours, cross-faded where they meet."""
    rng = np.random.default_rng(seed)
    made = np.zeros((size + block, size + block, 3), np.float32)
    ramp = (np.arange(1, block + 1) / (overlap + 1)).clip(0, 1).astype(np.float32)
    ys = rng.integers(0, sample.shape[0] - block + 1, tries)
    xs = rng.integers(0, sample.shape[1] - block + 1, tries)
    blocks = np.stack([sample[y : y + block, x : x + block] for y, x in zip(ys, xs, strict=True)])
    for top in range(0, size, block - overlap):
        for left in range(0, size, block - overlap):
            here = made[top : top + block, left : left + block]
            error = np.zeros(tries)
            mask = np.ones((block, block, 1), np.float32)
            if top:
                error += np.square(blocks[:, :overlap] - here[:overlap]).sum(axis=(1, 2, 3))
                mask *= ramp[:, None, None]
            if left:
                error += np.square(blocks[:, :, :overlap] - here[:, :overlap]).sum(axis=(1, 2, 3))
                mask *= ramp[None, :, None]
            here[:] = here * (1 - mask) + blocks[error.argmin()] * mask
    return made[:size, :size].copy()


def blurred(texture: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(texture, (0, 0), sigma), np.float32)


def phase_randomised(texture: Floats, seed: int) -> Floats:
    """The same spectrum, no shapes."""
    rng = np.random.default_rng(seed)
    turn = np.angle(np.fft.fft2(rng.standard_normal(texture.shape[:2])))
    turn[0, 0] = 0
    mixed = np.fft.ifft2(np.fft.fft2(texture, axes=(0, 1)) * np.exp(1j * turn)[..., None], axes=(0, 1)).real
    return np.clip(mixed, 0, 1).astype(np.float32)


def shuffled(texture: Floats, seed: int, block: int = 8) -> Floats:
    """Blocks of 8 x 8 px in random order."""
    rng = np.random.default_rng(seed)
    rows, columns = texture.shape[0] // block, texture.shape[1] // block
    blocks = texture[: rows * block, : columns * block].reshape(rows, block, columns, block, 3).swapaxes(1, 2)
    mixed = blocks.reshape(-1, block, block, 3)[rng.permutation(rows * columns)]
    return np.ascontiguousarray(
        mixed.reshape(rows, columns, block, block, 3).swapaxes(1, 2).reshape(rows * block, columns * block, 3)
    )
