"""A job, and a job as JSON: what is done to what, so that it can be done again, byte for byte.

Recipes travel in project files and inside result pictures. They come from anywhere, so reading one believes nothing:
every name, number and length is checked, and nothing in it is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine import catalog, files
from engine.errors import Unusable
from engine.image import Image
from engine.operation import Input, Labels, Mask, Model, Operation
from engine.params import Params
from engine.region import Rect, Size

FORMAT = 1
LARGEST_TEXT = 1 << 20


@dataclass(frozen=True, eq=False)
class Job:
    """Everything that a run depends on.

    Attributes:
        operation: the operation's id.
        params: its parameters.
        inputs: role -> Image, tuple of Images, array for masks and label maps, or `Trained`; all read-only.
        seed: same seed, same pixels.
        size: wanted output size, for operations that take one.
        slot: a newer job in the same slot takes this one's place.
        title: what the job list calls it.
        device: where networks run: "auto", "cpu", "cuda" or "mps".
        origins: role -> where its inputs came from (files, or words), for the recipe.
    """

    operation: str
    params: Params
    inputs: Mapping[str, Input | None]
    seed: int = 1
    size: Size | None = None
    slot: str = "main"
    title: str = ""
    device: str = "cpu"
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """One job in plain values.

    Attributes:
        operation: the operation's id.
        params: option name -> value.
        seed, size: as in the job.
        inputs: role -> where each of its inputs came from; files by their path.
    """

    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1
    size: Size | None = None
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job) -> Recipe:
        return cls(job.operation, job.params.as_json(), job.seed, job.size, dict(job.origins))

    def as_json(self) -> dict[str, Any]:
        values: dict[str, Any] = {"scumble": FORMAT, "operation": self.operation, "params": dict(self.params)}
        values |= {"seed": self.seed, "inputs": {role: list(paths) for role, paths in self.inputs.items()}}
        if self.size:
            values["size"] = list(self.size)
        return values

    @classmethod
    def from_json(cls, values: Any) -> Recipe:
        """From parsed JSON of any origin. Raises Unusable when it is not a recipe of this or an earlier format."""
        if not isinstance(values, dict) or not isinstance(values.get("scumble"), int):
            raise Unusable(
                "This is no recipe", "it does not say that Scumble wrote it", "use one that a result carries"
            )
        if values["scumble"] > FORMAT:
            raise Unusable("This recipe is too new", "a later Scumble wrote it", "use that one")
        try:
            size = values.get("size")
            recipe = cls(
                operation=str(values["operation"]),
                params=dict(values.get("params", {})),
                seed=int(values.get("seed", 1)),
                size=(int(size[0]), int(size[1])) if size else None,
                inputs={str(role): tuple(map(str, paths)) for role, paths in dict(values.get("inputs", {})).items()},
            )
        except (KeyError, TypeError, ValueError, IndexError) as problem:
            raise Unusable("This recipe cannot be read", f"{problem}", "use one that a result carries") from None
        recipe.checked_params()
        return recipe

    def checked_params(self) -> Params:
        """The parameters in their own type. Raises Unusable for an unknown operation, name or value."""
        params: Params = catalog.find(self.operation).params.from_json(self.params)
        return params

    def job_inputs(self) -> dict[str, Input | None]:
        """Opens the recorded files. Raises Unusable when one is missing or cannot be read."""
        return open_inputs(catalog.find(self.operation), self.inputs)


def open_inputs(operation: Operation[Any], paths: Mapping[str, tuple[str, ...]]) -> dict[str, Input | None]:
    """Role -> paths as role -> pictures, masks, label maps and trained things, each read as its role asks.

    Raises:
        Unusable: a file cannot be read, a role is unknown, or it takes one file and got more.
    """
    opened: dict[str, Input | None] = {}
    maps: list[str] = []
    for name, chosen in paths.items():
        role = operation.roles.get(name)
        if role is None:
            raise Unusable(f"{operation.title} takes no {name}", remedy=f"give {', '.join(operation.roles)}")
        if not role.several and len(chosen) > 1:
            raise Unusable(f"{operation.title} takes one {name}, not {len(chosen)}", remedy="leave out the others")
        if isinstance(role, Mask) and role.several:
            opened[name] = tuple(Image(files.open_mask(path)[..., None]) for path in chosen)
        elif isinstance(role, Mask):
            opened[name] = files.open_mask(chosen[0])
        elif isinstance(role, Labels):
            maps.append(name)
        elif isinstance(role, Model):
            opened[name] = role.opened(Path(chosen[0]))
        elif role.several:
            opened[name] = tuple(_picture(path) for path in chosen)
        else:
            opened[name] = _picture(chosen[0])
    # Together, the one that the operation asks for first in front, so that the same colour is the same label in all.
    maps.sort(key=list(operation.roles).index)
    opened.update(zip(maps, files.open_label_maps([paths[name][0] for name in maps]), strict=True))
    return opened


def _picture(place: str) -> Image:
    """A picture file, or with `#xywh=x,y,width,height` behind its name (W3C Media Fragments) that part of it."""
    path, mark, numbers = place.rpartition("#xywh=")
    if not mark or Path(place).exists():
        return files.open_picture(place)
    image = files.open_picture(path)
    try:
        x, y, width, height = map(int, numbers.split(","))
    except ValueError:
        raise Unusable(f"{place} names no part of a picture", remedy="write FILE#xywh=x,y,width,height") from None
    rect = Rect(x, y, width, height)
    if rect.empty or not image.rect.holds(rect):
        raise Unusable(
            f"{place} lies outside the picture", f"{path} is {image.size[0]} x {image.size[1]} px", "name a part of it"
        )
    return replace(image, pixels=image.pixels[rect.slices])


def read(path: Path) -> Recipe:
    """The recipe in a JSON file, or the one that a result picture carries.

    Raises:
        Unusable: there is none, or it cannot be read.
    """
    if path.suffix.lower() != ".json":
        learnt = path.suffix.lower() == files.TRAINED_SUFFIX
        stored = files.open_trained(path).recipe if learnt else files.read_recipe(path)
        if stored is None:
            raise Unusable(f"{path.name} carries no recipe", "Scumble did not make it", "use a result of Scumble")
        return Recipe.from_json(stored)
    try:
        if path.stat().st_size > LARGEST_TEXT:
            raise Unusable(f"{path.name} is too long for a recipe", remedy="use one that a result carries")
        return Recipe.from_json(json.loads(path.read_text("utf-8")))
    except OSError as problem:
        raise Unusable(f"{path.name} cannot be read", problem.strerror or "", "check the path") from None
    except (ValueError, RecursionError):
        raise Unusable(f"{path.name} is not JSON", remedy="use a recipe or a result of Scumble") from None
