"""The run of one video as a job: plain values in and out, which can be sent to another process or machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from dance3d.io.video.opening import has_times
from dance3d.pipeline import run as chain
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.exit_codes import MENDABLE, UsageError, exit_code, one_line
from dance3d.pipeline.runner import Result
from dance3d.registry import DEFAULT_POSES, route


@dataclass(frozen=True)
class Job:
    """One video, and what to do with it.

    Attributes:
        video: the file; or a file or folder of keypoints, with ``settings={"keypoints": {"backend": "file", ...}}``.
        out: folder for the results.
        settings: per stage, what differs from the defaults.
        weights: per stage, a weights file in place of the one that ships.
        pose_from: the stage that makes the poses.
        until: stop after this stage and write what the stages made; empty for the whole run.
        fresh_tracks: forget the edits that ``out`` keeps.
        single_file: put the video inside the report, however large it is.
        cache: root of the cache; none keeps nothing.
        store: folder or URL of entries that caches share; empty: none.
    """

    video: Path
    out: Path
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    weights: Mapping[str, Path] = field(default_factory=dict)
    pose_from: str = DEFAULT_POSES
    until: str = ""
    fresh_tracks: bool = False
    single_file: bool = False
    cache: Path | None = None
    store: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a job gave.

    Attributes:
        video: of the job.
        out: of the job.
        seconds: that it took.
        result: the contents of ``result.json``; none after a failure, and of a run that was to stop early.
        code: exit code; 0 where the run is done.
        reason: of a failure, in one line.
    """

    video: Path
    out: Path
    seconds: float
    result: Mapping[str, Any] | None = None
    code: int = 0
    reason: str = ""

    @property
    def cached(self) -> bool:
        """Whether every stage was there already."""
        return self.result is not None and all(stage["cached"] for stage in self.result["stages"])


class News(NamedTuple):
    """A message of a process that does jobs; its first, which says nothing, is that it is ready.

    Attributes:
        stage: at work, or done; empty where this says something else.
        why: it works, or did.
        cached: it was there already.
        done: frames of the stage.
        expected: frames of the stage, if the video says.
        level: of a line of the log.
        line: of the log.
        outcome: of the job, at its end.
    """

    stage: str = ""
    why: str = ""
    cached: bool = False
    done: int = 0
    expected: int | None = None
    level: int = 0
    line: str = ""
    outcome: Outcome | None = None


def do(job: Job, report: Callable[[str, str, Result | None], None] = lambda stage, why, result: None) -> Outcome:
    """Do a job. What a user can mend does not raise, but is the outcome; with ``DANCE3D_DEBUG=1`` it raises.

    Args:
        job: what to do.
        report: as in ``Runner``.

    Raises:
        BrokenPipeError: nobody reads what ``report`` prints.
    """
    began = time.perf_counter()
    result, code, reason = None, 0, ""
    try:
        result = _run(job, report)
    except BrokenPipeError:
        raise
    except MENDABLE as error:
        if os.environ.get("DANCE3D_DEBUG"):
            raise
        code, reason = exit_code(error), one_line(error)
    return Outcome(job.video, job.out, time.perf_counter() - began, result, code, reason)


def _run(job: Job, report: Callable[[str, str, Result | None], None]) -> Mapping[str, Any] | None:
    _check_rate(job)
    common: dict[str, Any] = {
        "cache": Cache(job.cache, job.store),
        "settings": job.settings,
        "weights": job.weights,
        "report": report,
        "pose_from": job.pose_from,
        "edits": [] if job.fresh_tracks else None,
    }
    if job.until:
        chain.run_until(job.until, job.video, job.out, **common)
        return None
    return chain.run(job.video, job.out, **common, single_file=job.single_file).result


def _check_rate(job: Job) -> None:
    """Refuse a rate for a video that has times of its own."""
    said = job.settings.get(route(job.pose_from)[0], {})
    fps = said.get("fps")
    if isinstance(fps, int | float) and said.get("backend") != "file" and has_times(job.video):
        raise UsageError(
            f"--fps {fps:g} counts only for a video without time stamps, or with --keypoints; {job.video} has them"
        )
