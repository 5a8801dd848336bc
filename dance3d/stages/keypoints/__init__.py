"""keypoints: from a video to one 2D track per dancer."""
