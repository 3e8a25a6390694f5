"""Holes, and what lies beyond the border."""
