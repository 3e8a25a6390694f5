"""Balance: weights push against what there is too much of, and only as far as it is too much."""

from __future__ import annotations

import numpy as np
import pytest

from engine.kernels.balance import MOST, Balance, box_sums


def _balance() -> tuple[Balance, np.ndarray]:
    """A sheet whose left is dark and smooth, whose right bright and rough."""
    rng = np.random.default_rng(1)
    values = np.full((40, 40), 50.0)
    values[:, 20:] = 150 + rng.normal(0, 20, (40, 20))
    planes = values.astype(np.int16).reshape(1, -1)
    return Balance(planes, np.ones((40, 40), np.bool_), 10), planes.reshape(1, 40, 40)


def test_box_sums_are_sums_over_boxes() -> None:
    values = np.random.default_rng(2).integers(0, 9, (12, 15))
    table = np.zeros((13, 16), np.int64)
    table[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    corners = np.array([[0, 0], [3, 4], [7, 10]])
    got = box_sums(table, corners, np.array([5, 4]))
    assert got.tolist() == [values[y : y + 5, x : x + 4].sum() for y, x in corners]


def test_at_first_all_weigh_alike() -> None:
    balance, _ = _balance()
    assert (balance.weights(np.array([[0, 0], [3, 28]]), np.array([10, 10])) == 1).all()


@pytest.mark.parametrize(("column", "dearer"), [(0, 0), (28, 1)])
def test_what_there_is_too_much_of_becomes_dearer(column: int, dearer: int) -> None:
    balance, picture = _balance()
    corners, sides = np.array([[5, 0], [5, 28]]), np.array([10, 10])
    balance.laid(picture[:, :10, column : column + 10])
    first = balance.weights(corners, sides)
    for _ in range(20):
        balance.laid(picture[:, :10, column : column + 10])
    later = balance.weights(corners, sides)
    assert first[dearer] > 1 > first[1 - dearer]
    assert later[dearer] > first[dearer]
    assert later.max() <= np.exp(MOST)


def test_the_sample_itself_is_in_balance() -> None:
    balance, picture = _balance()
    balance.laid(picture)
    weights = balance.weights(np.array([[0, 0], [3, 28]]), np.array([10, 10]))
    np.testing.assert_allclose(weights, 1, atol=0.03)
