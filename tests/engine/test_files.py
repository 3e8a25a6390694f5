"""Opening and saving: what goes in comes out, at its own depth, and nothing half-done is left behind."""

import errno
import os
import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Unusable
from engine.files import (
    SAVEABLE,
    losses,
    open_mask,
    open_picture,
    probe,
    read_recipe,
    save_picture,
    thumbnail,
)
from engine.image import Image

RECIPE = {"operation": "fill", "params": {"patch": 7, "name": "Wände"}, "seed": 3}
TYPES = {"uint8": np.uint8, "uint16": np.uint16, "float32": np.float32}


def noise(width: int, height: int, channels: int, dtype: str = "uint8", seed: int = 1) -> Image:
    values = np.random.default_rng(seed).random((height, width, channels), np.float32)
    if dtype == "float32":
        return Image(values, linear=True)
    top = np.iinfo(dtype).max
    return Image((values * top + 0.5).astype(TYPES[dtype]))


D50 = bytes.fromhex("0000f6d6000100000000d32d")


def a_profile(space: bytes = b"RGB ", white: bytes = D50) -> bytes:
    """A small matrix profile with Adobe RGB's primaries and a gamma of 2.2 (ICC.1:2022, 8.3)."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563) + b"\0\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(79),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.6097, 0.3111, 0.0195),
        b"gXYZ": xyz(0.2053, 0.6257, 0.0609),
        b"bXYZ": xyz(0.1492, 0.0632, 0.7446),
        b"rTRC": gamma,
        b"gTRC": gamma,
        b"bTRC": gamma,
    }
    at, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, at + len(body), len(content))
        body += content
    header = struct.pack(">I4sI4s4s4s", at + len(body), b"none", 0x02400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp")
    return (header.ljust(68, b"\0") + white).ljust(128, b"\0") + table + body


def png(width: int, height: int, *, bits: int = 8, colour: int = 2, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def written(path: Path, pixels: np.ndarray, kind: str, **attributes: object) -> Path:
    """A file made by the library alone, with whatever our own writer would never write."""
    names = {"uint8": "uint8", "uint16": "uint16", "float32": "float", "float16": "half", "float64": "double"}
    spec = OpenImageIO.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], names[str(pixels.dtype)])
    for name, value in attributes.items():
        if name == "names":
            spec.channelnames = value
        elif name == "tile":
            spec.tile_width = spec.tile_height = value  # type: ignore[assignment]
        elif name == "alpha":
            spec.alpha_channel = value  # type: ignore[assignment]
        else:
            spec[name.replace("__", ":")] = value
    out = OpenImageIO.ImageOutput.create(kind)
    assert out is not None and out.open(str(path), spec), OpenImageIO.geterror()
    assert out.write_image(np.ascontiguousarray(pixels)) and out.close(), out.geterror()
    return path


EXACT = [
    *((suffix, "uint8", channels) for suffix in (".png", ".tif") for channels in (1, 2, 3, 4)),
    *((suffix, "uint16", channels) for suffix in (".png", ".tif") for channels in (1, 2, 3, 4)),
    *((".tif", "float32", channels) for channels in (1, 2, 3, 4)),
    (".exr", "float32", 1),
    (".exr", "float32", 3),
    *((suffix, "uint8", 3) for suffix in (".webp", ".jxl", ".bmp", ".tga")),
    (".tga", "uint8", 4),
    (".jxl", "uint16", 4),
]


@pytest.mark.parametrize(("suffix", "dtype", "channels"), EXACT)
def test_pictures_come_back_bit_for_bit(tmp_path: Path, suffix: str, dtype: str, channels: int) -> None:
    image = noise(53, 37, channels, dtype)
    path = tmp_path / f"picture{suffix}"
    assert save_picture(image, path) == ()
    back = open_picture(path)
    assert back.pixels.dtype == image.pixels.dtype
    np.testing.assert_array_equal(back.pixels, image.pixels)
    assert back.linear is (dtype == "float32")
    assert back.notes == ()
    found = probe(path)
    assert (found.size, found.channels, found.depth) == ((53, 37), channels, image.pixels.dtype.itemsize * 8)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4), st.sampled_from(["uint8", "uint16"]), st.integers(0))
def test_any_size_survives_png(tmp_path: Path, width: int, height: int, channels: int, dtype: str, seed: int) -> None:
    image = noise(width, height, channels, dtype, seed % 2**32)
    save_picture(image, tmp_path / "a.png", recipe=RECIPE)
    np.testing.assert_array_equal(open_picture(tmp_path / "a.png").pixels, image.pixels)


@pytest.mark.parametrize("suffix", SAVEABLE)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_picture_can_be_saved_as_anything_and_looks_the_same(
    tmp_path: Path, suffix: str, dtype: str, channels: int
) -> None:
    smooth = np.linspace(0.2, 0.8, 24 * 16 * channels, dtype=np.float32).reshape(16, 24, channels)
    image = Image(smooth, linear=True) if dtype == "float32" else Image((smooth * np.iinfo(dtype).max).astype(dtype))
    path = tmp_path / f"picture{suffix}"
    said = save_picture(image, path)
    back = open_picture(path)
    assert back.size == image.size
    assert back.has_alpha == (image.has_alpha and not any("no transparency" in clause for clause in said))
    shown = image.decoded()
    if image.has_alpha and not back.has_alpha:
        shown = shown[..., :-1] * shown[..., -1:] + (1 - shown[..., -1:])
    seen = back.decoded()
    np.testing.assert_allclose(seen[..., 0], shown[..., 0], atol=0.03 if suffix.startswith(".jp") else 0.004)
    np.testing.assert_allclose(seen[..., -1], shown[..., -1], atol=0.03 if suffix.startswith(".jp") else 0.004)


@pytest.mark.parametrize("suffix", SAVEABLE)
def test_same_picture_and_recipe_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    save_picture(noise(40, 30, 3), first, recipe=RECIPE)
    save_picture(noise(40, 30, 3), second, recipe=dict(reversed(RECIPE.items())))
    assert first.read_bytes() == second.read_bytes()
    assert b"20" + b"26:" not in first.read_bytes(), "a time of day"


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".exr"])
def test_the_recipe_travels_and_the_description_stays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    image = Image(noise(9, 9, 3).pixels, attributes={"ImageDescription": "Müller's wall", "Artist": "B"})
    assert not any("recipe" in clause for clause in save_picture(image, path, recipe=RECIPE))
    assert read_recipe(path) == RECIPE
    assert open_picture(path).attributes == {"ImageDescription": "Müller's wall", "Artist": "B"}
    # A second save of what was opened must not pile up recipes.
    save_picture(open_picture(path), path, recipe={"seed": 4})
    assert read_recipe(path) == {"seed": 4}
    save_picture(open_picture(path), path)
    assert read_recipe(path) is None


def test_a_recipe_with_no_room_is_reported(tmp_path: Path) -> None:
    image = noise(9, 9, 3)
    long = {"stroke": "x" * 70_000}
    assert "JPEG has no room for the recipe" in save_picture(image, tmp_path / "a.jpg", recipe=long)
    assert save_picture(image, tmp_path / "a.png", recipe=long) == ()
    assert read_recipe(tmp_path / "a.png") == long
    assert losses(image, tmp_path / "a.webp", RECIPE) == ("WebP has no room for the recipe",)


@pytest.mark.parametrize("text", ["not json", "[1]", "", "{"])
def test_a_broken_recipe_is_no_recipe(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "a.png", noise(4, 4, 3).pixels, "png", Scumble__Recipe=text)
    assert read_recipe(path) is None


def test_the_colour_profile_is_kept(tmp_path: Path) -> None:
    for suffix in (".png", ".tif", ".jpg", ".webp", ".jxl"):
        image = Image(noise(8, 8, 3).pixels, icc=a_profile())
        assert save_picture(image, tmp_path / f"a{suffix}") == (), suffix
        assert open_picture(tmp_path / f"a{suffix}").icc == a_profile(), suffix
    assert "BMP cannot carry its colour profile" in save_picture(image, tmp_path / "a.bmp")


@pytest.mark.parametrize(
    "profile", [b"nonsense" * 40, a_profile(b"CMYK"), a_profile()[:-3], a_profile(white=b"\0" * 12), b""]
)
def test_a_profile_that_does_not_fit_cannot_spoil_a_save(tmp_path: Path, profile: bytes) -> None:
    """libpng gives up on a wrong profile, and the writer with it."""
    image = Image(noise(8, 8, 3).pixels, icc=profile)
    for suffix in (".png", ".jxl", ".tif", ".webp"):
        said = save_picture(image, tmp_path / f"a{suffix}")
        back = open_picture(tmp_path / f"a{suffix}")
        np.testing.assert_array_equal(back.pixels, image.pixels)
        assert bool(said) is (bool(profile) and back.icc != profile), suffix


def test_a_profile_for_other_channels_is_left_out_with_a_word(tmp_path: Path) -> None:
    pixels = noise(8, 8, 3).pixels
    raw = np.frombuffer(a_profile(b"CMYK"), np.uint8)
    spec = OpenImageIO.ImageSpec(8, 8, 3, "uint8")
    spec.attribute("ICCProfile", OpenImageIO.TypeDesc(f"uint8[{len(raw)}]"), raw)
    out = OpenImageIO.ImageOutput.create("tiff")
    assert out is not None and out.open(str(tmp_path / "a.tif"), spec) and out.write_image(pixels) and out.close()
    image = open_picture(tmp_path / "a.tif")
    assert image.icc is None and any("profile" in note for note in image.notes)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(tmp_path: Path, orientation: int) -> None:
    upright = noise(7, 4, 3).pixels
    # What a camera stores for each value, from EXIF 2.3, table of Orientation: where row 0 and column 0 are shown.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    path = written(tmp_path / "a.tif", stored, "tiff", Orientation=orientation)
    image = open_picture(path)
    np.testing.assert_array_equal(image.pixels, upright)
    assert probe(path).size == thumbnail(path, 64).size == (7, 4)
    np.testing.assert_allclose(open_mask(path), upright.mean(axis=2) / 255, atol=1e-6)
    np.testing.assert_array_equal(thumbnail(path, 64).pixels, upright)
    save_picture(image, tmp_path / "b.tif")
    np.testing.assert_array_equal(open_picture(tmp_path / "b.tif").pixels, upright)


def test_float_pictures_keep_everything_and_know_their_peak(tmp_path: Path) -> None:
    values = noise(20, 10, 3, "float32").pixels.copy()
    values[0, 0], values[1, 1], values[2, 2], values[3, 3] = np.nan, np.inf, -np.inf, 7.5
    for suffix in (".tif", ".exr"):
        save_picture(Image(values, peak=7.5, linear=True), tmp_path / f"a{suffix}")
        back = open_picture(tmp_path / f"a{suffix}")
        assert back.pixels.tobytes() == values.tobytes()
        assert (back.peak, back.linear) == (7.5, True)
        assert np.isfinite(back.decoded()).all()
    said = save_picture(back, tmp_path / "a.png")
    assert any("dynamic range" in clause for clause in said)
    np.testing.assert_allclose(open_picture(tmp_path / "a.png").decoded(), back.decoded(), atol=1 / 65535)


def test_half_and_double_become_float(tmp_path: Path) -> None:
    values = np.linspace(0, 2, 60, dtype=np.float16).reshape(4, 5, 3)
    image = open_picture(written(tmp_path / "a.exr", values, "openexr"))
    np.testing.assert_array_equal(image.pixels, values.astype(np.float32))
    image = open_picture(written(tmp_path / "a.tif", values.astype(np.float64), "tiff"))
    np.testing.assert_array_equal(image.pixels, values.astype(np.float32))
    assert image.notes == ("64-bit values were read as 32 bit",)


def test_alpha_is_never_multiplied_in(tmp_path: Path) -> None:
    pixels = noise(16, 16, 4).pixels.copy()
    pixels[..., 3] = np.arange(256, dtype=np.uint8).reshape(16, 16)
    multiplied = pixels.astype(np.float32) / 255
    multiplied[..., :3] *= multiplied[..., 3:]
    image = open_picture(written(tmp_path / "a.exr", multiplied, "openexr", names=("R", "G", "B", "A"), alpha=3))
    shown = pixels[..., 3] > 0
    np.testing.assert_allclose(image.pixels[shown], (pixels / 255)[shown], rtol=1e-5)
    eight = (multiplied * 255 + 0.5).astype(np.uint8)
    image = open_picture(written(tmp_path / "a.tif", eight, "tiff", names=("R", "G", "B", "A"), alpha=3))
    solid = pixels[..., 3] >= 128
    assert np.abs(image.pixels[solid].astype(int) - pixels[solid]).max() <= 1
    assert any("divided" in note for note in image.notes)


def test_tiles_and_strange_channels_are_read(tmp_path: Path) -> None:
    pixels = noise(70, 50, 4).pixels
    image = open_picture(written(tmp_path / "tiled.tif", pixels[..., :3], "tiff", tile=32))
    np.testing.assert_array_equal(image.pixels, pixels[..., :3])
    floats = np.random.default_rng(1).random((8, 9, 6), np.float32)
    names = ("Z", "B", "A", "G", "R", "N")
    image = open_picture(written(tmp_path / "many.exr", floats, "openexr", names=names))
    divided = floats[..., [4, 3, 1]] / floats[..., 2:3]
    np.testing.assert_allclose(image.pixels, np.concatenate([divided, floats[..., 2:3]], axis=2), rtol=1e-6)
    assert image.notes == ("2 further channels were left out",)


def test_further_pages_are_mentioned(tmp_path: Path) -> None:
    path, spec = tmp_path / "a.tif", OpenImageIO.ImageSpec(8, 8, 3, "uint8")
    out = OpenImageIO.ImageOutput.create("tiff")
    assert out is not None and out.open(str(path), (spec, spec, spec))
    first = noise(8, 8, 3).pixels
    assert out.write_image(first)
    for _ in range(2):
        assert out.open(str(path), spec, "AppendSubimage") and out.write_image(np.zeros_like(first))
    out.close()
    image = open_picture(path)
    np.testing.assert_array_equal(image.pixels, first)
    assert image.notes == ("only the first of 3 pages was opened",)


def test_one_bit_and_content_over_suffix(tmp_path: Path) -> None:
    (tmp_path / "bits.png").write_bytes(png(8, 2, bits=1, colour=0, data=b"\0\xaa\0\x0f"))
    rows = open_picture(tmp_path / "bits.png").pixels[..., 0]
    np.testing.assert_array_equal(rows, [[255, 0] * 4, [0] * 4 + [255] * 4])
    save_picture(noise(16, 16, 3), tmp_path / "a.jpg")
    (tmp_path / "a.jpg").rename(tmp_path / "a.png")
    assert probe(tmp_path / "a.png").format == "jpeg"
    assert open_picture(tmp_path / "a.png").size == (16, 16)


def sentence(path: Path, **options: int) -> str:
    """What is said when a file is refused, checked for form; nothing may be left pending in the library."""
    with pytest.raises(Unusable) as refusal:
        open_picture(path, **options)
    said = str(refusal.value)
    assert path.name in said and "\n" not in said and said.endswith(".") and ";" in said
    assert OpenImageIO.geterror() == ""
    return said


def test_what_cannot_be_opened_is_refused_in_a_sentence(tmp_path: Path) -> None:
    assert "does not exist" in sentence(tmp_path / "none.png")
    assert "is a folder" in sentence(tmp_path)
    for name, content, reason in (
        ("empty.png", b"", "is empty"),
        ("words.png", "Grüße an alle".encode() * 400, "it is text"),
        ("noise.png", b"\x00\xff\xfe\x01" * 40, "damaged or of a kind"),
        ("a.avif", b"\0\0\0\x20ftypavif" + bytes(40), "AVIF"),
        ("a.heic", b"\0\0\0\x20ftypheic" + bytes(40), "HEIC"),
        ("a.svg", b"<?xml version='1.0'?><svg/>", "vector drawing"),
        ("a.pdf", b"%PDF-1.7\n\xe2\xe3", "PDF"),
        ("bomb.png", png(60_000, 60_000), "too large: its header says 60000 x 60000 px"),
        ("one.png", b"\x89", "damaged or of a kind"),
    ):
        (tmp_path / name).write_bytes(content)
        assert reason in sentence(tmp_path / name)
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a file" in sentence(tmp_path / "pipe.png")


def test_the_limit_is_on_pixels_of_any_format(tmp_path: Path) -> None:
    for suffix in (".png", ".tif", ".jpg", ".bmp"):
        path = tmp_path / f"a{suffix}"
        save_picture(noise(40, 30, 3), path)
        assert "40 x 30 px" in sentence(path, largest_pixels=1199)
        assert open_picture(path, largest_pixels=1200).size == (40, 30)


def test_no_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    save_picture(noise(4, 4, 3), path)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "no permission" in sentence(path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".exr", ".jxl"])
def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    save_picture(noise(60, 50, 3), path)
    whole = path.read_bytes()
    for length in (*range(1, len(whole), max(1, len(whole) // 25)), len(whole) - 1):
        path.write_bytes(whole[:length])
        said = sentence(path)
        if suffix in (".png", ".jpg") and length > 1000:
            assert "cut short" in said


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".exr", ".tga"])
def test_damaged_bytes_never_break_the_program(tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"a{suffix}"
    save_picture(noise(40, 30, 4), path, recipe=RECIPE)
    whole, rng = path.read_bytes(), np.random.default_rng(5)
    for _ in range(60):
        broken = bytearray(whole)
        for at in rng.integers(0, min(len(whole), 400), rng.integers(1, 5)):
            broken[at] = rng.integers(256)
        path.write_bytes(broken)
        try:
            image = open_picture(path, largest_pixels=1 << 22)
            read_recipe(path)
        except Unusable as refusal:
            assert "\n" not in str(refusal)
        else:
            assert np.isfinite(image.decoded()).all()


def test_a_damaged_png_says_nothing_on_the_console(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    save_picture(noise(40, 30, 3), tmp_path / "a.png")
    broken = bytearray((tmp_path / "a.png").read_bytes())
    broken[len(broken) // 2] ^= 255
    (tmp_path / "a.png").write_bytes(broken)
    assert "damaged" in sentence(tmp_path / "a.png")
    assert capfd.readouterr() == ("", "")


def test_errors_of_one_thread_stay_there(tmp_path: Path) -> None:
    save_picture(noise(30, 30, 3), tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"\0\1\2\3" * 50)
    wrong: list[object] = []

    def work(name: str, ok: bool) -> None:
        for _ in range(30):
            try:
                open_picture(tmp_path / name)
                wrong.extend([] if ok else [name])
            except Unusable:
                wrong.extend([name] if ok else [])
            wrong.extend([OpenImageIO.geterror()] if OpenImageIO.geterror() else [])

    threads = [threading.Thread(target=work, args=(name, name == "good.png")) for name in ("good.png", "bad.png") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def left_behind(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("suffix", SAVEABLE)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_failed_save_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, code: int
) -> None:
    path = tmp_path / f"a{suffix}"
    save_picture(noise(30, 30, 3), path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unusable) as refusal:
        save_picture(noise(30, 30, 3, seed=2), path)
    monkeypatch.undo()
    expected = {errno.ENOSPC: "the disk is full", errno.EACCES: "may not write there", errno.EIO: "input/output"}
    assert expected[code] in str(refusal.value)
    assert path.read_bytes() == before and left_behind(tmp_path) == [path.name]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_picture(noise(30, 30, 3), tmp_path / "a.jpg")
    before = (tmp_path / "a.jpg").read_bytes()
    really_open = os.open

    def onto_full(name: str, flags: int, mode: int = 0o777) -> int:
        if str(name).endswith(".part"):
            return really_open("/dev/full", os.O_WRONLY)
        return really_open(name, flags, mode)

    monkeypatch.setattr(os, "open", onto_full)
    with pytest.raises(Unusable, match="the disk is full; free some space"):
        save_picture(noise(300, 300, 3), tmp_path / "a.jpg")
    monkeypatch.undo()
    assert (tmp_path / "a.jpg").read_bytes() == before and left_behind(tmp_path) == ["a.jpg"]


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    image = noise(8, 8, 4)
    for name, reason in (
        ("a.gif", "use .png"),
        ("a", "no suffix"),
        ("none/a.png", "there is no folder"),
        ("x" * 300 + ".png", "too long"),
    ):
        with pytest.raises(Unusable, match=reason):
            save_picture(image, tmp_path / name)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(Unusable, match="it is a folder"):
        save_picture(image, tmp_path / "folder.png")
    with pytest.raises(Unusable, match="at most 16383 px"):
        save_picture(Image(np.zeros((1, 16_384, 3), np.uint8)), tmp_path / "wide.webp")
    assert left_behind(tmp_path) == ["folder.png"]


def test_a_save_keeps_permissions_and_links(tmp_path: Path) -> None:
    real = tmp_path / "real.png"
    save_picture(noise(8, 8, 3), real)
    assert real.stat().st_mode & 0o777 == 0o666 & ~_umask()
    real.chmod(0o640)
    (tmp_path / "link.png").symlink_to(real)
    save_picture(noise(9, 9, 3), tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink() and open_picture(real).size == (9, 9)
    assert real.stat().st_mode & 0o777 == 0o640


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_resolution_is_kept(tmp_path: Path) -> None:
    for suffix, kind in ((".tif", "tiff"), (".jpg", "jpeg"), (".png", "png")):
        pixels = noise(8, 8, 3).pixels
        path = written(tmp_path / f"a{suffix}", pixels, kind, XResolution=300.0, YResolution=300.0, ResolutionUnit="in")
        image = open_picture(path)
        save_picture(image, tmp_path / f"b{suffix}")
        kept = open_picture(tmp_path / f"b{suffix}").attributes
        assert kept == image.attributes and float(kept["XResolution"]) > 1, suffix


def test_losses_are_told_before_and_after(tmp_path: Path) -> None:
    image = noise(8, 8, 4, "uint16")
    path = tmp_path / "a.jpg"
    assert losses(image, path) == save_picture(image, path)
    assert losses(image, path) == (
        "JPEG has no transparency: the picture was put on white",
        "JPEG holds 8 bit: the finer steps of 16 bit were rounded",
    )
    white = Image(np.zeros((8, 8, 4), np.uint8))
    save_picture(white, path)
    np.testing.assert_array_equal(open_picture(path).pixels, 255)


def test_quality_is_heeded(tmp_path: Path) -> None:
    image = noise(64, 64, 3)
    for suffix in (".jpg", ".webp", ".jxl"):
        sizes = []
        for quality in (20, 90):
            save_picture(image, tmp_path / f"a{suffix}", quality=quality)
            sizes.append((tmp_path / f"a{suffix}").stat().st_size)
        assert sizes[0] < sizes[1], suffix


def test_masks(tmp_path: Path) -> None:
    pixels = noise(30, 20, 4, "uint16").pixels
    save_picture(Image(pixels), tmp_path / "m.png")
    mask = open_mask(tmp_path / "m.png", (30, 20))
    np.testing.assert_allclose(mask, pixels[..., :3].mean(axis=2) / 65535, atol=1e-6)
    assert mask.dtype == np.float32 and not mask.flags.writeable
    with pytest.raises(Unusable, match="30 x 20 px, the picture 20 x 30"):
        open_mask(tmp_path / "m.png", (20, 30))


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 50), st.integers(1, 4))
def test_thumbnails_average_and_never_grow(tmp_path: Path, width: int, height: int, side: int, channels: int) -> None:
    pixels = np.full((height, width, channels), 128, np.uint8)
    save_picture(Image(pixels), tmp_path / "a.png")
    small = thumbnail(tmp_path / "a.png", side)
    assert max(small.size) == min(side, max(width, height))
    assert small.channels == channels
    assert np.abs(small.pixels.astype(int) - 128).max() <= 1


def test_a_thumbnail_is_the_mean_of_its_blocks(tmp_path: Path) -> None:
    pixels = noise(96, 64, 3).pixels
    save_picture(Image(pixels), tmp_path / "a.png")
    blocks = pixels.reshape(8, 8, 12, 8, 3).mean(axis=(1, 3))
    assert np.abs(thumbnail(tmp_path / "a.png", 12).pixels - blocks).max() <= 1


def test_transparent_pixels_do_not_stain_a_thumbnail(tmp_path: Path) -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:, ::2] = (200, 100, 50, 255)
    save_picture(Image(pixels), tmp_path / "a.png")
    np.testing.assert_allclose(thumbnail(tmp_path / "a.png", 10).pixels, [[(200, 100, 50, 128)] * 10] * 10, atol=1)
