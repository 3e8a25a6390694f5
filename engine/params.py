"""Parameters, declared once.

A frozen dataclass whose fields are `Annotated[type, control]` is everything there is to say about an operation's
parameters. The panel, the command line, presets, recipes, the documentation and the contract tests all read the same
declaration.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self, get_args, get_type_hints

from engine.errors import Unusable

Value = int | float | bool | str | None | tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Control:
    """What every control says of itself.

    Attributes:
        help: one sentence, what it does.
        low, high looks: what the picture looks like at either end.
        title: its name in the panel, when the field's own name will not do.
        advanced: folded away at first.
        automatic: what None means ("a sixth of the block"); only for fields that may be None.
        idle: another field, and its value with which this one changes nothing.
    """

    help: str = ""
    low_looks: str = ""
    high_looks: str = ""
    title: str = ""
    advanced: bool = False
    automatic: str = ""
    idle: tuple[str, Value] | tuple[()] = ()

    def checked(self, name: str, value: Any) -> Value:
        """The value in its own type. Raises Unusable when it does not fit."""
        raise NotImplementedError


@dataclass(frozen=True)
class Slider(Control):
    """A number between two ends, both included. The field's own type (int or float) says which numbers."""

    low: float
    high: float
    unit: str = ""
    step: float | None = None
    log: bool = False
    odd: bool = False
    whole: bool = True

    def checked(self, name: str, value: Any) -> Value:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise Unusable(f"{name} {value!r} is not a number", remedy=self._range()) from None
        if isinstance(value, bool) or not math.isfinite(number) or not self.low <= number <= self.high:
            raise Unusable(f"{name} {value} is out of range", remedy=self._range())
        if not self.whole:
            return number
        if number != int(number):
            raise Unusable(f"{name} {value} is not a whole number", remedy=self._range())
        if self.odd and int(number) % 2 == 0:
            raise Unusable(f"{name} {value} is even", "a window needs a centre", "use an odd number")
        return int(number)

    def _range(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"use {self.low:g} to {self.high:g}{unit}"


@dataclass(frozen=True)
class Choice(Control):
    """One of a few words. `titles` says what to call them in the panel, in the same order."""

    options: tuple[str, ...]
    titles: tuple[str, ...] = ()

    def checked(self, name: str, value: Any) -> Value:
        if value not in self.options:
            raise Unusable(f"{name} {value!r} is not one of the choices", remedy=f"use {', '.join(self.options)}")
        return str(value)


@dataclass(frozen=True)
class Toggle(Control):
    """Yes or no."""

    def checked(self, name: str, value: Any) -> Value:
        if isinstance(value, bool):
            return value
        words = {
            "true": True,
            "yes": True,
            "on": True,
            "1": True,
            "false": False,
            "no": False,
            "off": False,
            "0": False,
        }
        if str(value).lower() not in words:
            raise Unusable(f"{name} {value!r} is neither yes nor no", remedy="use true or false")
        return words[str(value).lower()]


@dataclass(frozen=True)
class Colour(Control):
    """Red, green, blue, each 0..1; on the command line also #rrggbb."""

    def checked(self, name: str, value: Any) -> Value:
        remedy = "use #rrggbb or three numbers from 0 to 1"
        if isinstance(value, str) and value.startswith("#") and len(value) == 7:
            try:
                return tuple(int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))
            except ValueError:
                raise Unusable(f"{name} {value!r} is not a colour", remedy=remedy) from None
        return _numbers(name, value, 3, 0, 1, remedy)


@dataclass(frozen=True)
class LatentPoint(Control):
    """A point in a latent space: any count of finite numbers, none of them included."""

    def checked(self, name: str, value: Any) -> Value:
        if value == "":
            return ()
        return _numbers(name, value, None, -math.inf, math.inf, "use numbers with commas between")


@dataclass(frozen=True)
class Weights(LatentPoint):
    """How much of each picture of a role that takes several: as many numbers as pictures, none below 0.

    No numbers at all mean that all pictures count the same.

    Attributes:
        of: the role.
    """

    of: str = ""

    def checked(self, name: str, value: Any) -> Value:
        if value == "":
            return ()
        return _numbers(name, value, None, 0, math.inf, "use numbers from 0 on, with commas between")


def _numbers(name: str, value: Any, count: int | None, low: float, high: float, remedy: str) -> tuple[float, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    try:
        numbers = tuple(float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        raise Unusable(f"{name} {value!r} cannot be read", remedy=remedy) from None
    if (count is not None and len(numbers) != count) or not all(math.isfinite(n) and low <= n <= high for n in numbers):
        raise Unusable(f"{name} {value!r} does not fit", remedy=remedy)
    return numbers


@dataclass(frozen=True)
class Field:
    """One declared parameter: its name, control, type (int, float, bool, str, tuple) and default."""

    name: str
    control: Control
    type: type
    default: Value

    @property
    def title(self) -> str:
        return self.control.title or self.name.replace("_", " ").capitalize()

    @property
    def option(self) -> str:
        """Its word on the command line, without the dashes in front."""
        return self.name.replace("_", "-")

    def checked(self, value: Any) -> Value:
        if value is None or (isinstance(value, str) and value.lower() == "auto" and self.control.automatic):
            if self.control.automatic:
                return None
            raise Unusable(f"{self.title} has no value", remedy="give it one")
        return self.control.checked(self.title, value)

    def described(self) -> dict[str, Any]:
        """As plain JSON values, for `list --json` and the documentation."""
        entry: dict[str, Any] = {"name": self.option, "title": self.title, "kind": type(self.control).__name__.lower()}
        entry["type"] = self.type.__name__
        entry["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        for part in dataclasses.fields(self.control):
            value = getattr(self.control, part.name)
            if part.name not in ("title", "whole") and value not in ("", None, False, ()):
                entry[part.name] = list(value) if isinstance(value, tuple) else value
        return entry


class Params:
    """Base of every parameter set. Subclass as `@dataclass(frozen=True)`; each field has a default and one control.

    Attributes:
        renamed: old name -> new name, so that recipes and presets of earlier versions still load.
    """

    renamed: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        for entry in self.fields():
            object.__setattr__(self, entry.name, entry.checked(getattr(self, entry.name)))

    @classmethod
    @cache
    def fields(cls) -> tuple[Field, ...]:
        """The declared parameters in order."""
        hints = get_type_hints(cls, include_extras=True)
        fields = []
        for part in dataclasses.fields(cls):  # type: ignore[arg-type]
            kind, *extras = get_args(hints[part.name])
            control = next(extra for extra in extras if isinstance(extra, Control))
            members = [member for member in get_args(kind) or (kind,) if member is not type(None)]
            plain = tuple if isinstance(control, Colour | LatentPoint) else members[0]
            if isinstance(control, Slider):
                control = dataclasses.replace(control, whole=plain is int)
            fields.append(Field(part.name, control, plain, part.default))  # type: ignore[arg-type]
        return tuple(fields)

    def replaced(self, **values: Any) -> Self:
        return dataclasses.replace(self, **values)  # type: ignore[type-var]

    def as_json(self) -> dict[str, Any]:
        values = {entry.option: getattr(self, entry.name) for entry in self.fields()}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """From names as on the command line (or as fields). Missing ones take their default.

        Raises:
            Unusable: a name that was never a parameter, or a value out of range.
        """
        known = {entry.name for entry in cls.fields()}
        chosen = {}
        for name, value in values.items():
            plain = name.replace("-", "_")
            plain = cls.renamed.get(plain, plain)
            if plain not in known:
                raise Unusable(f"There is no parameter {name!r}", remedy=f"use {', '.join(sorted(known)) or 'none'}")
            chosen[plain] = tuple(value) if isinstance(value, list) else value
        return cls(**chosen)
