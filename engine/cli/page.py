"""The page of an operation as Markdown, from its declaration: what it does, its picture, what each slider looks like.

The studio shows it, and `resources/pages` holds it for reading without the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engine.operation import Operation
from engine.params import Choice, Field, Slider, Toggle, Weights


def page(operation: Operation[Any]) -> str:
    """The page; its picture is `ID.jpg` beside it."""
    return "\n".join(_lines(operation)) + "\n"


def contents(operations: Iterable[Operation[Any]]) -> str:
    """The page that lists all pages, by group."""
    lines, group = ["# Operations", "", "Written by `packaging/make_pages.py` from the declarations; do not edit."], ""
    for entry in operations:
        if entry.group != group:
            group = entry.group
            lines += ["", f"## {group}", ""]
        lines.append(f"- [{entry.title}]({entry.id}.md): {_plain(entry.summary)}")
    return "\n".join(lines) + "\n"


def _lines(operation: Operation[Any]) -> Iterator[str]:
    first, _, rest = operation.doc.strip().partition("\n")
    yield f"# {operation.title}"
    yield ""
    yield _plain(first)
    yield ""
    yield f"![{operation.title}: what goes in, and what comes out]({operation.id}.jpg)"
    for paragraph in rest.strip().split("\n\n"):
        yield ""
        yield _plain(" ".join(paragraph.split()))
    yield ""
    yield "## Works on"
    yield ""
    for name, role in operation.roles.items():
        optional = "" if role.required else " (may be left out)"
        yield f"- **{role.title or name.capitalize()}**{optional}: {_plain(role.help)}"
    fields = operation.params.fields()
    if fields:
        yield ""
        yield "## Settings"
        yield ""
        for entry in fields:
            yield f"- **{entry.title}** ({_range(entry)}): {_plain(entry.control.help)}"
            low, high = entry.control.low_looks, entry.control.high_looks
            if low or high:
                ends = (f"low: {low}" if low else "", f"high: {high}" if high else "")
                yield f"  - {'; '.join(_plain(end) for end in ends if end)}"
    if operation.presets:
        yield ""
        yield "## Presets"
        yield ""
        for name, values in operation.presets.items():
            chosen = ", ".join(f"{key.replace('_', ' ')} {_word(value)}" for key, value in values.items())
            yield f"- **{name}**: {chosen or 'everything as it is'}"
    yield ""
    yield "## Without the window"
    yield ""
    given = " ".join(f"--{name} FILE" for name, role in operation.roles.items() if role.required)
    yield f"`scumble run {operation.id} {given}{'' if operation.tells else ' -o OUT'}`"


def _plain(text: str) -> str:
    """Text without what Markdown would take for a sign."""
    text = " ".join(text.split())
    for sign in "\\*_<>":
        text = text.replace(sign, f"\\{sign}")
    return text


def _range(entry: Field) -> str:
    control = entry.control
    usual = control.automatic if entry.default is None else _word(entry.default)
    if isinstance(control, Slider):
        unit = f" {control.unit}" if control.unit else ""
        return f"{control.low:g} to {control.high:g}{unit}, usually {usual}"
    if isinstance(control, Choice):
        names = dict(zip(control.options, control.titles or control.options, strict=True))
        return f"{', '.join(names.values())}; usually {names.get(str(entry.default), usual)}"
    if isinstance(control, Toggle):
        return f"usually {usual}"
    if isinstance(control, Weights):
        return "a number for each, with commas between; usually all alike"
    return f"usually {usual}" if entry.default is not None else "free"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple | list):
        return ", ".join(_word(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
