"""Where an operation says that it copied a pixel from, the pixel is."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from engine import catalog
from engine.context import Context
from engine.errors import Unusable
from engine.frame import Origin
from engine.image import Floats, Image
from engine.operation import Execution, Operation, Picture, Result
from engine.region import Rect
from tests.contract.scenarios import SMALL, defaults, inputs, into_a_picture

OPERATIONS = catalog.operations()
COPYING = (
    "analogy", "by-numbers", "chaos-mosaic", "efros-leung", "efros-leung-extend", "efros-leung-fill", "exemplar-fill",
    "extend", "fill", "melt", "quilting", "quilting-transfer", "synthesize", "tile", "transfer", "wei-levoy",
)  # fmt: skip
"""Made of pixels of their inputs: they have to say which."""

PLAIN: dict[str, dict[str, Any]] = {"fill": {"blend": 0.0}, "quilting-transfer": {"tone": 0.0}}
"""operation -> parameters with which it only copies."""

LIMITED = [(name, role) for name in COPYING for role in OPERATIONS[name].limited]
MODES: dict[str, list[dict[str, Any]]] = {"analogy": [{"mode": "fast"}, {"mode": "faithful"}]}
"""operation -> parameters with which it works in another way altogether."""


def traced(operation: Operation[Any], given: dict[str, Any], **values: Any) -> Result:
    """Runs it; the result with its origin."""
    ctx = Context(seed=1, threads=2)
    try:
        size = SMALL.output if operation.sized else None
        execution = Execution(operation, given, defaults(operation).replaced(**values), ctx, size)
        for _ in execution:
            pass
        return execution.result()
    finally:
        ctx.close()


@cache
def plain(name: str) -> tuple[Result, dict[str, Any]]:
    given = inputs(OPERATIONS[name], optional=into_a_picture(OPERATIONS[name]))
    return traced(OPERATIONS[name], given), given


def found_there(origin: Origin, given: dict[str, Any], channels: int) -> Floats:
    """What the inputs have at the places of an origin: float32 (h, w, C), NaN where nothing was copied."""
    values = np.full((*origin.places.shape, channels), np.nan, np.float32)
    for number, source in enumerate(origin.sources):
        value = given[source.role]
        picture = value[source.number] if isinstance(value, tuple) else value
        assert isinstance(picture, Image) and picture.size == source.size
        chosen = origin.known if origin.which is None else origin.known & (origin.which == number)
        values[chosen] = picture.decoded().reshape(-1, picture.channels)[origin.places[chosen]]
    return values


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_a_pixel_is_what_its_place_holds(name: str) -> None:
    result, given = plain(name)
    origin = result.origin
    if origin is None:
        assert name not in COPYING, "it copies, and does not say from where"
        return
    assert origin.places.shape == (result.rect.h, result.rect.w) and not origin.places.flags.writeable
    assert all(isinstance(OPERATIONS[name].roles[source.role], Picture) for source in origin.sources)
    known = origin.known
    there = found_there(origin, given, result.pixels.shape[2])[known]
    if origin.exact:
        assert np.array_equal(result.pixels[known], there)
    else:
        away = np.abs(result.pixels[known] - there).mean()
        shuffled = np.random.default_rng(1).permutation(there)
        assert away < 0.5 * np.abs(result.pixels[known] - shuffled).mean()
    if origin.confidence is not None:
        assert origin.confidence.dtype == np.float32 and 0 <= origin.confidence.min() <= origin.confidence.max() <= 1


@pytest.mark.parametrize("name", COPYING)
def test_everything_that_was_made_has_an_origin(name: str) -> None:
    result, given = plain(name)
    assert result.origin is not None
    if result.where is not None:
        assert np.array_equal(result.origin.known, result.where), "and nothing else has"
    elif name in ("efros-leung-extend", "extend"):
        kept = result.inset or given["picture"].rect
        made = np.ones(result.origin.places.shape, np.bool_)
        made[kept.slices] = False
        assert np.array_equal(result.origin.known, made)
    else:
        assert result.origin.known.all()


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_what_pixels_are_copied_from_can_be_limited(name: str) -> None:
    origin = plain(name)[0].origin
    used = {source.role for source in origin.sources} if origin is not None else set()
    assert used == set(OPERATIONS[name].limited), "what is shown as a source can be banned as one, and nothing else"


@pytest.mark.parametrize(("name", "role"), LIMITED)
def test_what_may_not_be_copied_is_in_no_pixel(name: str, role: str) -> None:
    operation = OPERATIONS[name]
    before, given = plain(name)
    assert before.origin is not None
    width, height = given[role].size
    taken = _places(before.origin, role)
    # A piece that was copied from, and a small one: what is left has holes, as after strokes.
    middle, left = divmod(int(taken[len(taken) // 2]), width)
    y, x = np.mgrid[:height, :width]
    away = np.maximum(abs(y - middle) / height, abs(x - left) / width)
    free = (away > 0.2) & (np.hypot(y - height * 0.8, x - width * 0.2) > 3)
    for more in MODES.get(name, [{}]):
        result = traced(operation, {**given, operation.limited[role]: free.astype(np.float32)}, **more)
        assert result.origin is not None and result.origin.known.any()
        assert free.reshape(-1)[_places(result.origin, role)].all(), more


@pytest.mark.parametrize(("name", "role"), LIMITED)
def test_a_source_that_is_banned_as_a_whole_is_refused_in_a_sentence(name: str, role: str) -> None:
    _, given = plain(name)
    width, height = given[role].size
    with pytest.raises(Unusable):
        traced(OPERATIONS[name], {**given, OPERATIONS[name].limited[role]: np.zeros((height, width), np.float32)})


def _places(origin: Origin, role: str) -> Any:
    """Those that are in the first picture of a role."""
    number = [source.role for source in origin.sources].index(role)
    return origin.places[origin.known if origin.which is None else origin.known & (origin.which == number)]


@pytest.mark.parametrize("name", ["efros-leung-fill", "fill"])
def test_a_hard_hole_is_copied_to_the_bit(name: str) -> None:
    operation = OPERATIONS[name]
    given = inputs(operation)
    given["hole"] = (np.asarray(given["hole"]) > 0).astype(np.float32)
    result = traced(operation, given, **PLAIN.get(name, {}))
    assert result.origin is not None and result.origin.exact
    known = result.origin.known
    assert np.array_equal(result.pixels[known], found_there(result.origin, given, 3)[known])
    # Nothing is taken from the hole itself.
    y, x = np.divmod(result.origin.places[known], result.origin.sources[0].size[0])
    assert not (np.asarray(given["hole"])[y, x] > 0).any()


@pytest.mark.parametrize("name", ["efros-leung-fill", "fill"])
def test_places_count_in_the_whole_picture(name: str) -> None:
    """The operation sees a window only, in the far corner of a large picture."""
    operation = OPERATIONS[name]
    rng = np.random.default_rng(3)
    picture = Image((rng.random((90, 120, 3)) * 255).astype(np.uint8))
    hole = np.zeros((90, 120), np.float32)
    hole[70:76, 100:108] = 1
    given = {"picture": picture, "hole": hole}
    result = traced(operation, given, reach=16, **PLAIN.get(name, {}))
    assert result.origin is not None and result.rect.x > 0 and result.rect.y > 0
    known = result.origin.known
    assert np.array_equal(known, hole[result.rect.slices] > 0)
    assert np.array_equal(result.pixels[known], found_there(result.origin, given, 3)[known])
    y, x = np.divmod(result.origin.places[known], 120)
    assert result.rect.holds(Rect(int(x.min()), int(y.min()), int(np.ptp(x)) + 1, int(np.ptp(y)) + 1))


def test_several_samples_are_told_apart() -> None:
    operation = OPERATIONS["synthesize"]
    rng = np.random.default_rng(4)
    samples = tuple(Image((rng.random((40, side, 3)) * 255).astype(np.uint8)) for side in (40, 52))
    result = traced(operation, {"sample": samples}, variety=1.0)
    origin = result.origin
    assert origin is not None and [source.number for source in origin.sources] == [0, 1]
    assert origin.which is not None and set(np.unique(origin.which)) == {0, 1}
    assert np.array_equal(result.pixels[origin.known], found_there(origin, {"sample": samples}, 3)[origin.known])


def test_each_of_several_samples_has_a_mask_of_its_own() -> None:
    operation = OPERATIONS["synthesize"]
    rng = np.random.default_rng(4)
    samples = tuple(Image((rng.random((40, side, 3)) * 255).astype(np.uint8)) for side in (40, 52))
    free = [np.ones((40, side), np.uint8) * np.uint8(255) for side in (40, 52)]
    free[0][:, :12], free[1][10:, 20:] = 0, 0
    masks = tuple(Image(one[..., None]) for one in free)
    for given in ({"sample": samples, "source": masks}, {"sample": samples, "source": free[0]}):
        origin = traced(operation, given, variety=1.0).origin
        assert origin is not None and origin.which is not None and set(np.unique(origin.which)) == {0, 1}
        for number in range(2 if given["source"] is masks else 1):
            places = origin.places[origin.known & (origin.which == number)]
            assert (free[number].reshape(-1)[places] > 0).all()
    with pytest.raises(Unusable, match="mask"):
        traced(operation, {"sample": samples, "source": masks[::-1]})
