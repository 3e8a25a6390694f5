"""The first lines of the program: the studio, or with one of the command line's words, the engine without it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

WORDS = frozenset({"list", "describe", "run", "replay", "batch", "measure", "compare", "tour", "warm-up"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program and returns its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and (given[0] in WORDS or given[0].startswith("-")):
        from engine.cli import main as command_line

        return command_line(given)
    if sys.platform == "win32":
        _load_torch_before_qt()
    from desktop.app import run

    return run([os.path.abspath(path) for path in given])


def _load_torch_before_qt() -> None:
    """On Windows torch's libraries do not load after Qt's: take the one that matters first, not all of torch."""
    import ctypes
    import importlib.util
    from contextlib import suppress
    from pathlib import Path

    found = importlib.util.find_spec("torch")
    if found is not None and found.origin:
        library = Path(found.origin).parent / "lib" / "c10.dll"
        with suppress(OSError):
            ctypes.CDLL(str(library))


if __name__ == "__main__":
    sys.exit(main())
