"""Networks that are kept between jobs: made so that any later job may use them, whatever job made them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
T = TypeVar("T")


def kept(count: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A function whose last `count` results are remembered, each made outside of inference mode.

    What is made inside of it can never be followed by gradients, and the job that fills the memory may well be one that
    needs none.
    """

    def decorated(make: Callable[P, T]) -> Callable[P, T]:
        def outside(*arguments: P.args, **named: P.kwargs) -> T:
            with torch.inference_mode(False):
                return make(*arguments, **named)

        remembered: Callable[P, T] = lru_cache(maxsize=count)(outside)  # type: ignore[assignment]
        return remembered

    return decorated
