"""Texture space: one small network that makes many textures and everything between them, trained on the spot.

The files, from the inside out: `randomness`, `waves` and `generator` (what is made of a code), `rendering` and `view`
(any rectangle, at a code or a map of codes), `sampling`, `targets` and `training` (how it learns), `encoder` and
`inversion` (a picture's code), `descriptors`, `directions` and `layout` (what sliders and the pad show), `space` and
`space_file` (all of it as one value, and stored).
"""
