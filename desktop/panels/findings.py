"""What an operation found out about its result, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.image import Image

if TYPE_CHECKING:
    from engine.measures.report import Figure

SEAMLESS = 2.0
"""A joint that stands out less than this is not seen; see `engine.measures.seam`."""

CALM = 0.2
"""An echo weaker than this is not seen; see `engine.measures.repetition`."""


def figures(findings: Mapping[str, float]) -> list[Figure]:
    """One figure for each thing found; what can be compared with a figure from before the work stands first."""
    from engine.measures.report import Figure

    compared = [name for name in findings if f"{name} before" in findings]
    names = dict.fromkeys([*compared, *(name for name in findings if not name.endswith(" before"))])
    told = {name: _told(name, findings) for name in names}
    return [Figure(name, name.capitalize(), findings[name], good, said) for name, (good, said) in told.items()]


def sentence(findings: Mapping[str, float]) -> str:
    """All of it in a line or two; empty where nothing was found."""
    return " ".join(figure.sentence for figure in figures(findings))


def along(others: Sequence[Image]) -> str:
    """Names the pictures that were made along; empty where there are none."""
    if not others:
        return ""
    names = [Path(image.name).stem or f"number {number}" for number, image in enumerate(others, 1)]
    if len(names) == 1:
        return f"{names[0]} was made along in the same way."
    return f"{', '.join(names[:-1])} and {names[-1]} were made along in the same way."


def seam(value: float) -> str:
    """The figure of a seam as it is written everywhere; what rounds to nothing has no sign."""
    return f"{round(value, 1) + 0.0:.1f}"


def _told(name: str, findings: Mapping[str, float]) -> tuple[bool | None, str]:
    value, before = findings[name], findings.get(f"{name} before")
    if name == "seam":
        was = "" if before is None else f", before {seam(before)}"
        good = abs(value) < SEAMLESS
        return good, f"{'No seam shows' if good else 'A seam still shows'} where it repeats ({seam(value)}{was})."
    if name == "kept":
        share = "All" if value >= 0.995 else f"{value:.0%}"
        return None, f"{share} of it is the picture as it was."
    if name == "repetition":
        good = value <= CALM
        return (
            good,
            "Nothing comes back inside of it." if good else f"The same forms come back inside of it ({value:.2f}).",
        )
    was = "" if before is None else f", before {before:.2g}"
    return None, f"{name.capitalize()}: {value:.2g}{was}."
