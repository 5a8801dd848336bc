"""What the page shows of finished runs, read from their folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dance3d.io.export_files.formats import OVERLAY
from dance3d.io.safe_names import files_below, is_file
from dance3d.pipeline.delivery import LISTED, REPORT, RESULT
from dance3d.pipeline.result_json import read_result
from dance3d.studio.thumbnails import INDEX, version
from dance3d.tracks.edits import Edit, read_sheet


def is_finished(folder: Path) -> bool:
    """Whether a folder holds a finished run."""
    return is_file(folder / RESULT)


def row_of(folder: Path) -> dict[str, Any]:
    """A result in the list of all: its name, dancers and dances; ``error`` where it cannot be read."""
    try:
        result = read_result(folder)
        who = [{"person": one["person"], "name": one["name"]} for one in result["dancers"]]
        dances = sorted({one["answer"]["text"] for one in result["dancers"]})
    except (OSError, ValueError, KeyError, TypeError) as error:
        return {"name": folder.name, "error": str(error), "dancers": [], "dances": []}
    return {"name": folder.name, "error": "", "dancers": who, "dances": dances}


def page_of(folder: Path, thumbnails: Path) -> dict[str, Any]:
    """All that the page of one result shows.

    Args:
        folder: of the run.
        thumbnails: folder of its small pictures, which need not be there.

    Raises:
        ValueError: there is no finished run, or one of its files cannot be read.
    """
    result, sheet, now = read_result(folder), read_sheet(folder), version(folder)
    video = result["video"]
    pictures = _pictures(thumbnails, now)
    dancers = [
        {
            "person": one["person"],
            "name": one["name"],
            "seen": one["seen"],
            "answer": one["answer"],
            "words": list(one["words"])[:5],
            "events": one["events"],
            "pictures": pictures["dancers"].get(str(one["person"]), []),
        }
        for one in result["dancers"]
    ]
    return {
        "name": folder.name,
        "version": now,
        "seconds": video["frames"] / video["fps"],
        "fps": video["fps"],
        "overlay": is_file(folder / OVERLAY),
        "report": is_file(folder / REPORT),
        "clip": Path(video["path"]).stem if video.get("path") else folder.name,
        "dancers": dancers,
        "doubts": pictures["doubts"],
        "warnings": result["warnings"],
        "edits": [_edit(one) for one in sheet.edits] if sheet else [],
        "files": sorted(name for name in files_below(folder) if name != LISTED and not name.startswith(".")),
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {"text": str(edit), "moves": edit.moves}


def _pictures(folder: Path, now: str) -> dict[str, Any]:
    """The index of small pictures, empty where they are of another state of the result."""
    nothing: dict[str, Any] = {"dancers": {}, "doubts": []}
    try:
        found = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        return found if found["of"] == now else nothing
    except (OSError, ValueError, KeyError, TypeError):
        return nothing
