"""Where the input of each role comes from: one function per role, found by the role's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from desktop.document.document import Document
from engine.errors import Unusable
from engine.image import frozen
from engine.operation import Input, Operation
from engine.region import Rect


@dataclass(frozen=True, eq=False)
class Offer:
    """What a document has for a role.

    Attributes:
        words: what it is, for the panel ("painted, 4.2 % of the picture").
        value: gives the input itself, or None where there is nothing; may take a moment.
        origin: where it came from, for the recipe.
        rect: which part of the document's picture it is, for a thumbnail; None when it is not of that picture.
        missing: raised when the role is required and there is nothing.
    """

    words: str
    value: Callable[[], Input | None]
    origin: tuple[str, ...] = ()
    rect: Rect | None = None
    missing: Unusable | None = field(default=None)


def picture(document: Document) -> Offer:
    """The whole picture, at its own depth."""
    width, height = document.size
    return Offer(f"{width} × {height} px", lambda: document.picture, _file(document), document.rect)


def sample(document: Document) -> Offer:
    """The picked sample; without one, the whole picture."""
    chosen = document.sample
    if chosen is None:
        return picture(document)
    if isinstance(chosen, Rect):
        place = f"#xywh={chosen.x},{chosen.y},{chosen.w},{chosen.h}"
        origin = (f"{(_file(document) or (document.title,))[0]}{place}",)
        return Offer(f"picked, {chosen.w} × {chosen.h} px", document.sample_image, origin, chosen)
    width, height = chosen.size
    return Offer(f"{chosen.name or 'another picture'}, {width} × {height} px", document.sample_image, (chosen.name,))


def hole(document: Document) -> Offer:
    """The red mask: where to fill."""
    mask = document.hole
    if mask.empty:
        missing = Unusable("There is no hole yet", "nothing is red", "paint over what should go, then run again")
        return Offer("nothing painted yet", lambda: None, missing=missing)
    bounds = mask.bounds
    return Offer(f"painted, {bounds.w} × {bounds.h} px", lambda: frozen(mask.array()), ("painted",), bounds)


def source(document: Document) -> Offer:
    """The green mask: where a fill may take from. Empty means anywhere."""
    mask = document.source
    if mask.empty:
        return Offer("anywhere", lambda: None)
    bounds = mask.bounds
    return Offer(f"painted, {bounds.w} × {bounds.h} px", lambda: frozen(mask.array()), ("painted",), bounds)


ROLES: dict[str, Callable[[Document], Offer]] = {
    "picture": picture,
    "sample": sample,
    "hole": hole,
    "source": source,
}


def offers(document: Document, operation: Operation[Any]) -> dict[str, Offer]:
    """Role -> what the document has for it, for every role of the operation that a document can have."""
    return {role: ROLES[role](document) for role in operation.roles if role in ROLES}


def gather(document: Document, operation: Operation[Any]) -> tuple[dict[str, Input | None], dict[str, tuple[str, ...]]]:
    """The inputs of a job, and where they came from.

    Raises:
        Unusable: a required input is not there.
    """
    inputs: dict[str, Input | None] = {}
    origins: dict[str, tuple[str, ...]] = {}
    for role, offer in offers(document, operation).items():
        value = offer.value()
        if value is None and operation.roles[role].required and offer.missing:
            raise offer.missing
        inputs[role] = value
        if offer.origin and value is not None:
            origins[role] = offer.origin
    return inputs, origins


def _file(document: Document) -> tuple[str, ...]:
    return (str(document.path),) if document.path else ()
