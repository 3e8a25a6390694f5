"""What is said where no window fits: names what is too small, and only remedies that help."""

from __future__ import annotations

import pytest

from engine.errors import Unusable
from engine.kernels.efros_leung_controls import WINDOW, WINDOWS, must_fit


@pytest.mark.parametrize(("width", "height", "largest"), [(9, 40, 9), (40, 8, 7), (3, 3, 3)])
def test_the_window_that_is_offered_fits(width: int, height: int, largest: int) -> None:
    with pytest.raises(Unusable, match=f"The picture is {width} x {height} px.*no window of 11 px fits inside") as said:
        must_fit("picture", width, height, WINDOW)
    assert f"choose a larger picture or a window of at most {largest} px" in str(said.value)
    must_fit("picture", width, height, largest)
    assert WINDOWS.checked("window", largest) == largest


def test_no_window_is_offered_where_none_can_be_chosen() -> None:
    with pytest.raises(Unusable) as said:
        must_fit("sample", 2, 50, WINDOW)
    assert "at most" not in str(said.value)
