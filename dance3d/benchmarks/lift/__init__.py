"""Figures of the lift stage."""
