"""A body that walks before a wall, with its masks."""

import cv2
import numpy as np


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def walker(frames=40, size=(160, 120)):
    """A bright body that walks before a grainy wall, and its masks; nobody for the last five pictures."""
    rng = np.random.default_rng(0)
    wall = rng.integers(60, 100, (size[1], size[0], 3))
    pictures, masks = [], []
    for t in range(frames):
        mask = np.zeros(wall.shape[:2], np.uint8)
        if t < frames - 5:
            cv2.ellipse(mask, (20 + 3 * t, 60), (10, 35), 0, 0, 360, 1, -1)
        picture = wall + rng.normal(0, 2, wall.shape)
        picture[mask > 0] = (220, 40, 30)
        pictures.append(picture.clip(0, 255).astype(np.uint8))
        masks.append(mask.astype(bool))
    return pictures, masks
