"""The formats that a dancer's results are exported in, beside the artefacts themselves.

A new format is a row here and a writer, which takes what the row needs: the first of it, the path, then the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

JOINT_NAMES = ("dance3d", "mixamo", "rokoko", "cmu")
"""Presets of the names of joints, ``animation_joints.NAMES``, for who asks before anything is imported."""


class ExportFile(NamedTuple):
    """One file of a format.

    Attributes:
        name: of the file in the dancer's folder, with its extension.
        needs: what the writer takes: an artefact (``keypoints``, ``pose3d``, ``movements``), ``origin``, the point on
            the floor that all dancers share, ``names``, a preset of joint names or none, ``overlay``, the run's video
            for the first dancer, or ``dancer``, the dancer's name.
        writer: ``module:function``.
    """

    name: str
    needs: tuple[str, ...]
    writer: str


FORMATS: dict[str, tuple[ExportFile, ...]] = {
    "csv": (
        ExportFile("keypoints.csv", ("keypoints",), "dance3d.io.export_files.tables:write_keypoints"),
        ExportFile("pose3d.csv", ("pose3d",), "dance3d.io.export_files.tables:write_pose"),
        ExportFile("words.csv", ("movements",), "dance3d.io.export_files.tables:write_words"),
        ExportFile("movements.csv", ("movements",), "dance3d.io.export_files.tables:write_movements"),
        ExportFile("rhythm.csv", ("movements",), "dance3d.io.export_files.tables:write_rhythm"),
    ),
    "parquet": tuple(
        ExportFile(f"{name}.parquet", (name,), "dance3d.io.export_files.tables:write_parquet")
        for name in ("keypoints", "pose3d", "movements")
    ),
    "bvh": (ExportFile("pose3d.bvh", ("pose3d", "origin", "names"), "dance3d.io.export_files.to_bvh:write_bvh"),),
    "glb": (ExportFile("pose3d.glb", ("pose3d", "origin", "names"), "dance3d.io.export_files.to_gltf:write_gltf"),),
    "usd": (ExportFile("pose3d.usd", ("pose3d", "origin", "names"), "dance3d.io.export_files.to_usd:write_usd"),),
    "trc": (ExportFile("pose3d.trc", ("pose3d", "origin"), "dance3d.io.export_files.to_trc:write_trc"),),
    "mot": (ExportFile("pose3d.mot", ("pose3d", "origin"), "dance3d.io.export_files.to_mot:write_mot"),),
    "c3d": (ExportFile("pose3d.c3d", ("pose3d", "origin"), "dance3d.io.export_files.to_c3d:write_c3d"),),
    "netcdf": (
        ExportFile("keypoints.nc", ("keypoints",), "dance3d.io.export_files.to_netcdf:write_keypoints"),
        ExportFile("pose3d.nc", ("pose3d", "origin"), "dance3d.io.export_files.to_netcdf:write_pose"),
    ),
    "sleap": (ExportFile("keypoints.slp", ("keypoints",), "dance3d.io.export_files.to_slp:write_slp"),),
    "nwb": (ExportFile("dance.nwb", ("keypoints", "pose3d", "origin"), "dance3d.io.export_files.to_nwb:write_nwb"),),
    "rerun": (
        ExportFile(
            "dance.rrd",
            ("keypoints", "pose3d", "movements", "origin", "overlay"),
            "dance3d.io.export_files.to_rerun:write_rerun",
        ),
    ),
    "json": (ExportFile("pose3d.json", ("pose3d", "dancer"), "dance3d.io.export_files.tables:write_pose_json"),),
}
_ALSO = {"gltf": "glb"}
"""Names that formats have elsewhere."""
DEFAULTS = ("csv", "bvh")
"""What every run writes."""
OVERLAY = "overlay.mp4"
OVERLAY_NOTE = "overlay.txt"
"""Says what is wrong with the overlay or its sound; only there where something is."""


def chosen(names: Sequence[str]) -> list[ExportFile]:
    """The files of some formats.

    Raises:
        ValueError: a format that does not exist.
    """
    names = [_ALSO.get(name, name) for name in names]
    for name in names:
        if name not in FORMATS:
            raise ValueError(f"format {name!r} is not known; choose from {', '.join(FORMATS)}")
    return [file for name, files in FORMATS.items() if name in names for file in files]
