"""Which device is meant, what is said when it is not there, and where the work goes when its memory is full."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from engine.errors import Unusable
from engine.frame import Frame
from engine.nets import devices
from engine.nets.devices import Attempt, Device, attempts, available, persistent, resolved
from engine.region import Rect

CARD = Device("cuda", "a card", 8 << 30)
APPLE = Device("mps", "Apple graphics", 16 << 30)
PROCESSOR = Device("cpu", "processor", 4 << 30)


def have(monkeypatch: pytest.MonkeyPatch, *there: Device) -> None:
    monkeypatch.setattr(devices, "available", lambda: there)


def test_the_processor_is_always_there_and_last() -> None:
    found = available()
    assert found[-1].kind == "cpu" and found[-1].memory > 0
    assert all(device.kind in devices.KINDS and device.title for device in found)


def test_the_best_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, CARD, APPLE, PROCESSOR)
    assert resolved("auto") == "cuda" and resolved("mps") == "mps" and resolved("cpu") == "cpu"
    have(monkeypatch, APPLE, PROCESSOR)
    assert resolved("auto") == "mps"
    have(monkeypatch, PROCESSOR)
    assert resolved("auto") == "cpu"


@pytest.mark.parametrize("wanted", ["cuda", "mps"])
def test_what_is_not_there_is_refused_in_a_sentence(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, PROCESSOR)
    with pytest.raises(Unusable, match=f"The device {wanted} cannot be used: .*; use auto, or cpu."):
        resolved(wanted)


def test_a_build_without_cuda_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, PROCESSOR)
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(Unusable, match="built without CUDA"):
        resolved("cuda")
    with pytest.raises(Unusable, match="There is no device called tpu; use auto, cuda, mps or cpu"):
        resolved("tpu")


def frame(note: str = "") -> Frame:
    return Frame(Rect(0, 0, 1, 1), np.zeros((1, 1, 3), np.float32), 0.5, note)


def test_less_at_a_time_then_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[str] = []
    monkeypatch.setattr(devices, "release", given_back.append)
    tried: list[tuple[str, float]] = []

    def work(attempt: Attempt) -> Iterator[Frame]:
        tried.append((attempt.device, attempt.share))
        yield frame("first look")
        if attempt.device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        yield frame()

    notes = [made.note for made in persistent("cuda", work)]
    assert tried == [("cuda", 1.0), ("cuda", 0.25), ("cuda", 0.0625), ("cpu", 1.0)]
    assert given_back == ["cuda", "cuda", "cuda"]
    assert notes[0] == "first look"
    assert notes[1] == "first look · with smaller tiles: the graphics card's memory is full"
    assert notes[-1] == "on the processor: the graphics card's memory is full"


def test_smaller_tiles_may_be_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "release", lambda device: None)

    def work(attempt: Attempt) -> Iterator[Frame]:
        if attempt.share == 1:
            raise RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)")
        yield frame()

    assert [made.note for made in persistent("mps", work)] == ["with smaller tiles: the graphics card's memory is full"]


@pytest.mark.parametrize(
    "problem",
    [MemoryError(), RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")],
)
def test_where_nothing_fits_it_is_said(problem: Exception) -> None:
    def work(attempt: Attempt) -> Iterator[Frame]:
        raise problem
        yield

    with pytest.raises(Unusable, match="not enough memory"):
        list(persistent("cpu", work))


def test_another_fault_is_not_tried_again() -> None:
    tried = []

    def work(attempt: Attempt) -> Iterator[Frame]:
        tried.append(attempt)
        raise RuntimeError("a bug")
        yield

    with pytest.raises(RuntimeError, match="a bug"):
        list(persistent("cuda", work))
    assert len(tried) == 1


def test_attempts_shrink_and_end_on_the_processor() -> None:
    found = list(attempts("mps"))
    shares = [attempt.share for attempt in found if attempt.device == "mps"]
    assert shares == sorted(shares, reverse=True) and found[0].note == "" and found[-1].device == "cpu"
    assert {attempt.device for attempt in attempts("cpu")} == {"cpu"}
