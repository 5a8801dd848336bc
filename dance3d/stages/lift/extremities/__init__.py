"""Toes, heels, hands and face in space, from their keypoints and the lifted inner skeleton."""
