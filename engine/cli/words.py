"""Which words and options there are: argparse, built from the catalogue."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import catalog
from engine.operation import Operation
from engine.params import Choice, Field, Slider, Toggle
from engine.region import Size

DEVICES = ("auto", "cpu", "cuda", "mps")


def parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser for these words: operations' own options are made only for the operation that is named."""
    top = argparse.ArgumentParser(prog="scumble", description="Take texture from any picture and put it anywhere.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    listed = commands.add_parser("list", help="every operation")
    listed.add_argument("--json", action="store_true", help="inputs and parameters too, as JSON")

    described = commands.add_parser("describe", help="one operation: what it does and what its parameters look like")
    described.add_argument("operation", choices=list(catalog.operations()), metavar="OPERATION")
    described.add_argument("--json", action="store_true")

    run = commands.add_parser("run", help="run an operation", description="`scumble list` names the operations.")
    names = run.add_subparsers(dest="operation", required=True, metavar="OPERATION")
    wanted = words[1] if len(words) > 1 and words[0] == "run" else None
    for name, operation in catalog.operations().items():
        one = names.add_parser(name, help=operation.summary, description=operation.summary)
        if name == wanted:
            _add_operation(one, operation)

    replay = commands.add_parser("replay", help="the same job again, byte for byte")
    replay.add_argument("recipe", type=Path, help="a recipe, or a picture that carries one")
    replay.add_argument("-o", "--output", type=Path)
    _add_run_options(replay, seed=False)

    batch = commands.add_parser("batch", help="one job over many files")
    batch.add_argument("recipe", type=Path)
    batch.add_argument("files", type=Path, nargs="+")
    batch.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    _add_run_options(batch, seed=False)

    measure = commands.add_parser("measure", help="how good is a result")
    measure.add_argument("--result", type=Path, required=True)
    measure.add_argument("--sample", type=Path)
    measure.add_argument("--picture", type=Path)
    measure.add_argument("--hole", type=Path)
    measure.add_argument("--json", action="store_true")

    compare = commands.add_parser("compare", help="every synthesis method on one sample, side by side, with figures")
    compare.add_argument("--sample", type=Path, required=True)
    compare.add_argument("-o", "--output", type=Path, required=True, metavar="SHEET.png")
    compare.add_argument("--size", type=_size, metavar="WIDTHxHEIGHT", help="of each; twice the sample by default")
    compare.add_argument("--seed", type=int, default=1)
    compare.add_argument("--threads", type=int)
    compare.add_argument("--report", type=Path, metavar="FILE.json", help="the figures as JSON")
    compare.add_argument("--quiet", action="store_true")

    tour = commands.add_parser("tour", help="every operation on the built-in samples, with a contact sheet")
    tour.add_argument("operations", nargs="*", metavar="OPERATION", help="only these")
    tour.add_argument("-o", "--output", type=Path, default=Path("scumble-tour"), metavar="FOLDER")
    _add_run_options(tour, seed=False)

    commands.add_parser("warm-up", help="compile and cache every kernel")
    return top


def _add_operation(one: argparse.ArgumentParser, operation: Operation[Any]) -> None:
    inputs = one.add_argument_group("inputs")
    for name, role in operation.roles.items():
        several = " (may be given several times)" if role.several else ""
        optional = "" if role.required else " (optional)"
        inputs.add_argument(
            f"--{name.replace('_', '-')}",
            action="append",
            required=role.required,
            metavar="FILE",
            dest=f"input {name}",
            help=_percent_safe(role.help + optional + several),
        )
    options = one.add_argument_group("parameters")
    for entry in operation.params.fields():
        # A toggle is on where it is only named.
        alone: dict[str, Any] = {"nargs": "?", "const": "yes"} if isinstance(entry.control, Toggle) else {}
        options.add_argument(
            f"--{entry.option}",
            dest=f"param {entry.option}",
            metavar=_metavar(entry),
            help=_percent_safe(_said(entry)),
            **alone,
        )
    if operation.sized:
        one.add_argument(
            "--size", type=_size, metavar="WIDTHxHEIGHT", help="of the result; twice the sample by default"
        )
    if operation.tells:
        one.add_argument("-o", "--output", type=Path, help="a picture that shows it; only the words by default")
        one.add_argument("--json", action="store_true", help="every figure, as JSON")
    else:
        one.add_argument("-o", "--output", type=Path, required=True)
    _add_run_options(one)


def _add_run_options(one: argparse.ArgumentParser, seed: bool = True) -> None:
    if seed:
        one.add_argument("--seed", type=int, default=1)
    one.add_argument("--device", choices=DEVICES, default="auto")
    one.add_argument("--threads", type=int)
    one.add_argument("--frames", type=Path, metavar="FOLDER", help="every progressive frame as PNG")
    one.add_argument("--report", type=Path, metavar="FILE.json")
    one.add_argument("--repeat", type=int, default=1, metavar="N")
    one.add_argument("--quiet", action="store_true")


def _size(text: str) -> Size:
    width, x, height = text.lower().partition("x")
    if not x or not width.strip("-").isdigit() or not height.strip("-").isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write WIDTHxHEIGHT, like 512x512")
    return int(width), int(height)


def _metavar(entry: Field) -> str:
    if isinstance(entry.control, Slider):
        return entry.control.unit.upper() or "N"
    if isinstance(entry.control, Toggle):
        return "yes|no"
    return (
        "|".join(entry.control.options) if isinstance(entry.control, Choice) else type(entry.control).__name__.upper()
    )


def _said(entry: Field) -> str:
    control = entry.control
    text = control.help
    if isinstance(control, Slider):
        text += f" {control.low:g} to {control.high:g}."
    default = control.automatic if entry.default is None else entry.default
    return f"{text} Default: {default}."


def _percent_safe(text: str) -> str:
    return text.replace("%", "%%")
