"""Hostile files made from sound ones: cut, flipped, spliced, and with headers that say other sizes; by seed."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import struct
import zipfile
from collections.abc import Callable

NUMBERS = (
    b"0",
    b"-1",
    b"1e9",
    b"1e300",
    b"NaN",
    b"-Infinity",
    b"",
    b"1" + b"0" * 30,
    b"9" * 5000,
    b"null",
    b'"x"',
    b"[]",
)
SIZES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**40, 2**63 - 1, 2**64 - 1)
HEAD = 600  # bytes in which a format has its sizes; chosen


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One to three changes; those of an archive or a compressed file are made inside it half of the time."""
    if rng.random() < 0.5:
        for inside in (_in_archive, _in_gzip, _in_safetensors):
            changed = inside(data, rng)
            if changed is not None:
                return changed
    for _ in range(rng.choice((1, 1, 2, 3))):
        data = rng.choice(CHANGES)(data, rng)
    return data


def _truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flip(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 4, 16)) if out else 0):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _splice(data: bytes, rng: random.Random) -> bytes:
    """A piece is moved, doubled, taken out, or replaced by zeros or noise."""
    a, b = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    b = min(b, a + rng.choice((1, 16, 500, 10**9)))
    at, piece = rng.randrange(len(data) + 1), data[a:b]
    new = rng.choice((piece, bytes(len(piece)), rng.randbytes(min(len(piece), 5000)), piece * rng.choice((2, 30))))
    return rng.choice((data[:at] + new[: 10**6] + data[at:], data[:a] + data[b:], data[:a] + new[: 10**6] + data[b:]))


def _resize(data: bytes, rng: random.Random) -> bytes:
    """Two, four or eight bytes near the beginning or the end become another size."""
    width, order = rng.choice((2, 4, 8)), rng.choice("<>")
    if len(data) < width:
        return data
    at = rng.randrange(min(HEAD, len(data) - width + 1))
    at = at if rng.random() < 0.7 else len(data) - width - at
    size = rng.choice(SIZES) % 2 ** (8 * width)
    packed = struct.pack(order + {2: "H", 4: "I", 8: "Q"}[width], size)
    return data[: max(at, 0)] + packed + data[max(at, 0) + width :]


def _renumber(data: bytes, rng: random.Random) -> bytes:
    """A number of a text becomes another one, or none."""
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", data[:200_000]))
    if not found:
        return _flip(data, rng)
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(NUMBERS) + data[one.end() :]


def _reword(data: bytes, rng: random.Random) -> bytes:
    """A word or a bracket of a text goes, is doubled, or becomes a deep nest."""
    found = list(re.finditer(rb'\w+|[\[\]{}":,]', data[:200_000]))
    if not found:
        return _flip(data, rng)
    one = rng.choice(found)
    new = rng.choice((b"", one[0] * 2, b"[" * 3000, b"\xff\xfe", b"\x00", "é".encode()))
    return data[: one.start()] + new + data[one.end() :]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_truncate, _flip, _splice, _resize, _renumber, _reword),
)


def _in_archive(data: bytes, rng: random.Random) -> bytes | None:
    """One member of a zip is mutated, and the archive made anew around it."""
    if not data.startswith(b"PK"):
        return None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    chosen, out = rng.randrange(len(members)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(members):
            if number == chosen and rng.random() < 0.1:
                continue
            changed = rng.choice(CHANGES)(content, rng) if number == chosen and content else content
            archive.writestr(name, changed)
    return out.getvalue()


def _in_gzip(data: bytes, rng: random.Random) -> bytes | None:
    if not data.startswith(b"\x1f\x8b"):
        return None
    return gzip.compress(rng.choice(CHANGES)(gzip.decompress(data), rng))


def _in_safetensors(data: bytes, rng: random.Random) -> bytes | None:
    """The header of a file of weights is mutated, and its length put right."""
    if len(data) < 16 or data[8:9] != b"{":
        return None
    size = struct.unpack("<Q", data[:8])[0]
    header = data[8 : 8 + size]
    try:
        json.loads(header)
    except ValueError:
        return None
    header = rng.choice(CHANGES)(header, rng)
    return struct.pack("<Q", len(header)) + header + data[8 + size :]
