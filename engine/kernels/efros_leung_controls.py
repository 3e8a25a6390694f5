"""What the operations that grow pixel by pixel let an artist turn, and what they say where no window fits."""

from __future__ import annotations

from engine.errors import Unusable
from engine.params import Slider

WINDOW = 11
"""Side of the window, px, where nobody says otherwise."""
WINDOWS = Slider(
    3,
    41,
    unit="px",
    odd=True,
    help="How much around each pixel has to match; larger than the texture's largest element keeps its order",
    low_looks="grainy, elements fall apart",
    high_looks="orderly, whole pieces return",
)
TOLERANCES = Slider(
    0.0,
    1.0,
    help="How much worse than the best a match may be and still be picked",
    low_looks="faithful, repeats what is there",
    high_looks="freer, noisier",
    advanced=True,
)


def must_fit(what: str, width: int, height: int, window: int) -> None:
    """Sees to it that a window fits into a picture.

    Args:
        what: the picture's name in a sentence, as in "sample".
        width, height, window: px.

    Raises:
        Unusable: it does not.
    """
    side = min(width, height)
    if side >= window:
        return
    smaller = f" or a window of at most {side - (side + 1) % 2} px" if side >= int(WINDOWS.low) else ""
    raise Unusable(
        f"The {what} is {width} x {height} px",
        f"no window of {window} px fits inside",
        f"choose a larger {what}{smaller}",
    )
