"""What masks say: at their own depth, before anything is decoded, and of what may be copied from a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.image import GRAY_ALPHA, Floats, Image
from engine.operation.declaration import Input, Mask, Picture
from engine.region import Rect


def inside(mask: Input | None) -> NDArray[np.bool_]:
    """What a mask covers at all, however faintly: bool (H, W)."""
    array = mask.pixels if isinstance(mask, Image) else np.asarray(mask)
    if array.ndim == 3:
        array = array[..., : 1 if array.shape[2] <= GRAY_ALPHA else 3].max(axis=2)
    return np.asarray(array > 0)


def bounds(mask: Input | None, reach: int = 0) -> Rect:
    """The smallest rectangle with all that a mask covers, grown by `reach` px as far as the mask goes."""
    covered = inside(mask)
    return Rect.around(covered).grown(reach).clipped(Rect.of(covered))


def selection() -> Mask:
    """A role that says where the picture may change."""
    help = "Where the picture may change; everywhere if nothing is painted"
    return Mask(title="Selection", help=help, required=False)


def where_each(of: str) -> Picture:
    """A role that says where in the picture each of several things goes; `of` is what one of them is called."""
    help = f"Where each {of} goes, one gray picture for each in their order; {of}s without one take the rest"
    return Picture(of="picture", several=True, required=False, stored=True, help=help)


def sample_from(usual: str, of: str = "picture") -> Mask:
    """A role that says what may be copied of a picture; see `allowed`.

    Args:
        usual: what may be, in words, where nobody says.
        of: the role of the picture.
    """
    help = f"White may be copied from; {usual} by default"
    return Mask(title="Sample from", help=help, of=of, required=False, limits=True)


def allowed(mask: Floats | None, picture: Floats, name: str = "sample") -> NDArray[np.bool_]:
    """Which pixels of a picture may be copied: bool (H, W), at least one.

    Args:
        mask: float32 (H, W), 0..1, of a role that `limits`; None for everything.
        picture: float32 (H, W, C).
        name: of the picture, for the sentence.

    Raises:
        Unusable: nothing of it may be.
    """
    if mask is None:
        return np.ones(picture.shape[:2], np.bool_)
    usable: NDArray[np.bool_] = mask > 0.5
    if not usable.any():
        raise Unusable(f"Nothing of the {name} may be used", "its mask is black", "make some of it white")
    return usable
