"""Compiling kernels before anyone waits for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.context import Context
from engine.errors import Unusable
from engine.image import Image
from engine.operation import Execution, Input, Mask, Operation, Picture
from engine.params import Choice, Toggle


def warm(operation: Operation[Any], ctx: Context) -> None:
    """Runs an operation on tiny inputs, once as it is and once with each yes or no and each choice turned over.

    That is what compiles its kernels, or loads them from the disk. Raises Stopped when the context says so.
    """
    side = 64
    grain = Context(seed=7).random(1).integers(0, 256, (side, side, 3)).astype(np.uint8)
    middle = np.zeros((side, side), np.uint8)
    middle[24:40, 24:40] = 255
    inputs: dict[str, Input | None] = {}
    for name, role in operation.roles.items():
        if isinstance(role, Picture):
            inputs[name] = Image(grain)
        elif isinstance(role, Mask):
            inputs[name] = middle if role.required else None
        else:
            inputs[name] = (middle // 255).astype(np.uint16)
    trials: list[dict[str, Any]] = [{}]
    for entry in operation.params.fields():
        if isinstance(entry.control, Toggle):
            trials.append({entry.name: not entry.default})
        elif isinstance(entry.control, Choice):
            trials += [{entry.name: option} for option in entry.control.options if option != entry.default]
    for trial in trials:
        try:
            for _ in Execution(operation, inputs, operation.params(**trial), ctx, (side, side)):
                ctx.check()
        except Unusable:
            continue
