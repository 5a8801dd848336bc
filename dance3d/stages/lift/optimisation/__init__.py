"""Lifting without a net: many seeds of a clip optimised together (HDVR)."""
