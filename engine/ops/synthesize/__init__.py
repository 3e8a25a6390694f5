"""Texture from a sample, at any size."""
