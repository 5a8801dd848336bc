"""Words of the command line to what the package takes: settings, pairs, sizes and folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.stages import POSES

if TYPE_CHECKING:
    from dance3d.edits import Edit


def run_settings(options: Any) -> tuple[dict[str, dict[str, Any]], str]:
    """Settings per stage, and which stage makes the poses."""
    import yaml

    settings: dict[str, dict[str, Any]] = {}
    pose_from = options.pose_from or ("detect" if options.until == "detect" else None)
    if options.config:
        loaded = yaml.safe_load(options.config.read_text())
        said = loaded.pop("pose_from", None) if isinstance(loaded, dict) else None
        if not isinstance(loaded, dict) or not all(isinstance(value, dict | None) for value in loaded.values()):
            raise ValueError(f"{options.config}: expected settings per stage, as in configs/pipeline.yaml")
        settings = {stage: dict(values or {}) for stage, values in loaded.items()}
        pose_from = pose_from or said
    pose_from = pose_from or "lift"
    if pose_from == "detect" and options.keypoints:
        raise ValueError("detect reads pictures, not files of keypoints; leave out --keypoints or --pose-from")
    for name, value in pairs(options.set, yaml.safe_load).items():
        stage, dot, setting = name.partition(".")
        if not dot:
            raise ValueError(f"--set {name}: expected STAGE.NAME=VALUE")
        settings.setdefault(stage, {})[setting] = value
    if options.keypoints:
        size = _numbers(options.size) if options.size else None
        said = {"format": options.format, "skeleton": options.skeleton, "size": size, "fps": options.fps}
        said |= {"backend": "file", "take": options.take}
        keypoints = settings.setdefault("keypoints", {})
        keypoints.update({name: value for name, value in said.items() if value is not None})
        if str(keypoints.get("skeleton")).endswith((".yaml", ".yml", ".json")):
            from dance3d.io.motion_files.names import read_map

            keypoints["skeleton"] = read_map(Path(keypoints["skeleton"]))
    if options.height is not None:
        for stage in POSES:
            settings.setdefault(stage, {})["height"] = options.height
    if options.method is not None:
        settings.setdefault("lift", {})["method"] = options.method
    return settings, pose_from


def _numbers(size: str) -> list[int]:
    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise ValueError(f"--size {size}: expected WIDTHxHEIGHT, such as 1280x720")
    return [int(width), int(height)]


def pairs(words: Sequence[str], convert: Callable[[str], Any]) -> dict[str, Any]:
    """``NAME=VALUE`` words by name, every value converted."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r}: expected NAME=VALUE")
        found[name] = convert(value)
    return found


def out_folders(videos: Sequence[Path], out: Path | None) -> list[Path]:
    """One folder per video; videos of the same name get a number, never the same folder."""
    if out is not None and len(videos) == 1:
        return [out]
    names: list[str] = []
    for video in videos:
        stem, number = video.stem, 2
        while stem in names:
            stem, number = f"{video.stem}-{number}", number + 1
        names.append(stem)
    return [(out / name) if out is not None else Path(f"{name}-dance3d") for name in names]


def track_edit(options: Any) -> Edit:
    """The edit that ``dance3d tracks ACTION OUT ...`` asks for."""
    from dance3d.edits import Edit
    from dance3d.trackwork import dancers, frame_at, free_number

    out: Path = options.results
    values: dict[str, Any]
    if options.action == "merge":
        values = {"into": options.into, "gone": options.gone, "prefer": options.prefer}
    elif options.action == "keep":
        values = {"persons": sorted(set(options.dancers))}
    elif options.action == "rename":
        values = {"person": options.dancer, "name": options.name}
    else:
        frame = frame_at(dancers(out), options.at) if options.frame is None else options.frame
        if options.action in ("swap", "confirm"):
            values = {"first": options.first, "second": options.second, "frame": frame}
        else:
            values = {"person": options.dancer, "frame": frame, "new": free_number(out)}
    return Edit(options.action, values)
