"""Torch's library comes into memory while everybody else goes on.

Python's own way of loading a library holds every other thread until it is there; of torch's, with its hundreds of
megabytes, a window would stand still for as long as half a second. Called as a foreign function, the system's loader
holds nobody. What is loaded here is then there when torch is imported.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

LIBRARIES = ("libtorch_global_deps", "libtorch_python")
"""What torch's own first lines load, and what its extension stands on, in that order."""


def preload() -> bool:
    """Whether torch's library is in memory now. Where it cannot be had this way, importing torch says what is wrong."""
    if "torch" in sys.modules:
        return True
    found = importlib.util.find_spec("torch")
    if sys.platform == "win32" or found is None or not found.origin:
        return False
    # Not a PyDLL: calls of its functions leave the interpreter to others.
    loader = getattr(ctypes.CDLL(None), "dlopen", None)
    if loader is None:
        return False
    loader.restype, loader.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    folder = Path(found.origin).parent / "lib"
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    scopes = (os.RTLD_GLOBAL, os.RTLD_LOCAL)
    return all(
        loader(os.fsencode(folder / f"{name}{suffix}"), os.RTLD_LAZY | scope)
        for name, scope in zip(LIBRARIES, scopes, strict=True)
    )
