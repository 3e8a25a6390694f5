import numpy as np

from engine.context import Context
from engine.kernels.poisson import Grid, seam_steps, solve, solving


def blob(seed: int, height: int = 40, width: int = 56) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    hole = np.zeros((height, width), bool)
    for _ in range(5):
        hole |= (y - rng.integers(0, height)) ** 2 + (x - rng.integers(0, width)) ** 2 < rng.integers(3, 12) ** 2
    return hole


def test_the_solution_solves_the_plain_system() -> None:
    for seed in range(4):
        hole = blob(seed)
        ys, xs = np.nonzero(hole)
        wanted = np.random.default_rng(seed).standard_normal((ys.size, 2)).astype(np.float32)
        matrix = np.zeros((ys.size, ys.size))
        number = {(int(y), int(x)): n for n, (y, x) in enumerate(zip(ys, xs, strict=True))}
        for (y, x), n in number.items():
            for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if 0 <= near[0] < hole.shape[0] and 0 <= near[1] < hole.shape[1]:
                    matrix[n, n] += 1
                    if near in number:
                        matrix[n, number[near]] -= 1
        exact = np.linalg.solve(matrix, wanted)
        ours = solve(Context(threads=1), hole, wanted, cycles=25)
        assert np.abs(ours - exact).max() < 0.01 * np.abs(exact).max()


def test_a_thread_more_changes_nothing() -> None:
    hole = np.zeros((90, 120), bool)
    hole[5:80, 10:100] = True
    wanted = np.random.default_rng(0).standard_normal((np.count_nonzero(hole), 3)).astype(np.float32)
    ctx = Context(threads=3)
    many = solve(ctx, hole, wanted)
    ctx.close()
    assert np.array_equal(solve(Context(threads=1), hole, wanted), many)


def test_every_cycle_comes_nearer_and_where_the_hole_lies_is_nothing_to_it() -> None:
    hole = blob(2)
    wanted = np.random.default_rng(2).standard_normal((np.count_nonzero(hole), 1)).astype(np.float32)
    steps = [step.copy() for step in solving(Context(threads=1), hole, wanted, cycles=6)]
    away = [float(np.abs(step - steps[-1]).max()) for step in steps]
    assert away == sorted(away, reverse=True) and away[0] > 4 * away[2] > 0
    inner = np.pad(blob(3), 3)
    wide = np.pad(inner, ((40, 7), (64, 9)))
    wanted = np.random.default_rng(3).standard_normal((np.count_nonzero(inner), 1)).astype(np.float32)
    ctx = Context(threads=1)
    assert np.array_equal(solve(ctx, inner, wanted), solve(ctx, wide, wanted))


def test_neighbours_are_neighbours() -> None:
    grid = Grid.of(np.array([[True, True], [False, True]]))
    assert grid.near.tolist() == [[3, 3, 3, 1], [3, 2, 0, 3], [1, 3, 3, 3]]
    assert grid.degree.tolist() == [2, 2, 2]


def test_one_piece_of_another_light_comes_back_whole() -> None:
    # The source is the picture itself, 0.02 brighter: the joint must vanish and the piece keep every detail.
    rng = np.random.default_rng(3)
    scene = (0.4 + 0.02 * rng.random((30, 80, 3))).astype(np.float32)
    picture = scene.copy()
    picture[:, 40:] = scene[:, :40] + np.float32(0.02)
    hole = np.zeros((30, 80), bool)
    hole[8:20, 10:26] = True
    ys, xs = np.nonzero(hole)
    origin = (ys * 80 + xs + 40).astype(np.int32)
    copied = picture.reshape(-1, 3)[origin]
    steps = seam_steps(picture, hole, origin, copied, tolerance=10.0)
    made = copied + solve(Context(threads=1), hole, steps, cycles=12)
    assert np.abs(copied - scene[hole]).max() > 0.019
    assert np.abs(made - scene[hole]).max() < 0.001


def test_edges_are_left_alone() -> None:
    picture = np.zeros((20, 60, 1), np.float32)
    picture[:, 30:] = 1
    hole = np.zeros((20, 60), bool)
    hole[6:12, 6:12] = True
    ys, xs = np.nonzero(hole)
    origin = (ys * 60 + xs + 36).astype(np.int32)
    steps = seam_steps(picture, hole, origin, picture.reshape(-1, 1)[origin])
    assert np.abs(solve(Context(threads=1), hole, steps)).max() < 0.05


def test_a_ring_around_the_picture_converges() -> None:
    """Free on one side, held on the other, and with corners that reach into it: what growing a picture asks for."""
    hole = np.ones((160, 200), bool)
    hole[30:-34, 28:-30] = False
    wanted = np.zeros((np.count_nonzero(hole), 1), np.float32)
    wanted[np.random.default_rng(1).integers(0, wanted.shape[0], 60)] = 1
    made = solve(Context(threads=1), hole, wanted, cycles=6)
    grid = Grid.of(hole)
    around = np.vstack([made, np.zeros((1, 1), np.float32)])[grid.near].sum(axis=1)
    assert np.linalg.norm(wanted - grid.degree[:, None] * made + around) < 0.003 * np.linalg.norm(wanted)


def test_what_lies_beyond_the_edge_of_a_piece_does_not_stain() -> None:
    """The piece is plain sky, cut out right beside something green; where it lies now no step is to be seen."""
    picture = np.full((30, 60, 3), 0.5, np.float32)
    picture[:, 46:] = (0.1, 0.9, 0.1)
    hole = np.zeros((30, 60), bool)
    hole[8:18, 10:20] = True
    ys, xs = np.nonzero(hole)
    origin = (ys * 60 + xs + 26).astype(np.int32)
    copied = picture.reshape(-1, 3)[origin]
    assert (copied == 0.5).all()
    steps = seam_steps(picture, hole, origin, copied)
    assert np.abs(solve(Context(threads=1), hole, steps)).max() < 0.004
