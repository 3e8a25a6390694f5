"""Paintings that follow their label maps, with the real engine on an operation of a few lines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import pytest

from desktop.bridge import Bridge
from desktop.document import Box, Capsule, Document, Motif, Palette
from desktop.document.label_pictures import painting
from desktop.session import Session, State, Wish
from desktop.session.asking import Asking
from desktop.session.banning import rectangle, repainting
from desktop.session.following import RESTARTS, RIM, Following
from desktop.session.remaining import Maps, grown, to_do
from desktop.sources import offers, paints_by_numbers, wanted_labels
from engine import jobs
from engine.context import Context
from engine.errors import Unusable
from engine.frame import Frame, From, Origin
from engine.image import Image
from engine.operation import Given, Inputs, Labels, Mask, Operation, Picture
from engine.params import Params, Slider
from engine.region import Rect

PATCH = 5


@dataclass(frozen=True)
class Values(Params):
    patch: Annotated[int, Slider(3, 15, help="x")] = PATCH


class Painter:
    """An operation that gives each pixel ten times its label and the seed; it waits while the gate is shut."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.seen: list[Given] = []
        self.fails = ""
        self.operation: Operation[Any] = Operation(
            id="painter",
            title="Painter",
            group="Transfer",
            roles=Inputs(
                source=Picture(help="x"), labels=Labels(of="source", help="x"), target=Labels(of="picture", help="x"),
                picture=Picture(required=False, help="x"), where=Mask(required=False, help="x"),
                allowed=Mask(of="source", required=False, help="x", limits=True),
            ),
            params=Values,
            run=self._run,
            doc="Painter: flat tones.",
            replaces="picture",
            within="where",
            size=lambda given, p: (given["target"].shape[1], given["target"].shape[0]),  # type: ignore[union-attr]
        )  # fmt: skip

    def _run(self, ctx: Context, given: Given, p: Values) -> Iterator[Frame]:
        self.seen.append(given)
        if self.fails:
            raise Unusable(self.fails)
        made = np.repeat((given.target[..., None] * 10 + ctx.seed).astype(np.float32) / 255, 3, axis=2)
        yield Frame(Rect.of(made), made * np.float32(0.5), 0.1)
        while not self.gate.wait(0.005):
            ctx.check()
        origin = Origin((given.target.astype(np.int32) - 1) * 100, (From("source"),), exact=False)
        yield Frame(Rect.of(made), made, 1.0, "", origin)


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
def bridge(qtbot: Any, painter: Painter) -> Iterator[Bridge]:
    bridge = Bridge(lambda wake: jobs.Engine(wake, threads=1, find=lambda name: painter.operation))
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    yield bridge
    painter.gate.set()
    bridge.close()


@pytest.fixture
def session(bridge: Bridge) -> Session:
    return Session(bridge)


@pytest.fixture
def following(bridge: Bridge, session: Session, painter: Painter) -> Following:
    wish = Wish(painter.operation, Values(), 1)
    made = Following(session, Asking(bridge, session), lambda: wish, session)
    return made


def begun(width: int = 300, height: int = 280, ground: int = 1) -> Document:
    motif = Motif(
        Image(np.zeros((20, 20, 3), np.uint8)), np.repeat(np.arange(1, 5, dtype=np.uint8), 100).reshape(20, 20)
    )
    palette = Palette().added().added().added().added().added()
    return painting(motif, palette, np.full((height, width), ground, np.uint8))


@pytest.fixture
def canvas(qtbot: Any, session: Session, following: Following) -> Document:
    """A painting whose first pixels are there."""
    document = begun()
    session.open(document)
    settle(qtbot, following, lambda: following.open(document))
    return document


def settle(qtbot: Any, following: Following, act: Callable[[], Any]) -> None:
    with qtbot.waitSignal(following.settled):
        act()


def stroke(document: Document, rect: Rect, number: int) -> None:
    with document.edit(f"stroke {number}") as edit:
        edit.label(document.labels, Box(rect), number)


def expected(document: Document, seed: int = 1) -> np.ndarray:
    return np.repeat(document.labels.array()[..., None] * 10 + seed, 3, axis=2)


def test_a_new_painting_is_painted_without_being_asked(canvas: Document, painter: Painter) -> None:
    assert (canvas.picture.pixels == expected(canvas)).all()
    assert canvas.labels.differing(canvas.painted) == [] and len(painter.seen) == 1
    assert painter.seen[0].where.min() == 1


def test_only_what_a_stroke_changed_and_a_patch_around_it_is_made(
    qtbot: Any, canvas: Document, painter: Painter, following: Following
) -> None:
    with canvas.edit("marks") as edit:
        edit.replace(canvas.rect, np.full((280, 300, 3), 77, np.uint8))
    assert not canvas.history.steps[1:], "its first pixels belong to what it began with"
    settle(qtbot, following, lambda: stroke(canvas, Rect(100, 120, 30, 20), 3))
    where = painter.seen[-1].where > 0
    assert Rect.around(where) == Rect(100, 120, 30, 20).grown(PATCH) and where.sum() == 40 * 30
    inside = Rect(100, 120, 30, 20).grown(PATCH)
    changed = (canvas.picture.pixels != 77).any(axis=2)
    assert changed[inside.slices].all() and changed.sum() == inside.area, "the rest keeps its bits"
    assert (canvas.picture.pixels[inside.slices] == expected(canvas)[inside.slices]).all()


def test_a_painting_knows_where_its_pixels_come_from(
    qtbot: Any, canvas: Document, following: Following, session: Session
) -> None:
    found = session.provenances.of(canvas)
    motif = canvas.motif
    assert found is not None and motif is not None and found.pictures == (motif.picture,)
    assert found.rect == canvas.rect and (found.places == 0).all()
    settle(qtbot, following, lambda: stroke(canvas, Rect(100, 120, 30, 20), 3))
    later = session.provenances.of(canvas)
    assert later is not None and (later.places[120:140, 100:130] == 200).all() and (later.places == 200).sum() == 600
    settle(qtbot, following, canvas.undo)
    again = session.provenances.of(canvas)
    assert again is not None and (again.places == 0).all()


def test_pixels_that_join_a_stroke_keep_their_origin_with_it(
    qtbot: Any, canvas: Document, following: Following, session: Session
) -> None:
    def drawn() -> None:
        with canvas.edit("long stroke") as edit:
            with qtbot.waitSignal(following.applied):
                edit.label(canvas.labels, Box(Rect(100, 120, 30, 20)), 3)
            assert canvas.editing and not canvas.history.steps
            edit.label(canvas.labels, Box(Rect(200, 120, 30, 20)), 4)

    settle(qtbot, following, drawn)
    found = session.provenances.of(canvas)
    assert found is not None and found.places[130, 110] == 200 and found.places[130, 210] == 300
    assert len(canvas.history.steps) == 1


def test_what_is_banned_stays_so_while_one_paints_on(
    qtbot: Any, canvas: Document, painter: Painter, following: Following, session: Session
) -> None:
    provenance = session.provenances.of(canvas)
    assert provenance is not None and canvas.motif is not None
    part = Rect(0, 0, 3, 2)
    banned = rectangle(provenance, 0, part)
    wish = Wish(painter.operation, Values(), 1)
    asked = repainting(canvas, provenance, banned, painter.operation, ())
    settle(qtbot, following, lambda: session.start(canvas, wish, asked))
    qtbot.waitUntil(lambda: session.run_on(canvas) is None and len(canvas.history.steps) == 1)
    first = painter.seen[-1]
    assert (first.allowed[part.slices] == 0).all() and first.allowed.sum() == 400 - part.area
    assert first.where.min() == 1 and np.array_equal(first.target, canvas.labels.array())
    settle(qtbot, following, lambda: stroke(canvas, Rect(100, 120, 30, 20), 3))
    assert np.array_equal(painter.seen[-1].allowed, first.allowed)
    canvas.undo()
    settle(qtbot, following, canvas.undo)
    settle(qtbot, following, lambda: stroke(canvas, Rect(10, 12, 30, 20), 2))
    assert painter.seen[-1].allowed is None, "what was undone is not banned any more"


def test_undo_takes_back_the_stroke_and_its_pixels(
    qtbot: Any, canvas: Document, following: Following, painter: Painter
) -> None:
    before, labels = canvas.picture.pixels.copy(), canvas.labels.array()
    settle(qtbot, following, lambda: stroke(canvas, Rect(100, 120, 30, 20), 3))
    after = canvas.picture.pixels.copy()
    assert [step.title for step in canvas.history.steps][-1] == "stroke 3"
    jobs_before = len(painter.seen)
    settle(qtbot, following, canvas.undo)
    assert (canvas.picture.pixels == before).all() and (canvas.labels.array() == labels).all()
    settle(qtbot, following, canvas.redo)
    assert (canvas.picture.pixels == after).all()
    assert len(painter.seen) == jobs_before, "nothing had to be made"


def test_an_undo_while_the_job_goes_on_leaves_no_trace(
    qtbot: Any, canvas: Document, following: Following, painter: Painter
) -> None:
    before = canvas.picture.pixels.copy()
    painter.gate.clear()
    with qtbot.waitSignal(following.previewed):
        stroke(canvas, Rect(100, 120, 30, 20), 3)
    with qtbot.waitSignal(following.dropped):
        canvas.undo()
    painter.gate.set()
    settle(qtbot, following, following.look)
    qtbot.wait(30)
    assert (canvas.picture.pixels == before).all() and not following.busy(canvas)


def test_quick_strokes_pile_up_until_a_job_has_done_them(
    qtbot: Any, canvas: Document, following: Following, painter: Painter
) -> None:
    painter.gate.clear()
    with qtbot.waitSignal(following.previewed):
        stroke(canvas, Rect(10, 10, 40, 40), 2)
    for number in range(6):
        stroke(canvas, Rect(60 + 30 * number, 100, 20, 20), 2 + number % 3)
        qtbot.wait(10)
    painter.gate.set()
    settle(qtbot, following, following.look)
    assert (canvas.picture.pixels == expected(canvas)).all()
    assert canvas.labels.differing(canvas.painted) == []
    for move, steps in ((canvas.undo, 7), (canvas.redo, 7)):
        for _ in range(steps):
            settle(qtbot, following, move)
            assert (canvas.picture.pixels == expected(canvas)).all(), "at every step the picture fits the map"
        assert move() is None


def test_a_small_stroke_is_made_before_a_large_job_goes_on(
    qtbot: Any, canvas: Document, following: Following, painter: Painter
) -> None:
    """What the large job would have done is to do still, and is done afterwards."""
    painter.gate.clear()
    with qtbot.waitSignal(following.previewed):
        stroke(canvas, Rect(0, 0, 300, 200), 2)
    before = len(painter.seen)
    stroke(canvas, Rect(100, 220, 10, 10), 3)
    qtbot.waitUntil(lambda: len(painter.seen) == before + 1)
    stroked = Rect(100, 220, 10, 10).grown(PATCH)
    assert stroked.grown(RIM).holds(Rect.around(painter.seen[-1].where > 0))
    with qtbot.waitSignal(following.applied):
        painter.gate.set()
    assert (canvas.picture.pixels[stroked.slices] == expected(canvas)[stroked.slices]).all()
    assert not (canvas.picture.pixels[:200] == expected(canvas)[:200]).any(), "the rest is still to do"
    settle(qtbot, following, following.look)
    assert (canvas.picture.pixels == expected(canvas)).all() and len(painter.seen) == before + 2
    for move in (canvas.undo, canvas.undo, canvas.redo, canvas.redo):
        settle(qtbot, following, move)
        assert (canvas.picture.pixels == expected(canvas)).all()


def test_what_gives_way_too_often_is_made_in_pieces(
    qtbot: Any, session: Session, following: Following, painter: Painter
) -> None:
    document = begun(900, 500)
    session.open(document)
    painter.gate.clear()
    with qtbot.waitSignal(following.previewed):
        following.open(document)
    for number in range(RESTARTS):
        before = len(painter.seen)
        stroke(document, Rect(100 + 50 * number, 220, 10, 10), 3)
        qtbot.waitUntil(lambda before=before: len(painter.seen) == before + 1)
        with qtbot.waitSignal(following.applied):
            painter.gate.set()
        painter.gate.clear()
        qtbot.waitUntil(lambda before=before: len(painter.seen) > before + 1)
    painter.gate.set()
    settle(qtbot, following, following.look)
    assert (document.picture.pixels == expected(document)).all()
    pieces = [np.count_nonzero(given.where) for given in painter.seen[-5:]]
    assert max(pieces) < 400 * 420, "none has to wait for all of it"
    following.close(document)


def test_stopped_it_waits_for_the_next_stroke_or_for_being_asked(
    qtbot: Any, canvas: Document, following: Following, painter: Painter
) -> None:
    assert not following.stop(canvas), "there is nothing to stop"
    for act in (lambda: stroke(canvas, Rect(90, 90, 40, 40), 3), lambda: following.paint(canvas)):
        painter.gate.clear()
        with qtbot.waitSignal(following.previewed):
            stroke(canvas, Rect(10, 10, 40, 40), int(canvas.labels.at(20, 20)) % 4 + 1)
        with qtbot.waitSignals([following.dropped, following.settled]):
            assert following.stop(canvas)
        painter.gate.set()
        tried = len(painter.seen)
        following.look()
        qtbot.wait(30)
        assert len(painter.seen) == tried and following.held(canvas) and not following.busy(canvas)
        assert canvas.labels.differing(canvas.painted)
        settle(qtbot, following, act)
        assert (canvas.picture.pixels == expected(canvas)).all() and not following.held(canvas)


def test_pixels_come_while_the_stroke_goes_on_and_go_with_it(
    qtbot: Any, canvas: Document, following: Following
) -> None:
    before = canvas.picture.pixels.copy()
    with pytest.raises(GeneratorExit), canvas.edit("long stroke") as edit:
        edit.label(canvas.labels, Capsule((50, 50), (90, 60), 10), 4)
        settle(qtbot, following, following.look)
        assert canvas.picture.pixels[55, 70, 0] == 41, "made before the hand let go"
        edit.label(canvas.labels, Capsule((90, 60), (200, 60), 10), 4)
        raise GeneratorExit
    settle(qtbot, following, following.look)
    assert (canvas.picture.pixels == before).all() and canvas.labels.counts()[4] == 0


def test_nothing_follows_while_live_is_off_until_it_is_asked_for(
    qtbot: Any, canvas: Document, following: Following, painter: Painter
) -> None:
    following.live = False
    done = len(painter.seen)
    stroke(canvas, Rect(10, 10, 40, 40), 2)
    qtbot.wait(30)
    assert len(painter.seen) == done
    settle(qtbot, following, lambda: following.paint(canvas))
    assert (canvas.picture.pixels == expected(canvas)).all()
    stroke(canvas, Rect(80, 10, 40, 40), 3)
    qtbot.wait(30)
    assert canvas.labels.differing(canvas.painted)
    settle(qtbot, following, lambda: setattr(following, "live", True))
    assert (canvas.picture.pixels == expected(canvas)).all()


def test_labels_that_the_photograph_does_not_have_wait(
    qtbot: Any, canvas: Document, following: Following, painter: Painter
) -> None:
    told: list[frozenset[int]] = []
    following.lacking.connect(lambda document, numbers: told.append(numbers))
    settle(qtbot, following, lambda: stroke(canvas, Rect(10, 10, 40, 40), 5))
    assert told == [{5}]
    assert (canvas.picture.pixels == 11).all(), "nothing can be made of label 5"
    settle(qtbot, following, lambda: stroke(canvas, Rect(30, 10, 40, 40), 2))
    assert not (painter.seen[-1].target == 5).any()
    made = canvas.labels.array() == 2
    assert (canvas.picture.pixels[made] == 21).all()
    assert told == [{5}], "that is said once"


def test_where_there_is_no_label_nothing_is_painted(qtbot: Any, session: Session, following: Following) -> None:
    document = begun(ground=0)
    session.open(document)
    settle(qtbot, following, lambda: following.open(document))
    assert (document.picture.pixels == 255).all()
    settle(qtbot, following, lambda: stroke(document, Rect(10, 10, 40, 40), 2))
    painted = document.labels.array() == 2
    assert (document.picture.pixels[painted] == 21).all() and (document.picture.pixels[~painted] == 255).all()


def test_a_failure_is_told_once_and_the_next_stroke_tries_again(
    qtbot: Any, canvas: Document, following: Following, painter: Painter
) -> None:
    painter.fails = "There is no paint left"
    with qtbot.waitSignal(following.failed) as told:
        stroke(canvas, Rect(10, 10, 40, 40), 2)
    assert told.args[0] == "There is no paint left." and not following.busy(canvas)
    tried = len(painter.seen)
    qtbot.wait(30)
    assert len(painter.seen) == tried
    painter.fails = ""
    settle(qtbot, following, lambda: stroke(canvas, Rect(90, 90, 40, 40), 2))
    assert (canvas.picture.pixels == expected(canvas)).all()


def test_an_ordinary_run_comes_first(
    qtbot: Any, canvas: Document, following: Following, session: Session, painter: Painter
) -> None:
    painter.gate.clear()
    run = session.start(canvas, Wish(painter.operation, Values(), 9))
    assert run is not None
    qtbot.waitUntil(lambda: run.state is State.RUNNING)
    started = len(painter.seen)
    stroke(canvas, Rect(10, 10, 40, 40), 2)
    qtbot.wait(30)
    assert run.active and len(painter.seen) == started
    painter.gate.set()
    settle(qtbot, following, lambda: None)
    assert not run.active and (canvas.picture.pixels == expected(canvas)).all()


def test_a_closed_painting_is_let_go(qtbot: Any, canvas: Document, following: Following, painter: Painter) -> None:
    painter.gate.clear()
    with qtbot.waitSignal(following.previewed):
        stroke(canvas, Rect(10, 10, 40, 40), 2)
    before = canvas.picture.pixels.copy()
    following.close(canvas)
    painter.gate.set()
    qtbot.wait(40)
    assert (canvas.picture.pixels == before).all() and not following.busy(canvas)


def test_roles_are_told_apart_by_their_kind(painter: Painter, canvas: Document) -> None:
    assert paints_by_numbers(painter.operation)
    other = Inputs(**{**painter.operation.roles, "source": Mask(help="x")})
    assert not paints_by_numbers(replace(painter.operation, roles=other))
    found = offers(canvas, painter.operation)
    assert canvas.motif is not None and found["source"].value() is canvas.motif.picture
    assert found["labels"].value() is canvas.motif.labels
    plain = Document(Image(np.zeros((4, 4, 3), np.uint8)))
    assert offers(plain, painter.operation)["target"].missing is not None
    with pytest.raises(Unusable):
        wanted_labels(plain)


@pytest.mark.parametrize("by", [0, 1, 2, 3, 7, 12])
def test_growing_is_a_square_around_each_pixel(by: int) -> None:
    rng = np.random.default_rng(by)
    bits = (rng.random((23, 31)) < 0.02).astype(np.uint8)
    twin = np.zeros_like(bits)
    for y, x in zip(*np.nonzero(bits), strict=True):
        twin[max(0, y - by) : y + by + 1, max(0, x - by) : x + by + 1] = 1
    assert (grown(bits, by) == twin).all()


def test_what_is_to_do_is_clipped_to_the_picture() -> None:
    document = begun(40, 30)
    with document.edit("done") as edit:
        edit.match(document.painted, document.labels)
    assert to_do(Maps.of_labels(document), 5) is None
    stroke(document, Rect(35, 25, 20, 20), 2)
    where = to_do(Maps.of_labels(document), 5)
    assert where is not None and Rect.around(where) == Rect(30, 20, 10, 10)
