"""Training with few labels, with none, or for one genre."""
