"""What a browser hands over when a picture is dragged out of it: pixels, an address, or a link."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl

from desktop import web_pictures
from desktop.dragged import carries_picture, pixels_of
from desktop.pixels import to_qimage
from desktop.web_pictures import fetched, title_of, web_address
from engine.errors import Unusable
from engine.files import save_picture
from engine.image import Image


@pytest.fixture
def moss(tmp_path: Path) -> bytes:
    """A PNG of 40 x 30 px."""
    path = tmp_path / "moss.png"
    save_picture(Image(np.full((30, 40, 3), 60, np.uint8)), path)
    return path.read_bytes()


@pytest.fixture
def site(moss: bytes) -> Iterator[str]:
    """A server on this machine with a picture at /a%20moss.png, a page at /page, and nothing elsewhere."""
    pages = {"/a%20moss.png": moss, "/picture?id=7": moss, "/page": b"<html>moss</html>", "/short.png": moss[:-40]}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *values: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def dragged(html: str = "", *links: str) -> QMimeData:
    data = QMimeData()
    if html:
        data.setHtml(html)
    data.setUrls([QUrl(link) for link in links])
    return data


def test_the_picture_itself_counts_even_where_it_is_part_of_a_link() -> None:
    html = '<a href="https://example.org/page"><img alt="x" src="https://example.org/moss.jpg"/></a>'
    assert web_address(dragged(html, "https://example.org/page")) == "https://example.org/moss.jpg"
    assert web_address(dragged("", "https://example.org/moss.png")) == "https://example.org/moss.png"
    assert web_address(dragged('<img src="cid:7">', "ftp://example.org/a", "https://b.org/c")) == "https://b.org/c"
    assert web_address(dragged("<b>words</b>")) == ""
    local = QMimeData()
    local.setUrls([QUrl.fromLocalFile("/tmp/x.png")])
    assert web_address(local) == "" and carries_picture(local)


def test_what_is_accepted() -> None:
    assert carries_picture(dragged("", "https://example.org/moss.png"))
    assert carries_picture(dragged('<img src="https://example.org/moss.png">'))
    words = QMimeData()
    words.setText("https://example.org/moss.png")
    assert not carries_picture(words)
    pixels = QMimeData()
    pixels.setImageData(to_qimage(np.full((3, 4, 3), 7, np.uint8)))
    found = pixels_of(pixels)
    assert carries_picture(pixels) and found is not None and found.width() == 4


def test_a_picture_is_fetched_and_named(site: str, moss: bytes) -> None:
    picture = fetched(f"{site}/a%20moss.png")
    assert picture.size == (40, 30) and picture.name == "a moss.png" and (picture.pixels == 60).all()
    assert fetched(f"{site}/picture?id=7").size == (40, 30)
    told = "data:image/png;base64," + base64.b64encode(moss).decode()
    assert fetched(told).size == (40, 30) and title_of(told) == "Dropped picture"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/page", "no picture that can be read at 127.0.0.1"),
        ("/gone.png", "127.0.0.1 does not give the picture away: it answers 404"),
        ("/short.png", "no picture that can be read"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(site: str, path: str, said: str) -> None:
    with pytest.raises(Unusable, match=said) as told:
        fetched(site + path)
    assert "\n" not in str(told.value) and "save it in the browser and drop the file" in str(told.value)


def test_without_a_network_it_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}/moss.png", "data:image/png;base64,?"):
        with pytest.raises(Unusable, match=r"cannot be reached|no picture that can be read") as told:
            fetched(address)
        assert "paste it here" in str(told.value)


def test_no_more_is_fetched_than_a_picture_may_have(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_pictures, "LARGEST", 50)
    with pytest.raises(Unusable, match="too large"):
        fetched(f"{site}/a%20moss.png")
