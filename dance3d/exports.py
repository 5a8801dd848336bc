"""Everything a user takes away from a clip: tables, BVH, overlay video and report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dance3d.contracts import Clip, Dancer, Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts, tables
from dance3d.io.bvh_write import write_bvh
from dance3d.io.world import scene_origin
from dance3d.overlay import write_overlay
from dance3d.report.build import write_report


def export(video: Path | None, clip: Clip, dancers: Sequence[Dancer], out: Path, info: Mapping[str, Any]) -> None:
    """Write all results of one clip; ``docs/outputs.md`` describes every file.

    Args:
        video: the clip's video, or none where keypoints came from a file (the overlay then has a plain background).
        clip: frames and times.
        dancers: may be empty; everything written is still valid and says so.
        out: existing, empty folder: gets ``person-N/``, ``overlay.mp4`` and ``report.html``.
        info: for the report: ``name`` of the video, ``sha256``, ``warnings`` and ``edits`` (lines) and ``stages`` (rows
            of ``stage``, ``key``, ``cached``, ``seconds``); all may be left out.
    """
    origin = scene_origin([dancer.pose for dancer in dancers])
    for dancer in dancers:
        folder = out / f"person-{dancer.person}"
        folder.mkdir()
        artefacts.save(dancer.keypoints, folder / "keypoints.npz")
        artefacts.save(dancer.pose, folder / "pose3d.npz")
        artefacts.save(dancer.movements, folder / "movements.npz")
        tables.write_keypoints(dancer.keypoints, folder / "keypoints.csv")
        tables.write_pose(dancer.pose, folder / "pose3d.csv")
        tables.write_movements(dancer.movements, folder / "movements.csv")
        tables.write_rhythm(dancer.movements, folder / "rhythm.csv")
        write_bvh(dancer.pose, folder / "pose3d.bvh", origin)
    overlay = out / "overlay.mp4"
    write_overlay(video, clip, dancers, overlay)
    write_report(out / "report.html", clip, dancers, info, overlay)


def export_again(results: Path, kinds: Sequence[str]) -> list[Path]:
    """Write the tables of a finished run again, from its artefacts.

    Args:
        results: folder of the run.
        kinds: of ``csv``, ``bvh`` and ``json`` (the pose with its joints' names).

    Returns:
        The files written.

    Raises:
        ValueError: no results there, or a kind that does not exist.
    """
    for kind in kinds:
        if kind not in ("csv", "bvh", "json"):
            raise ValueError(f"format {kind!r} is not known; choose from csv, bvh, json")
    folders = sorted(path.parent for path in results.glob("person-*/pose3d.npz"))
    if not folders:
        raise ValueError(f"{results} holds no results of a run (no person-*/pose3d.npz)")
    poses = [artefacts.load(folder / "pose3d.npz", Pose3D) for folder in folders]
    origin, written = scene_origin(poses), []
    for folder, pose in zip(folders, poses, strict=True):
        track = artefacts.load(folder / "keypoints.npz", Keypoints2D)
        if "csv" in kinds:
            tables.write_keypoints(track, folder / "keypoints.csv")
            tables.write_pose(pose, folder / "pose3d.csv")
            movements = artefacts.load(folder / "movements.npz", Movements)
            tables.write_movements(movements, folder / "movements.csv")
            tables.write_rhythm(movements, folder / "rhythm.csv")
            written += [folder / f"{name}.csv" for name in ("keypoints", "pose3d", "movements", "rhythm")]
        if "bvh" in kinds:
            write_bvh(pose, folder / "pose3d.bvh", origin)
            written.append(folder / "pose3d.bvh")
        if "json" in kinds:
            tables.write_pose_json(pose, folder / "pose3d.json", track.name)
            written.append(folder / "pose3d.json")
    return written
