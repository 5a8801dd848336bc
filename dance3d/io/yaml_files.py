"""Reading YAML: data only, and an error that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path, texts: bool = False) -> Any:
    """What a YAML or JSON file holds; ``None`` if it is empty.

    Args:
        path: of the file.
        texts: leave every scalar as it is written: else YAML reads the name ``05_01`` as the number 321.

    Raises:
        ValueError: it cannot be read, or is no YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader if texts else yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:  # ValueError of bytes or of a date
        raise ValueError(f"{path} cannot be read as YAML: {error}") from error
