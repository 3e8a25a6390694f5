"""What is remembered: the newest, by content, up to a number of bytes."""

import numpy as np
import pytest

from engine.nets.remembered import Remembered, digest


def test_the_oldest_make_room() -> None:
    kept: Remembered[np.ndarray] = Remembered(1000)
    values = {name: np.zeros(400, np.uint8) for name in "abc"}
    for name in "ab":
        kept.put(name, values[name])
    assert kept.get("a") is values["a"]  # and is the newest now
    kept.put("c", values["c"])
    assert kept.get("b") is None and kept.get("a") is values["a"] and kept.get("c") is values["c"]
    assert kept.nbytes == 800
    kept.clear()
    assert kept.nbytes == 0 and kept.get("a") is None


def test_what_is_too_large_is_made_each_time() -> None:
    kept: Remembered[np.ndarray] = Remembered(1000)
    asked = []

    def make(size: int) -> np.ndarray:
        asked.append(size)
        return np.zeros(size, np.uint8)

    for _ in range(2):
        kept.made("large", lambda: make(501))
        kept.made("small", lambda: make(500))
    assert asked == [501, 500, 501] and kept.nbytes == 500
    assert kept.keeps(500) and not kept.keeps(501)


def test_a_digest_tells_content_shape_and_type() -> None:
    base = np.arange(24, dtype=np.float32).reshape(4, 6)
    other = base.copy()
    other[3, 5] += 1
    words = [digest(each) for each in (base, other, base.reshape(6, 4), base.view(np.int32), base.T)]
    assert len(set(words)) == 5
    assert digest(base.copy()) == words[0] == digest(np.asfortranarray(base))


def test_a_digest_listens() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        digest(np.zeros(10, np.uint8), stop)
