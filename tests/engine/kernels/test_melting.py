import numpy as np

from engine.kernels.melting import FLOOR, MOST, Transport, ranks, second_chosen


def clouds() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    first = rng.standard_normal((4000, 3)) @ (0.02 * rng.standard_normal((3, 3)) + 0.12 * np.eye(3)) + 0.3
    second = rng.standard_normal((4000, 3)) @ np.diag([0.1, 0.16, 0.12]) + 0.6
    return first.astype(np.float32), second.astype(np.float32)


def test_all_the_way_is_the_other_texture_s_colours() -> None:
    first, second = clouds()
    way = Transport.between(first, second)
    moved = way.towards(first, 1.0)
    assert np.allclose(moved.mean(axis=0), second.mean(axis=0), atol=1e-4)
    # The floor under both covariances keeps it from being exact.
    assert np.allclose(np.cov(moved.T), np.cov(second.T), atol=2 * FLOOR**2 + 2e-3)
    assert np.allclose(way.matrix, way.matrix.T, atol=1e-6)
    assert np.array_equal(way.towards(first, 0.0), first)


def test_half_way_from_either_side_is_the_same() -> None:
    first, second = clouds()
    one = Transport.between(first, second).towards(first, 0.5)
    other = Transport.between(second, first).towards(second, 0.5)
    assert np.allclose(one.mean(axis=0), other.mean(axis=0), atol=1e-4)
    assert np.allclose(np.cov(one.T), np.cov(other.T), atol=2e-3)


def test_flat_colours_are_moved_and_never_blown_up() -> None:
    flat = np.full((50, 3), 0.2, np.float32)
    _, second = clouds()
    way = Transport.between(flat, second)
    assert np.linalg.eigvalsh(way.matrix).max() <= MOST * 1.001
    assert np.allclose(way.towards(flat, 1.0), second.mean(axis=0), atol=1e-4)
    assert np.allclose(Transport.between(flat, flat).towards(flat, 0.7), flat)


def test_ranks_are_ranks() -> None:
    values = np.random.default_rng(1).standard_normal((40, 50)).astype(np.float32) ** 3
    order = values.argsort(axis=None).argsort().reshape(values.shape) / values.size
    # 1024 steps over a long-tailed range: close, and in order.
    assert np.corrcoef(ranks(values).ravel(), order.ravel())[0, 1] > 0.98
    assert (ranks(np.ones((3, 3), np.float32)) == 0.5).all()


def test_all_of_one_stays_all_of_it_and_the_middle_is_decided_by_what_stands_out() -> None:
    where = np.array([[0, 0.3, 0.5, 0.7, 1]], np.float32)
    low, high = np.zeros((1, 5), np.float32), np.ones((1, 5), np.float32)
    assert second_chosen(where, low, high, 1.0).tolist() == [[False, True, True, True, True]]
    assert second_chosen(where, high, low, 1.0).tolist() == [[False, False, False, False, True]]
    assert second_chosen(where, high, low, 0.0).tolist() == [[False, False, False, True, True]]
