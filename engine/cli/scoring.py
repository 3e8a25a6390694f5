"""`measure`: the measures of engine/measures, in figures and in words."""

from __future__ import annotations

import argparse
import json

from engine import files
from engine.errors import Unusable


def measure(chosen: argparse.Namespace) -> None:
    """Prints the measures of one result."""
    from engine.measures import measured  # brings torch, which no other command needs

    if bool(chosen.picture) != bool(chosen.hole):
        raise Unusable("A hole and its picture belong together", remedy="give both --picture and --hole")
    result = files.open_picture(chosen.result).decoded()
    sample = files.open_picture(chosen.sample).decoded() if chosen.sample else None
    picture = files.open_picture(chosen.picture).decoded() if chosen.picture else None
    hole = files.open_mask(chosen.hole) if chosen.hole else None
    figures = measured(result, sample=sample, picture=picture, hole=hole)
    if chosen.json:
        print(
            json.dumps(
                {figure.name: {"value": figure.value, "sentence": figure.sentence} for figure in figures}, indent=1
            )
        )
        return
    for figure in figures:
        value = "       -" if figure.value is None else f"{figure.value:8.3f}"
        print(f"{figure.name:24s} {value}  {figure.sentence}")
