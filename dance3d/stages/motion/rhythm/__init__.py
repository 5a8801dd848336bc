"""Rhythm of a dancer: beats, tempo and repeated phrases."""
