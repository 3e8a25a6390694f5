"""What a network learnt, as one value: an operation that trains gives it away, another takes it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Trained:
    """What a network learnt.

    Attributes:
        kind: what takes it ("fast-style", "texture-space").
        tensors: name -> numbers, read-only; any shape.
        about: further words for people and for whoever knows the kind.
        name: what to call it in a sentence.
        recipe: the job that made it as plain JSON values, where that is known.
    """

    kind: str
    tensors: Mapping[str, NDArray[Any]]
    about: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    recipe: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for tensor in self.tensors.values():
            tensor.setflags(write=False)

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for tensor in self.tensors.values())
