"""Lifting with no net: many seeds of a clip optimised together (HDVR)."""
