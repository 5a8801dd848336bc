"""Draw what W&B's board shows of a run, from its file: no account, no network.

    python tools/draw_board.py runs/lift/latest/wandb/offline-run-* docs/pictures/board.png

draws curves of the figures, the last of each picture, and a moment of each take's video. W&B arranges the same
panels by the first word of their names.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from offline_run import contents

from dance3d.visualization.plots import curve
from dance3d.visualization.skeleton import Image

ACROSS, WIDE, HIGH, GAP = 3, 480, 270, 8
"""Chosen: panels in a row; pixels of a panel and between two."""
FIGURES = {
    "val/mpjpe_mm": "mm",
    "val/p_mpjpe_mm": "mm",
    "train/loss": "loss",
    "train/learning_rate": "rate",
    "train/gradient_norm": "norm",
    "train/steps_per_s": "steps/s",
}
"""Figures that are drawn, with their units."""
VIDEOS = 3
"""Takes that are shown, at most."""


def figures(run: Path) -> Iterator[Image]:
    """A curve of each figure that the run has, along its values in order."""
    found = contents(*sorted(run.glob("*.wandb"))).figures
    for name, unit in FIGURES.items():
        if values := found.get(name):
            yield curve(range(1, len(values) + 1), values, name, unit, "values, in the order they were logged")


def pictures(run: Path) -> Iterator[Image]:
    """The last picture of each name; a file's name ends with its step and a hash."""
    last: dict[str, Path] = {}
    for path in sorted((run / "files/media/images").rglob("*.png"), key=lambda path: path.stat().st_mtime_ns):
        last[path.name.rsplit("_", 2)[0]] = path
    for path in last.values():
        yield cv2.imread(str(path))[..., ::-1]


def videos(run: Path) -> Iterator[Image]:
    """The middle of some videos; W&B keeps those of a table elsewhere, the run folder beside its pictures."""
    for path in sorted((run.absolute().parents[1] / "pictures").glob("take-*.mp4"))[:VIDEOS]:
        film = cv2.VideoCapture(str(path))
        film.set(cv2.CAP_PROP_POS_FRAMES, film.get(cv2.CAP_PROP_FRAME_COUNT) // 2)
        there, frame = film.read()
        if there:
            yield frame[..., ::-1]


def fitted(picture: Image) -> Image:
    """A picture in the middle of a panel, on a ground of its own corner's colour."""
    scale = min(WIDE / picture.shape[1], HIGH / picture.shape[0])
    small = cv2.resize(np.ascontiguousarray(picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    panel = np.full((HIGH, WIDE, 3), picture[0, 0], np.uint8)
    top, left = (HIGH - small.shape[0]) // 2, (WIDE - small.shape[1]) // 2
    panel[top : top + small.shape[0], left : left + small.shape[1]] = small
    return panel


def board(run: Path) -> Image:
    """All panels of a run, in rows.

    Raises:
        ValueError: it has none.
    """
    panels = [fitted(one) for one in (*figures(run), *pictures(run), *videos(run))]
    if not panels:
        raise ValueError(f"{run} holds no figure and no picture")
    rows = -(-len(panels) // ACROSS)
    page = np.full((rows * (HIGH + GAP) + GAP, ACROSS * (WIDE + GAP) + GAP, 3), 90, np.uint8)
    for number, panel in enumerate(panels):
        top, left = (
            GAP + place * size for place, size in zip(divmod(number, ACROSS), (HIGH + GAP, WIDE + GAP), strict=True)
        )
        page[top : top + HIGH, left : left + WIDE] = panel
    return page


def main(words: list[str]) -> int:
    """Draw the run's folder that is named to the PNG that is named; the exit code."""
    if len(words) != 2:
        print(__doc__)
        return 2
    picture = Path(words[1])
    picture.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(picture), board(Path(words[0]))[..., ::-1])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
