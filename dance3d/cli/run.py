"""``dance3d run``: the chain of stages on videos."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cli.common import METER, cache_root, reporter, say, store_url, tell, weights_files
from dance3d.cli.options import (
    PAIRS,
    WEIGHTS,
    Parser,
    count,
    pairs,
    pose_option,
    ray_option,
    setting_help,
    stage_options,
)
from dance3d.cli.run_settings import FROM_FILE, LIFTED, POSED, TRACKED, check_weights, run_settings
from dance3d.io.interrupts import sigterm_as_ctrl_c
from dance3d.pipeline.exit_codes import REFUSED
from dance3d.registry import STAGES
from dance3d.stages.settings import described

if TYPE_CHECKING:
    from dance3d.cli.run_table import RunTable
    from dance3d.pipeline.many.inputs import Found
    from dance3d.pipeline.many.job import Job, News, Outcome


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    text = "video, folder of videos, pattern in quotes, or .txt file of paths; with --keypoints, of keypoints"
    parser.option("videos", nargs="+", type=Path, metavar="VIDEO", help=text)
    parser.option("-o", "--out", type=Path, help="folder for the results; VIDEO-dance3d here if not given")
    text = "do so many videos at once, each in a process of its own; auto or 0: as many as cores and memory allow"
    parser.option("-j", "--jobs", type=_processes, metavar="N", offers=("auto",), help=text)
    text = "of all videos, only the I-th and every N-th after it: for N machines that write to one OUT"
    parser.option("--shard", type=_shard, metavar="I/N", help=text)
    pose_option(parser)
    parser.option("--until", choices=tuple(STAGES), help="stop after this stage and write what the stages made")
    parser.option("--keypoints", action="store_true", help="the inputs are files of keypoints, not videos")
    parser.option("--format", when=FROM_FILE, help=setting_help("keypoints", "format"))
    text = "layout of the keypoints where the file does not say: coco17, ...; or a YAML file that names its joints"
    parser.option("--skeleton", when=FROM_FILE, help=text)
    text = "of the frames, pixels, where a file of keypoints does not say"
    parser.option("--size", when=FROM_FILE, metavar="WIDTHxHEIGHT", help=text)
    parser.option("--fps", type=float, help=setting_help("keypoints", "fps"))
    parser.option("--take", when=FROM_FILE, help=setting_help("keypoints", "take"))
    parser.option("--strict", when=FROM_FILE, action="store_true", help=setting_help("keypoints", "strict"))
    parser.option("--people", when=TRACKED, metavar="NUMBER|all", help=setting_help("keypoints", "people"))
    parser.option("--quality", when=TRACKED, help=setting_help("keypoints", "quality"))
    parser.option("--height", when=POSED, type=float, help=setting_help("lift", "height"))
    parser.option("--method", when=LIFTED, help=setting_help("lift", "method"))
    text = "change settings of stages; dance3d settings lists them"
    names = [f"{stage}.{one.name}=" for stage, row in STAGES.items() for one in described(row.settings)]
    parser.option("--set", **PAIRS, offers=names, metavar="STAGE.NAME=VALUE", help=text)
    text = "YAML of settings per stage (dance3d settings --as yaml); of several, later ones win"
    parser.option("-c", "--config", type=Path, action="append", default=[], metavar="YAML", help=text)
    parser.option("--fresh-tracks", action="store_true", help="forget the edits that OUT keeps (dance3d tracks)")
    text = "put the overlay inside report.html, however large it is: one file to send"
    parser.option("--single-file", action="store_true", help=text)
    ray_option(parser, "do the videos by Ray, -j of them at a time")
    stage_options(parser)
    parser.option("--weights", **WEIGHTS)


def run(options: Any) -> int:
    """Run the chain on videos; one that cannot be used does not lose the others."""
    from dance3d.pipeline.delivery import prepared
    from dance3d.pipeline.many.inputs import find_inputs, out_folders, results_folder

    common = _common(options)
    found = find_inputs(options.videos, options.out, options.keypoints)
    if [one.path for one in found] == options.videos and len(found) == 1 and not options.shard:
        place = options.out or out_folders(found, None)[0]
        job = _job(found[0].path, place, common)
        with closing(_work([job], [str(place)], options)) as work:
            return next(work).code
    out = results_folder(options.videos, options.out)
    with prepared(out), sigterm_as_ctrl_c():
        return _run_all(found, out, common, options)


def _run_all(found: Sequence[Found], out: Path | None, common: dict[str, Any], options: Any) -> int:
    """Do several videos, and write down in the folder of all results how they ended.

    Args:
        found: the inputs.
        out: folder of all results, if there is one.
        common: what their jobs have in common.
        options: of the command line.
    """
    from dance3d.pipeline.many.failures import FAILURES, Failures
    from dance3d.pipeline.many.index import INDEX, write_index
    from dance3d.pipeline.many.inputs import every_nth, out_folders

    places = out_folders(found, out)
    jobs = [_job(found[number].path, places[number], common) for number in every_nth(len(found), options.shard)]
    failures, written = Failures(out), 0
    names = [str(place.relative_to(out) if out else place) for place in (job.out for job in jobs)]
    try:
        with closing(_work(jobs, names, options)) as outcomes:
            for outcome in outcomes:
                failures.add(outcome)
    finally:
        failures.save()
        if out is not None and not options.until:
            try:
                written = write_index(out)
            except OSError as error:
                print(f"dance3d: {out / INDEX} cannot be written ({error.strerror})", file=sys.stderr)
                written = -1
    cached = f", {failures.cached} of them by an earlier run" if failures.cached else ""
    failed = f", {failures.failed} failed" + (f": see {out / FAILURES}" if out else "") if failures.failed else ""
    say(options, f"{failures.done} of {len(jobs)} videos done{cached}{failed}")
    if out is not None and written > 0:
        say(options, f"{out / INDEX}: {written} row{'s' * (written != 1)}")
    return REFUSED if failures.failed or written < 0 else 0


def _work(jobs: Sequence[Job], names: Sequence[str], options: Any) -> Generator[Outcome, None, None]:
    """Do jobs as the options say.

    Args:
        jobs: to do.
        names: that they are shown by.
        options: of the command line.
    """
    if options.ray:
        return _by_ray(jobs, names, options)
    if options.jobs is not None and (len(jobs) > 1 or options.shard):
        return _side_by_side(jobs, names, options)
    return _one_by_one(jobs, options)


def _one_by_one(jobs: Sequence[Job], options: Any) -> Generator[Outcome, None, None]:
    """Do jobs in this process, and show the stages of each."""
    from dance3d.pipeline.many.job import do

    for job in jobs:
        if len(jobs) > 1:
            say(options, str(job.video))
        with METER:
            outcome = do(job, reporter(options))
        _tell(outcome, options)
        yield outcome


def _side_by_side(jobs: Sequence[Job], names: Sequence[str], options: Any) -> Generator[Outcome, None, None]:
    """Do jobs in processes of their own, and show all of them in a table.

    Args:
        jobs: to do.
        names: that they are shown by.
        options: of the command line.
    """
    from dance3d.cli.run_table import RunTable
    from dance3d.pipeline.many.processes import do_all
    from dance3d.pipeline.many.share import share

    how, level = share(options.jobs, len(jobs)), logging.getLogger("dance3d").getEffectiveLevel()
    with closing(do_all(jobs, how, level)) as news, RunTable(names, how, options, sys.stdout) as table:
        yield from _shown(news, table)


def _by_ray(jobs: Sequence[Job], names: Sequence[str], options: Any) -> Generator[Outcome, None, None]:
    """Do jobs on the machines of a cluster, and show them as those that are done here.

    Args:
        jobs: to do.
        names: that they are shown by.
        options: of the command line.
    """
    from dance3d.cli.run_table import RunTable
    from dance3d.pipeline.on_ray.videos import news_of

    level = logging.getLogger("dance3d").getEffectiveLevel()
    with sigterm_as_ctrl_c(), news_of(jobs, options.ray, options.jobs or None, level) as (how, news):
        with RunTable(names, how, options, sys.stdout) as table:
            yield from _shown(news, table)


def _shown(news: Iterable[tuple[int, News]], table: RunTable) -> Iterator[Outcome]:
    """Show what is heard of jobs, and give how each of them ended."""
    for number, one in news:
        table.hear(number, one)
        if one.outcome is not None:
            yield one.outcome


def _common(options: Any) -> dict[str, Any]:
    """What all jobs have in common, by name of the field."""
    settings, pose_from = run_settings(options)
    weights = pairs(options.weights, str)
    check_weights(options, settings, weights, pose_from)
    return {
        "settings": settings,
        "weights": weights_files(options, weights),
        "pose_from": pose_from,
        "until": options.until or "",
        "fresh_tracks": options.fresh_tracks,
        "single_file": options.single_file,
        "cache": cache_root(options),
        "store": store_url(options),
    }


def _job(video: Path, out: Path, common: dict[str, Any]) -> Job:
    from dance3d.pipeline.many.job import Job

    return Job(video, out, **common)


def _tell(outcome: Outcome, options: Any) -> None:
    """Say how a job ended: what it found, and where that lies."""
    if outcome.code:
        print(f"dance3d: {outcome.reason}", file=sys.stderr)
        return
    if outcome.result is None:
        print(outcome.out if options.quiet else f"  {outcome.out}")
        return
    if edits := outcome.result["edits"]:
        number = f"{len(edits)} edit{'s' * (len(edits) > 1)}"
        say(options, f"  note: {number} of tracks kept; --fresh-tracks forgets them")
    tell(outcome.result, outcome.out, options.quiet)


def _processes(text: str) -> int:
    """A number of processes; 0 and ``auto`` leave the choice."""
    return 0 if text in ("0", "auto") else count(text)


def _shard(text: str) -> tuple[int, int]:
    first, _, parts = text.partition("/")
    if not (first.isdecimal() and parts.isdecimal() and 1 <= int(first) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text!r}: expected I/N, such as 1/8, with I from 1 to N")
    return int(first), int(parts)
