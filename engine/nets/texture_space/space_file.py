"""A space as what lies in a file, and back. What comes from a file is believed only after it was checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import Unusable
from engine.image import Floats, frozen
from engine.nets.texture_space.generator import COARSEST, Generator, Shape
from engine.nets.texture_space.scales import PLACES, read
from engine.nets.texture_space.space import KIND, Direction, Encoder, Sample, Space
from engine.nets.texture_space.versions import VERSION, check_version
from engine.trained import Trained

MOST_SAMPLES = 256
MOST_CODE = 64
LARGEST_SAMPLE = 1024
_WIDEST = 1024
_MOST_SLOTS = 32


def stored(space: Space, notes: str = "") -> Trained:
    """The space as tensors and words."""
    tensors: dict[str, NDArray[Any]] = {f"weights.{name}": values for name, values in space.weights.items()}
    tensors["codes"] = space.codes
    for number, sample in enumerate(space.samples):
        tensors[f"sample.{number}"] = sample.picture
    for number, direction in enumerate(space.directions):
        tensors[f"direction.{number}"] = direction.vector
    if space.encoder is not None:
        tensors |= {f"encoder.{name}": values for name, values in vars(space.encoder).items()}
    if space.pacing is not None:
        tensors[PLACES] = space.pacing
    tensors |= {f"progress.{name}": values for name, values in space.progress.items()}
    directions = [
        {name: value for name, value in vars(direction).items() if name != "vector"} for direction in space.directions
    ]
    about = {
        "version": str(VERSION),
        "shape": json.dumps(vars(space.shape)),
        "samples": json.dumps([{"name": sample.name, "notes": sample.notes} for sample in space.samples]),
        "directions": json.dumps(directions),
        "record": json.dumps(dict(space.record), sort_keys=True),
    }
    if notes:
        about["notes"] = notes
    return Trained(KIND, {name: frozen(np.asarray(values)) for name, values in tensors.items()}, about, space.name)


def restored(trained: Trained) -> Space:
    """The space that a file holds.

    Raises:
        Unusable: it is of another version, or does not hold what it says.
    """
    check_version(trained)
    try:
        return _restored(trained)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        raise Unusable(
            f"The texture space {trained.name or 'given'} cannot be used",
            "it is damaged, or was changed by something else",
            "train it again",
        ) from None


def _restored(trained: Trained) -> Space:
    shape = _shape(json.loads(trained.about["shape"]))
    tensors = trained.tensors
    wanted = {name: tuple(values.shape) for name, values in Generator(shape).state_dict().items()}
    weights = {name: _floats(tensors, f"weights.{name}", size) for name, size in wanted.items()}
    listed = json.loads(trained.about["samples"])
    if not 1 <= len(listed) <= MOST_SAMPLES:
        raise ValueError("samples")
    samples = tuple(
        Sample(str(entry["name"]), _picture(tensors[f"sample.{number}"]), str(entry.get("notes", "")))
        for number, entry in enumerate(listed)
    )
    codes = _floats(tensors, "codes", (len(samples), shape.code))
    record = json.loads(trained.about.get("record", "{}"))
    if not isinstance(record, dict):
        raise ValueError("record")
    progress = {
        name.removeprefix("progress."): _floats(tensors, name, tuple(values.shape))
        for name, values in tensors.items()
        if name.startswith("progress.")
    }
    return Space(
        shape,
        weights,
        codes,
        samples,
        _directions(trained, shape),
        _encoder(tensors, shape),
        read(tensors, len(samples)),
        record,
        progress,
        trained.name,
    )


def _directions(trained: Trained, shape: Shape) -> tuple[Direction, ...]:
    found = []
    for number, entry in enumerate(json.loads(trained.about.get("directions", "[]"))):
        numbers = [float(entry[name]) for name in ("low", "high", "fit", "monotone")]
        if not np.isfinite(numbers).all() or numbers[0] >= numbers[1]:
            raise ValueError("direction")
        vector = _floats(trained.tensors, f"direction.{number}", (shape.code,))
        low, high, fit, monotone = numbers
        found.append(Direction(str(entry["name"]), vector, low, high, str(entry["kind"]), fit, monotone))
    return tuple(found)


def _encoder(tensors: Mapping[str, NDArray[Any]], shape: Shape) -> Encoder | None:
    if "encoder.matrix" not in tensors:
        return None
    count = tensors["encoder.matrix"].shape[0]
    return Encoder(
        _floats(tensors, "encoder.middle", (count,)),
        _floats(tensors, "encoder.width", (count,)),
        _floats(tensors, "encoder.matrix", (count, shape.code)),
        _floats(tensors, "encoder.base", (shape.code,)),
    )


def _shape(values: Mapping[str, Any]) -> Shape:
    channels = tuple(int(number) for number in values["channels"])
    doubled = tuple(int(number) for number in values["doubled"])
    noise, slots, anchors = (int(values[name]) for name in ("noise", "slots", "anchors"))
    smooth, notched = (values.get(name, False) is True for name in ("smooth", "notched"))
    shape = Shape(int(values["code"]), channels, doubled, noise, slots, anchors, smooth, notched)
    sizes = [COARSEST >> level for level in range(len(channels))]
    fits = (
        1 <= shape.code <= MOST_CODE
        and sizes[-1:] == [1]
        and all(1 <= count <= _WIDEST for count in channels)
        and set(doubled) <= set(sizes)
        and 1 <= shape.noise <= _WIDEST
        and 0 <= shape.slots <= _MOST_SLOTS
        and 1 <= shape.anchors <= MOST_SAMPLES
    )
    if not fits:
        raise ValueError("shape")
    return shape


def _floats(tensors: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, ...]) -> Floats:
    values = tensors[name]
    if values.dtype != np.float32 or tuple(values.shape) != shape or not np.isfinite(values).all():
        raise ValueError(name)
    return values


def _picture(values: NDArray[Any]) -> NDArray[np.uint8]:
    fits = values.dtype == np.uint8 and values.ndim == 3 and values.shape[2] == 3
    if not fits or not all(1 <= side <= LARGEST_SAMPLE for side in values.shape[:2]):
        raise ValueError("sample")
    return values
