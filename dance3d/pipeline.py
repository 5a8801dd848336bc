"""A video in, results out: the chain of stages, its exports, and the folder a user finds them in."""

from __future__ import annotations

import html
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from dance3d.cache import Cache, default_root, key_of
from dance3d.contracts import Clip, Dancer
from dance3d.fingerprint import fingerprint
from dance3d.io import artefacts
from dance3d.io.video import probe
from dance3d.runner import READ_AS, Given, Input, Result, Runner, file_given, library_versions
from dance3d.stages import POSES, get, route

SCHEMA = "dance3d.result/1"
NAME_MARK = "@@dance3d:video-name@@"
"""Stands in the cached report for the file's name, so that a renamed video is still a hit."""
_OUTPUTS = "outputs"


@dataclass(frozen=True)
class Run:
    """What a run gave.

    Attributes:
        clip: what decoding found.
        dancers: everything known of each.
        result: the contents of ``result.json``.
        out: the folder that holds the files, or none.
    """

    clip: Clip
    dancers: tuple[Dancer, ...]
    result: Mapping[str, Any]
    out: Path | None


def run(
    video: str | Path,
    out: str | Path | None = None,
    *,
    cache: Cache | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    weights: Mapping[str, Path] | None = None,
    report: Callable[[str, str, Result | None], None] = lambda stage, why, result: None,
    pose_from: str = "lift",
) -> Run:
    """Poses, movements, genre and a report of a video.

    Args:
        video: a video file; or, with ``settings={"keypoints": {"backend": "file", ...}}``, a file of keypoints.
        out: folder for the results, made if need be; none keeps them in memory only.
        cache: where stages keep their outputs; the user's cache folder if not given.
        settings: per stage, what differs from the defaults of ``stages.STAGES``.
        weights: per stage, a weights file in place of the one that ships.
        report: as in ``Runner``.
        pose_from: the stage that makes the poses, of ``stages.POSES``: ``lift``, from keypoints; or ``detect``, from
            masks, where the keypoints that come with the result are the pose's own projection.

    Raises:
        ValueError: an input that cannot be used, an unknown setting; nothing is left behind.
    """
    path, names = Path(video), route(pose_from)

    def reported(stage: str, why: str, result: Result | None) -> None:
        if result is None and stage == names[0]:
            _warm_up(names)
        report(stage, why, result)

    runner = Runner(cache or Cache(default_root()), settings, weights, reported)
    given = _given(runner, path, names)
    stages = runner.chain(given, pose_from=pose_from)
    clip = stages[names[0]].clip
    dancers = _dancers(stages)
    warnings = _warnings(clip, dancers, projected="keypoints" not in stages)
    outputs = None
    if out is not None:
        shown = None if _from_file(runner, names) else path
        outputs = _ensure_outputs(runner, shown, given.key, stages, warnings)
    result = _result(given.key, clip, dancers, stages, outputs, warnings)
    if out is not None and outputs is not None:
        _deliver(outputs, Path(out), path.name, result)
    return Run(clip, dancers, result, None if out is None else Path(out))


def run_until(
    stage: str,
    video: str | Path,
    out: str | Path,
    *,
    cache: Cache | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    weights: Mapping[str, Path] | None = None,
    report: Callable[[str, str, Result | None], None] = lambda stage, why, result: None,
    pose_from: str = "lift",
) -> Path:
    """The artefacts of the stages up to one, as ``out/person-N/<stage>.npz``; arguments as in ``run``.

    Raises:
        ValueError: as ``run``.
    """
    runner = Runner(cache or Cache(default_root()), settings, weights, report)
    given = _given(runner, Path(video), route(pose_from))
    for name, result in runner.chain(given, until=get(stage).name, pose_from=pose_from).items():
        for track in result.load():
            folder = Path(out) / f"person-{track.person}"
            folder.mkdir(parents=True, exist_ok=True)
            artefacts.save(track, folder / f"{name}.npz")
    return Path(out)


def explain(video: str | Path, cache: Cache, pose_from: str = "lift") -> Iterator[tuple[str, str]]:
    """Of each stage: whether its output is cached, else what changed; nothing is run."""
    runner, names = Runner(cache), route(pose_from)
    done: dict[str, Input] = {"video": _given(runner, Path(video), names)}
    for name in names:
        components = runner.components(name, done)
        yield name, cache.explain(name, components)
        done[name] = Given(key_of(components), lambda: None)
        if name == pose_from:
            done[READ_AS] = done[name]


def _from_file(runner: Runner, names: Sequence[str]) -> bool:
    """Whether keypoints are read from a file, in place of a video."""
    return "keypoints" in names and runner.settings["keypoints"]["backend"] == "file"


def _given(runner: Runner, path: Path, names: Sequence[str]) -> Given:
    """The input file, once it is known that it can be used."""
    if not _from_file(runner, names):
        probe(path)
    elif not path.is_file():
        raise ValueError(f"{path}: no such file of keypoints")
    return file_given(path)


def _warm_up(names: Sequence[str]) -> None:
    """Import what the later stages need while the first frames are decoded: seconds that nobody then waits for."""
    for name in names:
        threading.Thread(target=import_module, args=(get(name).predict.partition(":")[0],), daemon=True).start()


def _dancers(stages: Mapping[str, Result]) -> tuple[Dancer, ...]:
    *_, poses, movements, genres = (result.load() for result in stages.values())
    if "keypoints" in stages:
        tracks = stages["keypoints"].load()
    else:
        from dance3d.geometry import projection  # torch need not be there before the first frame is decoded

        tracks = [projection(pose) for pose in poses]
    return tuple(Dancer(*row) for row in zip(tracks, poses, movements, genres, strict=True))


def _warnings(clip: Clip, dancers: tuple[Dancer, ...], projected: bool) -> list[str]:
    """What a user should know before trusting the result, one sentence each."""
    found = []
    if projected and dancers:
        found.append("no keypoint was looked for: the joints on the picture are the 3D pose's own projection")
    if (clip.people or 0) > 1:
        found.append(f"{clip.people} bodies were seen at once; the largest is followed")
    if clip.expected is not None and clip.frames < clip.expected:
        found.append(f"{clip.frames} of {clip.expected} frames could be decoded")
    if clip.errors:
        found.append(f"{clip.errors} damaged packets were passed over")
    found += [f"frames are missing from {start:.2f} s to {stop:.2f} s" for start, stop in clip.gaps]
    if not dancers:
        found.append("nobody was found in this video")
    for dancer in dancers:
        share = float(dancer.keypoints.measured.any(1).mean())
        if share < 0.9:
            found.append(f"dancer {dancer.person} was seen in {share:.0%} of the frames only")
        if dancer.pose.scale == "relative":
            found.append(f"dancer {dancer.person}: metres are those of an average body; give a height for true ones")
    return found


def _ensure_outputs(
    runner: Runner, video: Path | None, sha256: str, stages: Mapping[str, Result], warnings: list[str]
) -> Result:
    """Tables, BVH, overlay and report, kept like a stage's output."""
    components = {
        "stage": _OUTPUTS,
        "inputs": {"video": sha256, **{name: result.key for name, result in stages.items()}},
        "code": fingerprint("dance3d.exports"),
        "libraries": library_versions(("av", "opencv-python", "jinja2", "numpy")),
    }
    info = {
        "name": NAME_MARK,
        "sha256": sha256,
        "warnings": warnings,
        "stages": [{"stage": name, "key": result.key} for name, result in stages.items()],
    }

    def write(folder: Path) -> None:
        from dance3d.exports import export

        export(video, next(iter(stages.values())).clip, _dancers(stages), folder, info)

    inputs: dict[str, Any] = {} if video is None else {"video": file_given(video)}
    return runner.ensure_files(_OUTPUTS, components, write, inputs)


def _result(
    sha256: str,
    clip: Clip,
    dancers: tuple[Dancer, ...],
    stages: Mapping[str, Result],
    outputs: Result | None,
    warnings: list[str],
) -> dict[str, Any]:
    def line(result: Result) -> dict[str, Any]:
        return {"key": result.key, "cached": result.cached, "seconds": round(result.seconds, 3)}

    return {
        "schema": SCHEMA,
        "video": {
            "sha256": sha256,
            "fps": round(clip.fps, 4),
            "frames": clip.frames,
            "decoded": clip.frames,
            "expected": clip.expected,
            "rotation": clip.rotation,
            "gaps": [list(gap) for gap in clip.gaps],
            "errors": clip.errors,
            "size": list(clip.size),
        },
        "dancers": [
            {
                "person": dancer.person,
                "start": dancer.keypoints.start,
                "frames": dancer.keypoints.frames,
                "genre": dancer.genre.best,
                "genre_prob": dict(zip(dancer.genre.classes, map(_short, dancer.genre.prob), strict=True)),
                "evidence": [asdict(evidence) for evidence in dancer.genre.evidence],
            }
            for dancer in dancers
        ],
        "pose_from": next(name for name in stages if name in POSES),
        "stages": [{"stage": name, **line(result)} for name, result in stages.items()],
        "outputs": None if outputs is None else line(outputs),
        "warnings": warnings,
    }


def _short(number: float) -> float:
    return round(float(number), 4)


def _deliver(outputs: Result, out: Path, name: str, result: Mapping[str, Any]) -> None:
    """Copy the files to the user's folder, each in one step, ``result.json`` last; drop dancers of an earlier run."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "result.json").unlink(missing_ok=True)  # from here until the end the folder is not complete
    for file in outputs.entry.files:
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        data = (outputs.entry.folder / file).read_bytes()
        if file == "report.html":
            data = data.replace(NAME_MARK.encode(), html.escape(name).encode())
        _write(out / file, data)
    kept = {Path(file).parts[0] for file in outputs.entry.files}
    for old in out.glob("person-*"):
        if old.is_dir() and old.name.removeprefix("person-").isdigit() and old.name not in kept:
            shutil.rmtree(old)
    _write(out / "result.json", json.dumps(result, indent=1).encode())


def _write(path: Path, data: bytes) -> None:
    for litter in path.parent.glob(f".{path.name}.*.part"):  # of a run that was killed here
        litter.unlink(missing_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
