"""Parameters: what fits, what is refused in which words, and the ways there and back."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Unusable
from engine.params import Choice, Colour, LatentPoint, Params, Slider, Toggle, Weights


@dataclass(frozen=True)
class Sample(Params):
    """One of each control."""

    renamed: ClassVar = {"block": "patch_size"}

    patch_size: Annotated[int, Slider(3, 41, unit="px", odd=True, help="How large")] = 11
    strength: Annotated[float, Slider(0, 1)] = 0.5
    overlap: Annotated[int | None, Slider(1, 64, automatic="a sixth of the block")] = None
    mode: Annotated[str, Choice(("rgb", "lab"), titles=("RGB", "Lab"))] = "rgb"
    tileable: Annotated[bool, Toggle()] = False
    tint: Annotated[tuple[float, ...], Colour()] = (1.0, 0.5, 0.0)
    point: Annotated[tuple[float, ...], LatentPoint()] = (0.0, 0.0)


UNIT = st.floats(0, 1, allow_nan=False)
ANY = st.builds(
    Sample,
    patch_size=st.integers(1, 20).map(lambda n: 2 * n + 1),
    strength=UNIT,
    overlap=st.none() | st.integers(1, 64),
    mode=st.sampled_from(["rgb", "lab"]),
    tileable=st.booleans(),
    tint=st.tuples(UNIT, UNIT, UNIT),
    point=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5).map(tuple),
)


@given(ANY)
def test_json_there_and_back(p: Sample) -> None:
    assert Sample.from_json(json.loads(json.dumps(p.as_json()))) == p


@given(ANY)
def test_words_there_and_back(p: Sample) -> None:
    """As the command line gives them: everything is text."""
    words = {}
    for name, value in p.as_json().items():
        words[name] = ",".join(map(repr, value)) if isinstance(value, list) else str(value)
    words["overlap"] = "auto" if p.overlap is None else str(p.overlap)
    assert Sample.from_json(words) == p


@given(st.integers(-100, 100))
def test_a_slider_takes_what_lies_between_its_ends(value: int) -> None:
    fits = 3 <= value <= 41 and value % 2 == 1
    if fits:
        assert Sample(patch_size=value).patch_size == value
    else:
        with pytest.raises(Unusable):
            Sample(patch_size=value)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"strength": 2}, "Strength 2 is out of range; use 0 to 1."),
        ({"strength": math.nan}, "Strength nan is out of range; use 0 to 1."),
        ({"strength": "much"}, "Strength 'much' is not a number; use 0 to 1."),
        ({"strength": True}, "Strength True is out of range; use 0 to 1."),
        ({"patch_size": 4}, "Patch size 4 is even: a window needs a centre; use an odd number."),
        ({"patch_size": 11.5}, "Patch size 11.5 is not a whole number; use 3 to 41 px."),
        ({"patch_size": 10**400}, "is not a number; use 3 to 41 px."),
        ({"patch_size": None}, "Patch size has no value; give it one."),
        ({"mode": "hsv"}, "Mode 'hsv' is not one of the choices; use rgb, lab."),
        ({"tileable": "perhaps"}, "Tileable 'perhaps' is neither yes nor no; use true or false."),
        ({"tint": "#12345g"}, "is not a colour; use #rrggbb or three numbers from 0 to 1."),
        ({"tint": (1, 2, 3)}, "does not fit; use #rrggbb"),
        ({"tint": "1,1"}, "does not fit"),
        ({"point": "1,x"}, "cannot be read; use numbers with commas between."),
        ({"point": (math.inf,)}, "does not fit"),
        ({"point": (10**400,)}, "cannot be read"),
        ({"colour": "red"}, "There is no parameter 'colour'; use"),
    ],
)
def test_refusals_are_sentences(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unusable) as caught:
        Sample.from_json(values)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("patch_size", "21", 21),
        ("patch_size", 21.0, 21),
        ("strength", 1, 1.0),
        ("tileable", "Yes", True),
        ("tileable", "off", False),
        ("tint", "#ff8000", (1.0, 128 / 255, 0.0)),
        ("tint", [0, 1, 0], (0.0, 1.0, 0.0)),
        ("point", "1.5,-2", (1.5, -2.0)),
        ("overlap", "AUTO", None),
    ],
)
def test_values_take_their_own_type(field: str, given: Any, kept: Any) -> None:
    value = getattr(Sample(**{field: given}), field)
    assert value == kept and type(value) is type(kept)


def test_old_names_still_load() -> None:
    assert Sample.from_json({"block": 9}) == Sample.from_json({"patch-size": 9}) == Sample(patch_size=9)


def test_missing_values_take_their_default_and_sets_can_be_compared() -> None:
    assert Sample.from_json({}) == Sample() and hash(Sample()) == hash(Sample.from_json({}))
    assert Sample().replaced(strength=1) != Sample()
    with pytest.raises(Unusable):
        Sample().replaced(strength=7)


def test_fields_describe_themselves() -> None:
    fields = {field.name: field for field in Sample.fields()}
    assert list(fields) == ["patch_size", "strength", "overlap", "mode", "tileable", "tint", "point"]
    assert (fields["patch_size"].title, fields["patch_size"].option, fields["patch_size"].type) == (
        "Patch size",
        "patch-size",
        int,
    )
    assert fields["patch_size"].described() == {
        "name": "patch-size",
        "title": "Patch size",
        "kind": "slider",
        "type": "int",
        "default": 11,
        "low": 3,
        "high": 41,
        "unit": "px",
        "odd": True,
        "help": "How large",
    }
    for field in fields.values():
        json.dumps(field.described())


def test_subclasses_have_their_own_fields() -> None:
    @dataclass(frozen=True)
    class More(Sample):
        passes: Annotated[int, Slider(1, 9)] = 2

    assert [field.name for field in More.fields()][-1] == "passes"
    assert "passes" not in [field.name for field in Sample.fields()]


@dataclass(frozen=True)
class Mixed(Params):
    shares: Annotated[tuple[float, ...], Weights(of="style")] = ()


def test_weights_are_any_count_of_numbers_from_nought_on() -> None:
    assert Mixed().shares == () and Mixed.from_json({"shares": ""}).shares == ()
    assert Mixed.from_json({"shares": "1,0,2.5"}).shares == (1.0, 0.0, 2.5)
    assert Mixed.from_json(json.loads(json.dumps(Mixed((3, 1)).as_json()))) == Mixed((3.0, 1.0))
    for wrong in ("-1,2", "a", "1,inf", [float("nan")], 3):
        with pytest.raises(Unusable):
            Mixed.from_json({"shares": wrong})
    assert Mixed.fields()[0].described() == {
        "name": "shares", "title": "Shares", "kind": "weights", "type": "tuple", "default": [], "of": "style",
    }  # fmt: skip
