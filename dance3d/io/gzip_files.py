"""Files that may be gzipped, read whole, up to a size."""

from __future__ import annotations

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
            data = file.read(min(path.stat().st_size, MOST_BYTES) + 1)  # what is asked for is allotted at once
        if data[:2] == b"\x1f\x8b":
            data = _inflated(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} cannot be unpacked: {error}") from error
    if len(data) > MOST_BYTES:
        raise ValueError(f"{path} has more than {MOST_BYTES} bytes, unpacked; cut it into shorter takes")
    return data


def _inflated(data: bytes) -> bytes:
    """What gzip packed, one part after the other, or its first ``MOST_BYTES`` and one more."""
    parts, left = [], MOST_BYTES + 1
    while data and left:
        part = zlib.decompressobj(zlib.MAX_WBITS | 16)
        parts.append(part.decompress(data, left))
        left -= len(parts[-1])
        if left and not part.eof:
            raise EOFError("it ends too early")
        data = part.unused_data.lstrip(b"\0")
    return b"".join(parts)
