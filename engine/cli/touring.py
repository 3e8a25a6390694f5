"""`tour` and `warm-up`."""

import argparse


def tour(chosen: argparse.Namespace) -> None:
    """Later."""


def warm_up(chosen: argparse.Namespace) -> None:
    """Later."""
