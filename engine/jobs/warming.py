"""Compiling kernels before anyone waits for them."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.context import Context, humble
from engine.errors import Stopped, Unusable
from engine.image import Image
from engine.jobs.events import Event, Failed, Warming
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


class Warmer:
    """A thread that compiles the kernels of operations as long as nobody has anything better to do.

    It is a thread of its own so that a job never waits for kernels that are not its own: one of them is under way for
    seconds where nothing is compiled yet, and cannot be cut short.

    Args:
        tell: gets Warming and Failed events, from the thread.
        make: a context for each operation.
        polite: let every other thread go first where the system can tell threads apart.
    """

    def __init__(self, tell: Callable[[Event], None], make: Callable[[], Context], polite: bool) -> None:
        self._tell, self._make, self._polite = tell, make, polite
        self._state = threading.Condition()
        self._cold: list[Operation[Any]] = []
        self._total = 0
        self._resting = self._closing = False
        self._ctx: Context | None = None
        self._thread: threading.Thread | None = None

    def begin(self, operations: Sequence[Operation[Any]]) -> None:
        """These, one after the other."""
        with self._state:
            self._cold, self._total = list(operations), len(operations)
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._work, name="scumble-warming", daemon=True)
                self._thread.start()
            self._state.notify_all()

    def rest(self, resting: bool) -> None:
        """There is a job: nothing new is begun until there is none."""
        with self._state:
            self._resting = resting
            if resting and self._ctx:
                self._ctx.stop()
            self._state.notify_all()

    def close(self, timeout: float) -> None:
        """Ends the thread."""
        with self._state:
            self._closing = True
            self._cold.clear()
            if self._ctx:
                self._ctx.stop()
            self._state.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)

    def _work(self) -> None:
        if self._polite:
            humble(10)
        while True:
            with self._state:
                while not self._closing and (self._resting or not self._cold):
                    self._state.wait()
                if self._closing:
                    return
                operation = self._cold.pop(0)
                ctx = self._ctx = self._make()
            self._prepare(operation, ctx)

    def _prepare(self, operation: Operation[Any], ctx: Context) -> None:
        with self._state:
            total = self._total
            done = total - len(self._cold) - 1
        self._tell(Warming(0, done, total, operation.title))
        try:
            warm(operation, ctx)
        except Stopped:
            # A job came; what is compiled stays compiled, the rest is for later.
            with self._state:
                if not self._closing:
                    self._cold.insert(0, operation)
            return
        except Exception:  # a kernel that cannot compile must not take the engine with it; its job will say so
            self._tell(Failed(0, f"{operation.title} could not be prepared.", traceback.format_exc()))
        finally:
            ctx.close()
            with self._state:
                self._ctx = None
        if done + 1 == total:
            self._tell(Warming(0, total, total, ""))
