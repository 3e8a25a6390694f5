"""Which operations make pictures of a texture space, find pictures in one, and learn one: told by names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.session.runs import Wish
from engine.operation import Model, Operation
from engine.params import Params
from engine.region import Size


@dataclass(frozen=True, eq=False)
class Finder:
    """Finds a picture's point.

    Attributes:
        role, picture: of the operation, for the space and for the picture.
        code: the findings called this and a number are the point.
    """

    operation: Operation[Any]
    role: str
    picture: str
    code: str

    def point(self, findings: Mapping[str, float]) -> tuple[float, ...]:
        """The point in what the operation has to say."""
        found: list[float] = []
        while f"{self.code}{len(found)}" in findings:
            found.append(float(findings[f"{self.code}{len(found)}"]))
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Painter:
    """Paints with several points at once.

    Attributes:
        role, map_: of the operation, for the space and for the map.
        points: the parameter that takes one point for each label of the map, all in a row.
    """

    operation: Operation[Any]
    role: str
    map_: str
    points: str


@dataclass(frozen=True, eq=False)
class Trainer:
    """Learns a space from the pictures in `role`, for as long as the parameter `minutes` says.

    Attributes:
        begun: the role for a space to go on with; empty where there is none.
    """

    operation: Operation[Any]
    role: str
    minutes: str
    begun: str = ""


@dataclass(frozen=True, eq=False)
class SpaceWays:
    """The operations on spaces of one kind.

    Attributes:
        render: makes a picture at a point.
        role: of it, for the space.
        point: the parameter that takes the point.
        look: parameters that a person turns beside the point.
        slow: those of them that are left out while the point moves.
        fine: the parameter that takes the point whose detail is wanted; empty where there is none.
        paint, find, train: None where there is no such operation.
    """

    kind: str
    render: Operation[Any]
    role: str
    point: str
    look: tuple[str, ...]
    slow: frozenset[str] = frozenset()
    fine: str = ""
    paint: Painter | None = None
    find: Finder | None = None
    train: Trainer | None = None

    def params(self, look: Mapping[str, Any], code: Sequence[float], quickly: bool = False) -> Params:
        """What is asked for at a point; `quickly` without what is slow."""
        values = {name: value for name, value in look.items() if not (quickly and name in self.slow)}
        made: Params = self.render.params().replaced(**values, **{self.point: tuple(code)})
        return made

    def wish(
        self, look: Mapping[str, Any], code: Sequence[float], seed: int, size: Size | None, quickly: bool = False
    ) -> Wish:
        """A picture at a point."""
        return Wish(self.render, self.params(look, code, quickly), seed, size)


def space_ways(found: Mapping[str, Operation[Any]], told: Mapping[str, Any]) -> SpaceWays | None:
    """What can be done with spaces, from names; None where nothing makes pictures at a point."""
    names = told.get("render", {})
    render = found.get(names.get("operation", ""))
    role = render.roles.get(names["role"]) if render is not None else None
    if render is None or not isinstance(role, Model):
        return None
    have = {entry.name for entry in render.params.fields()}
    if names["point"] not in have:
        return None
    look = tuple(name for name in told.get("look", ()) if name in have)
    return SpaceWays(
        role.kind,
        render,
        names["role"],
        names["point"],
        look,
        frozenset(told.get("slow", ())),
        names["fine"] if names.get("fine") in have else "",
        _painter(found, told.get("paint", {}), role.kind),
        _finder(found, told.get("find", {}), role.kind),
        _trainer(found, told.get("train", {}), role.kind),
    )


def _painter(found: Mapping[str, Operation[Any]], told: Mapping[str, str], kind: str) -> Painter | None:
    operation = found.get(told.get("operation", ""))
    role = operation.roles.get(told["role"]) if operation is not None else None
    if operation is None or not isinstance(role, Model) or role.kind != kind:
        return None
    if operation.replaces != "picture" or operation.within is None or told["map"] not in operation.roles:
        return None
    return Painter(operation, told["role"], told["map"], told["points"])


def _finder(found: Mapping[str, Operation[Any]], told: Mapping[str, str], kind: str) -> Finder | None:
    operation = found.get(told.get("operation", ""))
    role = operation.roles.get(told["role"]) if operation is not None else None
    if operation is None or not isinstance(role, Model) or role.kind != kind or told["picture"] not in operation.roles:
        return None
    return Finder(operation, told["role"], told["picture"], told["code"])


def _trainer(found: Mapping[str, Operation[Any]], told: Mapping[str, str], kind: str) -> Trainer | None:
    operation = found.get(told.get("operation", ""))
    if operation is None or operation.trains != kind or told["role"] not in operation.roles:
        return None
    begun = operation.roles.get(told.get("space", ""))
    goes_on = isinstance(begun, Model) and begun.kind == kind
    return Trainer(operation, told["role"], told["minutes"], told["space"] if goes_on else "")
