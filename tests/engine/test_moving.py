"""Films, GIFs, numbered pictures and sheets are read again by others and hold what was given."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import Unusable
from engine.files import open_picture
from engine.files.moving import save_moving, sheet
from engine.image import Bytes


def frames(count: int = 6, height: int = 48, width: int = 64) -> list[Bytes]:
    """Each of one colour, with a bar that moves."""
    made = []
    for number in range(count):
        frame = np.full((height, width, 3), (20 * number, 200 - 15 * number, 90), np.uint8)
        frame[:, 4 * number : 4 * number + 8] = (250, 240, 10)
        made.append(frame)
    return made


def watched(path: Path) -> tuple[list[Bytes], float]:
    """What another program sees, and at which rate."""
    film = cv2.VideoCapture(str(path))
    rate, seen = film.get(cv2.CAP_PROP_FPS), []
    while True:
        good, frame = film.read()
        if not good:
            film.release()
            return seen, rate
        seen.append(np.asarray(frame[..., ::-1], np.uint8))


@pytest.mark.parametrize(("kind", "most"), [("gif", 6.0), ("mp4", 8.0)])
def test_a_film_shows_every_frame(tmp_path: Path, kind: str, most: float) -> None:
    given = frames()
    (path,) = save_moving(given, tmp_path / "way", kind, 20)
    assert path == tmp_path / f"way.{kind}" and not list(tmp_path.glob(".*"))
    seen, rate = watched(path)
    assert len(seen) == len(given) and rate == pytest.approx(20)
    for one, other in zip(seen, given, strict=True):
        assert np.abs(one.astype(int) - other.astype(int)).mean() < most


def test_a_gif_goes_round_for_ever(tmp_path: Path) -> None:
    (path,) = save_moving(frames(3), tmp_path / "way.gif", "gif", 25)
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in path.read_bytes()


def test_odd_sizes_lose_a_pixel_in_a_film_and_nowhere_else(tmp_path: Path) -> None:
    given = frames(2, 33, 41)
    assert watched(save_moving(given, tmp_path / "a", "mp4")[0])[0][0].shape == (32, 40, 3)
    assert watched(save_moving(given, tmp_path / "b", "gif")[0])[0][0].shape == (33, 41, 3)


def test_numbered_pictures_sort(tmp_path: Path) -> None:
    given = frames(12)
    paths = save_moving(given, tmp_path / "way.png", "numbered")
    assert [path.name for path in paths] == sorted(path.name for path in tmp_path.iterdir())
    for path, frame in zip(paths, given, strict=True):
        assert np.array_equal(open_picture(path).pixels, frame)


def test_a_sheet_has_all_of_them_row_by_row(tmp_path: Path) -> None:
    given = frames(5)
    (path,) = save_moving(given, tmp_path / "way", "sheet")
    made = open_picture(path).pixels
    assert np.array_equal(made, sheet(given)) and made.shape == (3 * 48, 2 * 64, 3)
    for number, frame in enumerate(given):
        top, left = number // 2 * 48, number % 2 * 64
        assert np.array_equal(made[top : top + 48, left : left + 64], frame)
    assert not made[96:, 64:].any()


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unusable):
        save_moving([], tmp_path / "way", "gif")
    with pytest.raises(Unusable):
        save_moving([*frames(1), *frames(1, 9, 9)], tmp_path / "way", "gif")
    with pytest.raises(Unusable):
        save_moving(frames(2), tmp_path / "no" / "way", "gif")
    kept = tmp_path / "way.mp4"
    kept.write_bytes(b"old")
    with pytest.raises(Unusable):
        save_moving(frames(2, 1, 1), kept, "mp4")
    assert kept.read_bytes() == b"old"
