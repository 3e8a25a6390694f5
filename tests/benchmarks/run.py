"""Measures everything and prints one table.

    python tests/benchmarks/run.py                 all of it
    python tests/benchmarks/run.py fill quilting   only bench_fill.py and bench_quilting.py
    python tests/benchmarks/run.py --json FILE     the rows as JSON too

Each bench_*.py has `rows()`, which yields (what, unit, value, remark). It runs in a process of its own, so that memory
and warm kernels of one do not colour the next. A remark that says "at most 0.3" or "at least 5" sets a target: the
column "of target" is the value divided by it, so that 1.00 is just reached and less is better. Peers are timed by the
same file in the same process, and their rows stand beside ours. The first row times a fixed piece of arithmetic:
figures of two runs can be compared by their ratio to it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
Row = tuple[str, str, float, str]
TARGET = re.compile(r"\bat (most|least) ([\d][\d,]*\.?\d*)")


def yardstick() -> float:
    """Milliseconds that this machine takes for a fixed piece of single-threaded arithmetic, at its best."""
    numbers = list(range(20_000))
    best = float("inf")
    for _ in range(15):
        began = time.perf_counter()
        total = 0
        for number in numbers:
            total += number * number % 7
        best = min(best, time.perf_counter() - began)
    return best * 1e3


def of_target(value: float, remark: str) -> float | None:
    """The value over the target that its remark sets; above 1 falls short. None where there is no target."""
    found = TARGET.search(remark)
    if not found:
        return None
    target = float(found[2].replace(",", ""))
    if not target:
        return 0.0 if value <= target else float("inf")
    over, under = (value, target) if found[1] == "most" else (target, value)
    return over / under if under else float("inf")


def line(area: str, row: Row) -> str:
    what, unit, value, remark = row
    ratio = of_target(value, remark)
    figure = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{area:14s} {what:58s} {figure:>10s} {unit:6s} {'' if ratio is None else f'{ratio:9.2f}':9s}  {remark}"


def measured(path: Path) -> Iterator[Row]:
    """Rows of one file, as they come, from a process of its own. Raises RuntimeError when it fails."""
    command = [sys.executable, str(Path(__file__)), "--rows", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        for text in process.stdout:
            if text.startswith('["'):
                what, unit, value, remark = json.loads(text)
                yield what, unit, value, remark
    if process.returncode:
        raise RuntimeError(f"{path.name} ended with status {process.returncode}")


def _print_rows(path: Path) -> None:
    sys.path[:0] = [str(ROOT), str(HERE)]
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    for row in module.rows():
        print(json.dumps([str(row[0]), str(row[1]), float(row[2]), str(row[3])]), flush=True)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("areas", nargs="*")
    words.add_argument("--json", type=Path)
    words.add_argument("--rows", type=Path, help=argparse.SUPPRESS)
    chosen = words.parse_args()
    if chosen.rows:
        _print_rows(chosen.rows)
        return 0
    paths = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    for area in chosen.areas:
        if area not in paths:
            words.error(f"there is no bench_{area}.py; use {', '.join(paths)}")
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(f"{'area':14s} {'what':58s} {'figure':>10s} {'unit':6s} {'of target':9s}  remark")
    kept: list[dict[str, object]] = []
    failed = []

    def show(area: str, row: Row) -> None:
        print(line(area, row), flush=True)
        kept.append({"area": area, **dict(zip(("what", "unit", "value", "remark"), row, strict=True))})

    show("machine", ("a fixed piece of arithmetic", "ms", yardstick(), "for comparing machines"))
    for area in chosen.areas or paths:
        try:
            for row in measured(paths[area]):
                show(area, row)
        except RuntimeError as problem:
            failed.append(str(problem))
    if chosen.json:
        chosen.json.write_text(json.dumps(kept, indent=1))
    short = [row for row in kept if (of_target(float(str(row["value"])), str(row["remark"])) or 0) > 1]
    print(f"\n{len(kept)} rows, {len(short)} beyond their target" + "".join(f"\n  {row['what']}" for row in short))
    for sentence in failed:
        print(sentence, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
