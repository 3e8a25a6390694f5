"""`list` and `describe`: what there is, from the declarations."""

from __future__ import annotations

import argparse
import json

from engine import catalog
from engine.params import Choice, Slider


def list_operations(chosen: argparse.Namespace) -> None:
    """Prints every operation, by group."""
    entries = catalog.operations().values()
    if chosen.json:
        print(json.dumps([entry.described() for entry in entries], indent=1))
        return
    group = ""
    for entry in entries:
        if entry.group != group:
            group = entry.group
            print(f"{group}")
        print(f"  {entry.id:24s} {entry.summary}")


def describe(chosen: argparse.Namespace) -> None:
    """Prints all there is to know of one operation."""
    entry = catalog.find(chosen.operation)
    if chosen.json:
        print(json.dumps(entry.described(), indent=1))
        return
    print(f"{entry.title} ({entry.id})\n\n{entry.doc.strip()}\n\nInputs")
    for name, role in entry.roles.items():
        optional = "" if role.required else ", optional"
        print(f"  --{name.replace('_', '-')} FILE{optional}: {role.help}")
    print("\nParameters")
    for part in entry.params.fields():
        control = part.control
        span = ""
        if isinstance(control, Slider):
            span = f", {control.low:g} to {control.high:g}{' ' + control.unit if control.unit else ''}"
        elif isinstance(control, Choice):
            span = f", {' | '.join(control.options)}"
        default = control.automatic if part.default is None else part.default
        print(f"  --{part.option}{span}, default {default}: {control.help}")
        for end, looks in (("low", control.low_looks), ("high", control.high_looks)):
            if looks:
                print(f"      {end}: {looks}")
    for name, values in entry.presets.items():
        print(f"  preset {name}: {', '.join(f'{key} {value}' for key, value in values.items())}")
