"""Lifting: keypoints of one camera to a body in space."""
