"""Files that may be gzipped, read whole, up to a size."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

MOST_BYTES = 2**29  # unpacked; an hour of motion capture has a tenth


def unpacked(path: Path) -> bytes:
    """A file's content, unpacked where it is gzipped.

    Raises:
        ValueError: no such file, a damaged one, or more than ``MOST_BYTES``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if data[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
                data = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} cannot be unpacked: {error}") from error
    if len(data) > MOST_BYTES:
        raise ValueError(f"{path} has more than {MOST_BYTES} bytes, unpacked; cut it into shorter takes")
    return data
