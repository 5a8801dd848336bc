"""Figures of the genre stage."""
