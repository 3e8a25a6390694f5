"""Lays the light of a picture over copied texture, so that the texture need not be torn apart to show the picture.

Source: two pictures in one by scale, Oliva, Torralba, Schyns, Hybrid Images, SIGGRAPH 2006. Ours takes from the texture
the light that is wider than its elements, gives it the picture's instead, and lays on no more of the picture's detail
than the copies lack; how far the picture's light goes is measured against the contrast of the texture itself. Where
that is not enough, a hard texture on a dull picture, the light of the texture is flattened; its colours stay.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.image import GRAY_ALPHA, Floats
from engine.kernels.channels import luminance
from engine.kernels.strips import Check, rows_of
from engine.region import Rect

Soften = Callable[[Floats, float], Floats]
"""(light (H, W), sigma in px) -> light, blurred."""

WIDE = 12.0
"""Sigma in px of the light that is taken from the texture: elements are finer, unevenness of its light is not."""
DETAIL = 1.2
"""Sigma in px of the picture's light: features of a face stay, its grain goes."""
BALANCE = 0.5
"""The amount at which light and texture are in balance."""
CONTRAST = 1.8
"""There, how much wider the light is spread than the texture: for a correlation of 0.87 if it were all."""
FAINTEST = 0.08
"""There, the least spread of the light, so that a texture of hardly any contrast shows the picture too."""
MOST = 1.6
"""How much contrast the light has at most, over the picture's own: a dull picture must stand out of a rough texture."""
LIKENESS = 0.89
"""There, the correlation with the picture below which the texture's light is flattened; clipping takes 0.02 of it."""
FLATTEST = 0.3
"""There, how much of the texture's contrast of light stays at least."""
MOST_ALIKE = 0.97
"""Of the light that is laid on and the result: a picture's own grain is not made up for by a texture without any."""
SEEN = 500
"""Rows and columns that tell how alike two lights are."""
ROOM = 0.12
"""How far at most the light stays from black and white, for the texture's own contrast."""


class Toning:
    """The light of one picture over textures of one sample.

    Args:
        wanted: float32 (H, W), 0..1, the picture's light.
        sample: float32 (h, w), 0..1, the sample's; its mean stays the middle.
        amount: 0..1; 0 nothing, 0.5 in balance, 1 twice as much, up to MOST of the picture's contrast.
        soften: a Gaussian blur.
        check: looked at between the steps of the work.
    """

    def __init__(self, wanted: Floats, sample: Floats, amount: float, soften: Soften, check: Check) -> None:
        self.amount, self._soft, self._check = amount, soften, check
        if amount <= 0:
            return
        fine = soften(wanted, DETAIL)
        check()
        apart = np.s_[:: max(1, fine.shape[0] // 500), :: max(1, fine.shape[1] // 500)]
        few = fine[apart]
        spread = float((sample - soften(sample, WIDE)).std())
        check()
        share = amount / BALANCE
        self._gain = min(MOST, share * max(CONTRAST * spread, FAINTEST) / max(float(few.std()), 1e-3))
        self._taken = min(1.0, share)
        middle = float(sample.mean())
        darkest, lightest = (float(v) * self._gain for v in np.quantile(few, (0.01, 0.99)) - few.mean())
        room = min(spread, ROOM)
        low, high = room - darkest, 1 - room - lightest
        middle = 0.5 * (low + high) if low > high else min(max(middle, low), high)
        self._middle = np.float32(middle)
        wide = soften(fine, WIDE)
        check()
        self._wide, self._detail, energy = np.empty_like(wide), np.empty_like(wide), 0.0
        for rows in rows_of(wide.shape, check):
            self._wide[rows] = (wide[rows] - np.float32(few.mean())) * np.float32(self._gain)
            self._detail[rows] = fine[rows] - wide[rows]
            energy += float(np.square(self._detail[rows]).sum())
        self._energy = energy
        grain = float(np.corrcoef(few.reshape(-1), wanted[apart].reshape(-1))[0, 1]) if few.std() > 0 else 1.0
        self._likeness = min(LIKENESS / max(grain, LIKENESS), MOST_ALIKE)
        check()

    def laid_on(self, pixels: Floats, rect: Rect | None = None) -> Floats:
        """`pixels`, float32 (rect.h, rect.w, C), 0..1, in the light of `rect` of the picture, or of all of it."""
        if self.amount <= 0:
            return pixels
        change, made = self.over(luminance(pixels, self._check), rect), np.empty_like(pixels)
        for rows in rows_of(pixels.shape, self._check):
            made[rows] = change(pixels[rows], rows)
        return made

    def over(self, light: Floats, rect: Rect | None = None) -> Callable[[Floats, slice], Floats]:
        """How to lay it on what is so light, (rect.h, rect.w): from some rows' pixels, and which rows, to these."""
        if self.amount <= 0:
            return lambda pixels, rows: pixels
        part = (rect or Rect.of(self._wide)).slices
        own = self._soft(light, WIDE)
        self._check()
        found, detail = self._soft(light, DETAIL), self._detail[part]
        for rows in rows_of(light.shape, self._check):
            found[rows] -= own[rows]
            found[rows] *= detail[rows]
        # What pieces show of the picture already is not laid on them again.
        shown = float(found.sum()) / max(self._energy if rect is None else float(np.square(detail).sum()), 1e-6)
        self._check()
        shown = min(max(shown, 0.0), self._gain)
        wide, taken = self._wide[part], np.float32(self._taken)
        kept = self._kept(light, own, wide, detail, shown)
        lacking = np.float32(self._gain - kept * shown)

        def change(pixels: Floats, rows: slice) -> Floats:
            colours = 1 if pixels.shape[2] <= GRAY_ALPHA else 3
            moved = wide[rows] + taken * (self._middle - own[rows]) + lacking * detail[rows]
            if kept < 1:
                moved -= np.float32(1 - kept) * (light[rows] - taken * own[rows] - (1 - taken) * self._middle)
            made = pixels.copy()
            made[..., :colours] += moved[..., None]
            np.clip(made[..., :colours], 0, 1, out=made[..., :colours])
            return made

        return change

    def _kept(self, light: Floats, own: Floats, wide: Floats, detail: Floats, shown: float) -> float:
        """How much of the texture's contrast of light, FLATTEST..1, lets the picture be seen.

        What is laid on and the texture add up; the correlation of the picture with laid + kept * texture falls with
        `kept` from the laid light's own, 1, and is solved for.
        """
        apart = np.s_[:: max(1, light.shape[0] // SEEN), :: max(1, light.shape[1] // SEEN)]
        picture = wide[apart] + np.float32(self._gain) * detail[apart]
        texture = light[apart] - np.float32(self._taken) * own[apart] - np.float32(shown) * detail[apart]
        (pp, pt), (_, tt) = np.cov(picture.reshape(-1), texture.reshape(-1), bias=True)
        goal = self._likeness**2
        # (pp + k pt)^2 = goal pp (pp + 2 k pt + k^2 tt), divided by pp
        a, b, c = goal * tt - pt * pt / max(pp, 1e-9), 2 * (goal - 1) * pt, (goal - 1) * pp
        if pp <= 1e-9 or a <= 0 or a + b + c <= 0:
            return 1.0
        kept = float((-b + np.sqrt(b * b - 4 * a * c)) / (2 * a))
        return 1 - self._taken * (1 - max(kept, FLATTEST))
