"""How good is a picture: numbers that order results as the eye does, each with a sentence in plain words.

Only `fidelity` needs torch, and gets it when it is asked for.
"""

from engine.measures.report import Figure, measured

__all__ = ["Figure", "measured"]
