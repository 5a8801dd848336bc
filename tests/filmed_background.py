"""Pictures of a background that a camera pans and zooms over, with a person in the middle of each."""

import cv2
import numpy as np

from dance3d.io.video.pictures import ArrayPicture

SIZE = (640, 360)


def background(seed=0):
    """(900, 1600) grey with corners everywhere, lightly blurred as a lens does."""
    rng = np.random.default_rng(seed)
    out = np.full((900, 1600), 110, np.uint8)
    for _ in range(500):
        x, y, w, h, grey = (int(v) for v in rng.integers([0, 0, 10, 10, 30], [1600, 900, 90, 90, 220]))
        cv2.rectangle(out, (x, y), (x + w, y + h), grey, -1)
    return cv2.GaussianBlur(out, (0, 0), 1.5)


def view(whole, middle, zoom, seed=None):
    """A picture of a part of a background, and the map (2, 3) from it to the background.

    Args:
        whole: as of ``background``.
        middle: of the part, (x, y).
        zoom: size in the picture over that in the background.
        seed: of the noise, none for none.
    """
    matrix = np.array([[1 / zoom, 0, middle[0] - SIZE[0] / 2 / zoom], [0, 1 / zoom, middle[1] - SIZE[1] / 2 / zoom]])
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2].sum(1) / 2 - 0.5
    out = cv2.warpAffine(whole, centred, SIZE, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    if seed is not None:
        out = np.clip(out + np.random.default_rng(seed).normal(0, 3, out.shape), 0, 255).astype(np.uint8)
    return ArrayPicture(np.repeat(out[..., None], 3, 2)), matrix


def relative(matrices):
    """(T, 2, 3) maps from each picture to the first, of maps to the background."""
    full = np.array([np.vstack([m, [0, 0, 1]]) for m in matrices])
    return (np.linalg.inv(full[0]) @ full)[:, :2]
