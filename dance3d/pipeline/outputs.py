"""The beat of the sound, and the files that a run gives to the user: made once and kept by key, as a stage's output."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dance3d.contracts import Dancer, Movements, Music
from dance3d.io.export_files.formats import DEFAULTS, chosen
from dance3d.io.safe_names import printable
from dance3d.io.video.sound import has_sound
from dance3d.pipeline.cache_entry import Entry
from dance3d.pipeline.cache_key import components
from dance3d.pipeline.given import file_given
from dance3d.pipeline.runner import EDITED, Result, Runner, write_artefacts
from dance3d.tracks import edits as track_edits
from dance3d.tracks.edits import Edit

NAME_MARK = "@@dance3d:video-name@@"
"""Stands in the cached report for the file's name, so that a renamed video is still a hit."""
_OUTPUTS, _MUSIC = "outputs", "music"


def dancers_of(stages: Mapping[str, Result], edits: Sequence[Edit], music: Music | None = None) -> tuple[Dancer, ...]:
    """All that stages have found of each dancer.

    Args:
        stages: results by name of the stage.
        edits: of tracks; names and crossings are theirs.
        music: that is danced to; none without sound.
    """
    *_, poses, movements, genres = (result.load() for result in stages.values())
    movements = [danced_to(one, music) for one in movements]
    if "keypoints" in stages:
        tracks = stages.get(EDITED, stages["keypoints"]).load()
        if edits:  # names and crossings are no part of what the stages read, so that a new name costs none of them
            said = {t.person: t for t in track_edits.apply(stages["keypoints"].load(), edits)}
            tracks = [replace(t, name=said[t.person].name, crossings=said[t.person].crossings) for t in tracks]
    else:
        from dance3d.geometry.projection import projection  # torch need not be there before the first frame is decoded

        tracks = [projection(pose) for pose in poses]
    return tuple(Dancer(*row) for row in zip(tracks, poses, movements, genres, strict=True))


def ensure_music(runner: Runner, video: Path, sha256: str) -> Result | None:
    """What the sound of a video says of its beat, from the cache or listened to now; none where there is no sound.

    Args:
        runner: has the cache.
        video: the file.
        sha256: of its bytes, the sound among them.
    """
    if not has_sound(video):
        return None
    code = ("dance3d.stages.motion.rhythm.music",)
    parts = components(_MUSIC, code, {"video": sha256}, libraries=("av", "numpy", "scipy"))

    def write(folder: Path) -> None:
        from dance3d.stages.motion.rhythm.music import listen

        write_artefacts([listen(video)], folder)

    given = {"video": file_given(video)}
    lacking = lambda entry: "" if "0000.npz" in entry.files else "0000.npz"  # noqa: E731
    return runner.ensure_files(_MUSIC, parts, write, given, Music, lacking)


def heard_in(result: Result | None) -> Music | None:
    """The beat of the sound, or none where there is no sound."""
    return None if result is None else result.load()[0]


def danced_to(movements: Movements, music: Music | None) -> Movements:
    """Movements whose rhythm knows the music."""
    if music is None or movements.rhythm is None:
        return movements
    return replace(movements, rhythm=replace(movements.rhythm, music=music))


def ensure_outputs(
    runner: Runner,
    video: Path | None,
    sha256: str,
    stages: Mapping[str, Result],
    edits: Sequence[Edit],
    warnings: list[str],
    music: Result | None = None,
    single_file: bool = False,
) -> Result:
    """Tables, BVH, overlay and report, kept like a stage's output.

    Args:
        runner: has the cache.
        video: shown in the overlay; none where keypoints came from a file.
        sha256: of the video.
        stages: results by name of the stage.
        edits: of tracks.
        warnings: for the report.
        music: beat of the sound; none where there is no sound.
        single_file: the report holds the video, however large it is.
    """
    heard = {} if music is None else {_MUSIC: music.key}
    parts = components(
        _OUTPUTS,
        ("dance3d.pipeline.exporters", "dance3d.tracks.edits"),
        {"video": sha256, **heard, **{name: result.key for name, result in stages.items()}},
        {
            "edits": [edit.plain() for edit in edits],
            "warnings": warnings,
            **({"single_file": True} if single_file else {}),
        },
        libraries=("av", "opencv-python", "jinja2", "numpy"),
    )
    info = {
        "name": NAME_MARK,
        "sha256": sha256,
        "warnings": warnings,
        "edits": [str(edit) for edit in edits],
        "stages": [{"stage": name, "key": result.key} for name, result in stages.items()],
        "single_file": single_file,
    }

    def write(folder: Path) -> None:
        from dance3d.pipeline.exporters import export

        export(video, next(iter(stages.values())).clip, dancers_of(stages, edits, heard_in(music)), folder, info)

    def lacking(entry: Entry) -> str:
        names = [f"{name}.npz" for name in ("keypoints", "pose3d", "movements")]
        names += [file.name for file in chosen(DEFAULTS)]
        wanted = {f"person-{track.person}/{name}" for track in next(iter(stages.values())).load() for name in names}
        return min({"report.html", *wanted} - {*entry.files}, default="")

    inputs: dict[str, Any] = {} if video is None else {"video": file_given(video)}
    return runner.ensure_files(_OUTPUTS, parts, write, inputs, lacking=lacking)


def delivered(outputs: Result, name: str) -> dict[str, Path | bytes]:
    """The files of a run as a user gets them, by name.

    Args:
        outputs: the files, of which the report has a mark in place of the video's name.
        name: of the video.
    """
    files: dict[str, Path | bytes] = {file: outputs.entry.folder / file for file in outputs.entry.files}
    if isinstance(report := files.get("report.html"), Path):
        files["report.html"] = report.read_bytes().replace(NAME_MARK.encode(), html.escape(printable(name)).encode())
    return files
