"""The command line: words to options, errors to one line and an exit code. ``--help`` imports nothing heavy.

Exit codes: 0 done, 2 wrong usage, 3 an input that cannot be used, 4 an input that changed, 130 interrupted.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dance3d.stages import POSES, STAGES, TRAINABLE
from dance3d.vocabulary import PARTS


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    words = list(sys.argv[1:] if args is None else args)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    learning = bool(words) and words[0] in TRAINABLE
    options = None if learning else _parser().parse_args(words)
    from dance3d import commands  # only now: the parser has answered --help without it

    if options is None:
        return commands.guarded(lambda: commands.command("lightning")(words[0], words[1:]) or 0)
    return commands.guarded(lambda: commands.command(options.command)(options) or 0)


# ---- the parser -----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dance3d",
        description="From a dance video to 3D poses, body-part movements and dance genre.",
        epilog=f"dance3d {{{','.join(TRAINABLE)}}} fit|validate|test|predict -c YAML ... runs a stage's LightningCLI. "
        "Exit codes: 0 done, 2 wrong usage, 3 an input that cannot be used, 4 an input that changed, 130 interrupted.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = _command(commands, "run", "poses, movements, genre and a report of videos; every stage cached")
    run.add_argument(
        "videos", nargs="+", type=Path, metavar="VIDEO", help="video, or with --keypoints a file or folder of keypoints"
    )
    run.add_argument("-o", "--out", type=Path, help="folder for the results; VIDEO-dance3d here if not given")
    text = "how poses are made: lift, from keypoints (default), or detect, from the dancer's mask, without keypoints"
    run.add_argument("--pose-from", choices=tuple(POSES), help=text)
    run.add_argument("--until", choices=tuple(STAGES), help="stop after this stage and write what the stages made")
    run.add_argument("--keypoints", action="store_true", help="the inputs are files of keypoints, not videos")
    text = "whose file of keypoints it is, where its content leaves it open: openpose, alphapose, coco, aist, ..."
    run.add_argument("--format", help=text)
    text = "layout of the keypoints where the file does not say: coco17, ...; or a YAML file that names its joints"
    run.add_argument("--skeleton", help=text)
    run.add_argument("--size", help="WIDTHxHEIGHT of the frames, pixels, where a file of keypoints does not say")
    run.add_argument("--fps", type=float, help="frames per second, where a file of keypoints does not say")
    run.add_argument("--take", help="which one, of a file of keypoints that holds several: S1/Walking/0, c01")
    run.add_argument("--height", type=float, help="the dancer's height in metres, for true scale")
    run.add_argument("--method", help="how keypoints become poses: tcn (default), unsupervised or seeds")
    run.add_argument("--set", nargs="*", default=[], metavar="STAGE.NAME=VALUE", help="change a stage's setting")
    run.add_argument("-c", "--config", type=Path, help="YAML of settings per stage, as configs/pipeline.yaml")
    run.add_argument("--fresh-tracks", action="store_true", help="forget the edits that OUT keeps (dance3d tracks)")
    _cache_options(run)
    _weights_option(run)

    train = _command(commands, "train", "train stages, each on the outputs of the ones before")
    train.add_argument(
        "stages", nargs="*", metavar="STAGE", help=f"of {', '.join(TRAINABLE)}; those of a plain run if none is given"
    )
    train.add_argument("--method", default="", help="another way to train one stage: semi or unsupervised, for lift")
    train.add_argument("--data", default="synth", help="folder of motion capture, or labelled videos for genre")
    train.add_argument("--tiny", action="store_true", help="small nets and few steps, as the demo and the tests use")
    train.add_argument("--runs", type=Path, default=Path("runs"), help="where checkpoints and logs go")
    train.add_argument("--ship", action="store_true", help="put the weights into the package, with their scores")
    _cache_options(train)
    _weights_option(train)

    demo = _command(commands, "demo", "train small stages on the synthetic dancer and run them on a new clip")
    demo.add_argument("video", nargs="?", type=Path, help="your own video: the shipped weights run on it instead")
    demo.add_argument("-o", "--out", type=Path, default=Path("out/demo"))
    _cache_options(demo)

    check = _command(commands, "check", "what a video holds, and what is wrong with it")
    check.add_argument("video", type=Path)

    doctor = _command(commands, "doctor", "what this machine has and what is missing")
    doctor.add_argument("--json", type=Path)

    cache = _command(commands, "cache", "list, verify, clean and explain the cache")
    cache.add_argument("action", choices=("ls", "verify", "gc", "explain"))
    cache.add_argument("video", nargs="?", type=Path, help="for explain: the video whose stages are asked about")
    cache.add_argument("--pose-from", choices=tuple(POSES), default="lift", help="for explain: as for run")
    cache.add_argument("--days", type=float, default=30.0, help="gc: keep what was used within so many days")
    _cache_options(cache)

    export = _command(commands, "export", "write the files of a finished run again, in chosen formats, or a net")
    export.add_argument(
        "results", type=Path, metavar="OUT", help="folder of a finished run; with --onnx the file to write"
    )
    export.add_argument("--to", default="csv,bvh", help="of csv, bvh, json; several with commas")
    able = [name for name, stage in STAGES.items() if stage.onnx]
    export.add_argument("--onnx", choices=able, help="write the net of this stage as an ONNX file instead")
    _weights_option(export)

    _tracks(_command(commands, "tracks", "who is who in a finished run: list, and put right"))
    _movements(_command(commands, "movements", "movement types, labels of motion as CSV, and how often they happen"))

    compare = _command(commands, "compare", "two dancers: what B does other than A, where, and early or late")
    text = "folder of a finished run, pose3d.npz or a file of motion"
    compare.add_argument("a", type=Path, metavar="A", help=f"the one to compare with, such as the teacher: {text}")
    compare.add_argument("b", type=Path, metavar="B", help="the other, likewise; the same folder for two of one clip")
    compare.add_argument("-o", "--out", type=Path, help="folder for the results; A-vs-B here if not given")
    compare.add_argument("--mirror", action="store_true", help="take B as a mirror shows him, as facing a teacher")
    compare.add_argument("--person-a", type=int, metavar="N", help="which dancer, where A holds several")
    compare.add_argument("--person-b", type=int, metavar="N", help="which dancer, where B holds several")
    compare.add_argument("--json", action="store_true", help="print comparison.json instead of a few lines")

    synth = _command(commands, "synth", "render a synthetic dancer, or a folder of crops, with ground truth")
    synth.add_argument("-o", "--out", type=Path, required=True)
    synth.add_argument("--genre", default="salsa")
    synth.add_argument("--seconds", type=float, default=6.0)
    synth.add_argument("--seed", type=int, default=0)
    synth.add_argument("--crops", type=int, metavar="N", help="write the crops of so many moments, not a video")
    synth.add_argument("--data", type=Path, help="for crops: folder of motion capture; invented motion if not given")
    synth.add_argument("--views", type=int, default=4, help="for crops of motion capture: cameras (4)")
    synth.add_argument("--crop-size", type=int, default=64, help="for crops: pixels (64)")
    synth.add_argument("--workers", type=int, default=1, help="for crops: processes (1)")

    crops = _command(commands, "crops", "cut people out of footage or a data set, for the detector to learn from")
    crops.add_argument("source", type=Path, help="video, folder of images with masks, COCO JSON, or a set's folder")
    crops.add_argument("-o", "--out", type=Path, required=True, help="folder for the crops")
    text = "how the source is laid out: human36m, mpi3dhp, multiview, coco, images, video; found out if not given"
    crops.add_argument("--kind", default="auto", help=text)
    text = "how people are found, such as selfie or mog2; if not given, by the masks that come with the source, if any"
    crops.add_argument("--foreground", default="auto", help=text)
    crops.add_argument("--size", type=int, default=64, help="of the crops, pixels (64)")
    crops.add_argument("--every", type=int, default=1, metavar="N", help="take every N-th frame")
    text = "three cameras or more stand still and see one person: masks are made better by what they agree on"
    crops.add_argument("--standing", action="store_true", help=text)
    crops.add_argument("--split", help="train, val or test for all; if not given, by the set's own rule, or train")

    bench = _command(commands, "bench", "the figures of the documentation, measured here and now")
    bench.add_argument("stages", nargs="*", metavar="STAGE", help="all that have figures if none is given")
    bench.add_argument("--data", type=Path, help="score on the files in this folder instead of the default split")
    bench.add_argument("--json", type=Path, help="write the figures here as well")
    text = "seconds of each training that is scored without --data; 0 for none"
    bench.add_argument("--budget", type=float, default=600.0, metavar="SECONDS", help=text)

    weights = _command(commands, "weights", "list, verify or fetch weights: those that ship, and other detectors'")
    weights.add_argument("action", choices=("list", "verify", "fetch"))
    weights.add_argument(
        "names", nargs="*", metavar="NAME", help="verify, fetch: these; verify takes all if none is given"
    )
    weights.add_argument("--commercial", action="store_true", help="list: only those free for commercial use")
    text = "fetch: take it from here instead of its mirrors: a file, a folder or a URL"
    weights.add_argument("--from", dest="origin", default="", metavar="PLACE", help=text)
    return parser


def _tracks(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")

    def action(name: str, text: str, *dancers: str, when: bool = False) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = actions.add_parser(
            name, help=text, description=text[0].upper() + text[1:] + "."
        )
        made.add_argument("results", type=Path, metavar="OUT", help="folder of a finished run")
        for dancer in dancers:
            made.add_argument(dancer.lower(), type=int, metavar=dancer, help="number of a dancer, as list shows it")
        if when:
            at = made.add_mutually_exclusive_group(required=True)
            at.add_argument("--at", type=float, metavar="SECONDS", help="from this time on")
            at.add_argument("--frame", type=int, help="from this frame on, counted from 0")
        if name != "list":
            made.add_argument("--video", type=Path, help="where the video is now, if it has moved")
            _cache_options(made)
        return made

    action("list", "dancers with times, sizes and crossings")
    action("swap", "exchange two dancers from a time on, where a crossing went wrong", "FIRST", "SECOND", when=True)
    action("confirm", "two dancers are right after a doubtful crossing", "FIRST", "SECOND", when=True)
    merge = action("merge", "make GONE a part of INTO", "INTO", "GONE")
    merge.add_argument("--prefer", type=int, default=0, metavar="N", help="whose rows are kept where both are seen")
    action("split", "from a time on, DANCER is somebody new", "DANCER", when=True)
    action("keep", "drop all but these").add_argument("dancers", type=int, nargs="+", metavar="DANCER")
    action("rename", "give DANCER a name", "DANCER").add_argument("name")
    action("undo", "take back the last edit")


def _movements(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    text = "YAML of your own movement types (docs/movements-own.md)"

    types = actions.add_parser("list", help="every type: kind, how well 17 joints show it, title, mirror image")
    types.add_argument("--part", choices=PARTS, metavar="PART", help=f"only of this part: {', '.join(PARTS)}")
    types.add_argument("--types", type=Path, metavar="YAML", help=text)

    label = actions.add_parser("label", help="when what happens: a CSV to read, correct and train on")
    said = "file or folder of motion, which the rules label, or folder of a finished run, whose labels are written"
    label.add_argument("source", type=Path, metavar="FILE_OR_FOLDER", help=said)
    label.add_argument("-o", "--out", type=Path, required=True, metavar="CSV", help="file to write")
    label.add_argument("--types", type=Path, metavar="YAML", help=text)
    label.add_argument("--rules", action="store_true", help="of a run: label its poses by the rules instead")

    rates = actions.add_parser("rates", help="how often and how long each type happens, as a table and plots")
    rates.add_argument("data", type=Path, metavar="DIR", help="folder of motion")
    rates.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder for the table and the plots")


def _command(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(command=name)
    return parser


def _cache_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cache", type=Path, help="cache folder (or DANCE3D_CACHE)")
    parser.add_argument("--no-cache", action="store_true", help="keep nothing, use nothing kept")
    parser.add_argument("--explain", action="store_true", help="say of each stage why it ran or not")


def _weights_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", nargs="*", default=[], metavar="STAGE=FILE", help="in place of those that ship")
