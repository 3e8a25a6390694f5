"""What every operation of the catalogue keeps to. A new operation is tested here without a line being written."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import catalog, cli, files
from engine.cli.words import parser
from engine.context import Context
from engine.errors import Stopped, Unusable
from engine.files import TRAINED_SUFFIX, Trained
from engine.frame import Frame
from engine.image import Floats, Image
from engine.jobs import Job
from engine.operation import Execution, Labels, Mask, Operation, Picture
from engine.params import Choice, Slider
from engine.recipe import Recipe
from engine.region import Rect, Size
from tests.contract import scenarios
from tests.contract.scenarios import (
    CHANGES,
    HUGE,
    SMALL,
    WORK,
    Outcome,
    alternatives,
    defaults,
    digest,
    inputs,
    into_a_picture,
    run,
    texture,
)

OPERATIONS = catalog.operations()
EVERY = pytest.mark.parametrize("name", list(OPERATIONS))
FILLING = pytest.mark.parametrize("name", [name for name, entry in OPERATIONS.items() if entry.within])
PARAMETERS = [(name, field.name) for name, entry in OPERATIONS.items() for field in entry.params.fields()]

STOP_CEILING = 1.0
"""Seconds. The promise is 0.1 (tests/benchmarks measures it); a busy test machine gets more."""


@cache
def plain(name: str, threads: int = 2, seed: int = 1) -> Outcome:
    """A small run with every value at its default."""
    return run(OPERATIONS[name], inputs(OPERATIONS[name]), threads=threads, seed=seed)


@cache
def work(name: str) -> scenarios.Scale:
    """What is real work for it; done once, so that everything it needs is compiled."""
    return scenarios.real_work(OPERATIONS[name])[0]


def outcome_or_sentence(
    operation: Operation[Any], given: Any, size: Size | None = None, **values: Any
) -> Outcome | None:
    """A picture, or None after a sentence that an artist can use. Anything else is raised."""
    try:
        outcome = run(operation, given, defaults(operation).replaced(**values), size=size)
    except Unusable as problem:
        sentence = str(problem)
        assert sentence.endswith(".") and sentence[0].isupper() and "\n" not in sentence
        return None
    assert np.isfinite(outcome.pixels.astype(np.float64)).all()
    return outcome


# What it says of itself.


@EVERY
def test_declaration_is_complete(name: str) -> None:
    entry = OPERATIONS[name]
    assert entry.title and entry.group and entry.summary
    assert re.search(r"^Sources?: ", entry.doc, re.MULTILINE), "where the algorithm comes from"
    json.dumps(entry.described())
    for role in entry.roles.values():
        assert role.help
    for field in entry.params.fields():
        control = field.control
        assert control.help, field.name
        if isinstance(control, Slider):
            assert control.low < control.high
        if isinstance(control, Choice):
            assert len(control.options) > 1 and len(control.titles) in (0, len(control.options))
    for values in entry.presets.values():
        assert entry.params.from_json(values) != entry.params(), "a preset differs from the default"


# Same seed, same bytes.


@EVERY
def test_same_seed_same_bytes_on_any_number_of_threads(name: str) -> None:
    entry = OPERATIONS[name]
    first = plain(name).pixels
    for threads in (1, 3):
        assert np.array_equal(plain(name, threads).pixels, first), f"{threads} threads"
    assert np.array_equal(run(entry, inputs(entry)).pixels, first), "a second time"


# What goes in and what comes out.


@EVERY
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_frames_keep_to_the_convention(name: str, channels: int) -> None:
    """Looks at what the operation itself sends, before the border corrects anything."""
    entry = OPERATIONS[name]
    seen: list[tuple[Frame, bytes]] = []

    def watched(ctx: Context, given: Any, p: Any) -> Iterator[Frame]:
        for value in vars(given).values():
            for array in value if isinstance(value, tuple) else (value,):
                for part in [] if array is None else _arrays(array):
                    assert not part.flags.writeable
        before = 0.0
        for frame in entry.run(ctx, given, p):
            assert frame.pixels.dtype == np.float32
            assert frame.pixels.shape[:2] == (frame.rect.h, frame.rect.w) and not frame.rect.empty
            assert np.isfinite(frame.pixels).all()
            assert frame.pixels.min() >= -1e-4 and frame.pixels.max() <= 1 + 1e-4
            assert before <= frame.fraction <= 1
            before = frame.fraction
            seen.append((frame, digest(frame.pixels)))
            yield frame

    given = inputs(entry, channels=channels)
    outcome = run(dataclasses.replace(entry, run=watched), given)
    assert seen, "no frame"
    for frame, sent in seen:
        assert digest(frame.pixels) == sent, "written to after it was given away"
    assert seen[-1][0].fraction == pytest.approx(1.0, abs=0.05)
    assert outcome.image.size == outcome.execution.size
    assert outcome.image.channels == (channels if _from_a_picture(entry) else 3)
    covered = np.zeros((outcome.execution.rect.h, outcome.execution.rect.w), np.bool_)
    for frame, _ in seen:
        covered[frame.rect.slices] = True
    wanted = outcome.execution.where if outcome.execution.where is not None else np.ones_like(covered)
    assert covered[wanted].all(), "a part of the result never came"


@EVERY
def test_inputs_are_untouched(name: str) -> None:
    entry = OPERATIONS[name]
    given = inputs(entry)
    flat = [one for value in given.values() for one in (value if isinstance(value, tuple) else (value,))]
    arrays = [array for one in flat for array in _arrays(one)]
    before = [digest(array) for array in arrays]
    outcome = run(entry, given)
    assert [digest(array) for array in arrays] == before
    for role, value in outcome.execution.given.items():
        fresh = Execution(entry, given, defaults(entry), Context(), SMALL.output if entry.sized else None)
        pairs = zip(_listed(value), _listed(fresh.given[role]), strict=True)
        for mine, theirs in ((a, b) for pair in pairs for a, b in zip(*map(_arrays, pair), strict=True)):
            assert np.array_equal(mine, theirs), role


def _from_a_picture(entry: Operation[Any]) -> bool:
    return any(isinstance(role, Picture) and role.required for role in entry.roles.values())


def _arrays(value: Any) -> list[Any]:
    if isinstance(value, Trained):
        return list(value.tensors.values())
    return [value.pixels if isinstance(value, Image) else value]


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, tuple) else [value]


@FILLING
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_nothing_changes_outside_the_mask(name: str, dtype: Any, channels: int) -> None:
    entry = OPERATIONS[name]
    given = inputs(entry, channels=channels, dtype=dtype, optional=into_a_picture(entry))
    assert entry.within and entry.replaces
    picture, mask = given[entry.replaces], given[entry.within]
    assert isinstance(picture, Image) and isinstance(mask, np.ndarray)
    picture = dataclasses.replace(picture, icc=b"a profile", attributes={"Artist": "somebody"})
    outcome = run(entry, {**given, entry.replaces: picture})
    assert outcome.pixels.dtype == dtype
    assert np.array_equal(outcome.pixels[mask == 0], picture.pixels[mask == 0])
    assert (outcome.pixels[mask == 1] != picture.pixels[mask == 1]).any()
    assert outcome.image.icc == picture.icc and outcome.image.attributes == picture.attributes


# Stopping and streaming.


@EVERY
def test_told_to_stop_before_the_start(name: str) -> None:
    entry = OPERATIONS[name]
    ctx = Context(threads=2)
    ctx.stop()
    with pytest.raises(Stopped):
        next(iter(Execution(entry, inputs(entry), defaults(entry), ctx, SMALL.output if entry.sized else None)))
    ctx.close()


@EVERY
@pytest.mark.parametrize("delay", [0.02, 0.15, 0.4])
def test_stops_in_the_middle(name: str, delay: float) -> None:
    entry = OPERATIONS[name]
    work(name)  # compiles what there is to compile
    given = inputs(entry, HUGE)
    ctx = Context(threads=2)
    told: list[float] = []

    def tell() -> None:
        told.append(time.perf_counter())
        ctx.stop()

    execution = Execution(entry, given, defaults(entry), ctx, HUGE.output if entry.sized else None)
    timer = threading.Timer(delay, tell)
    timer.start()
    try:
        for _ in execution:
            pass
    except Stopped:
        pass  # the usual way; a quick operation may be done before it is told
    ended = time.perf_counter()
    timer.cancel()
    timer.join()
    ctx.close()
    late = ended - told[0] if told else 0.0
    assert late < STOP_CEILING


@EVERY
def test_pauses_and_goes_on(name: str) -> None:
    """Paused from the second frame on, it waits; resumed, it ends with the same picture."""
    entry = OPERATIONS[name]
    ctx = Context(threads=2)
    execution = Execution(entry, inputs(entry), defaults(entry), ctx, SMALL.output if entry.sized else None)
    frames = iter(execution)
    next(frames)
    ctx.pause()
    threading.Timer(0.05, ctx.resume).start()
    for _ in frames:
        pass
    ctx.close()
    assert np.array_equal(execution.result().image().pixels, plain(name).pixels)


@EVERY
def test_real_work_streams(name: str) -> None:
    """At least three frames, the first within the first tenth of the work."""
    _, fractions, spent = scenarios.real_work(OPERATIONS[name], work(name))
    assert len(fractions) >= 3
    assert fractions[0] <= 0.1
    assert spent[0] <= 0.2 * spent[-1], "its fraction says a tenth, its time says otherwise"


# Parameters.


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_parameter_matters(name: str, parameter: str) -> None:
    """Every choice differs from the default, and some other value of every number changes a pixel."""
    entry = OPERATIONS[name]
    field = next(field for field in entry.params.fields() if field.name == parameter)
    extra = CHANGES.get((name, parameter), {})
    given = inputs(entry, extra.get("scale", SMALL), optional=extra.get("inputs", ()))
    before = defaults(entry).replaced(**extra.get("params", {}))
    base = plain(name) if not extra else run(entry, given, before, size=extra.get("size"))
    same = []
    for value in alternatives(field, getattr(before, parameter)):
        try:
            changed = run(entry, given, before.replaced(**{parameter: value}), size=extra.get("size"))
        except Unusable:
            continue
        if changed.pixels.shape != base.pixels.shape or not np.array_equal(changed.pixels, base.pixels):
            if not isinstance(field.control, Choice):
                return
        else:
            same.append(value)
    assert not same, f"{parameter} = {same} gives the same picture as {getattr(before, parameter)}"


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_parameter_survives_json_and_the_command_line(name: str, parameter: str) -> None:
    entry = OPERATIONS[name]
    field = next(field for field in entry.params.fields() if field.name == parameter)
    default = entry.params()
    words = ["run", name, "-o", "out.safetensors" if entry.trains else "out.png"]
    for role, declared in entry.roles.items():
        words += [f"--{role}", "file.png"] if declared.required else []
    for value in alternatives(field, getattr(default, parameter)):
        chosen = default.replaced(**{parameter: value})
        assert entry.params.from_json(json.loads(json.dumps(chosen.as_json()))) == chosen
        recipe = Recipe.of(Job(name, chosen, {}, seed=7, size=(30, 20)))
        assert Recipe.from_json(json.loads(json.dumps(recipe.as_json()))).checked_params() == chosen
        text = ",".join(map(repr, value)) if isinstance(value, tuple) else str(value)
        typed = [*words, f"--{field.option}={text}"]
        given = getattr(parser(typed).parse_args(typed), f"param {field.option}")
        assert entry.params.from_json({field.option: given}) == chosen


@EVERY
def test_parameters_survive_the_panel(name: str, qtbot: Any) -> None:
    """What a panel is told to show, it gives back: a recipe that was looked at is still the same recipe."""
    from desktop.panels.params_panel import ParamsPanel

    entry = OPERATIONS[name]
    panel = ParamsPanel(entry.params)
    qtbot.addWidget(panel)
    default = entry.params()
    assert panel.values() == default
    for field in entry.params.fields():
        control = field.control
        between = [control.low + (control.high - control.low) / 7] if field.type is float else []
        for value in [*alternatives(field, getattr(default, field.name)), *between]:
            chosen = default.replaced(**{field.name: value})
            panel.set_values(chosen)
            assert panel.values() == chosen
    for preset in entry.presets.values():
        panel.set_json(dict(preset))
        assert panel.values() == entry.params.from_json(preset)


@EVERY
def test_values_out_of_range_are_refused_in_one_sentence(name: str) -> None:
    params = OPERATIONS[name].params
    for field in params.fields():
        if isinstance(field.control, Slider):
            for value in (field.control.low - 1, field.control.high + 1, float("nan"), "many"):
                with pytest.raises(Unusable, match=r"\.$"):
                    params(**{field.name: value})
    with pytest.raises(Unusable, match="There is no parameter 'shoe-size'"):
        params.from_json({"shoe-size": 44})


@EVERY
def test_the_command_line_makes_the_same_picture_and_replays_it(name: str, tmp_path: Path) -> None:
    entry = OPERATIONS[name]
    suffix = TRAINED_SUFFIX if entry.trains else ".png"
    out, again = tmp_path / f"out{suffix}", tmp_path / f"again{suffix}"
    words = ["run", name, "-o", str(out), "--quiet", "--seed", "3", "--threads", "2"]
    words += [f"--{option.replace('_', '-')}={value}" for option, value in scenarios.SHORT.get(name, {}).items()]
    given = inputs(entry)
    for role, value in given.items():
        path = tmp_path / f"{role}{TRAINED_SUFFIX if isinstance(value, Trained) else '.png'}"
        if isinstance(value, Trained):
            files.save_trained(value, path)
        elif isinstance(value, np.ndarray):
            scale = 1 if isinstance(entry.roles[role], Labels) else 255
            _saved(Image((value * scale + 0.5).astype(np.uint8)[..., None]), path)
            given[role] = files.open_mask(path) if scale == 255 else given[role]
        else:
            _saved(value if isinstance(value, Image) else value[0], path)
        words += [f"--{role}", str(path)]
    if entry.sized:
        words.append(f"--size={SMALL.output[0]}x{SMALL.output[1]}")
    assert cli.main(words) == 0
    assert cli.main(["replay", str(out), "-o", str(again), "--quiet"]) == 0
    if entry.trains:
        assert out.read_bytes() == again.read_bytes()
        return
    made = files.open_picture(out).pixels
    assert np.array_equal(made, run(entry, given, seed=3).pixels)
    assert np.array_equal(files.open_picture(again).pixels, made)


def _saved(image: Image, path: Path) -> Path:
    files.save_picture(image, path)
    return path


# Odd inputs.


def _sized_inputs(operation: Operation[Any], width: int, height: int) -> dict[str, Any]:
    scale = scenarios.Scale((width, height), (width, height), (0, 0), hole=0.25 if width * height < 2000 else 0.06)
    return inputs(operation, scale)


@EVERY
@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 5), (1, 40), (4000, 20), (20, 4000)])
def test_odd_sizes_give_a_picture_or_a_sentence(name: str, width: int, height: int) -> None:
    entry = OPERATIONS[name]
    slow = scenarios.SLOW_STRIPS.get(name, {}) if max(width, height) > 1000 else {}
    outcome = outcome_or_sentence(entry, _sized_inputs(entry, width, height), (33, 17), **slow)
    if outcome and outcome.execution.replaces:
        assert outcome.image.size == (width, height)


@EVERY
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (400, 3)])
def test_odd_outputs_give_a_picture(name: str, size: tuple[int, int]) -> None:
    entry = OPERATIONS[name]
    if not entry.sized:
        pytest.skip("its output's size is not for choosing")
    assert run(entry, inputs(entry), size=size).image.size == size


@EVERY
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_kind_of_picture(name: str, channels: int, dtype: Any) -> None:
    """Gray, colour, with alpha or without, at any depth: the result is of the same kind."""
    entry = OPERATIONS[name]
    if not _from_a_picture(entry):
        pytest.skip("it takes none")
    image = run(entry, inputs(entry, channels=channels, dtype=dtype)).image
    assert (image.channels, image.pixels.dtype) == (channels, dtype)


@EVERY
@pytest.mark.parametrize("value", [0, 255])
def test_flat_pictures(name: str, value: int) -> None:
    """Nothing to tell one place from another: no division by a variance of zero, and the result is as flat.

    A network has its own idea of what is flat: its result only has to be a picture.
    """
    entry = OPERATIONS[name]
    given: dict[str, Any] = {}
    for role, one in inputs(entry).items():
        flat = isinstance(one, Image)
        given[role] = Image(np.full_like(one.pixels, value)) if flat and isinstance(one, Image) else one
    outcome = outcome_or_sentence(entry, given)
    assert entry.neural or (outcome is not None and (outcome.pixels == value).all())


@FILLING
def test_masks_that_leave_nothing_to_do_or_to_take(name: str) -> None:
    entry = OPERATIONS[name]
    given = inputs(entry, optional=into_a_picture(entry))
    assert entry.within
    empty = np.zeros((SMALL.picture[1], SMALL.picture[0]), np.float32)
    with pytest.raises(Unusable, match="empty"):
        run(entry, {**given, entry.within: empty})
    outcome_or_sentence(entry, {**given, entry.within: np.ones_like(empty)})
    with pytest.raises(Unusable):
        run(entry, {**given, entry.within: empty[:-1]})
    corner = empty.copy()
    corner[0, 0] = corner[-1, -1] = 1
    assert outcome_or_sentence(entry, {**given, entry.within: corner}) is not None, "two single pixels, far apart"


@FILLING
def test_a_soft_mask_blends(name: str) -> None:
    """Half covered, a pixel lies between what was there and what the full mask makes of it."""
    entry = OPERATIONS[name]
    given = inputs(entry, dtype=np.float32, optional=into_a_picture(entry))
    assert entry.within and entry.replaces
    mask, picture = given[entry.within], given[entry.replaces]
    assert isinstance(mask, np.ndarray) and isinstance(picture, Image)
    hard: Floats = (mask > 0).astype(np.float32)
    full = run(entry, {**given, entry.within: hard}).pixels.astype(np.float64)
    faint = run(entry, {**given, entry.within: hard * np.float32(0.02)}).pixels.astype(np.float64)
    inside = hard > 0
    moved = np.abs(full - picture.pixels)[inside].mean()
    assert np.abs(faint - picture.pixels)[inside].mean() < 0.2 * moved


@EVERY
def test_a_missing_input_is_named(name: str) -> None:
    entry = OPERATIONS[name]
    given = inputs(entry)
    for role in given:
        with pytest.raises(Unusable, match="has no"):
            run(entry, {other: value for other, value in given.items() if other != role})


@EVERY
def test_optional_inputs_are_used(name: str) -> None:
    entry = OPERATIONS[name]
    for role, declared in entry.roles.items():
        if declared.required or not isinstance(declared, Picture | Mask):
            continue
        together = into_a_picture(entry)
        outcome = run(entry, inputs(entry, optional=together if role in together else (role,)))
        more = outcome.execution.result().others
        assert more or not np.array_equal(outcome.pixels, plain(name).pixels), f"{role} changes nothing"


@EVERY
def test_a_thing_too_large_is_refused_before_the_work(name: str) -> None:
    entry = OPERATIONS[name]
    ctx = Context(memory=1000)
    with pytest.raises(Unusable, match="memory"):
        Execution(entry, inputs(entry, WORK), defaults(entry), ctx, WORK.output if entry.sized else None)


def test_rect_of_every_frame_lies_in_the_output() -> None:
    """A frame outside of its picture is the operation's fault and says so."""
    entry = next(iter(OPERATIONS.values()))

    def wrong(ctx: Context, given: Any, p: Any) -> Iterator[Frame]:
        yield Frame(Rect(10_000, 0, 2, 2), np.zeros((2, 2, 3), np.float32), 0.0)

    with pytest.raises(ValueError, match="sent"):
        run(dataclasses.replace(entry, run=wrong), inputs(entry))


def test_samples_of_the_tests_are_what_they_should_be() -> None:
    image = texture((40, 36), 4, np.uint16)
    assert image.size == (40, 36) and image.channels == 4 and image.pixels.std() > 1000
