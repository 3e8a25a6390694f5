"""Where the input of each role comes from: one function per role, found by the role's name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from desktop import learnt
from desktop.document.document import HOLE, SOURCE, Document
from desktop.document.mask import Mask as Painted
from desktop.document.mask import Plane
from engine.errors import Unusable
from engine.image import Bytes, Image, frozen
from engine.operation import Input, Labels, Mask, Model, Operation, Picture, Role
from engine.params import Params
from engine.region import Rect, Size
from engine.trained import Trained


@dataclass(frozen=True, eq=False)
class Offer:
    """What a document has for a role.

    Attributes:
        words: what it is, for the panel ("painted, 4.2 % of the picture").
        value: gives the input itself, or None where there is nothing; may take a moment.
        origin: where it came from, for the recipe.
        rect: which part of the document's picture it is, for a thumbnail; None when it is not of that picture.
        missing: raised when the role is required and there is nothing.
        given: whether a person chose pictures for the role.
    """

    words: str
    value: Callable[[], Input | None]
    origin: tuple[str, ...] = ()
    rect: Rect | None = None
    missing: Unusable | None = field(default=None)
    given: bool = False


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
        words = f"picked, {chosen.w} × {chosen.h} px"
        return Offer(words, document.sample_image, origin, chosen, given=True)
    width, height = chosen.size
    words = f"{Path(chosen.name).name or 'another picture'}, {width} × {height} px"
    return Offer(words, document.sample_image, (chosen.name,), given=True)


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


def sample_source(document: Document) -> Offer:
    """The green mask on the sample: where a synthesis may take from. It says nothing of another picture's sample."""
    chosen = document.sample
    if document.source.empty or isinstance(chosen, Image):
        return Offer("all of it", lambda: None)
    rect = document.rect if chosen is None else chosen
    part = document.source.bounds.clipped(rect)
    if part.empty:
        return Offer("all of it", lambda: None)
    words = f"painted, {part.w} × {part.h} px"
    return Offer(words, lambda: frozen(document.source.crop(rect)), ("painted",), part)


def samples(document: Document) -> Offer:
    """The picked sample and those that were given beside it."""
    first, more = sample(document), pictures_given(document, "sample")
    if not more:
        return first

    def value() -> Input | None:
        picked = first.value()
        return (picked, *more) if isinstance(picked, Image) else more

    words = f"{first.words} + {len(more)} more"
    return Offer(words, value, (*first.origin, *(image.name for image in more)), first.rect, given=True)


def given(document: Document, name: str, role: Role) -> Offer:
    """Pictures that were chosen for a role."""
    chosen = pictures_given(document, name)
    if not chosen:
        if not role.required:
            return Offer("none, not needed", lambda: None)
        return Offer("drop a picture here", lambda: None, missing=_no_picture(name, role))
    used = chosen if role.several else chosen[:1]
    width, height = used[0].size
    words = f"{Path(used[0].name).name or 'a picture'}, {width} × {height} px"
    if len(used) > 1:
        words = f"{len(used)} pictures"
    names = tuple(image.name for image in used)
    return Offer(words, lambda: used if role.several else used[0], names, given=True)


def pictures_given(document: Document, name: str) -> tuple[Image, ...]:
    """The pictures that were chosen for a role."""
    return tuple(one for one in document.given.get(name, ()) if isinstance(one, Image))


def model(document: Document, name: str, role: Model) -> Offer:
    """What a network learnt: what was chosen, or else the first that there is."""
    fitting = (one for one in document.given.get(name, ()) if isinstance(one, Trained) and one.kind == role.kind)
    chosen = next(fitting, None)
    if chosen is not None:
        words = chosen.about.get("title", "") or Path(chosen.name).stem
        return Offer(words, lambda: chosen, (chosen.name,), given=True)
    if not role.required:
        return Offer("none, not needed", lambda: None)
    for entry in learnt.found(role.kind):
        return Offer(entry.title, partial(learnt.opened, entry.path, role.kind), (str(entry.path),))
    missing = Unusable(f"There is no {role.title or name} yet", role.help.rstrip("."), "train one, or choose a file")
    return Offer("choose a file", lambda: None, missing=missing)


def texture(document: Document, name: str, role: Role) -> Offer:
    """The picked sample, for an operation that lays it on the picture: the picture itself would change nothing."""
    if document.sample is None:
        return Offer("drop a picture here", lambda: None, missing=_no_picture(name, role))
    return sample(document)


def painted(document: Document, name: str, role: Mask) -> Offer:
    """The red mask, for a role that is no hole. Where it is not needed, an empty one stands for everything."""
    if not document.hole.empty:
        return hole(document)
    if not role.required:
        return Offer("nothing painted, not needed" if name == "hole" else "nothing painted: all of it", lambda: None)
    missing = Unusable("There is no mask yet", role.help.rstrip("."), "paint one with the mask brush")
    return Offer("nothing painted yet", lambda: None, missing=missing)


def _no_picture(name: str, role: Role) -> Unusable:
    title = role.title or name.capitalize()
    return Unusable(f"There is no picture for {title} yet", role.help.rstrip("."), f"drop one on the line {title}")


def motif(document: Document) -> Offer:
    """The photograph that a painting by numbers takes its pixels from."""
    taken = document.motif
    if taken is None:
        return Offer("nothing to paint from", lambda: None, missing=_no_motif(document))
    width, height = taken.picture.size
    return Offer(f"{taken.title}, {width} × {height} px", lambda: taken.picture, (taken.path or taken.title,))


def motif_labels(document: Document) -> Offer:
    """The labels of that photograph."""
    taken = document.motif
    if taken is None:
        return Offer("no labels", lambda: None, missing=_no_motif(document))
    return Offer(f"{len(taken.numbers)} labels", lambda: taken.labels, ("painted",))


def label_map(document: Document) -> Offer:
    """The painted label map, as far as the photograph has something for it."""
    if document.motif is None or document.labels.empty:
        return Offer("no labels", lambda: None, missing=_no_motif(document))
    return Offer("painted", lambda: wanted_labels(document), ("painted",))


def wanted_labels(document: Document) -> Bytes:
    """A painting's labels for the operation, uint8 (H, W): what the photograph knows nothing of stands for another."""
    labels, taken = document.labels.array(), document.motif
    if taken is None or not taken.numbers:
        raise _no_motif(document)
    table = np.full(256, min(taken.numbers), np.uint8)
    for number in taken.numbers:
        table[number] = number
    return frozen(table[labels])


def _no_motif(document: Document) -> Unusable:
    if document.labels.empty:
        return Unusable(
            "There are no labels yet", "they say what is where in this picture", "press Labels from picture on Numbers"
        )
    return Unusable(
        "There is no map to paint yet",
        "this picture is what it would be painted from",
        "press Paint by numbers on Numbers",
    )


def paints_by_numbers(operation: Operation[Any]) -> bool:
    """Whether an operation makes a picture from a label map and can make a part of one again."""
    roles = operation.roles
    kinds = {name: type(roles[name]) for name in (*MOTIF, *MAPS) if name in roles}
    wanted = dict.fromkeys(MOTIF, Picture) | dict.fromkeys(MAPS, Labels)
    return kinds == wanted and operation.replaces == "picture" and operation.within is not None


def painting_inputs(
    document: Document, operation: Operation[Any], where: Bytes
) -> tuple[dict[str, Input | None], dict[str, tuple[str, ...]]]:
    """The inputs of a job that makes a part of a painting again, and where they came from.

    Args:
        document: a painting by numbers.
        operation: one that `paints_by_numbers`.
        where: uint8 (H, W), the part.

    Raises:
        Unusable: there is nothing to paint from.
    """
    inputs, origins = {}, {}
    for name in (*MOTIF, *MAPS):
        found = (MOTIF | MAPS)[name](document)
        if found.missing:
            raise found.missing
        inputs[name], origins[name] = found.value(), found.origin
    inputs["picture"] = document.picture
    assert operation.within is not None
    inputs[operation.within] = where
    return inputs, {**origins, "picture": ("painted",), operation.within: ("painted",)}


MASKS = {"hole": HOLE, "where": HOLE, "source": SOURCE}
"""Role -> the painted mask that it is."""
STYLED = "where"
"""The role that says of several styles where each applies: a gray picture for each of them, in their order."""

PICTURES: dict[str, Callable[[Document], Offer]] = {"picture": picture, "sample": sample}
MOTIF: dict[str, Callable[[Document], Offer]] = {"source": motif}
MAPS: dict[str, Callable[[Document], Offer]] = {"labels": motif_labels, "target": label_map}


def can_be_given(operation: Operation[Any], name: str) -> bool:
    """Whether a person chooses pictures for a role, beside or in place of what the document has."""
    role = operation.roles[name]
    if isinstance(role, Model):
        return True
    if for_styles(operation, name):
        return False
    return isinstance(role, Picture) and (name != "picture" or role.several) and not _of_motif(operation, name)


def picks_sample(role: str, several: bool) -> bool:
    """Whether a picture given for a role becomes the document's sample, instead of standing beside it."""
    return role == "sample" and not several


def offer(document: Document, name: str, operation: Operation[Any]) -> Offer | None:
    """What a document has for one role of an operation; None for a kind of input that documents do not have."""
    role = operation.roles[name]
    if isinstance(role, Picture):
        if for_styles(operation, name):
            return painted_styles(document, operation)
        if name == "sample" and role.several:
            return samples(document)
        if name == "sample" and _needs(operation, "picture"):
            return texture(document, name, role)
        if _of_motif(operation, name):
            return MOTIF[name](document)
        return PICTURES[name](document) if name in PICTURES else given(document, name, role)
    if isinstance(role, Model):
        return model(document, name, role)
    if isinstance(role, Labels) and name in MAPS:
        return MAPS[name](document)
    if isinstance(role, Mask) and (name in MASKS or role.limits):
        if name == "source" and role.of == "sample":
            return sample_source(document)
        if role.limits and role.of != "picture":
            return Offer("all of it", lambda: None)
        if name == "source":
            return source(document)
        return hole(document) if name == "hole" and role.required else painted(document, name, role)
    return None


def _of_motif(operation: Operation[Any], name: str) -> bool:
    """Whether a picture comes with its labels, so that another one would not fit them."""
    return name in MOTIF and any(isinstance(other, Labels) for other in operation.roles.values())


def _needs(operation: Operation[Any], name: str) -> bool:
    return name in operation.roles and operation.roles[name].required


def size(document: Document, operation: Operation[Any], params: Params) -> Size | None:
    """The size that an operation would give its result by itself; None where twice the sample is as good as any.

    Takes no time: the sample is measured, not cut out.
    """
    if not operation.sized or operation.size is None or "sample" not in operation.roles:
        return None
    chosen = document.sample
    if isinstance(chosen, Rect):
        chosen = Image(np.zeros((chosen.h, chosen.w, 1), np.uint8))
    return operation.size({"sample": chosen or document.picture}, params)


def mask_of(document: Document, role: str | None) -> Plane | None:
    """The painted mask that a role is, if it is one."""
    return document.masks.get(MASKS.get(role or "", ""))


def replaces(document: Document, operation: Operation[Any]) -> bool:
    """Whether a result of the operation goes into this document's picture; else it is a picture of its own."""
    if operation.replaces != "picture":
        return False
    if operation.within is None or operation.roles[operation.within].required:
        return True
    mask = mask_of(document, operation.within)
    return mask is not None and not mask.empty


def offers(document: Document, operation: Operation[Any]) -> dict[str, Offer]:
    """Role -> what the document has for it, for every role of the operation that a document can have."""
    found = {name: offer(document, name, operation) for name in operation.roles}
    return {name: there for name, there in found.items() if there is not None}


def brought(document: Document, operation: Operation[Any]) -> dict[str, Offer]:
    """What was given or painted here, for an operation that made this very picture from other things.

    A mask that lies on one of those says nothing here, and the picture is not its own sample.
    """
    found = {}
    for name, role in operation.roles.items():
        there = given(document, name, role) if role.several else offer(document, name, operation)
        painted_free = isinstance(role, Mask) and not role.of and there is not None and bool(there.origin)
        if there is not None and (there.given or painted_free):
            found[name] = replace(there, words=f"as before + {there.words}") if role.several else there
    return found


def once_more(
    document: Document,
    operation: Operation[Any],
    inputs: Mapping[str, Input | None],
    origins: Mapping[str, tuple[str, ...]],
) -> tuple[dict[str, Input | None], dict[str, tuple[str, ...]]]:
    """What a picture was made from, with what was brought to it since: beside it or in its place."""
    inputs, origins = dict(inputs), dict(origins)
    for name, there in brought(document, operation).items():
        value, before = there.value(), inputs.get(name)
        if isinstance(value, tuple) and before is not None:
            value = (*(before if isinstance(before, tuple) else (before,)), *value)
            origins[name] = (*origins.get(name, ()), *there.origin)
        else:
            origins[name] = there.origin
        inputs[name] = value
    return inputs, origins


def styles_painted(document: Document, operation: Operation[Any]) -> tuple[Painted, ...]:
    """The masks of the styles that an operation mixes, in their order; none while nothing is painted for them."""
    count = len(pictures_given(document, operation.mixed)) if operation.mixed else 0
    masks = document.styles[:count]
    return masks if any(not mask.empty for mask in masks) else ()


def painted_styles(document: Document, operation: Operation[Any]) -> Offer:
    """Where each of several styles applies."""
    masks = styles_painted(document, operation)
    if not masks:
        return Offer("not painted: everywhere", lambda: None)
    count = sum(not mask.empty for mask in masks)
    words = f"painted for {count} of {len(masks)}" if len(masks) > 1 else "painted"
    return Offer(words, lambda: tuple(Image(mask.array()[..., None]) for mask in masks), ("painted",) * len(masks))


def for_styles(operation: Operation[Any], name: str) -> bool:
    """Whether a role is where each of several mixed styles applies."""
    role = operation.roles[name]
    return name == STYLED and isinstance(role, Picture) and role.several and role.of == operation.replaces


def planes(document: Document, operation: Operation[Any]) -> dict[str, tuple[Plane, ...]]:
    """Role -> what is painted for it on the whole picture, as it is now: quick to have, however large that is."""
    found: dict[str, tuple[Plane, ...]] = {}
    for name, role in operation.roles.items():
        if for_styles(operation, name):
            found[name] = styles_painted(document, operation)
        elif isinstance(role, Mask) and role.of == operation.replaces and name != operation.within:
            mask = mask_of(document, name)
            found[name] = () if mask is None or mask.empty else (mask,)
    return {name: tuple(plane.copy() for plane in painted) for name, painted in found.items() if painted}


def gather(
    document: Document, operation: Operation[Any], without: Collection[str] = ()
) -> tuple[dict[str, Input | None], dict[str, tuple[str, ...]]]:
    """The inputs of a job, and where they came from.

    Args:
        document: has them.
        operation: asks for them.
        without: roles that are left out.

    Raises:
        Unusable: a required input is not there.
    """
    inputs: dict[str, Input | None] = {}
    origins: dict[str, tuple[str, ...]] = {}
    for role, offer in offers(document, operation).items():
        if role in without:
            continue
        value = offer.value()
        if value is None and operation.roles[role].required and offer.missing:
            raise offer.missing
        inputs[role] = value
        if offer.origin and value is not None:
            origins[role] = offer.origin
    return inputs, origins


def _file(document: Document) -> tuple[str, ...]:
    return (str(document.path),) if document.path else ()
