"""Judges: whether a passage supports a claim. One file each; all speak ``harness.types.Judge``."""
