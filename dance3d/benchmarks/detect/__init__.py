"""Figures of the detect stage."""
