"""Pictures that a browser hands over as an address: where they are, and what is there.

A browser that drags a picture says which by text/html (the picture itself, even where it is part of a link), by
text/uri-list (what it links to), and not always with its pixels.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from html.parser import HTMLParser
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from engine.errors import Unusable

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

    from engine.image import Image

SCHEMES = ("http", "https", "data")
LARGEST = 256 << 20
"""Bytes of a picture that are fetched at most."""
PIECE = 1 << 20
PATIENCE = 10.0
"""Seconds without a word from the other side after which it is given up."""
INSTEAD = "save it in the browser and drop the file, or copy it there and paste it here"


def web_address(data: QMimeData) -> str:
    """The address of the picture that is dragged or pasted; empty where there is none."""
    shown = _Pictures()
    if data.hasHtml():
        shown.feed(data.html())
    named = [url.toString() for url in data.urls() if not url.isLocalFile()]
    found = (address for address in (*shown.addresses, *named) if urlsplit(address).scheme in SCHEMES)
    return next(found, "")


def host_of(address: str) -> str:
    """Who has the picture at an address, as words for a sentence."""
    return urlsplit(address).hostname or "that address"


def title_of(address: str) -> str:
    """What to call the picture at an address."""
    parts = urlsplit(address)
    return (unquote(parts.path).rpartition("/")[2] if parts.scheme != "data" else "") or "Dropped picture"


def fetched(address: str) -> Image:
    """The picture at an address. Takes as long as the network does.

    Raises:
        Unusable: nothing answers there, or what is there is no picture that can be read.
    """
    from engine.files import open_picture

    place = host_of(address)
    data = _bytes_at(address, place)
    suffix = re.sub(r"[^.\w]", "", Path(title_of(address)).suffix)
    with tempfile.TemporaryDirectory(prefix="scumble-") as folder:
        path = Path(folder) / f"picture{suffix}"
        path.write_bytes(data)
        try:
            return replace(open_picture(path), name=title_of(address))
        except Unusable:
            raise Unusable(
                f"There is no picture that can be read at {place}", "what was dragged may be a link to a page", INSTEAD
            ) from None


class _Pictures(HTMLParser):
    """Collects what the pictures of a piece of HTML are."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = dict(attrs).get("src")
        if tag == "img" and source:
            self.addresses.append(source.strip())


def _bytes_at(address: str, place: str) -> bytes:
    # Some servers give pictures to programs with a name only.
    request = Request(address, headers={"User-Agent": "Scumble", "Accept": "image/*"})
    found = bytearray()
    try:
        with urlopen(request, timeout=PATIENCE) as answer:
            while piece := answer.read(PIECE):
                found += piece
                if len(found) > LARGEST:
                    raise Unusable(
                        f"The picture at {place} is too large", f"it has more than {LARGEST >> 20} MB", INSTEAD
                    )
    except HTTPError as refusal:
        refusal.close()
        raise Unusable(
            f"{place} does not give the picture away", f"it answers {refusal.code} {refusal.reason}", INSTEAD
        ) from None
    except (URLError, HTTPException, OSError, ValueError):
        raise Unusable(f"{place} cannot be reached", "the picture has to be fetched from there", INSTEAD) from None
    return bytes(found)
