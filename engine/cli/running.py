"""`run`, `replay` and `batch`: one job, once or often, with its progress on standard error."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from engine import catalog, files
from engine.cli.clock import CompileClock, peak_rss_mb
from engine.context import Context, half_of_memory
from engine.errors import Unusable
from engine.files.formats import SAVEABLE, format_for
from engine.files.moving import FILM, GIF, KINDS, save_moving
from engine.files.trained import check_suffix
from engine.frame import Frame
from engine.image import Image, displayed
from engine.operation import Execution, Operation, Picture, Result
from engine.recipe import Job, Recipe, open_inputs, read

T = TypeVar("T")

MOVING = {KINDS[kind]: kind for kind in (GIF, FILM)}
"""Suffix of a file that moves -> its kind."""


@dataclass
class Lap:
    """One of the runs that `--repeat` asks for."""

    seconds: float = 0.0
    first_frame_seconds: float | None = None
    frames: int = 0
    compile_seconds: float = 0.0


def run(chosen: argparse.Namespace) -> None:
    """Runs the operation that the words name."""
    operation = catalog.find(chosen.operation)
    given = {name: tuple(paths) for name in operation.roles if (paths := getattr(chosen, f"input {name}"))}
    values = {
        entry.option: value
        for entry in operation.params.fields()
        if (value := getattr(chosen, f"param {entry.option}")) is not None
    }
    origins = {name: tuple(str(Path(path).absolute()) for path in paths) for name, paths in given.items()}
    params = operation.params.from_json(values)
    inputs = open_inputs(operation, given)
    size = getattr(chosen, "size", None)
    job = Job(operation.id, params, inputs, chosen.seed, size, device=chosen.device, origins=origins)
    perform(job, chosen, chosen.output)


def replay(chosen: argparse.Namespace) -> None:
    """Does a recorded job again."""
    recipe = read(chosen.recipe)
    suffix = files.TRAINED_SUFFIX if catalog.find(recipe.operation).trains else ".png"
    output = chosen.output or chosen.recipe.with_name(f"{chosen.recipe.stem}-again{suffix}")
    perform(_job(recipe), chosen, output)


def batch(chosen: argparse.Namespace) -> None:
    """One job over many files: each takes the place of the recipe's first picture."""
    recipe = read(chosen.recipe)
    operation = catalog.find(recipe.operation)
    role = operation.replaces
    if role is None or (role not in recipe.inputs and not operation.roles[role].required):
        role = next((name for name, role in operation.roles.items() if isinstance(role, Picture)), None)
    if role is None or operation.trains:
        raise Unusable(f"{operation.title} cannot be done to many files", remedy="use a recipe that changes a picture")
    chosen.output.mkdir(parents=True, exist_ok=True)
    failed = []
    for path in chosen.files:
        inputs = {**recipe.inputs, role: (str(path.absolute()),)}
        output = chosen.output / f"{path.stem}.png"
        try:
            perform(_job(replace(recipe, inputs=inputs)), chosen, output)
        except Unusable as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            failed.append(path.name)
    if failed:
        raise Unusable(f"{len(failed)} of {len(chosen.files)} files could not be done", ", ".join(failed))


def _job(recipe: Recipe) -> Job:
    return Job(
        recipe.operation,
        recipe.checked_params(),
        recipe.job_inputs(),
        recipe.seed,
        recipe.size,
        origins=recipe.inputs,
    )


def perform(job: Job, chosen: argparse.Namespace, output: Path | None) -> Image:
    """Runs a job as often as asked, writes its result and report, and returns the picture.

    Without an output nothing is written: what the operation has to say is printed.

    Raises:
        Unusable: it cannot be done, or cannot be written; then no output is left behind.
        Stopped: Ctrl-C.
    """
    operation = catalog.find(job.operation)
    if output:
        check_output(output, operation.trains, _films(operation, job))
    if chosen.repeat < 1:
        raise Unusable(f"--repeat {chosen.repeat} runs nothing", remedy="use 1 or more")
    if chosen.threads is not None and chosen.threads < 1:
        raise Unusable(f"--threads {chosen.threads} cannot work", remedy="use 1 or more")
    laps: list[Lap] = []
    result: Result | None = None
    ctx = Context()
    for number in range(chosen.repeat):
        ctx = Context(job.seed, (0, 0), chosen.threads, job.device, half_of_memory())
        frames = chosen.frames if number == 0 else None
        execution, lap = attended(ctx, partial(_timed, operation, job, ctx, chosen.quiet, frames))
        result = execution.result()
        laps.append(lap)
    assert result is not None
    image = result.image()
    if output:
        _save(operation, job, result, image, output)
    if chosen.report:
        _report(chosen.report, job, ctx, image, laps, result.findings)
    if result.said and not operation.tells and not chosen.quiet:
        print(result.said, file=sys.stderr)
    if operation.tells:
        _tell(result, getattr(chosen, "json", False))
    if output and not chosen.quiet:
        print(f"{output}: {image.size[0]} x {image.size[1]}, {min(lap.seconds for lap in laps):.2f} s", file=sys.stderr)
    return image


def _tell(result: Result, as_json: bool) -> None:
    """The answer of an operation that has one: its first figure and the sentence, or all of it as JSON."""
    if as_json:
        figures = {name: round(float(value), 4) for name, value in result.findings.items()}
        print(json.dumps({**figures, "sentence": result.said}, indent=1))
        return
    print(f"{next(iter(result.findings.values())):.2f}  {result.said}")


def _films(operation: Operation[Any], job: Job) -> bool | None:
    """Whether what comes out is many pictures, whatever their size; None where it never is."""
    return operation.film(job.params, (1024, 1024)) is not None if operation.film else None


def _save(operation: Operation[Any], job: Job, result: Result, image: Image, output: Path) -> None:
    recipe = Recipe.of(job).as_json()
    film = operation.film(job.params, image.size) if operation.film else None
    if operation.trains:
        _save_learnt(operation, result, output, recipe)
    elif film is not None and output.suffix.lower() in MOVING:
        pixels = displayed(result.pixels)[..., :3]
        frames = [pixels[place.slices] for place in film.places()]
        save_moving(frames, output, MOVING[output.suffix.lower()])
    else:
        for lost in files.save_picture(image, output, recipe=recipe):
            print(f"{output.name}: {lost}.", file=sys.stderr)
    for other, path in zip(result.others, beside(output, result.others), strict=True):
        for lost in files.save_picture(other, path, recipe=recipe):
            print(f"{path.name}: {lost}.", file=sys.stderr)


def beside(output: Path, others: Sequence[Image]) -> list[Path]:
    """Where further pictures of a result go: the output's name with theirs, in their own kind of file.

    A map that came from height.exr becomes out-height.exr beside out.png: another kind could not hold its depth.
    """
    paths: list[Path] = []
    for number, other in enumerate(others, 1):
        name = Path(other.name or str(number))
        suffix = name.suffix if name.suffix.lower() in SAVEABLE else output.suffix
        path = output.with_name(f"{output.stem}-{name.stem}{suffix}")
        if path in paths or path == output:
            path = path.with_stem(f"{path.stem}-{number}")
        paths.append(path)
    return paths


def _save_learnt(operation: Operation[Any], result: Result, output: Path, recipe: Mapping[str, Any]) -> None:
    if result.trained is None:
        raise Unusable(f"{operation.title} has learnt nothing", "it ended too soon", "let it run longer")
    files.save_trained(result.trained, output, recipe)


def check_output(path: Path, trains: str = "", films: bool | None = None) -> None:
    """Finds out before the work, not after it, that its result could not be saved.

    Args:
        trains: the kind of what is learnt, where no picture comes of it.
        films: whether it is many pictures, where it can be; None where it cannot.
    """
    if trains:
        check_suffix(path)
    elif path.suffix.lower() in MOVING and films is not None:
        if not films:
            raise Unusable(
                f"{path.name} would be a film", "one picture comes of this", "ask for several, or use .png for one"
            )
    else:
        format_for(path)
    if not path.parent.is_dir():
        raise Unusable(f"{path.name} cannot be saved", f"there is no folder {path.parent}", "make it first")


def attended(ctx: Context, work: Callable[[], T]) -> T:
    """Does the work in a thread, so that Ctrl-C is heard at once even while a kernel runs.

    Raises:
        Stopped: Ctrl-C. And whatever the work raises.
    """
    outcome: list[T] = []
    problem: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(work())
        except BaseException as raised:  # handed to the caller's thread
            problem.append(raised)
        finally:
            ctx.close()

    thread = threading.Thread(target=body, name="scumble-run")
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, lambda *_: ctx.stop()) if main else None
    try:
        thread.start()
        while thread.is_alive():
            thread.join(0.2)
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
    if problem:
        raise problem[0]
    return outcome[0]


def _timed(
    operation: Operation[Any], job: Job, ctx: Context, quiet: bool, folder: Path | None
) -> tuple[Execution, Lap]:
    lap = Lap()
    bar = _Bar(operation.title) if not quiet and sys.stderr.isatty() else None
    with CompileClock() as compiling:
        execution = Execution(operation, job.inputs, job.params, ctx, job.size)
        began = time.perf_counter()
        aside = 0.0
        for frame in execution:
            arrived = time.perf_counter()
            if lap.first_frame_seconds is None:
                lap.first_frame_seconds = arrived - began - compiling.seconds
            if folder:
                _save_frame(execution, folder, lap.frames)
            lap.frames += 1
            if bar:
                bar.show(frame)
            aside += time.perf_counter() - arrived
        lap.seconds = max(time.perf_counter() - began - aside - compiling.seconds, 0.0)
        lap.compile_seconds = compiling.seconds
    if bar:
        bar.clear()
    return execution, lap


def _save_frame(execution: Execution, folder: Path, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files.save_picture(execution.result().image(), folder / f"{number:04d}.png")


class _Bar:
    """A progress bar of one line."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.shown = 0.0

    def show(self, frame: Frame) -> None:
        now = time.perf_counter()
        if now - self.shown > 0.05:
            self.shown = now
            done = int(frame.fraction * 30)
            sys.stderr.write(
                f"\r{self.title} [{'#' * done}{'.' * (30 - done)}] {frame.fraction:4.0%} {frame.note:24.24s}"
            )
            sys.stderr.flush()

    def clear(self) -> None:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _report(path: Path, job: Job, ctx: Context, image: Image, laps: list[Lap], findings: Mapping[str, float]) -> None:
    values: dict[str, Any] = {
        "operation": job.operation,
        "params": job.params.as_json(),
        "seed": job.seed,
        "device": ctx.device,
        "threads": ctx.threads,
        "size": list(image.size),
        "runs": [
            {name: round(value, 4) if isinstance(value, float) else value for name, value in vars(lap).items()}
            for lap in laps
        ],
        "peak_rss_mb": round(peak_rss_mb()),
        "version": program_version(),
    }
    if findings:
        values["findings"] = {name: round(float(value), 4) for name, value in findings.items()}
    try:
        path.write_text(json.dumps(values, indent=1), "utf-8")
    except OSError as problem:
        raise Unusable(f"The report {path} cannot be written", problem.strerror or "", "choose another place") from None


def program_version() -> str:
    """The installed version, for reports."""
    try:
        return version("scumble")
    except PackageNotFoundError:
        return "from source"
