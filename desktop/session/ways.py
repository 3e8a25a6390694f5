"""What is done with a thing that is dragged onto a picture: its texture is laid, its style is taken on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from desktop import learnt
from desktop.session.reducing import LEAST, shrunk
from engine.image import Bytes, Floats, Image, displayed
from engine.operation import Input, Mask, Model, Operation
from engine.params import Params, Slider
from engine.trained import Trained

TEXTURE, STYLE, NETWORK = "texture", "style", "network"
"""Kinds of things: a swatch, a picture in whose style another is painted, a network that has learnt one style."""

STYLES = frozenset({STYLE, NETWORK})
"""Kinds of which a picture has one at a time: while the last one can still be adjusted, the next takes its place."""

WORDS = {TEXTURE: "Texture", STYLE: "Style", NETWORK: "Style"}
"""What is taken from a thing of each kind."""

STYLE_LEAST = 128
"""A style is not made smaller than this for a look: it would lose its brushwork."""

Thing = Image | Trained


@dataclass(frozen=True, eq=False)
class Way:
    """How things of a kind are laid on pictures.

    Attributes:
        kind: of the things.
        operation: does it; it replaces a picture in the role "picture".
        role: of the thing.
        amount: the parameter that says how much.
    """

    kind: str
    operation: Operation[Any]
    role: str
    amount: str

    @property
    def usual(self) -> float:
        """How much by default."""
        return float(getattr(self.operation.params(), self.amount))

    @property
    def most(self) -> float:
        """The most that there can be."""
        entry = next(entry for entry in self.operation.params.fields() if entry.name == self.amount)
        return float(entry.control.high) if isinstance(entry.control, Slider) else 1.0

    def params(self, amount: float) -> Params:
        """The operation's values for an amount."""
        made: Params = self.operation.params().replaced(**{self.amount: amount})
        return made

    def inputs(self, thing: Thing, picture: Image, where: Floats | None = None) -> dict[str, Input]:
        """What a job gets.

        Args:
            thing: what is laid.
            picture: what it is laid on.
            where: float32 (H, W), 0..1; None for everywhere.
        """
        several = self.operation.roles[self.role].several
        given: dict[str, Input] = {self.role: (thing,) if several and isinstance(thing, Image) else thing}
        given["picture"] = picture
        name = self.mask
        if where is not None and name is not None:
            given[name] = where
        return given

    @property
    def mask(self) -> str | None:
        """The role of the mask that says where the picture may change."""
        if self.operation.within is not None:
            return self.operation.within
        for name, role in self.operation.roles.items():
            if isinstance(role, Mask) and role.of == "picture" and not role.required:
                return name
        return None

    def guess(self, thing: Thing, picture: Image, amount: float) -> Bytes | None:
        """What will come of it, roughly and at once: uint8 (h, w, 4). None where nobody can guess."""
        if not isinstance(thing, Image):
            return None
        return (guessed if self.kind == TEXTURE else tinted)(thing, picture, amount)


def thing_in(path: str, way: Way | None) -> Thing:
    """What is in a file, named by its whole path: a picture, or what a network learnt where the way takes that.

    Raises:
        Unusable: it cannot be read, or is of another kind.
    """
    role = way.operation.roles[way.role] if way is not None else None
    if isinstance(role, Model):
        theirs = Path(path).suffix.lower() in role.suffixes
        return replace(role.opened(Path(path)) if theirs else learnt.opened(Path(path), role.kind), name=path)
    from engine.files import open_picture

    return replace(open_picture(path), name=path)


def called(thing: Thing) -> str:
    """What to call a thing in a sentence."""
    if not isinstance(thing, Image) and thing.about.get("title"):
        return thing.about["title"]
    words = Path(thing.name).stem.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] if words else "a picture"


def brought(thing: Thing, factor: float, way: Way) -> Thing:
    """A thing made smaller for a look, as far as it can be and still be one."""
    if not isinstance(thing, Image):
        return thing
    least = LEAST if way.kind == TEXTURE else STYLE_LEAST
    return replace(thing, pixels=shrunk(thing.pixels, min(factor, max(1.0, min(thing.size) / least))))


def way_of(kind: str, found: Mapping[str, Operation[Any]], told: Mapping[str, str]) -> Way | None:
    """The way that is told by names (operation, role, amount), if there is such an operation."""
    operation = found.get(told.get("operation", ""))
    if operation is None or told["role"] not in operation.roles or operation.replaces != "picture":
        return None
    return Way(kind, operation, told["role"], told["amount"])


def guessed(sample: Image, picture: Image, amount: float) -> Bytes:
    """The sample side by side in the light of the picture: at once, and without a kernel. uint8 (h, w, 4)."""
    width, height = picture.size
    texture, light = displayed(sample.decoded()), displayed(picture.decoded())[..., :3].mean(axis=2, dtype=np.float32)
    laid: Bytes = texture[np.arange(height) % texture.shape[0]][:, np.arange(width) % texture.shape[1]].copy()
    shift = np.float32(amount) * (light - texture[..., :3].mean(dtype=np.float32))
    laid[..., :3] = np.clip(laid[..., :3] + shift[..., None], 0, 255).astype(np.uint8)
    return laid


def tinted(style: Image, picture: Image, amount: float) -> Bytes:
    """The picture with the means and deviations of the style's colours: at once, without a network. uint8 (h, w, 4)."""
    look: Bytes = displayed(picture.decoded()).copy()
    colours, theirs = look[..., :3].astype(np.float32), displayed(style.decoded())[..., :3].astype(np.float32)
    mean, spread = colours.mean((0, 1)), colours.std((0, 1)) + 1
    wanted = (colours - mean) * (theirs.std((0, 1)) / spread) + theirs.mean((0, 1))
    share = np.float32(min(amount, 1.0))
    look[..., :3] = np.clip(colours + share * (wanted - colours), 0, 255).astype(np.uint8)
    return look
