"""What every numba kernel must keep to, found by walking the engine."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from types import ModuleType
from typing import Any

import numba
import pytest
from numba.core.registry import CPUDispatcher

import engine.kernels
import engine.measures
import engine.ops


def _modules() -> list[ModuleType]:
    found = []
    for top in (engine.kernels, engine.measures, engine.ops):
        for info in pkgutil.walk_packages(top.__path__, f"{top.__name__}."):
            found.append(importlib.import_module(info.name))
    return found


def _dispatchers() -> dict[str, CPUDispatcher]:
    """Qualified name -> dispatcher, each once, under the module that defines it."""
    return {
        f"{value.py_func.__module__}.{value.py_func.__name__}": value
        for module in _modules()
        for value in vars(module).values()
        if isinstance(value, CPUDispatcher)
    }


KERNELS = _dispatchers()

SUMMING = {f"engine.kernels.joint_statistics.{name}" for name in ("products", "lagged", "correlated")}
"""Sums of a million products for a descent, which forgets the last bit anyway; Fourier transforms differ as much."""


def _parameters(kernel: CPUDispatcher) -> list[str]:
    return list(inspect.signature(kernel.py_func).parameters)


def _tree(kernel: CPUDispatcher) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kernel.py_func))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


def _polls(tree: ast.FunctionDef) -> bool:
    """Whether it reads cancel[0] or hands cancel on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "cancel":
            return True
        if isinstance(node, ast.Call) and any(isinstance(a, ast.Name) and a.id == "cancel" for a in node.args):
            return True
    return False


def test_the_walk_finds_kernels() -> None:
    assert "engine.kernels.randomness.mixed" in KERNELS


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernel_keeps_to_the_rules(name: str) -> None:
    kernel = KERNELS[name]
    options: dict[str, Any] = kernel.targetoptions
    assert options.get("nogil"), "without nogil the window freezes for the whole run"
    assert not options.get("parallel"), "numba's own threads make results and sizes of code unpredictable"
    assert options.get("error_model") == "numpy"
    loose = options.get("fastmath") or set()
    assert not loose or name in SUMMING, "reordered sums differ between machines"
    assert not set(loose) & {"fast", "nnan", "ninf", "arcp", "afn"}, "values that are no numbers stay what they are"
    assert kernel._cache.cache_path, "compiled code is kept on disk"
    assert name.startswith("engine.kernels."), "kernels live in engine/kernels"


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernel_can_be_stopped(name: str) -> None:
    """Whatever runs over a range that somebody else chooses takes cancel last and looks at it."""
    parameters = _parameters(KERNELS[name])
    tree = _tree(KERNELS[name])
    if "cancel" in parameters:
        assert parameters[-1] == "cancel"
        assert _polls(tree), "it takes cancel and never looks at it"
    if parameters[:2] == ["start", "stop"]:
        assert parameters[-1] == "cancel", "Context.spread hands it over last"


def test_numba_is_told_where_its_cache_is() -> None:
    assert numba.config.CACHE_DIR
