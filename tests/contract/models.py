"""Tiny trained things for the contract tests, made in a moment and of the same numbers each time."""

from __future__ import annotations

from functools import cache

import numpy as np

from engine.trained import Trained


@cache
def tiny_space() -> Trained:
    """A texture space of three samples with two numbers in a code; its weights were drawn and not learnt."""
    from engine.nets.texture_space.generator import Generator, Shape
    from engine.nets.texture_space.layout import colours_of
    from engine.nets.texture_space.space import Sample, Space
    from engine.nets.texture_space.space_file import stored

    rng = np.random.default_rng(3)
    codes = np.array([[1, 0], [-0.5, 0.9], [-0.5, -0.9]], np.float32)
    samples = []
    for number in range(3):
        plain = rng.uniform(0.3, 0.7, 3) + 0.2 * rng.standard_normal((32, 32, 3)) * rng.uniform(0.2, 1, 3)
        samples.append(Sample(f"grain {number}", (np.clip(plain, 0, 1) * 255).astype(np.uint8)))
    generator = Generator(Shape(2, (8, 8, 8, 8, 8), noise=4, slots=2, anchors=3))
    generator.settle(5)
    colours = [colours_of(sample.picture.astype(np.float32) / np.float32(255)) for sample in samples]
    generator.last.tint(codes, np.stack([mean for mean, _ in colours]), np.stack([root for _, root in colours]))
    state = generator.state_dict()
    state["anchors"][:] = state["anchors"].new_tensor(codes)
    state["waves"][0, 0] = state["waves"].new_tensor([0.05, 0.0, 1.0])
    weights = {name: values.numpy().copy() for name, values in state.items()}
    return stored(Space(generator.shape, weights, codes, tuple(samples), name="grains"))


@cache
def tiny_style() -> Trained:
    """A network of one style whose weights were drawn and not learnt."""
    from engine.nets.fast_style import Plan

    rng = np.random.default_rng(4)
    tensors = {}
    for name, shape in Plan(4, 1, 3).shapes().items():
        spread = (2 / np.prod(shape[1:])) ** 0.5 if len(shape) == 4 else 0.1
        tensors[name] = (rng.standard_normal(shape) * spread).astype(np.float32)
        if len(shape) == 1 and name.endswith("weight"):
            tensors[name] += 1
    tensors["deconv3.conv2d.weight"] *= np.float32(0.1)
    tensors["deconv3.conv2d.bias"] += np.float32(0.5)
    return Trained("fast-style", tensors, {"title": "Tiny"}, "tiny.safetensors")
