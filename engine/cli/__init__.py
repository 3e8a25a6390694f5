"""The command line, generated from the operations' own declarations.

Exit status: 0 done; 1 it cannot be done with this input, with one sentence on standard error; 2 wrong usage; 130
stopped by Ctrl-C. Outputs are written whole or not at all.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from engine.cli.comparing import compare
from engine.cli.listing import describe, list_operations
from engine.cli.running import batch, replay, run
from engine.cli.scoring import measure
from engine.cli.touring import tour, warm_up
from engine.cli.words import parser
from engine.errors import Stopped, Unusable

COMMANDS = {
    "list": list_operations,
    "describe": describe,
    "run": run,
    "replay": replay,
    "batch": batch,
    "measure": measure,
    "compare": compare,
    "tour": tour,
    "warm-up": warm_up,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        chosen = parser(words).parse_args(words)
        COMMANDS[chosen.command](chosen)
    except SystemExit as usage:
        return usage.code if isinstance(usage.code, int) else 2
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 1
    except MemoryError:
        print("There was not enough memory for this: use a smaller size or a smaller part.", file=sys.stderr)
        return 1
    except (Stopped, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1
    return 0
