"""Pictures and films as W&B's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dance3d.visualization.take_film import TakeFilm


def images(pictures: Mapping[str, NDArray[np.uint8]]) -> dict[str, Any]:
    """W&B's images of pictures (H, W, 3), RGB.

    Raises:
        ImportError: wandb is not installed.
    """
    import wandb

    return {name: wandb.Image(picture) for name, picture in pictures.items()}


def films_table(films: Iterable[TakeFilm], folder: Path) -> Any | None:
    """W&B's table of films, a row and a video for each take; none where there are none.

    Args:
        films: with the same facts each.
        folder: where the videos are written, ``take-NUMBER.mp4``: a take's name may be no name of a file.

    Raises:
        ImportError: wandb is not installed.
    """
    import wandb

    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for number, film in enumerate(films):
        path = folder / f"take-{number:03}.mp4"
        film.write(path)
        rows.append({**film.facts, "video": wandb.Video(str(path), format="mp4")})
    return wandb.Table(columns=list(rows[0]), data=[list(row.values()) for row in rows]) if rows else None
