"""From a video to results: the chain of stages, its exports, and the folder with the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dance3d.contracts import Clip, Dancer
from dance3d.io.video.reader import probe
from dance3d.pipeline import result_json
from dance3d.pipeline.cache import Cache, default_cache
from dance3d.pipeline.cache_entry import key_of
from dance3d.pipeline.delivery import FolderChanged, deliver, prepared, state
from dance3d.pipeline.finished import html_of
from dance3d.pipeline.given import Given, file_given
from dance3d.pipeline.outputs import dancers_of, delivered, ensure_music, ensure_outputs, heard_in
from dance3d.pipeline.runner import EDITED, READ_AS, Input, Result, Runner, numbered
from dance3d.pipeline.warm_up import WarmUp
from dance3d.registry import DEFAULT_POSES, get, route
from dance3d.tracks import edits as track_edits
from dance3d.tracks.edits import Edit, Sheet

_TRIES = 5  # of a run whose edits are changed meanwhile; chosen


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

    def _repr_html_(self) -> str:
        return html_of(self.result)


def run(
    video: str | Path,
    out: str | Path | None = None,
    *,
    cache: Cache | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    weights: Mapping[str, Path] | None = None,
    report: Callable[[str, str, Result | None], None] = lambda stage, why, result: None,
    pose_from: str = DEFAULT_POSES,
    edits: Sequence[Edit] | None = None,
    single_file: bool = False,
) -> Run:
    """Poses, movements, genre and a report of a video.

    Args:
        video: a video file; or, with ``settings={"keypoints": {"backend": "file", ...}}``, a file of keypoints.
        out: folder for the results, made if need be; none keeps them in memory only.
        cache: where stages keep their outputs; the user's cache folder if not given.
        settings: per stage, what differs from the defaults (docs/settings.md).
        weights: per stage, a weights file in place of the one that ships.
        report: as in ``Runner``.
        pose_from: the stage that makes the poses, of ``registry.POSES``: ``lift``, from keypoints; or ``detect``, from
            masks, where the keypoints that come with the result are the pose's own projection.
        edits: who is who, put right, in order; if none, those that ``out`` keeps of this very video. What is given here
            takes the place of those, which are set aside; an empty list forgets them.
        single_file: put the video inside the report, however large it is.

    Raises:
        ValueError: an input that cannot be used, an unknown setting, edits that do not fit; nothing is left behind.
    """
    path, folder, names = Path(video), None if out is None else Path(out), route(pose_from)

    warm = WarmUp(names)

    def reported(stage: str, why: str, result: Result | None) -> None:
        if stage == names[0] and result is not None:
            warm.end()
        report(stage, why, result)
        if stage == names[0] and result is None:
            warm.begin()

    runner = Runner(cache or default_cache(), settings, weights, reported)
    given = _given(runner, path, names)
    with prepared(folder), warm:
        return unless_changed(
            lambda: follow(
                runner, path, given, folder, pose_from, *_sheet(folder, given.key, edits), single_file=single_file
            )
        )


def unless_changed(work: Callable[[], Run]) -> Run:
    """Do work on a folder, and again where somebody edits its tracks meanwhile: no edit is lost.

    Raises:
        FolderChanged: it is edited again and again.
    """
    for _ in range(_TRIES - 1):
        with suppress(FolderChanged):
            return work()
    return work()


def follow(
    runner: Runner,
    path: Path,
    given: Given,
    out: Path | None,
    pose_from: str,
    sheet: Sheet | None,
    start: Mapping[str, str | None] | None = None,
    made: Mapping[str, Result] | None = None,
    single_file: bool = False,
) -> Run:
    """The rest of a run, once its input is known to be good.

    Args:
        runner: ensures the stages.
        path: the input.
        given: the same, with its key.
        out: as in ``run``.
        pose_from: as in ``run``.
        sheet: the edits; none where nothing was ever edited.
        start: state of the files in ``out`` that this began with; none where they do not count.
        made: outputs of stages that are there already.
        single_file: as in ``run``.

    Raises:
        FolderChanged: those files were changed meanwhile; ``out`` is as it was.
    """
    names, own = route(pose_from), result_json.recorded(runner.weights, out)
    edits = sheet.edits if sheet and "keypoints" in names else ()
    stages = runner.chain(given, pose_from=pose_from, edits=edits, made=made)
    clip = stages[names[0]].clip
    music = None if _from_file(runner, names) else ensure_music(runner, path, given.key)
    heard = heard_in(music)
    dancers = dancers_of(stages, edits, heard)
    warnings = _edit_warnings(sheet, stages) + result_json.warnings(clip, dancers, projected="keypoints" not in stages)
    warnings += [heard.note] if heard is not None and heard.note else []
    outputs = None
    if out is not None:
        shown = None if _from_file(runner, names) else path
        outputs = ensure_outputs(runner, shown, given.key, stages, edits, warnings, music, single_file)
        warnings = warnings + result_json.overlay_note(outputs)
    video = {"sha256": given.key, "path": None if out is None else result_json.seen_from(path, out)}
    result = result_json.summary(video, clip, dancers, stages, outputs, warnings + result_json.uncertain(dancers))
    result |= {} if heard is None else {"music": result_json.music(heard)}
    result["edits"] = [edit.plain() for edit in edits]
    result |= {"settings": {name: runner.settings[name].plain() for name in names}, "weights": own}
    result |= {"single_file": True} if single_file else {}
    if out is not None and outputs is not None:
        files = delivered(outputs, path.name)
        if sheet is not None:
            made_on = sheet.keypoints or stages[names[0]].key
            files[track_edits.FILE] = replace(sheet, keypoints=made_on).text().encode()
        result["files"] = deliver(out, files, result, **_edits_file(sheet, start))
    return Run(clip, dancers, result, out)


def _sheet(
    out: Path | None, video: str, edits: Sequence[Edit] | None
) -> tuple[Sheet | None, Mapping[str, str | None] | None]:
    """The edits to follow, and the state of the file that they come from: ``start`` of ``follow``.

    Args:
        out: the folder that may keep some.
        video: sha256 of the video; edits of another do not count.
        edits: in place of those that are kept, if given.
    """
    if edits is not None or out is None:
        return (Sheet(video, "", tuple(edits)) if edits else None), None
    start = state(out, track_edits.FILE)
    kept = track_edits.read_sheet(out)
    return (kept if kept and kept.video == video else None), start


def _edits_file(sheet: Sheet | None, start: Mapping[str, str | None] | None) -> dict[str, Any]:
    """What ``deliver`` is told of the file of edits: it replaces those that were followed, others are kept."""
    followed = {track_edits.FILE} if sheet is not None and start is not None else set()
    return {"start": start, "replaced": followed, "dropped": {track_edits.FILE} - followed}


def _edit_warnings(sheet: Sheet | None, stages: Mapping[str, Result]) -> list[str]:
    if sheet is None or not sheet.edits:
        return []
    if "keypoints" not in stages:
        return [f"the edits in {track_edits.FILE} are of keypoints; poses from masks do without them"]
    if sheet.keypoints not in ("", stages["keypoints"].key):
        return [f"the keypoints were found anew since {track_edits.FILE} was written: see whether its edits still fit"]
    return []


def run_until(
    stage: str,
    video: str | Path,
    out: str | Path,
    *,
    cache: Cache | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    weights: Mapping[str, Path] | None = None,
    report: Callable[[str, str, Result | None], None] = lambda stage, why, result: None,
    pose_from: str = DEFAULT_POSES,
    edits: Sequence[Edit] | None = None,
) -> Path:
    """Write the artefacts of the stages up to one, as ``out/person-N/<stage>.npz``.

    Args:
        stage: name of the last stage.
        video: as in ``run``.
        out: as in ``run``.
        cache: as in ``run``.
        settings: as in ``run``.
        weights: as in ``run``.
        report: as in ``run``.
        pose_from: as in ``run``.
        edits: as in ``run``.

    Returns:
        The folder.

    Raises:
        ValueError: as ``run``.
    """
    folder = Path(out)
    runner = Runner(cache or default_cache(), settings, weights, report)
    given = _given(runner, Path(video), route(pose_from))
    with prepared(folder):
        sheet, start = _sheet(folder, given.key, edits)
        followed = sheet.edits if sheet else ()
        stages = runner.chain(given, until=get(stage).name, pose_from=pose_from, edits=followed)
        stages |= {"keypoints": stages.pop(EDITED)} if EDITED in stages else {}
        files: dict[str, Path | bytes] = {}
        for name, result in stages.items():
            for track, file in zip(result.load(), numbered(result.entry), strict=True):
                files[f"person-{track.person}/{name}.npz"] = result.entry.folder / file
        deliver(folder, files, None, start=start, dropped=_edits_file(sheet, start)["dropped"])
    return folder


def explain(video: str | Path, cache: Cache, pose_from: str = DEFAULT_POSES) -> Iterator[tuple[str, str]]:
    """Say of each stage whether its output is cached, else what changed; nothing is run.

    Args:
        video: the file.
        cache: to look in.
        pose_from: the stage that makes the poses.
    """
    runner, names = Runner(cache), route(pose_from)
    done: dict[str, Input] = {"video": _given(runner, Path(video), names)}
    for name in names:
        parts = runner.components(name, done)
        yield name, cache.explain(name, parts)
        done[name] = Given(key_of(parts), lambda: None)
        if name == pose_from:
            done[READ_AS] = done[name]


def _from_file(runner: Runner, names: Sequence[str]) -> bool:
    """Whether keypoints are read from a file, in place of a video."""
    return "keypoints" in names and runner.settings["keypoints"].plain()["backend"] == "file"


def _given(runner: Runner, path: Path, names: Sequence[str]) -> Given:
    """The input file, once it is known that it can be used."""
    if not _from_file(runner, names):
        probe(path)
    elif not (path.is_file() or path.is_dir()):  # nor a pipe or a device, which have no end
        raise ValueError(f"{path}: no such file of keypoints")
    return file_given(path)
