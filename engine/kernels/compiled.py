"""The one way a kernel is declared."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def _cache_folder() -> Path:
    """The user's cache folder, one part per state of the kernels' sources.

    numba looks at the time of one file only; a kernel that calls a changed one elsewhere would come back stale.
    """
    home = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    base = Path(home) if home else Path.home() / (".cache" if os.name != "nt" else "AppData/Local")
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return base / "scumble" / "kernels" / digest.hexdigest()[:16]


os.environ.setdefault("NUMBA_CACHE_DIR", str(_cache_folder()))

import numba  # noqa: E402  reads NUMBA_CACHE_DIR when it is imported


def kernel(function: F) -> F:
    """A kernel or a function that kernels call: releases the GIL, cached on disk, divides like numpy."""
    compiled: F = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    return compiled


def summing(function: F) -> F:
    """A kernel whose sums may be taken in any order, several at once. Compiled the same on every number of threads."""
    loose = {"contract", "nsz", "reassoc"}
    compiled: F = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=loose)(function)
    return compiled
