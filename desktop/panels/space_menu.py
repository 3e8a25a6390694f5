"""What can be done with a sample of a texture space, beside going there: more of it, less of it, its detail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QWidget

from desktop.session.space_spots import Spot, toward

if TYPE_CHECKING:
    from engine.nets.texture_space.outline import Outline

HALF = 0.5


def sample_menu(
    parent: QWidget, outline: Outline, number: int, spot: Spot, crosses: bool, go: Callable[[Spot], None]
) -> QMenu:
    """A menu for one sample.

    Args:
        number: of the sample.
        spot: where one is.
        crosses: detail can be taken from another point.
        go: is called with the spot that was chosen.
    """
    name = outline.names[number]
    x, y = (float(part) for part in outline.places[number])
    menu = QMenu(parent)
    menu.setAccessibleName(f"What to do with {name}")

    def add(text: str, there: Spot) -> None:
        menu.addAction(text).triggered.connect(lambda: go(there))

    add(f"&Go to {name}", replace(spot, x=x, y=y, away=()))
    menu.addSeparator()
    add(f"&More of {name}", toward(outline, spot, number, HALF))
    add(f"&Less of {name}", toward(outline, spot, number, -HALF))
    if crosses:
        menu.addSeparator()
        add(f"&Detail and colours of {name}", replace(spot, fine=tuple(map(float, outline.codes[number]))))
        if spot.detail(outline):
            add("&Own detail and colours", replace(spot, fine=()))
    return menu
