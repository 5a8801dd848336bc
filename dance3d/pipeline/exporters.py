"""Write the results of a clip: tables, BVH, overlay video and report."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from dance3d import lazy_import
from dance3d.contracts import Clip, Dancer, Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.io.export_formats import DEFAULTS, OVERLAY, OVERLAY_NOTE, ExportFile, chosen
from dance3d.io.sound import carry_sound
from dance3d.io.world_frame import scene_origin
from dance3d.report.build import write_report
from dance3d.visualization.overlay import write_overlay

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}


def export(video: Path | None, clip: Clip, dancers: Sequence[Dancer], out: Path, info: Mapping[str, Any]) -> None:
    """Write all results of one clip; ``docs/outputs.md`` describes every file.

    Args:
        video: the clip's video, or none where keypoints came from a file (the overlay then has a plain background).
        clip: frames and times.
        dancers: may be empty; the files are still valid and say so.
        out: existing, empty folder: gets ``person-N/``, ``overlay.mp4`` and ``report.html``; ``overlay.txt``
            where something is wrong with the overlay.
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
        _write(chosen(DEFAULTS), folder, dancer.keypoints, dancer.pose, dancer.movements, origin)
    overlay = out / OVERLAY
    if said := _film(video, clip, dancers, overlay):
        (out / OVERLAY_NOTE).write_text(f"{said}\n", encoding="utf-8")
        info = {**info, "warnings": [*(info.get("warnings") or ()), said]}
    write_report(out / "report.html", clip, dancers, info, overlay)


def _film(video: Path | None, clip: Clip, dancers: Sequence[Dancer], overlay: Path) -> str:
    """Write the overlay with its sound; both are accessories, whose faults are said and cost nothing else.

    Returns:
        What a user should know, one phrase; empty where all went well.

    Raises:
        OSError: the disk is full or broken, which is no fault of the video's.
    """
    try:
        write_overlay(video, clip, dancers, overlay)
    except (ValueError, ArithmeticError, MemoryError, RuntimeError, av.error.FFmpegError, cv2.error) as error:
        overlay.unlink(missing_ok=True)
        if getattr(error, "errno", None) in DISK:
            raise
        return f"{OVERLAY} could not be made: {' '.join(str(error).split())}"
    return "" if video is None else carry_sound(video, overlay)


def export_again(results: Path, formats: Sequence[str]) -> list[Path]:
    """Write files of a finished run again, from its artefacts.

    Args:
        results: folder of the run.
        formats: names of ``io.export_formats.FORMATS``.

    Returns:
        The files written.

    Raises:
        ValueError: no results there, or a format that does not exist.
    """
    files = chosen(formats)
    folders = sorted(path.parent for path in results.glob("person-*/pose3d.npz"))
    if not folders:
        raise ValueError(f"{results} holds no results of a run (no person-*/pose3d.npz)")
    poses = [artefacts.load(folder / "pose3d.npz", Pose3D) for folder in folders]
    origin, written = scene_origin(poses), []
    for folder, pose in zip(folders, poses, strict=True):
        track = artefacts.load(folder / "keypoints.npz", Keypoints2D)
        movements = artefacts.load(folder / "movements.npz", Movements)
        written += _write(files, folder, track, pose, movements, origin)
    return written


def _write(
    files: Sequence[ExportFile],
    folder: Path,
    track: Keypoints2D,
    pose: Pose3D,
    movements: Movements,
    origin: NDArray[np.float64],
) -> list[Path]:
    """Write one dancer's files into the dancer's folder, each of what its row needs."""
    given = {"keypoints": track, "pose3d": pose, "movements": movements, "origin": origin, "dancer": track.name}
    for file in files:
        first, *rest = (given[need] for need in file.needs)
        lazy_import.resolve(file.writer)(first, folder / file.name, *rest)
    return [folder / file.name for file in files]
