"""`compare`: every synthesis method on one sample, on one sheet."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from engine import files
from engine.cli.running import attended, check_output
from engine.cli.sheet import compared_sheet
from engine.context import Context, half_of_memory
from engine.errors import Unusable
from engine.frame import Frame
from engine.image import Image
from engine.jobs.comparison import Compared, compared
from engine.operation import Operation
from engine.region import Size

LARGEST = 512
"""Pixels a side of the results, where nothing else is asked for: the slowest methods take minutes beyond."""


def compare(chosen: argparse.Namespace) -> None:
    """Runs the methods, says how each did as it is done, and writes the sheet."""
    output: Path = chosen.output
    check_output(output)
    if chosen.threads is not None and chosen.threads < 1:
        raise Unusable(f"--threads {chosen.threads} cannot work", remedy="use 1 or more")
    sample = files.open_picture(chosen.sample)
    size = chosen.size or _size(sample)
    ctx = Context(chosen.seed, size, chosen.threads, memory=half_of_memory())
    entries = attended(ctx, lambda: list(_told(ctx, sample, size, chosen.quiet)))
    if not any(entry.image for entry in entries):
        raise Unusable("No method can do this", entries[0].problem.rstrip(".") if entries else "")
    files.save_picture(compared_sheet(sample, size, entries), output)
    if chosen.report:
        _report(chosen.report, entries, size, chosen.seed)
    print(f"{len(entries)} methods on {output}")


def _size(sample: Image) -> Size:
    """Twice the sample, but not so large that it takes minutes."""
    scale = min(2.0, LARGEST / max(sample.size))
    return max(1, round(sample.size[0] * scale)), max(1, round(sample.size[1] * scale))


def _told(ctx: Context, sample: Image, size: Size, quiet: bool) -> list[Compared]:
    live = not quiet and sys.stderr.isatty()

    def watch(operation: Operation[Any], frame: Frame) -> None:
        if live:
            sys.stderr.write(f"\r\x1b[K{operation.title} {frame.fraction:4.0%} {frame.note:24.24s}")
            sys.stderr.flush()

    entries = []
    for entry in compared(ctx, sample, size, watch=watch):
        entries.append(entry)
        if live:
            sys.stderr.write("\r\x1b[K")
        if not quiet:
            said = entry.problem or " ".join(figure.sentence for figure in entry.figures)
            print(f"{entry.operation.title}: {said}", file=sys.stderr, flush=True)
    return entries


def _report(path: Path, entries: list[Compared], size: Size, seed: int) -> None:
    values = {
        "size": list(size),
        "seed": seed,
        "methods": {
            entry.operation.id: {"problem": entry.problem}
            if entry.problem
            else {figure.name: {"value": figure.value, "sentence": figure.sentence} for figure in entry.figures}
            for entry in entries
        },
    }
    try:
        path.write_text(json.dumps(values, indent=1), "utf-8")
    except OSError as problem:
        raise Unusable(f"The report {path} cannot be written", problem.strerror or "", "choose another place") from None
