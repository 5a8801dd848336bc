"""Data sets: what is in them, and which takes train, validate and test."""
