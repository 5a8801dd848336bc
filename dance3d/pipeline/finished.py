"""A finished run, read again from its folder; and how a run shows itself in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.pipeline.result_json import dancer_folders, read_result


@dataclass(frozen=True)
class FinishedDancer:
    """One dancer of a finished run; what is asked for is read then.

    Attributes:
        person: number of the dancer.
        folder: with the dancer's files.
        told: what ``result.json`` says of the dancer: ``name``, ``genre``, ``movements`` and more (docs/outputs.md).
    """

    person: int
    folder: Path
    told: Mapping[str, Any]

    @cached_property
    def keypoints(self) -> Keypoints2D:
        """Joints on the picture."""
        return artefacts.load(self.folder / "keypoints.npz", Keypoints2D)

    @cached_property
    def pose(self) -> Pose3D:
        """The body in space."""
        return artefacts.load(self.folder / "pose3d.npz", Pose3D)

    @cached_property
    def movements(self) -> Movements:
        """What each body part does."""
        return artefacts.load(self.folder / "movements.npz", Movements)


@dataclass(frozen=True)
class FinishedRun:
    """A run whose results lie in a folder; iterating gives its dancers.

    Attributes:
        result: the contents of ``result.json``.
        out: the folder.
        dancers: by their numbers.
    """

    result: Mapping[str, Any]
    out: Path
    dancers: Mapping[int, FinishedDancer]

    def __iter__(self) -> Iterator[FinishedDancer]:
        return iter(self.dancers.values())

    def _repr_html_(self) -> str:
        return html_of(self.result)


def load(results: str | Path) -> FinishedRun:
    """A finished run from its folder.

    Args:
        results: the folder, ``out`` of ``dance3d.run``.

    Raises:
        ValueError: there is no run in it, or its ``result.json`` cannot be read.
    """
    folder = Path(results)
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder; give one that dance3d run has written")
    result = read_result(folder)
    folders = dancer_folders(folder)
    told = {line["person"]: line for line in result["dancers"]}
    return FinishedRun(result, folder, {n: FinishedDancer(n, folders[n], told[n]) for n in folders if n in told})


def html_of(result: Mapping[str, Any]) -> str:
    """A result as a notebook shows it: the clip in a line, a row per dancer, and the warnings."""
    video = result["video"]
    name = Path(video["path"]).name if video.get("path") else "video"
    heading = f"<b>{escape(name)}</b>: {video['frames']} frames, {video['fps']:.5g} per second"
    lines = []
    for one in result["dancers"]:
        rhythm = one.get("rhythm") or {}
        tempo = f"{rhythm['tempo']:.0f} per minute" if rhythm.get("tempo") else ""
        cells = (one["name"] or f"dancer {one['person']}", f"{one['seen']:.0%}", one["genre"], tempo)
        lines.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>")
    head = "<tr><th>dancer</th><th>seen</th><th>genre</th><th>tempo</th></tr>"
    said = "".join(f"<li>{escape(str(warning))}</li>" for warning in result.get("warnings") or ())
    table = f"<table>{head}{''.join(lines)}</table>" if lines else "<p>nobody was found in this video</p>"
    return f"<p>{heading}</p>{table}" + (f"<ul>{said}</ul>" if said else "")
