"""What a run of W&B holds, read from its file: no account, no network.

    python tools/offline_run.py runs/lift/latest/wandb/offline-run-*/*.wandb

prints its name, its figures, media, tables and artifacts. A run that was stopped and resumed has
several files; name all of them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADER, BLOCK = 7, 32768  # bytes: of a file and of a record; LevelDB's log format, in which W&B writes


@dataclass
class Contents:
    """Of a run.

    Attributes:
        about: id, name, group, job type and tags.
        figures: the values of each key, in order.
        media: kind of each key that is none of them: ``image-file``, ``table-file``, ``video-file``.
        artifacts: name, type, and the paths of its files.
        best: keys of which the summary keeps the least or the greatest value.
    """

    about: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, list[float]] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    artifacts: list[tuple[str, str, list[str]]] = field(default_factory=list)
    best: dict[str, str] = field(default_factory=dict)


def records(path: Path) -> Iterator[bytes]:
    """The records of a file, each whole."""
    data, at, whole = path.read_bytes(), HEADER, b""
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:  # no room for a header: the block is filled up
            at += BLOCK - at % BLOCK
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        whole += data[at + HEADER : at + HEADER + length]
        at += HEADER + length
        if kind in (1, 4):  # the whole record, or its last piece
            yield whole
            whole = b""


def by_kind(path: Path) -> Iterator[tuple[str, Any]]:
    """Kind and content of each record."""
    from wandb.proto import wandb_internal_pb2 as pb

    for record in map(pb.Record.FromString, records(path)):
        kind = str(record.WhichOneof("record_type"))
        yield kind, getattr(record, kind)


def contents(*paths: Path) -> Contents:
    """What the files of one run hold, oldest first."""
    found = Contents()
    for path in paths:
        for kind, one in by_kind(path):
            if kind == "run":
                about = {"id": one.run_id, "name": one.display_name, "group": one.run_group, "job": one.job_type}
                found.about |= {**about, "tags": list(one.tags)}
            elif kind == "metric" and (one.summary.min or one.summary.max):
                found.best[one.name] = "min" if one.summary.min else "max"
            elif kind == "history":
                for item in one.item:
                    _logged(found, list(item.nested_key) or [item.key], json.loads(item.value_json))
            elif kind == "artifact":
                found.artifacts.append((one.name, one.type, [entry.path for entry in one.manifest.contents]))
    return found


def _logged(found: Contents, keys: list[str], value: Any) -> None:
    """Note one value; of a picture, a table or a film each property is a record of its own, its kind among them.

    Args:
        found: where it is noted.
        keys: the name, and below it that of the property.
        value: read from JSON.
    """
    name, *rest = keys
    if isinstance(value, dict) and "_type" in value:
        found.media[name] = value["_type"]
    elif rest == ["_type"]:
        found.media[name] = value
    elif not rest and isinstance(value, int | float):
        found.figures.setdefault(name, []).append(value)


def _sent(found: Contents) -> list[str]:
    """Each artifact once, with how often it was sent: W&B keeps a table as one at each validation."""
    times = Counter((name, kind, ", ".join(files) or "no file") for name, kind, files in found.artifacts)
    return [f"{name} ({kind}: {files}){f' x {n}' if n > 1 else ''}" for (name, kind, files), n in times.items()]


def main(words: list[str]) -> int:
    """Print what the files named hold; the exit code."""
    if not words:
        print(__doc__)
        return 2
    found = contents(*map(Path, words))
    print(", ".join(f"{name} {value}" for name, value in found.about.items()))
    for title, rows in (
        ("figures", [name for name in found.figures if not name.startswith("_")]),
        ("media", [f"{name} ({kind})" for name, kind in found.media.items()]),
        ("artifacts", _sent(found)),
        ("best", [f"{name} ({word})" for name, word in found.best.items()]),
    ):
        print(f"{title} {len(rows)}: {', '.join(sorted(rows)) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
