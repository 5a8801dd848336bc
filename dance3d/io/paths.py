"""Where files outside the checkout lie: real data for measuring, if it is there at all, and fetched weights."""

from __future__ import annotations

import os
from pathlib import Path


def data_root() -> Path:
    """Folder of the real data: where ``DANCE3D_DATA`` says, else beside the checkout; it need not exist."""
    return Path(os.environ.get("DANCE3D_DATA") or Path(__file__).parents[3] / "shared" / "data")


def weights_root() -> Path:
    """Folder of weights that were fetched: ``DANCE3D_WEIGHTS``, else in the user's cache folder; it need not exist.

    Raises:
        ValueError: this user has no home folder.
    """
    if given := os.environ.get("DANCE3D_WEIGHTS"):
        return Path(given)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dance3d" / "weights"
    except RuntimeError:
        raise ValueError("this user has no home folder; DANCE3D_WEIGHTS says where fetched weights lie") from None


def followed(link: Path) -> Path:
    """Where a name beside folders leads: a link, or a file that holds the name of one of them; else the path itself."""
    if link.is_file() and link.suffix == "" and link.stat().st_size < 256:
        name = link.read_text(errors="replace").strip()
        if name and Path(name).name == name and (link.parent / name).is_dir():
            return link.parent / name
    return link
