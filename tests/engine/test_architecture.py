"""What the checkers of pyproject.toml cannot say about how the parts hang together."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def _fresh(code: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_catalogue_imports_without_torch_or_qt() -> None:
    names = _fresh(
        "import sys, engine.catalog; engine.catalog.operations();"
        "print([name for name in ('torch', 'PySide6', 'shiboken6') if name in sys.modules])"
    )
    assert names == "[]"


def test_documents_import_without_qt() -> None:
    code = (
        "import importlib, pkgutil, sys, desktop.document as d;"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(d.__path__, 'desktop.document.')];"
        "print([name for name in ('PySide6', 'shiboken6') if name in sys.modules])"
    )
    assert _fresh(code) == "[]"


def test_every_package_is_installed() -> None:
    """A folder with code that setuptools would leave out works in the checkout and nowhere else."""
    from setuptools import find_namespace_packages

    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    found = set(find_namespace_packages(str(ROOT), include=include))
    wanted = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in ("engine", "desktop", "resources")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= found


def test_packaging_and_tests_shadow_nothing() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()
    assert not (ROOT / "tests" / "__init__.py").exists()


def test_every_dependency_is_pinned() -> None:
    lines = (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    project = PROJECT["project"]
    for entry in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        name = entry.split(";")[0].split(">")[0].split("=")[0].split("<")[0].strip()
        assert name.lower().replace("_", "-") in pinned, name


def test_no_picture_is_ever_blue_first() -> None:
    """BGR exists in no file of the engine or the desktop."""
    for top in ("engine", "desktop"):
        for path in (ROOT / top).rglob("*.py"):
            assert "BGR" not in path.read_text(), path


def test_no_file_grows_without_end() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for top in ("engine", "desktop")
        for path in (ROOT / top).rglob("*.py")
        if (count := path.read_text().count("\n")) > 500
    }
    assert not long, "a file has one reason to exist; take it apart by reasons"
