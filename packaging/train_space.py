"""Trains the texture space that ships with Scumble, on pictures that anyone may use for anything.

    apt-get download ufoai-textures && dpkg-deb -x ufoai-textures_*.deb ufo     (its .pk3 files are zip archives)
    pip download --no-deps scikit-image==0.26.0
    python packaging/train_space.py --ufoai FOLDER-WITH-textures --scikit-image scikit_image-0.26.0-....whl

Where a sample is missing it says so and goes no further. It can be stopped at any time and goes on where it was:
`kill PID` keeps what there is (the file and its card are written); `kill -USR1 PID` settles first, which takes some
hundred steps more and is better. The same command again goes on from the checkpoint; where there is none, from what
ships, unless told to begin `--afresh`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.context import Context  # noqa: E402
from engine.files import open_picture, open_trained, save_trained  # noqa: E402
from engine.measures.fidelity import fidelity  # noqa: E402
from engine.nets.texture_space.directions import found  # noqa: E402
from engine.nets.texture_space.encoder import taught  # noqa: E402
from engine.nets.texture_space.generator import Shape  # noqa: E402
from engine.nets.texture_space.pacing import paced  # noqa: E402
from engine.nets.texture_space.rendering import whole  # noqa: E402
from engine.nets.texture_space.sampling import learnt_part  # noqa: E402
from engine.nets.texture_space.space import Sample, Space  # noqa: E402
from engine.nets.texture_space.space_file import restored, stored  # noqa: E402
from engine.nets.texture_space.training import Pace, Training  # noqa: E402
from engine.region import Rect  # noqa: E402
from tests.benchmarks.bench_space_walks import walked  # noqa: E402

MODELS = ROOT / "resources" / "models"
SHAPE = Shape(1, (160, 112, 80, 48, 32), (8, 4))
LOOKS = 240
PUBLIC = "public domain, a UFO:AI contributor (debian/copyright, stanza of files granted to the public domain)"

OURS = {
    "ballast": "Ballast",
    "basket-weave": "Basket weave",
    "bricks": "Bricks",
    "crazy-paving": "Crazy paving",
    "flagstones": "Flagstones",
    "floorboards": "Floorboards",
    "gravel": "Gravel",
    "green-tiles": "Green tiles",
    "moss": "Moss",
    "pierced-steel": "Pierced steel",
    "rock-face": "Rock face",
    "sand": "Sand",
    "seedlings": "Seedlings",
    "weathered-boards": "Weathered boards",
}
"""Pictures of resources/samples, whose ORIGINS.md says where each is from: all public domain or CC0.

The floral print is left out: whole leaves and birds are more than such a network can make."""
UFOAI = {
    "tex_buildings/floor005.png": "Asphalt",
    "tex_buildings/tile02.png": "Setts",
    "tex_material/wood001.png": "Dark planks",
    "tex_nature/dirt003.png": "Earth",
    "tex_nature/jungle002.png": "Meadow",
    "tex_nature/rock018.png": "Cracked rock",
    "tex_nature/stone001.png": "Slate",
    "tex_buildings/solar.jpg": "Blue cells",
}
"""Further files of Debian's ufoai-textures 2.5 in the same stanza of its copyright file."""


def noise(rng: np.random.Generator, side: int, sigma: float) -> np.ndarray:
    """Smooth noise that wraps, with a standard deviation of 1."""
    far = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    spectrum = np.fft.rfft2(rng.standard_normal((side, side))) * np.exp(-2 * (np.pi * sigma * far) ** 2)
    made = np.fft.irfft2(spectrum, (side, side))
    return made / made.std()


def honeycomb(side: int = 256) -> np.ndarray:
    """Wax cells, each a little different."""
    rng = np.random.Generator(np.random.Philox(31))
    y, x = np.mgrid[:side, :side] + 0.8 * np.stack([noise(rng, side, 9), noise(rng, side, 9)])
    tall, wide = side / 10, side / 9
    first, second = np.full((side, side), 1e9), np.full((side, side), 1e9)
    shade = np.zeros((side, side))
    for row in range(-1, 12):
        for column in range(-1, 11):
            away = np.hypot((y - row * tall) * 1.02, x - (column + 0.5 * (row % 2)) * wide)
            shade = np.where(away < first, 0.5 + 0.5 * ((row * 7 + column * 3) % 5) / 5, shade)
            second = np.where(away < first, first, np.minimum(second, away))
            first = np.minimum(first, away)
    wall = np.clip((second - first) / 6, 0, 1)[..., None]
    depth = np.clip(first / 14, 0, 1)[..., None]
    cell = np.array([0.62, 0.36, 0.06]) * (0.45 + 0.6 * depth) * (0.85 + 0.3 * shade[..., None])
    grain = 1 + 0.05 * noise(rng, side, 0.7)[..., None]
    return np.clip((cell * wall + np.array([0.95, 0.76, 0.34]) * (1 - wall)) * grain, 0, 1)


def scales(side: int = 256) -> np.ndarray:
    """Overlapping scales, lit from above."""
    rng = np.random.Generator(np.random.Philox(32))
    y, x = np.mgrid[:side, :side] + 0.6 * np.stack([noise(rng, side, 8), noise(rng, side, 8)])
    step = side / 16
    made = np.zeros((side, side, 3))
    for row in range(19, -3, -1):
        for column in range(-1, 10):
            middle = (column + 0.5 * (row % 2)) * 2 * step
            away = np.hypot(y - row * step, x - middle) / (1.25 * step)
            inside = (away < 1) & (y >= row * step - 0.2 * step)
            tone = 0.55 + 0.12 * rng.standard_normal()
            light = np.clip(1.15 - 0.75 * away**3, 0.1, 1.2)[..., None]
            colour = tone * np.array([0.35, 0.75, 0.72]) + 0.12 * (1 - away[..., None])
            made = np.where(inside[..., None], colour * light, made)
    return np.clip(made * (1 + 0.04 * noise(rng, side, 0.8)[..., None]), 0, 1)


def marble(side: int = 256) -> np.ndarray:
    """Pale stone with dark veins."""
    rng = np.random.Generator(np.random.Philox(33))
    cloud = sum(noise(rng, side, s) * s / 24 for s in (2, 5, 12, 24))
    vein = np.exp(-np.abs(noise(rng, side, 14) + 0.35 * cloud) * 7) + 0.5 * np.exp(-np.abs(cloud + 0.4) * 12)
    tone = 0.86 + 0.04 * noise(rng, side, 18) - 0.5 * vein + 0.012 * noise(rng, side, 0.6)
    return np.clip(tone[..., None] * np.array([1.0, 0.985, 0.95]) + np.array([0, 0, 0.03]), 0, 1)


def twill(side: int = 256) -> np.ndarray:
    """Blue cloth with slanting ribs."""
    rng = np.random.Generator(np.random.Philox(34))
    y, x = np.mgrid[:side, :side].astype(float)
    period = side / 32
    worn = 0.5 + 0.16 * noise(rng, side, 3)
    rib = 0.5 + 0.5 * np.cos(2 * np.pi * (x + y + 0.7 * noise(rng, side, 5)) / period)
    thread = 0.5 + 0.5 * np.cos(2 * np.pi * y * 2 / period)
    white = np.clip(worn * rib * (0.7 + 0.3 * thread) + 0.08 * noise(rng, side, 0.8), 0, 1)[..., None]
    return np.clip(np.array([0.10, 0.16, 0.30]) * (1 - white) + np.array([0.68, 0.76, 0.86]) * white, 0, 1)


DRAWN: dict[str, Callable[[], np.ndarray]] = {
    "Honeycomb": honeycomb,
    "Scales": scales,
    "Marble": marble,
    "Twill": twill,
}


def gathered(ufoai: Path, wheel: Path) -> list[Sample]:
    """All samples with their origin. Exits where one is missing."""
    made = []
    for name, title in OURS.items():
        made.append(_sample(title, ROOT / "resources" / "samples" / f"{name}.png", f"resources/samples/{name}.png"))
    for file, title in UFOAI.items():
        made.append(_sample(title, ufoai / file, f"Debian ufoai-textures 2.5, {file}; {PUBLIC}"))
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        path = Path(archive.extract("skimage/data/grass.png", folder))
        made.append(_sample("Grass", path, "scikit-image 0.26.0, grass.png (CC0 Textures, Grass01); CC0"))
    for title, draw in DRAWN.items():
        picture = draw().astype(np.float32)
        made.append(Sample(title, learnt_part(picture), "drawn by packaging/train_space.py; CC0"))
    return made


def _sample(title: str, path: Path, origin: str) -> Sample:
    if not path.is_file():
        sys.exit(f"{path} is missing: see the head of this file for where it comes from")
    return Sample(title, learnt_part(open_picture(path).decoded()), origin)


def finished(ctx: Context, training: Training, seconds: float) -> Space:
    """The space with encoder and directions, without what it takes to go on."""
    space = training.space("textures.safetensors", finished=True)
    encoder, seen = taught(ctx, space, training.targets, LOOKS)
    every_pair = len(space.samples) * (len(space.samples) - 1) // 2
    space = replace(space, encoder=encoder, pacing=paced(ctx, space, closely=every_pair))
    space = replace(space, directions=found(ctx, space, seen))
    return replace(space, record={"steps": _steps(training), "seconds": round(seconds)})


def _steps(training: Training) -> int:
    """All of them, those of a file that was finished and then gone on with included."""
    return training.steps + int(str(training.record.get("earlier", 0)))


def card(space: Space, ctx: Context, crop: int) -> str:
    """The model card: data, training, measures, limits."""
    rows = []
    for number, sample in enumerate(space.samples):
        picture = np.asarray(sample.picture, np.float32) / np.float32(255)
        made = whole(ctx, space.generator, space.codes[number], Rect(0, 0, 256, 256), 1)
        rows.append((sample.name, sample.notes, fidelity(made, picture)))
    lines = [f"| {name} | {notes} | {value:.2f} |" for name, notes, value in rows]
    mean = sum(value for _, _, value in rows) / len(rows)
    sliders = [
        f"- {d.name} (measured; R squared {d.fit:.2f} on what was held out, Spearman {d.monotone:.2f})"
        if d.kind == "measured"
        else f"- {d.name} (a main axis of the space or of the weights, named by what it moves most)"
        for d in space.directions
    ]
    between = [
        f"- {what}: {value:.2f}".removesuffix(".00") + (f" ({remark})" if remark else "")
        for what, _, value, remark in walked(ctx, space)
    ]
    count = sum(values.size for values in space.weights.values())
    return "\n".join(
        [
            "# textures.safetensors: the texture space that ships with Scumble",
            "",
            f"One network of {count:,} numbers that makes {len(rows)} textures of any size, and what lies between",
            "them.",
            "Made by `packaging/train_space.py`; CC0, as everything that it was trained on is public domain or CC0.",
            "",
            "## Data",
            "",
            "The file holds the part of each picture that was learnt (at most 256 px a side). Fidelity: 1 is as like",
            "the sample as its halves are like each other, lower is better (`scumble measure`).",
            "",
            "| sample | origin | fidelity |",
            "| --- | --- | --- |",
            *lines,
            "",
            f"Mean fidelity: {mean:.2f}.",
            "",
            "## Training",
            "",
            f"{space.record['steps']} steps of 2 crops of {crop} px, {float(str(space.record['seconds'])) / 60:.0f}"
            " minutes on one thread of a processor that others used too.",
            "Loss: sliced Wasserstein distance of RGB and VGG-19 features relu1_1 to relu4_1; two crops in five lie",
            "between two samples, on the Wasserstein geodesic.",
            "",
            "## Between samples",
            "",
            "Measured by `tests/benchmarks/run.py space_walks` on pairs that nobody chose.",
            "",
            *between,
            "",
            "## Sliders",
            "",
            *sliders,
            "",
            "## What it cannot do",
            "",
            "- It knows these textures and what lies between them. Other pictures are found only as the nearest of",
            "  that.",
            "- Structure longer than about 100 px, and forms that have to be whole (a leaf, a bird), come out as",
            "  their parts. `crispen` lays real pixels and helps.",
            "- Between two regular textures the lattices fade into each other; they do not stretch.",
            "- What lies between two samples that have little in common is like neither: also what lies exactly",
            "  between them, by the same measure, is farther from both than each is from what is made of it.",
            "- It has seen no faces, no writing and nothing living but leaves, grass and moss.",
            "",
        ]
    )


def main() -> None:
    """Trains until told otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ufoai", type=Path, required=True, help="folder that holds tex_nature and others")
    parser.add_argument("--scikit-image", type=Path, required=True, help="the wheel of scikit-image 0.26.0")
    parser.add_argument("--steps", type=int, default=40_000, help="in all, those before a restart included")
    parser.add_argument("--settle", type=int, default=800, help="steps in which the rate falls at the end")
    parser.add_argument("--crop", type=int, default=112)
    parser.add_argument("--rate", type=float, default=Pace.rate, help="of Adam, before it settles")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "build" / "space-training.safetensors")
    parser.add_argument("--output", type=Path, default=MODELS / "textures.safetensors")
    parser.add_argument("--afresh", action="store_true", help="not from what ships")
    parser.add_argument("--keep-every", type=float, default=1800, help="seconds between finished files on the way")
    chosen = parser.parse_args()
    told = {"stop": False, "settle": False}
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.update(stop=True))
    signal.signal(signal.SIGUSR1, lambda *_: told.update(settle=True))

    ctx = Context(chosen.seed, threads=chosen.threads)
    pace = Pace(crop=chosen.crop, rate=chosen.rate, averaged=0.998, settling=1.0, copied=0.0)
    samples = gathered(chosen.ufoai, chosen.scikit_image)
    chosen.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    files = [chosen.checkpoint] if chosen.afresh else [chosen.checkpoint, chosen.output]
    begun = next((restored(open_trained(file)) for file in files if file.exists()), None)
    if begun:
        begun = replace(begun, shape=replace(begun.shape, notched=True))
    training = Training(ctx, samples, begun, pace, None if begun else SHAPE)
    if begun and not begun.progress:
        training.record["earlier"] = begun.record.get("steps", 0)
    before = float(str(begun.record.get("seconds", 0))) if begun else 0.0
    began, saved, kept = time.process_time(), time.monotonic(), time.monotonic()
    print(f"{len(training.samples)} samples, from step {training.steps}", flush=True)

    def seconds() -> float:
        return before + time.process_time() - began

    def keep() -> None:
        space = finished(ctx, training, seconds())
        save_trained(stored(space, "Ships with Scumble; CC0. See textures.md."), chosen.output)
        chosen.output.with_suffix(".md").write_text(card(space, ctx, chosen.crop), "utf-8")
        print(f"step {training.steps}: {chosen.output} {chosen.output.stat().st_size / 2**20:.1f} MB", flush=True)

    settled = 0
    while training.steps < chosen.steps and not told["stop"] and settled < chosen.settle:
        settling = told["settle"] or training.steps >= chosen.steps - chosen.settle
        training.step(ctx, settled / chosen.settle if settling else 0.0)
        settled += settling
        if training.steps % 50 == 0:
            loss = float(np.mean(training.losses[-200:]))
            print(f"step {training.steps}, loss {loss:.3f}, {seconds() / 60:.1f} min of processor", flush=True)
        if time.monotonic() - saved > 240:
            space = training.space()
            save_trained(stored(replace(space, record={**space.record, "seconds": seconds()})), chosen.checkpoint)
            saved = time.monotonic()
        if time.monotonic() - kept > chosen.keep_every:
            keep()
            kept = time.monotonic()
    space = training.space()
    save_trained(stored(replace(space, record={**space.record, "seconds": seconds()})), chosen.checkpoint)
    keep()
    print(json.dumps({"steps": training.steps, "seconds": round(seconds())}), flush=True)


if __name__ == "__main__":
    main()
