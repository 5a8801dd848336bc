"""Figures of the motion stage."""
