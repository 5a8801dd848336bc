"""Where the real data for measuring lies, if it is there at all."""

from __future__ import annotations

import os
from pathlib import Path


def data_root() -> Path:
    """Folder of the real data: where ``DANCE3D_DATA`` says, else beside the checkout; it need not exist."""
    return Path(os.environ.get("DANCE3D_DATA") or Path(__file__).parents[3] / "shared" / "data")
