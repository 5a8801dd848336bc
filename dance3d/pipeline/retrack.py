"""Identities in a finished run: list the dancers, edit the tracks, and compute again only what that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dance3d.contracts import Clip, Keypoints2D
from dance3d.contracts.crossings import UNCERTAIN_BELOW
from dance3d.io import artefacts
from dance3d.io.file_hash import hash_file
from dance3d.io.safe_names import printable
from dance3d.pipeline.cache import Cache, default_cache
from dance3d.pipeline.cache_entry import hash_input
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.delivery import LOCK, RESULT, prepared, state
from dance3d.pipeline.file_lock import locked
from dance3d.pipeline.given import Given
from dance3d.pipeline.result_json import read_result
from dance3d.pipeline.run import Run, follow, unless_changed
from dance3d.pipeline.runner import Result, Runner, write_artefacts
from dance3d.tracks.edits import FILE, Edit, Sheet, apply, read_sheet

LISTED = 6  # crossings of a dancer in the table


def retrack(
    out: str | Path,
    edit: Edit | None,
    *,
    video: str | Path | None = None,
    cache: Cache | None = None,
    report: Callable[[str, str, Result | None], None] = lambda stage, why, result: None,
) -> Run:
    """Edit the tracks of a finished run and make again what depends on them; nobody is detected again.

    Args:
        out: folder of the run.
        edit: comes after those that the folder keeps; none takes back the last of them.
        video: where the video is now, if it has moved.
        cache: the one of the run.
        report: as in ``pipeline.runner.Runner``.

    Raises:
        ValueError: no finished run there, an edit that does not fit, the video is gone or another, or the keypoints
            are no longer kept anywhere. The folder is then as it was.
    """
    folder = Path(out)
    return unless_changed(lambda: _retrack(folder, edit, video, cache or default_cache(), report))


def _retrack(
    folder: Path,
    edit: Edit | None,
    video: str | Path | None,
    cache: Cache,
    report: Callable[[str, str, Result | None], None],
) -> Run:
    """One try of ``retrack``, whose arguments these are."""
    with locked(folder / LOCK, always=True):  # not while another puts its files there
        start = state(folder, RESULT, FILE)
        result, sheet = read_result(folder), read_sheet(folder)
    if result.get("pose_from") != "lift":
        raise ValueError(f"{folder}: its poses come from masks, which follow one dancer; there is nobody to tell apart")
    if not result["dancers"]:
        raise ValueError(f"{folder}: nobody was found in this video; there is nobody to tell apart")
    before = sheet.edits if sheet and sheet.video == result["video"]["sha256"] else ()
    if edit is None and not before:
        raise ValueError(f"{folder}: nothing was edited; there is nothing to take back")
    edits = before[:-1] if edit is None else (*before, edit)
    path = _video(folder, result, video)
    weights = {stage: folder / said["path"] for stage, said in result["weights"].items()}
    for stage, file in weights.items():
        if not file.is_file() or hash_file(file) != result["weights"][stage]["sha256"]:
            raise ValueError(f"{file}: the weights that {stage} ran with are not there any more; run the video again")
    runner = Runner(cache, result["settings"], weights, report)
    keypoints = _keypoints(runner, folder, result, before)
    apply(keypoints.load(), edits)  # says what does not fit before anything is made
    given = Given(result["video"]["sha256"], lambda: path)
    alone = bool(result.get("single_file"))  # a report that holds everything stays so
    kept = Sheet(given.key, keypoints.key, edits)
    with prepared(folder):
        return follow(runner, path, given, folder, "lift", kept, start, {"keypoints": keypoints}, alone)


def _video(folder: Path, result: Mapping[str, Any], moved: str | Path | None) -> Path:
    """The run's input, found again and known by its bytes."""
    path = Path(moved) if moved is not None else _named(folder / result["video"]["path"])
    if not path.exists():
        raise ValueError(f"{path}: the video of {folder} is not there; say where it is with --video PATH")
    if hash_input(path) != result["video"]["sha256"]:
        raise ValueError(f"{path} is not the video that {folder} was made of; say where that is with --video PATH")
    return path


def _named(path: Path) -> Path:
    """The file that is meant by a path as it can be shown, where the file's own name is no text."""
    beside = [] if path.exists() or not path.parent.is_dir() else path.parent.iterdir()
    return next((other for other in beside if printable(other.name) == path.name), path)


def _keypoints(runner: Runner, folder: Path, result: Mapping[str, Any], before: Sequence[Edit]) -> Result:
    """The keypoints as they were found: from the cache, or, if nothing was edited yet, from the folder itself."""
    key = next(line["key"] for line in result["stages"] if line["stage"] == "keypoints")
    entry = runner.cache.find("keypoints", key)
    if entry is not None:
        return Result(entry, Keypoints2D, True, 0.0, "cached")
    if before:
        raise ValueError(
            f"the keypoints that {folder} was made of are no longer in the cache at {runner.cache.root}; "
            f"dance3d run VIDEO -o {folder} finds them again and keeps the edits"
        )
    files = {dancer["person"]: folder / f"person-{dancer['person']}" / "keypoints.npz" for dancer in result["dancers"]}
    if missing := [str(path) for path in files.values() if not path.is_file()]:
        raise ValueError(f"{missing[0]} is missing, and the cache has no keypoints of this run; run the video again")

    def write(made: Path) -> None:
        tracks, known = dancers(folder), result["video"]
        gaps = tuple((float(a), float(b)) for a, b in known["gaps"])
        more = {name: known[name] for name in ("rotation", "expected", "errors")}
        more |= {"mirrored": known.get("mirrored", False), "notes": tuple(known.get("notes", ()))}
        write_artefacts([Clip(tracks[0].time, known["size"], gaps=gaps, shots=tracks[0].shots, **more), *tracks], made)

    kept = {f"person-{person}": hash_file(path) for person, path in files.items()}
    parts = components("keypoints", (), {"video": result["video"]["sha256"], **kept})  # read back, not made by code
    return runner.ensure_files("keypoints", parts, write, {}, Keypoints2D)


# ---- what the folder holds now --------------------------------------------------------------------------------------


def dancers(out: Path) -> list[Keypoints2D]:
    """The dancers of a finished run as they are now, in order of their numbers.

    Raises:
        ValueError: no finished run there, or one of its files is missing.
    """
    found = []
    for dancer in read_result(out)["dancers"]:
        path = out / f"person-{dancer['person']}" / "keypoints.npz"
        if not path.is_file():
            raise ValueError(f"{path} is missing; run the video again")
        found.append(artefacts.load(path, Keypoints2D))
    return sorted(found, key=lambda track: track.person)


def frame_at(tracks: Sequence[Keypoints2D], seconds: float) -> int:
    """Number of the frame nearest a time.

    Raises:
        ValueError: nobody there, or a time more than a frame outside the clip.
    """
    if not tracks:
        raise ValueError("nobody was found in this video")
    time, step = tracks[0].time, 1 / tracks[0].fps
    if not time[0] - step <= seconds <= time[-1] + step:
        raise ValueError(f"{seconds:.2f} s is not in the clip: {time[0]:.2f} to {time[-1]:.2f} s")
    return int(np.argmin(np.abs(time - seconds))) + tracks[0].start


def free_number(out: Path) -> int:
    """A number that no dancer of a run has, nor ever had: so an old note of a number never means somebody else."""
    sheet, named = read_sheet(out), ("first", "second", "into", "gone", "person", "new")
    used = [track.person for track in dancers(out)]
    for edit in sheet.edits if sheet else ():
        used += [edit.values[name] for name in named if name in edit.values]
    return max(used, default=0) + 1


def table(out: Path) -> Iterator[str]:
    """Lines for people: the dancers with what is known of each, then the edits."""
    tracks, sheet = dancers(out), read_sheet(out)
    if not tracks:
        yield "nobody was found in this video"
        return
    rows = [("no.", "name", "first", "last", "measured", "height", "crossings"), *map(_row, tracks)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for number, edit in enumerate(sheet.edits if sheet else (), 1):
        row = edit.values.get("frame", -1) - tracks[0].start
        when = f" ({tracks[0].time[row]:.2f} s)" if 0 <= row < tracks[0].frames else ""
        yield f"edit {number}: {edit}{when}"


def _row(track: Keypoints2D) -> tuple[str, ...]:
    seen = np.flatnonzero(track.measured.any(1))
    y = track.xy[..., 1][seen]
    here = np.isfinite(y).any(1)
    height = float(np.mean(np.nanmax(y[here], 1) - np.nanmin(y[here], 1))) if here.any() else 0.0
    first, last = (f"{track.time[i]:.2f} s" for i in (seen[0], seen[-1])) if len(seen) else ("never", "never")
    # uncertain ones first, each in order
    shown = sorted(track.crossings, key=lambda c: c.sure >= UNCERTAIN_BELOW)[:LISTED]
    doubt = {True: ", doubtful", False: ""}
    crossings = [
        f"with {c.other} at {c.start:.1f} to {c.stop:.1f} s ({c.sure:.2f}{doubt[c.sure < UNCERTAIN_BELOW]})"
        for c in shown
    ]
    if (more := len(track.crossings) - LISTED) > 0:
        crossings.append(f"{more} more in result.json")
    share = f"{len(seen) / track.frames:.0%}"
    return str(track.person), track.name or "-", first, last, share, f"{height:.0f} px", "; ".join(crossings) or "-"
