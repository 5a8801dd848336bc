"""A word that a command does not use is refused, with one line that says when it counts."""

import argparse
from pathlib import Path

import pytest

from dance3d.cli import main
from dance3d.cli.main import COMMANDS, parser_of
from dance3d.cli.options import pairs
from dance3d.cli.run_settings import run_settings
from dance3d.pipeline.exit_codes import USAGE, UsageError

IGNORED = (  # the words, and what the one line has to say
    (
        "cache --days 3 gc",
        "one of ls, verify, gc, explain, push, pull, serve-readonly; --days may come after it",
    ),
    ("tracks -v list out", "tracks: error: an action comes first, one of list, swap"),
    ("run v.mp4 --size 640x480", "--size 640x480 counts only with --keypoints"),
    ("run v.mp4 --format coco", "--format coco counts only with --keypoints"),
    ("run v.mp4 --skeleton coco17", "--skeleton coco17 counts only with --keypoints"),
    ("run v.mp4 --take c01", "--take c01 counts only with --keypoints"),
    ("run v.mp4 --height 1.7 --until keypoints", "--height 1.7 counts only where poses are made"),
    ("run v.mp4 --method seeds --until keypoints", "--method seeds counts only where keypoints are lifted"),
    ("run v.mp4 --method seeds --pose-from detect", "--method seeds counts only where keypoints are lifted"),
    ("run v.mp4 --set motion.types=a.yaml --until lift", "the stages that run here are keypoints, lift"),
    ("run v.mp4 --set lift.height=1.8 --height 1.7", "--set lift.height=1.8 says the same thing as another option"),
    ("run v.json --keypoints --set keypoints.backend=own", "says the same thing as another option"),
    ("run v.mp4 --set lift.height=1.8 --set lift.height=1.7", "lift.height is given twice"),
    ("run v.mp4 --weights genre=w --until lift", "the stages that run here are keypoints, lift"),
    ("run v.mp4 --weights detect=w", "the stages that run here are keypoints, lift, motion, genre"),
    (
        "run v.mp4 --weights keypoints=w",
        "--weights keypoints=w counts only with keypoints.backend=own, without keypoints.model",
    ),
    ("run v.mp4 --weights lift=w --method seeds", "--weights lift=w counts only without lift.method=seeds"),
    ("run v.mp4 --set keypoints.take=c01", "keypoints.take counts only with keypoints.backend=file"),
    (
        "run k.json --keypoints --set keypoints.detect_size=640",
        "detect_size counts only without keypoints.backend=file",
    ),
    ("run v.mp4 --set lift.proportions=false --method seeds", "proportions counts only without lift.method=seeds"),
    (
        'run v.mp4 --set lift.field_of_view=60 --set lift.camera={"focal":1000}',
        "lift.field_of_view counts only without lift.camera",
    ),
    ("run v.mp4 --cache a --no-cache", "--no-cache: not allowed with argument --cache"),
    ("run v.mp4 --no-cache --store s", "--store s counts only where results are kept, not with --no-cache"),
    ("run v.mp4 -v -q", "not allowed with"),
    ("cache ls v.mp4", "v.mp4 is not known here"),
    ("cache ls --days 3", "--days counts only with dance3d cache gc"),
    ("cache verify --days 3", "--days counts only with dance3d cache gc"),
    ("cache gc --pose-from lift", "--pose-from counts only with dance3d cache explain"),
    ("cache ls --explain", "--explain is not known here"),
    ("cache ls --no-cache", "--no-cache is not known here"),
    ("weights list selfie", "selfie is not known here"),
    ("weights list --from x", "--from counts only with dance3d weights fetch"),
    ("weights verify --commercial", "--commercial counts only with dance3d weights list"),
    ("synth -o o --data d", "--data d counts only with --crops"),
    ("synth -o o --workers 2", "--workers 2 counts only with --crops"),
    ("synth -o o --crop-size 64", "--crop-size 64 counts only with --crops"),
    ("synth -o o --crops 3 --views 4", "--views 4 counts only with --crops and --data"),
    ("synth -o o --crops 3 --genre salsa", "--genre salsa counts only without --crops"),
    ("synth -o o --crops 3 --seconds 0", "--seconds 0.0 counts only without --crops"),
    ("export o --onnx keypoints --to csv", "--to csv counts only without --onnx"),
    ("export o --weights keypoints=w", "--weights keypoints=w counts only with --onnx"),
    ("export o --onnx keypoints --weights lift=w", "--weights lift=w counts only with --onnx lift"),
    ("bench lift --data d --budget 0", "--budget 0.0 counts only without --data"),
    ("bench genre --budget 60", "--budget 60.0 counts only"),
    ("train lift motion --method semi", "--method semi counts only with one stage"),
    ("train --method semi", "--method semi counts only with one stage"),
    ("train lift --ship --tiny", "not allowed with"),
    ("train lift motion --weights lift=w", "counts only where a stage is trained that learns from lift"),
    ("train lift --weights genre=w", "counts only where a stage is trained that learns from genre"),
    ("movements label walk.bvh -o l.csv --rules", "--rules counts only with the folder of a finished run"),
    ("tracks list o --video v.mp4", "--video counts only with dance3d tracks swap or"),
    ("-q run v.mp4", "a command comes first; -q may come after it"),
)


@pytest.mark.parametrize(("words", "said"), IGNORED, ids=[words for words, _ in IGNORED])
def test_a_word_that_would_be_ignored_is_refused_with_one_line(words, said, capsys):
    try:
        code = main(words.split())
    except SystemExit as end:
        code = end.code
    lines = capsys.readouterr().err.splitlines()
    assert code == USAGE and len(lines) == 1 and said in lines[0], lines


def test_what_counts_is_taken():
    for words in (
        "run k.json --keypoints --fps 25 --size 640x480 --format coco --skeleton coco17 --take c01",
        "run v.mp4 --height 1.7 --method seeds --set lift.floor=false --weights lift=w",
        "train motion --weights lift=w --method paper",
        "synth -o o --crops 3 --data d --views 2 --crop-size 32 --workers 1",
        "synth -o o --genre salsa --seconds 0",
        "export f --onnx keypoints --weights keypoints=w",
        "bench lift --budget 0",
    ):
        name, *rest = words.split()
        parser_of(name).parse_args(rest)


def test_pairs_may_come_together_or_one_by_one():
    options = parser_of("run").parse_args("v.mp4 --set a.b=1 c.d=2 --set e.f=3".split())
    assert pairs(options.set, int) == {"a.b": 1, "c.d": 2, "e.f": 3}
    assert parser_of("run").parse_args(["v.mp4"]).set == []


def test_later_files_win_over_earlier_ones_and_the_command_line_over_both(tmp_path):
    one, two = tmp_path / "1.yaml", tmp_path / "2.yaml"
    one.write_text("pose_from: detect\ndetect: {height: 1.5, smooth: false}\n")
    two.write_text("detect: {height: 1.6}\n")
    options = parser_of("run").parse_args(["v.mp4", "-c", str(one), "-c", str(two)])
    assert run_settings(options) == ({"detect": {"height": 1.6, "smooth": False}}, "detect")
    options = parser_of("run").parse_args(["v.mp4", "-c", str(one), "--set", "detect.height=1.9"])
    assert run_settings(options)[0]["detect"]["height"] == 1.9
    options = parser_of("run").parse_args(["v.mp4", "-c", str(one), "--method", "seeds"])
    with pytest.raises(UsageError, match="--method seeds counts only where keypoints are lifted"):
        run_settings(options)


def test_every_command_and_action_takes_v_and_q():
    for command in COMMANDS:
        for leaf in parser_of(command.name).leaves():
            assert {"-v", "--verbose", "-q", "--quiet"} <= set(leaf._option_string_actions), leaf.prog


def test_an_option_with_a_rule_has_no_value_of_its_own():
    for command in COMMANDS:
        for leaf in parser_of(command.name).leaves():
            for action, when in leaf.rules:
                assert action.default in (None, False, []) and when.text
                assert not isinstance(action, argparse._StoreConstAction) or action.default is False


def test_a_parser_reads_paths():
    assert parser_of("check").parse_args(["v.mp4"]).video == Path("v.mp4")


def test_an_option_that_is_not_written_out_is_not_known(capsys, caplog):
    for text in ("run clip.mp4 --heigh 1.7", "cache gc --day 3", "lift fit --data.sourc x"):
        words = text.split()
        assert _code(words) == USAGE
        assert words[-2] in capsys.readouterr().err + caplog.text


def _code(words):
    try:
        return main(words)
    except SystemExit as end:
        return end.code


@pytest.mark.parametrize("name", ["cache", "tracks", "movements", "weights"])
def test_every_action_stands_in_one_line_with_its_help(name):
    parser = parser_of(name)
    lines = parser.format_help().splitlines()
    for action in parser.subparsers:
        line = next(line for line in lines if line.split()[:1] == [action])
        assert len(line.split()) > 1, line


def test_a_setting_without_a_value_is_told_how_it_is_written():
    with pytest.raises(ValueError, match=r"'lift.height' has no value; expected lift.height=VALUE"):
        pairs(["lift.height"], str)
