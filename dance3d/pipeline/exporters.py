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
from dance3d.io.export_files.formats import DEFAULTS, OVERLAY, OVERLAY_NOTE, ExportFile, chosen
from dance3d.io.video.sound import carry_sound
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
            of ``stage``, ``key``, ``cached``, ``seconds``), and
            ``single_file``, whether it holds the overlay however large that is; all may be left out.
    """
    origin = scene_origin([dancer.pose for dancer in dancers])
    for dancer in dancers:
        folder = out / f"person-{dancer.person}"
        folder.mkdir()
        artefacts.save(dancer.keypoints, folder / "keypoints.npz")
        artefacts.save(dancer.pose, folder / "pose3d.npz")
        artefacts.save(dancer.movements, folder / "movements.npz")
        write_formats(chosen(DEFAULTS), folder, dancer.keypoints, dancer.pose, dancer.movements, origin)
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


def write_formats(
    files: Sequence[ExportFile],
    folder: Path,
    track: Keypoints2D,
    pose: Pose3D,
    movements: Movements,
    origin: NDArray[np.float64],
    names: str | None = None,
    overlay: Path | None = None,
) -> list[Path]:
    """Write one dancer's files, each of what its row needs.

    Args:
        files: rows of the table of formats.
        folder: to write into.
        track: the dancer's keypoints.
        pose: the dancer's body in space.
        movements: what the dancer does.
        origin: point on the floor that all dancers share.
        names: of joints, a key of ``io.export_files.animation_joints.NAMES``; each format's own if none are given.
        overlay: the run's video, where it is to be part of a file.

    Returns:
        The files written.
    """
    given: dict[str, Any] = {
        "keypoints": track,
        "pose3d": pose,
        "movements": movements,
        "origin": origin,
        "dancer": track.name,
    }
    given |= {"names": names, "overlay": overlay}
    for file in files:
        first, *rest = (given[need] for need in file.needs)
        lazy_import.resolve(file.writer)(first, folder / file.name, *rest)
    return [folder / file.name for file in files]
