"""`compare` as a script meets it: a sheet, a report, a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine import catalog
from engine.cli import main
from engine.cli.sheet import BEST, GROUND, compared_sheet
from engine.files import open_picture, save_picture
from engine.image import Image
from engine.jobs import comparison
from engine.jobs.comparison import Compared
from engine.measures.report import Figure


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample.png"
    save_picture(Image(np.random.default_rng(3).integers(0, 256, (48, 40, 3)).astype(np.uint8)), path)
    return path


def test_it_writes_a_sheet_and_a_report(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(comparison, "methods", lambda: [catalog.find("chaos-mosaic"), catalog.find("quilting")])
    out, report = tmp_path / "sheet.png", tmp_path / "report.json"
    assert main(["compare", "--sample", str(sample), "-o", str(out), "--report", str(report), "--seed", "4"]) == 0
    values = json.loads(report.read_text())
    assert values["size"] == [80, 96] and values["seed"] == 4
    assert set(values["methods"]) == {"chaos-mosaic", "quilting"}
    assert values["methods"]["quilting"]["largest-copy"]["value"] >= 0
    assert open_picture(out).size[0] > 900
    said = capsys.readouterr()
    assert str(out) in said.out and "Image quilting: It took" in said.err


@pytest.mark.parametrize("words", [["--size", "0x4"], ["--threads", "0"], ["-o", "sheet.docx"]])
def test_senseless_wishes_are_one_sentence(
    sample: Path, tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared: list[object] = []
    monkeypatch.setattr(comparison, "warm", lambda operation, ctx: prepared.append(operation))
    out = tmp_path / "sheet.png"
    assert main(["compare", "--sample", str(sample), "-o", str(out), "--quiet", *words]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Traceback" not in said
    assert not out.exists()
    assert not prepared, "refused before anything is compiled"


def test_the_sheet_marks_what_is_best_and_shows_what_was_refused() -> None:
    picture = Image(np.full((50, 60, 3), 200, np.uint8))

    def entry(seconds: float, fidelity: float) -> Compared:
        figures = Figure("seconds", "Time", seconds, None, ""), Figure("fidelity", "Fidelity", fidelity, True, "Good.")
        return Compared(catalog.find("quilting"), picture, figures)

    def marked(*entries: Compared) -> int:
        return int((compared_sheet(picture, (60, 50), entries).pixels == BEST).all(axis=2).sum())

    refused = Compared(catalog.find("quilting"), None, problem="It cannot be done with this one, as it is a test.")
    both, time_only = marked(entry(1, 0.2), entry(2, 0.4)), marked(entry(1, 0.3), entry(2, 0.3))
    assert both > time_only > 0, "equal figures have no best"
    page = compared_sheet(picture, (60, 50), [refused]).pixels
    assert (page[16:66, 16:76] == 200).all()
    right = page[16:120, 352:]
    assert (right != GROUND).any(), "the sentence stands where the picture would"
