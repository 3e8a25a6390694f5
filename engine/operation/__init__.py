"""What an operation is: one declaration, one generator, and the border that both pass (`Execution`)."""

from engine.operation.declaration import (
    Given,
    Input,
    Inputs,
    Labels,
    Mask,
    Model,
    Operation,
    Picture,
    Role,
    operation,
)
from engine.operation.execution import LARGEST_SIDE, Execution
from engine.operation.film import Film
from engine.operation.masks import allowed, bounds, inside, sample_from, selection, where_each
from engine.operation.result import Result

__all__ = [
    "LARGEST_SIDE",
    "Execution",
    "Film",
    "Given",
    "Input",
    "Inputs",
    "Labels",
    "Mask",
    "Model",
    "Operation",
    "Picture",
    "Result",
    "Role",
    "allowed",
    "bounds",
    "inside",
    "operation",
    "sample_from",
    "selection",
    "where_each",
]
