"""The command line as a script meets it: words in, files, reports and exit statuses out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine import catalog
from engine.cli import main
from engine.files import open_picture, read_recipe, save_picture, save_trained
from engine.image import Image
from tests.contract.models import tiny_space

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample.png"
    save_picture(Image(np.random.default_rng(3).integers(0, 256, (40, 44, 3)).astype(np.uint8)), path)
    return path


def quilt(sample: Path, out: Path, *more: str) -> int:
    return main(["run", "quilting", "--sample", str(sample), "--block", "12", "-o", str(out), "--quiet", *more])


def test_list_names_every_operation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert {entry["id"] for entry in entries} == set(catalog.operations())
    quilting = next(entry for entry in entries if entry["id"] == "quilting")
    assert {"block", "overlap", "tolerance", "tileable"} <= {param["name"] for param in quilting["params"]}
    block = next(param for param in quilting["params"] if param["name"] == "block")
    assert block["low"] < block["default"] < block["high"] and block["unit"] == "px"
    assert main(["list"]) == 0
    assert "quilting" in capsys.readouterr().out


@pytest.mark.parametrize("name", list(catalog.operations()))
def test_describe_says_what_each_parameter_looks_like(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", name]) == 0
    text = capsys.readouterr().out
    for entry in catalog.find(name).params.fields():
        assert f"--{entry.option}" in text
        assert entry.control.help, f"{name} says nothing about {entry.name}"


def test_run_writes_picture_report_and_frames(sample: Path, tmp_path: Path) -> None:
    out, report, frames = tmp_path / "out.png", tmp_path / "report.json", tmp_path / "frames"
    words = ["--size", "90x70", "--seed", "5", "--repeat", "2", "--threads", "1"]
    assert quilt(sample, out, *words, "--report", str(report), "--frames", str(frames)) == 0
    assert open_picture(out).size == (90, 70)
    values = json.loads(report.read_text())
    assert values["operation"] == "quilting" and values["seed"] == 5 and values["threads"] == 1
    assert values["size"] == [90, 70] and values["params"]["block"] == 12
    assert len(values["runs"]) == 2 and values["peak_rss_mb"] > 10
    assert values["runs"][1]["compile_seconds"] < 0.5
    shown = sorted(frames.iterdir())
    assert len(shown) == values["runs"][0]["frames"]
    assert np.array_equal(open_picture(shown[-1]).pixels, open_picture(out).pixels)
    recipe = read_recipe(out)
    assert recipe and recipe["inputs"] == {"sample": [str(sample)]}


@pytest.mark.parametrize(
    ("words", "value"),
    [(["--tileable"], True), (["--tileable", "yes"], True), (["--tileable", "no"], False), ([], False)],
)
def test_a_toggle_needs_no_value(sample: Path, tmp_path: Path, words: list[str], value: bool) -> None:
    out = tmp_path / "out.png"
    assert quilt(sample, out, "--size", "64x64", *words) == 0
    recipe = read_recipe(out)
    assert recipe and recipe["params"]["tileable"] is value


def test_replay_gives_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "out.png", tmp_path / "again.png"
    assert quilt(sample, out, "--seed", "7", "--size", "64x64") == 0
    assert main(["replay", str(out), "-o", str(again), "--quiet"]) == 0
    assert out.read_bytes() == again.read_bytes()


def test_another_seed_is_another_picture(sample: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "1.png", tmp_path / "2.png"
    assert quilt(sample, one, "--seed", "1") == 0 and quilt(sample, two, "--seed", "2") == 0
    assert not np.array_equal(open_picture(one).pixels, open_picture(two).pixels)


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".png"])
def test_a_loop_is_a_film_where_the_file_is_one(tmp_path: Path, suffix: str) -> None:
    space, out = tmp_path / "space.safetensors", tmp_path / f"loop{suffix}"
    save_trained(tiny_space(), space)
    words = ["run", "texture-space", "--space", str(space), "--between", "0,1", "--size", "96x64", "--quiet"]
    assert main([*words, "--loop", "6", "-o", str(out)]) == 0
    if suffix == ".png":
        assert open_picture(out).size == (96, 64)
        return
    film = cv2.VideoCapture(str(out))
    frames = []
    while (read := film.read())[0]:
        frames.append(read[1])
    assert len(frames) == 6 and all(frame.shape == (32, 32, 3) for frame in frames)


def test_one_picture_is_no_film(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    space, out = tmp_path / "space.safetensors", tmp_path / "loop.mp4"
    save_trained(tiny_space(), space)
    assert main(["run", "texture-space", "--space", str(space), "-o", str(out), "--quiet"]) == 1
    assert not out.exists() and "loop.mp4 would be a film" in capsys.readouterr().err


def test_batch_does_every_file_and_names_those_that_fail(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, folder, bad = tmp_path / "out.png", tmp_path / "many", tmp_path / "bad.png"
    assert quilt(sample, out, "--size", "48x48") == 0
    other = tmp_path / "other.png"
    save_picture(Image(np.full((30, 30, 3), 90, np.uint8)), other)
    bad.write_bytes(b"nothing")
    words = ["batch", str(out), str(sample), str(bad), str(other), "-o", str(folder), "--quiet"]
    assert main(words) == 1
    assert {path.name for path in folder.iterdir()} == {"sample.png", "other.png"}
    assert open_picture(folder / "sample.png").pixels.tobytes() == open_picture(out).pixels.tobytes()
    assert "bad.png" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--size", "0x0"], 1),
        (["--size", "x"], 2),
        (["--block", "1000000"], 1),
        (["--no-such", "1"], 2),
        (["--threads", "0"], 1),
        (["--repeat", "0"], 1),
    ],
)
def test_senseless_wishes_leave_the_old_file_alone(
    sample: Path, tmp_path: Path, words: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    out.write_bytes(b"precious")
    assert quilt(sample, out, *words) == status
    assert out.read_bytes() == b"precious"
    said = capsys.readouterr().err
    assert said.strip() and "Traceback" not in said


def test_what_cannot_be_saved_is_known_before_the_work(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quilt(sample, tmp_path / "out.docx") == 1
    assert quilt(sample, tmp_path / "nowhere" / "out.png") == 1
    assert quilt(tmp_path / "missing.png", tmp_path / "out.png") == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 3


def test_fill_keeps_everything_outside_the_hole(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 65536, (60, 64, 3)).astype(np.uint16)
    hole = np.zeros((60, 64, 1), np.uint8)
    hole[20:34, 24:40] = 255
    picture, mask, out = tmp_path / "p.tif", tmp_path / "m.png", tmp_path / "o.tif"
    save_picture(Image(noise), picture)
    save_picture(Image(hole), mask)
    assert main(["run", "fill", "--picture", str(picture), "--hole", str(mask), "-o", str(out), "--quiet"]) == 0
    back = open_picture(out).pixels
    outside = hole[..., 0] == 0
    assert back.dtype == np.uint16
    assert np.array_equal(back[outside], noise[outside])
    assert not np.array_equal(back[~outside], noise[~outside])


def test_measure_says_of_a_result_alone_how_it_closes(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", "--result", str(sample)]) == 0
    assert capsys.readouterr().out.startswith("wrap-seam ")
    assert main(["measure", "--result", str(sample), "--picture", str(sample)]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_no_words_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["no-such"]) == 2
    assert main(["run", "no-such"]) == 2
    capsys.readouterr()


def test_ctrl_c_stops_with_130_and_leaves_nothing(sample: Path, tmp_path: Path) -> None:
    out, frames = tmp_path / "out.png", tmp_path / "frames"
    words = [sys.executable, "-m", "engine", "run", "efros-leung", "--sample", str(sample), "--size", "600x600"]
    words += ["--window", "21", "-o", str(out), "--frames", str(frames)]
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    end = time.monotonic() + 90
    while not (frames.exists() and any(frames.iterdir())) and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not out.exists()
