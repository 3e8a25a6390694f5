"""The guided loop: labels agree, guides agree, a part goes on from its surround, use is even."""

import numpy as np
import pytest

from engine.context import Context
from engine.errors import Unusable
from engine.kernels.anchors import allowed_anchors, box_count, box_sum
from engine.kernels.field import PatchField
from engine.kernels.guided import Plan, Sheet, State, _commonest, guided
from engine.kernels.stack import Stack
from tests.engine.kernels.test_field import textured


def areas(seed: int, height: int, width: int, count: int) -> np.ndarray:
    """Labels 0..count-1 as the cells of random points."""
    rng = np.random.default_rng(seed)
    points = rng.random((3 * count, 2)) * (height, width)
    y, x = np.mgrid[:height, :width]
    nearest = ((y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2).argmin(axis=2)
    return (nearest % count).astype(np.int16)


def sheet(labels: np.ndarray, seed: int = 0, chosen: np.ndarray | None = None) -> Sheet:
    """Every label with the same noise, so that colours do not tell labels apart."""
    noise = textured(seed, *labels.shape) // 4
    free = np.ones(labels.shape, bool) if chosen is None else chosen
    return Sheet(noise, np.zeros((*labels.shape, 0), np.int16), labels, free)


def last(source: Sheet, target: Sheet, plan: Plan | None = None, threads: int = 2, seed: int = 1) -> State:
    ctx = Context(seed=seed, threads=threads)
    states = list(guided(ctx, source, target, plan or Plan()))
    ctx.close()
    assert states[-1].level == 0 and [s.level for s in states] == sorted((s.level for s in states), reverse=True)
    return states[-1]


@pytest.mark.parametrize("count", [2, 7, 200])
def test_labels_agree_whatever_their_number(count: int) -> None:
    """With 200 labels on a small map there are borders everywhere: those count only where no patch could do better."""
    side = 64 if count < 100 else 160
    source, target = sheet(areas(1, side, side, count)), sheet(areas(2, side, side + 13, count), 1)
    state = last(source, target)
    assert source.labels is not None and target.labels is not None
    same = source.labels.reshape(-1)[state.origin].reshape(target.labels.shape) == target.labels
    inner = np.zeros(same.shape, bool)
    for label in range(count):
        inner[2:-2, 2:-2] |= box_count(target.labels == label, 5) == 25
    present = np.isin(target.labels, source.labels)
    assert same[inner & present].mean() > (0.97 if count < 100 else 0.8)


def test_two_labels_differ_as_much_as_any_other_two() -> None:
    """A wrong label costs the same whichever it is: the limit, squared, for every pixel."""
    labels = np.zeros((9, 18), np.int16)
    labels[:, 9:] = 400 * 3
    stacks = [Stack.of(labels[:, :9, None].copy()), Stack.of(labels[..., None])]
    free = np.ones((9, 9), bool)
    field = PatchField(stacks[0], stacks[1], free, allowed_anchors(np.ones((9, 18)), 3), 3, limits=[400])
    ctx = Context(threads=1)
    field.begin_at(ctx, np.zeros((7, 7), int), np.full((7, 7), 12))
    field.allowed[:] = 0
    field.allowed[0, 12] = 1
    field.search(ctx, 1)
    assert set(field.cost.reshape(-1)[field.active].tolist()) == {9 * 400 * 400}


def test_a_guide_decides_where_colours_are_the_same() -> None:
    """The guide runs from left to right in the source, from right to left in the target: so does the origin."""
    ramp = np.broadcast_to(np.linspace(0, 1000, 48).astype(np.int16)[None, :, None], (40, 48, 1))
    flat = np.full((40, 48, 3), 200, np.int16)
    every = np.ones((40, 48), bool)
    state = last(Sheet(flat, ramp, None, every), Sheet(flat * 0, ramp[:, ::-1], None, every), Plan(uniformity=0))
    x = state.origin.reshape(40, 48) % 48
    # A patch runs the other way: its pixels are up to half its side off.
    assert np.abs(x - np.arange(48)[::-1]).mean() < 2.0


def test_a_part_is_made_again_as_it_was_when_its_surround_leaves_no_choice() -> None:
    labels = areas(3, 60, 70, 3)
    hole = np.zeros((60, 70), bool)
    hole[20:32, 25:40] = True
    whole, holed = sheet(labels), sheet(labels, 0, hole)
    holed.colours[hole] = 0
    state = last(whole, holed)
    assert state.origin.size == hole.sum()
    at_home = state.origin == np.flatnonzero(hole)
    assert at_home.mean() > 0.9


def test_only_what_is_chosen_of_a_source_is_taken() -> None:
    labels = areas(4, 50, 60, 2)
    chosen = np.zeros((50, 60), bool)
    chosen[:, :30] = True
    state = last(sheet(labels, 0, chosen), sheet(labels, 1))
    assert (state.origin % 60 < 30).all()


def test_each_label_is_used_evenly_however_much_of_it_is_wanted() -> None:
    """A quarter of the source is wanted for nine tenths of the target: all of that quarter turns up."""
    source = np.zeros((64, 64), np.int16)
    source[:, :16] = 1
    target = np.ones((96, 96), np.int16)
    target[:10] = 0
    used = {}
    for uniformity in (0.0, 40.0):
        state = last(sheet(source), sheet(target, 1), Plan(uniformity=uniformity))
        uses = np.bincount(state.origin, minlength=64 * 64).reshape(64, 64)[:, :16]
        used[uniformity] = (uses > 0).mean()
    assert used[40.0] > max(0.8, used[0.0])


def test_the_same_on_any_number_of_threads_and_another_with_another_seed() -> None:
    source, target = sheet(areas(5, 70, 60, 4)), sheet(areas(6, 90, 80, 4), 1)
    first = last(source, target, threads=1).origin
    assert np.array_equal(last(source, target, threads=3).origin, first)
    assert not np.array_equal(last(source, target, seed=2).origin, first)
    assert not np.array_equal(last(source, target, Plan(draw=1)).origin, first)


def test_every_state_gives_places_in_the_source() -> None:
    source, target = sheet(areas(7, 45, 61, 3)), sheet(areas(8, 83, 50, 3), 1)
    states = 0
    for state in guided(Context(threads=1), source, target, Plan()):
        origin = state.origin
        assert origin.shape == (83 * 50,) and 0 <= origin.min() and origin.max() < 45 * 61
        states += state.level > 0
    assert states > 3


def test_a_patch_that_fits_nowhere_is_refused_in_words() -> None:
    labels = np.zeros((20, 20), np.int16)
    with pytest.raises(Unusable, match="No patch of 5 px fits"):
        next(guided(Context(threads=1), sheet(labels, 0, np.zeros((20, 20), bool)), sheet(labels), Plan()))
    with pytest.raises(Unusable, match="No patch of 5 px fits"):
        next(guided(Context(threads=1), sheet(labels), sheet(labels[:3]), Plan()))


def test_half_a_label_map_has_the_commonest_label_of_each_block() -> None:
    rng = np.random.default_rng(9)
    for height, width in ((8, 10), (7, 5), (1, 1)):
        labels = rng.integers(0, 3, (height, width)).astype(np.int16)
        half = _commonest(labels)
        even = np.pad(labels, ((0, height % 2), (0, width % 2)), mode="edge")
        for y in range(half.shape[0]):
            for x in range(half.shape[1]):
                counts = np.bincount(even[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].reshape(-1), minlength=3)
                assert counts[half[y, x]] == counts.max()


def test_box_sum_sums() -> None:
    values = np.random.default_rng(1).random((7, 9))
    summed = box_sum(values, 3)
    for y in range(5):
        for x in range(7):
            assert summed[y, x] == pytest.approx(values[y : y + 3, x : x + 3].sum())
