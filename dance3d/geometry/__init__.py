"""Cameras, projection, triangulation, boxes and rigid bodies."""
