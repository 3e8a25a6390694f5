"""What an operation declares: its roles, its parameters, its generator, and what the border has to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

from engine.context import Context
from engine.frame import Frame
from engine.image import Image
from engine.operation.film import Film
from engine.params import Params, Weights
from engine.region import Rect, Size
from engine.trained import Trained

P = TypeVar("P", bound=Params)


@dataclass(frozen=True, kw_only=True)
class Role:
    """What an operation asks for. `several` roles take one or more; their value is a tuple."""

    title: str = ""
    help: str = ""
    required: bool = True
    several: bool = False


@dataclass(frozen=True, kw_only=True)
class Picture(Role):
    """A picture: given as `Image`, seen by the operation as float32 (H, W, C), 0..1, read-only.

    Attributes:
        of: it lies on the picture in this role pixel by pixel; of any size where that is empty.
        stored: seen as the `Image` itself, at its own depth: for what is copied along and never looked at.
    """

    of: str = ""
    stored: bool = False


@dataclass(frozen=True, kw_only=True)
class Mask(Role):
    """Where: float32 (H, W), 0..1, of the same size as the picture in the role `of`.

    Attributes:
        of: the picture that it lies on; of any size where that is empty.
        limits: it says what may be copied from that picture: what is black there is in no pixel of the result. Where
            that role takes several pictures it is a mask for each of them, in their order, as far as masks are given.
    """

    of: str = "picture"
    limits: bool = False


@dataclass(frozen=True, kw_only=True)
class Labels(Role):
    """A label map, uint16 (H, W); of the same size as the picture in the role `of`, unless that is empty."""

    of: str = ""


@dataclass(frozen=True, kw_only=True)
class Model(Role):
    """Something trained: given and seen as `Trained`.

    Attributes:
        kind: what it has to be ("fast-style").
        suffixes: of files from elsewhere that can be used, with the dot.
        foreign: reads one of those. It raises Unusable, and never runs what a file says.
    """

    kind: str
    suffixes: tuple[str, ...] = ()
    foreign: Callable[[Path], Trained] | None = None

    def opened(self, path: Path) -> Trained:
        """Raises Unusable when the file cannot be read or is of another kind."""
        if self.foreign and path.suffix.lower() in self.suffixes:
            return self.foreign(path)
        from engine.files import open_trained

        return open_trained(path, self.kind)


class Inputs(dict[str, Role]):
    """The declared roles, in the order in which a person should be asked for them."""

    def __init__(self, **roles: Role) -> None:
        super().__init__(roles)


Input = Image | NDArray[Any] | tuple[Image, ...] | Trained


class Given:
    """The inputs as the operation sees them: one attribute per role, None where an optional one was left out."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, role: str) -> Any:
        raise AttributeError(f"this operation declares no input {role!r}")


@dataclass(frozen=True, eq=False)
class Operation(Generic[P]):
    """A registered operation.

    Its id is its file's name with dashes: `ops/fill/efros_leung_fill.py` is efros-leung-fill.
    """

    id: str
    title: str
    group: str
    roles: Inputs
    params: type[P]
    run: Callable[[Context, Given, P], Iterator[Frame]]
    doc: str
    replaces: str | None = None
    within: str | None = None
    sized: bool = False
    size: Callable[[Mapping[str, Input | None], P], Size] | None = None
    inset: Callable[[Mapping[str, Input | None], P], Rect] | None = None
    focus: Callable[[Mapping[str, Input | None], P], Rect] | None = None
    memory: Callable[[Mapping[str, Any], Size, P], int] | None = None
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    everyday: bool = False
    neural: bool = False
    live: bool = False
    trains: str = ""
    tells: bool = False
    film: Callable[[P, Size], Film | None] | None = None

    def replaced(self, inputs: Mapping[str, Input | None]) -> str | None:
        """The role of the picture that a run with these inputs replaces, or None if it makes a new one.

        Where the picture or the mask is optional, the result goes into a picture only when both are given.
        """
        if self.replaces is None or inputs.get(self.replaces) is None:
            return None
        chosen = self.within is None or self.roles[self.within].required or inputs.get(self.within) is not None
        return self.replaces if chosen else None

    @property
    def mixed(self) -> str | None:
        """The role whose several pictures are mixed by `Weights` among the parameters; None where there is none."""
        found = (entry.control.of for entry in self.params.fields() if isinstance(entry.control, Weights))
        return next((role for role in found if role in self.roles), None)

    @property
    def limited(self) -> dict[str, str]:
        """Role of a picture that pixels are copied from -> role of the mask that says from where in it."""
        return {role.of: name for name, role in self.roles.items() if isinstance(role, Mask) and role.limits}

    @property
    def grows_texture(self) -> bool:
        """Whether it makes a texture of any size out of nothing but a sample.

        What has a size of its own (a tile is as large as its picture) changes a sample, rather than growing it.
        """
        needed = [name for name, role in self.roles.items() if role.required]
        return self.sized and self.size is None and needed == ["sample"] and isinstance(self.roles["sample"], Picture)

    @property
    def summary(self) -> str:
        """The first line of the file's docstring: what it does."""
        return self.doc.strip().partition("\n")[0]

    def described(self) -> dict[str, Any]:
        """As plain JSON values, for `list --json`."""
        inputs = [
            {
                "name": name,
                "kind": type(role).__name__.lower(),
                "title": role.title or name.capitalize(),
                "help": role.help,
                "required": role.required,
                "several": role.several,
            }
            for name, role in self.roles.items()
        ]
        return {
            "id": self.id,
            "title": self.title,
            "group": self.group,
            "summary": self.summary,
            "inputs": inputs,
            "sized": self.sized,
            "replaces": self.replaces,
            "within": self.within,
            "everyday": self.everyday,
            "neural": self.neural,
            "live": self.live,
            "trains": self.trains,
            "tells": self.tells,
            "params": [entry.described() for entry in self.params.fields()],
            "presets": {name: dict(values) for name, values in self.presets.items()},
        }


def operation(
    title: str,
    *,
    group: str,
    inputs: Inputs,
    params: type[P],
    replaces: str | None = None,
    within: str | None = None,
    sized: bool = False,
    size: Callable[[Mapping[str, Input | None], P], Size] | None = None,
    inset: Callable[[Mapping[str, Input | None], P], Rect] | None = None,
    focus: Callable[[Mapping[str, Input | None], P], Rect] | None = None,
    memory: Callable[[Mapping[str, Any], Size, P], int] | None = None,
    presets: Mapping[str, Mapping[str, Any]] | None = None,
    everyday: bool = False,
    neural: bool = False,
    live: bool = False,
    trains: str = "",
    tells: bool = False,
    film: Callable[[P, Size], Film | None] | None = None,
) -> Callable[[Callable[[Context, Given, P], Iterator[Frame]]], Operation[P]]:
    """Makes a generator function an operation.

    Args:
        title: what the menu calls it.
        group: the menu that it is in.
        inputs: its roles.
        params: its parameters.
        replaces: the picture role that the result replaces (same size, depth and profile). None makes a new picture,
            and so does a run without the picture or without the mask where these are optional roles.
        within: the mask role outside of which nothing changes.
        sized: the output's size is the person's to choose (`ctx.size`; by default what `size` says, or twice the
            sample).
        size: the output's size where it follows from inputs and parameters; that of the replaced picture, if any.
        inset: where in the output the first picture lies whole and untouched: it comes out bit for bit.
        focus: the part of the replaced picture that the operation needs to see and may change; everything else is
            never decoded. Given the inputs at their own depth. The whole picture by default.
        memory: bytes that a run takes beyond inputs and output, from the decoded inputs and the output's size.
        presets: name -> parameters that differ from the default.
        everyday: what most people want of its group: listed first in it, and its kernels are compiled first.
        neural: it needs torch, which is imported when somebody first runs it and not before.
        live: it can be felt: on a small picture a run takes a tenth of a second or less once it has seen the pictures,
            so that the studio shows what a slider does while it moves.
        trains: what kind of `Trained` comes out of it, in place of a picture: its frames show how far it is.
        tells: its findings are the answer; its picture shows them, and need not be kept.
        film: how the pictures lie on a result of a size, where the parameters ask for many that follow one another.
    """

    def register(run: Callable[[Context, Given, P], Iterator[Frame]]) -> Operation[P]:
        module = __import__(run.__module__, fromlist=["_"])
        return Operation(
            id=run.__module__.rpartition(".")[2].replace("_", "-"),
            title=title,
            group=group,
            roles=inputs,
            params=params,
            run=run,
            doc=module.__doc__ or "",
            replaces=replaces,
            within=within,
            sized=sized,
            size=size,
            inset=inset,
            focus=focus,
            memory=memory,
            presets=presets or {},
            everyday=everyday,
            neural=neural,
            live=live,
            trains=trains,
            tells=tells,
            film=film,
        )

    return register
