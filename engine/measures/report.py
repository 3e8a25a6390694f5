"""All that can be said of a result, for the command line and the panel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np

from engine.errors import Unusable
from engine.image import Floats
from engine.measures.fidelity import clouds, distance, fidelity
from engine.measures.novelty import novelty
from engine.measures.repetition import repetition, strongest_echo
from engine.measures.seam import hole_seam, wrap_seam
from engine.measures.sharpness import fine_detail, sharpness
from engine.measures.structure import order_lost, structure
from engine.region import Rect


@dataclass(frozen=True)
class Figure:
    """One measure of one result.

    Attributes:
        name: for scripts ("fidelity").
        title: for people.
        value: the figure; None where it could not be measured.
        good: whether it is in the range that looks right; None where that depends on what is wanted.
        sentence: what it means here, in plain words.
    """

    name: str
    title: str
    value: float | None
    good: bool | None
    sentence: str


Measure = tuple[str, str, Callable[[], Iterator[Figure]]]
"""Its name, its title, and what takes it."""


def measured(
    result: Floats,
    sample: Floats | None = None,
    picture: Floats | None = None,
    hole: Floats | None = None,
    only: Collection[str] | None = None,
) -> list[Figure]:
    """Everything that can be measured with what is given.

    Args:
        result: float32 (H, W, C), 0..1, of any channels.
        sample: what it was made from.
        picture: what it replaces, of the same size.
        hole: float32 (H, W), where it was filled.
        only: names of the measures to take; all by default. "novelty" brings "largest-copy" and "evenness" with it.

    Raises:
        Unusable: result, picture and hole differ in size.
    """
    height, width = result.shape[:2]
    for name, other in (("picture", picture), ("hole", hole)):
        if other is not None and other.shape[:2] != (height, width):
            raise Unusable(
                f"The {name} is {other.shape[1]} x {other.shape[0]} px, the result {width} x {height}",
                "they are compared pixel by pixel",
                f"use the {name} that the result was made from",
            )
    measures: list[Measure] = []
    if sample is not None:
        measures += _against_sample(result, sample)
    if hole is not None:
        measures += _around_hole(result, hole)
    if picture is not None:
        measures.append(("changed-outside", "Changed outside", lambda: iter([_untouched(result, picture, hole)])))
    if hole is None:
        measures.append(("wrap-seam", "Seam as a tile", lambda: _wrap(result)))
    return [figure for one in measures if only is None or one[0] in only for figure in _tried(*one)]


def _tried(name: str, title: str, measure: Callable[[], Iterator[Figure]]) -> list[Figure]:
    try:
        return list(measure())
    except Unusable as reason:
        return [Figure(name, title, None, None, str(reason))]


def _against_sample(result: Floats, sample: Floats) -> list[Measure]:
    return [
        ("fidelity", "Fidelity", lambda: _fidelity(result, sample)),
        ("structure", "Structure", lambda: _structure(result, sample)),
        ("order-lost", "Order lost", lambda: _order(result, sample)),
        ("novelty", "Novelty", lambda: _novelty(result, sample)),
        ("repetition", "Repetition", lambda: _repetition(result, sample)),
        ("sharpness", "Sharpness", lambda: _sharpness(result, sample)),
    ]


def _fidelity(result: Floats, sample: Floats) -> Iterator[Figure]:
    value = fidelity(result, sample)
    if value <= 0.7:
        said = "It is more like the sample than the sample's own halves are like each other."
    elif value <= 1.2:
        said = "It is as like the sample as the sample's halves are like each other."
    elif value <= 2:
        said = "It is like the sample, but visibly not the same texture."
    else:
        said = "It is another texture than the sample."
    yield Figure("fidelity", "Fidelity", value, value <= 1.2, said)


def _structure(result: Floats, sample: Floats) -> Iterator[Figure]:
    value = structure(result, sample)
    if value <= 1.2:
        said = "Shapes, edges and their order are those of the sample."
    elif value <= 2:
        said = "Some of the sample's shapes are broken or softened."
    else:
        said = "The sample's shapes are lost."
    yield Figure("structure", "Structure", value, value <= 1.2, said)


def _order(result: Floats, sample: Floats) -> Iterator[Figure]:
    value = order_lost(result, sample)
    said = (
        "The sample's regularity, if it has one, is kept."
        if value <= 0.15
        else "Courses or rows of the sample are broken in places."
        if value <= 0.35
        else "The sample's regularity is lost."
    )
    yield Figure("order-lost", "Order lost", value, value <= 0.15, said)


def _novelty(result: Floats, sample: Floats) -> Iterator[Figure]:
    found = novelty(result, sample)
    if found.ratio < 0.25:
        said = "It is put together from pieces of the sample as they are."
    elif found.ratio <= 1.5:
        said = "Its details vary as those of the sample do."
    else:
        said = "It has details that the sample has not."
    yield Figure("novelty", "Novelty", found.ratio, None, said)
    percent = f"{found.largest:.0%}"
    if found.largest < 0.02:
        said = "No piece of any size was copied."
    else:
        said = f"The largest piece copied from the sample covers {percent} of the picture."
    yield Figure("largest-copy", "Largest copy", found.largest, found.largest < 0.25, said)
    good = found.evenness >= 0.6
    said = "The whole sample was used." if good else "A few parts of the sample were used over and over."
    yield Figure("evenness", "Even use", found.evenness, good, said)


def _repetition(result: Floats, sample: Floats) -> Iterator[Figure]:
    value = repetition(result, sample)
    if value <= 0.1:
        said = "Nothing comes back that does not come back in the sample."
    else:
        x, y = strongest_echo(result).shift
        said = f"The same forms come back {abs(x)} px across and {abs(y)} px down."
    yield Figure("repetition", "Repetition", value, value <= 0.1, said)


def _sharpness(result: Floats, sample: Floats) -> Iterator[Figure]:
    value = sharpness(result, sample)
    said = "It is as sharp as the sample."
    if value < 0.9:
        said = "It is blurred against the sample."
    elif value > 1.1:
        said = "It is noisier than the sample."
    yield Figure("sharpness", "Sharpness", value, 0.9 <= value <= 1.1, said)


def _wrap(result: Floats) -> Iterator[Figure]:
    value = wrap_seam(result)
    said = "Laid as a tile it shows no seam." if abs(value) < 2 else "Laid as a tile it shows its edges."
    yield Figure("wrap-seam", "Seam as a tile", value, None, said)


def _around_hole(result: Floats, hole: Floats) -> list[Measure]:
    return [
        ("hole-seam", "Seam of the hole", lambda: _rim(result, hole)),
        ("hole-fidelity", "Fit of the filling", lambda: _filling(result, hole)),
        ("hole-sharpness", "Sharpness of the filling", lambda: _filling_detail(result, hole)),
    ]


def _rim(result: Floats, hole: Floats) -> Iterator[Figure]:
    value = hole_seam(result, hole)
    said = "The rim of the filling cannot be seen."
    if value >= 2:
        said = "The rim of the filling shows as an edge."
    elif value <= -2:
        said = "The rim of the filling shows as a smooth band."
    yield Figure("hole-seam", "Seam of the hole", value, abs(value) < 2, said)


def _surroundings(hole: Floats) -> tuple[Rect, np.ndarray, np.ndarray]:
    """A rectangle around the hole with a good part of what is beside it; inside and outside in it, bool."""
    inside = hole > 0
    around = Rect.around(inside)
    rect = around.grown(max(32, max(around.w, around.h) // 2)).clipped(Rect.of(hole))
    within = inside[rect.slices]
    return rect, within, ~within


def _filling(result: Floats, hole: Floats) -> Iterator[Figure]:
    rect, inside, outside = _surroundings(hole)
    part = result[rect.slices]
    value = distance(clouds(part, inside), clouds(part, outside))
    said = "The filling is made of what surrounds it." if value <= 0.6 else "The filling differs from its surroundings."
    yield Figure("hole-fidelity", "Fit of the filling", value, None, said)


def _filling_detail(result: Floats, hole: Floats) -> Iterator[Figure]:
    rect, inside, outside = _surroundings(hole)
    part = result[rect.slices]
    flat = part.copy()
    flat[inside] = part[outside].mean(axis=0) if outside.any() else 0.5
    share = inside.mean()
    whole, without = fine_detail(part), fine_detail(flat)
    own = max(whole**2 - without**2, 0.0) / max(share, 1e-6)
    beside = without**2 / max(1 - share, 1e-6)
    value = float(np.sqrt(own / max(beside, 1e-12)))
    said = "The filling is about as sharp as its surroundings."
    if value < 0.6:
        said = "The filling is softer than its surroundings."
    elif value > 1.6:
        said = "The filling is busier than its surroundings."
    yield Figure("hole-sharpness", "Sharpness of the filling", value, None, said)


def _untouched(result: Floats, picture: Floats, hole: Floats | None) -> Figure:
    if result.shape[2] != picture.shape[2]:
        return Figure("changed-outside", "Changed outside", None, None, "The channels of picture and result differ.")
    changed = (result != picture).any(axis=2)
    if hole is not None:
        changed &= hole <= 0
    share = float(changed.mean())
    where = "outside the hole" if hole is not None else "in the picture"
    said = f"Nothing changed {where}." if not share else f"{share:.1%} of the pixels changed {where}."
    return Figure("changed-outside", "Changed outside", share, not share if hole is not None else None, said)
