"""Figures of the keypoints stage."""
