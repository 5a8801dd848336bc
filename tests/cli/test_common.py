"""``-v`` and ``-q``: what is printed and logged with each, and without."""

import logging
from argparse import Namespace
from types import SimpleNamespace

import pytest

from dance3d.cli import main
from dance3d.cli.common import guarded, loudness, reporter, say
from dance3d.pipeline.cache_entry import InputChanged
from dance3d.pipeline.exit_codes import CHANGED, REFUSED, USAGE, UsageError

PLAIN = Namespace(quiet=False, verbose=False, explain=False)
QUIET, VERBOSE = Namespace(quiet=True, verbose=False, explain=False), Namespace(quiet=False, verbose=True)
MADE = SimpleNamespace(cached=False, seconds=1.5, entry=SimpleNamespace(folder="kept/here"))


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (PLAIN, ["lift       working ...", "lift       1.5 s", "hello"]),
        (QUIET, []),
        (VERBOSE, ["lift       working (never made) ...", "lift       1.5 s, in kept/here", "hello"]),
    ],
)
def test_how_much_is_said_of_a_stage(capsys, options, shown):
    report = reporter(options)
    report("lift", "never made", None)
    report("lift", "never made", MADE)
    say(options, "hello")
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == shown


@pytest.mark.parametrize(
    ("options", "levels"), [(PLAIN, ["WARNING", "ERROR"]), (QUIET, ["ERROR"]), (VERBOSE, ["INFO", "WARNING", "ERROR"])]
)
def test_how_much_is_logged(options, levels):
    log = logging.getLogger("dance3d.somewhere")
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.WARNING)
    try:
        with loudness(options):
            assert [name for name in ("INFO", "WARNING", "ERROR") if log.isEnabledFor(getattr(logging, name))] == levels
    finally:
        root.setLevel(before)
    assert logging.getLogger("dance3d").level == logging.NOTSET


def test_training_keeps_to_the_level_that_is_asked_for():
    from dance3d.training.log_filter import hidden_log_messages

    log = logging.getLogger("dance3d.training")
    with loudness(QUIET), hidden_log_messages():
        assert not log.isEnabledFor(logging.INFO)
    with loudness(PLAIN), hidden_log_messages():
        assert log.isEnabledFor(logging.INFO)


def test_a_quiet_run_prints_where_the_report_is_and_nothing_else(tmp_path, capsys, monkeypatch):
    def run(video, out, **given):
        given["report"]("lift", "never made", None)
        return SimpleNamespace(result={"edits": [], "warnings": ["one"], "dancers": []})

    monkeypatch.setattr("dance3d.pipeline.run.run", run)
    assert main(["run", "a.mp4", "-q", "-o", str(tmp_path)]) == 0
    assert capsys.readouterr() == (f"{tmp_path / 'report.html'}\n", "")
    assert main(["run", "a.mp4", "-o", str(tmp_path)]) == 0
    assert "note: one" in capsys.readouterr().out


def test_commands_that_list_say_with_q_only_what_is_wrong(tmp_path, capsys):
    cache = str(tmp_path / "cache")
    for words in (
        ["cache", "verify", "--cache", cache],
        ["cache", "gc", "--cache", cache],
        ["weights", "verify", "lift"],
    ):
        assert main([*words, "-q"]) == 0 and capsys.readouterr() == ("", "")
        assert main(words) == 0 and capsys.readouterr().out
    assert main(["synth", "-o", str(tmp_path), "--seconds", "0.1", "-q"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'video.mp4'}\n"
    assert main(["weights", "verify", "nothing", "-q"]) == REFUSED
    assert "nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputChanged("the video"), CHANGED),
        (UsageError("--fps"), USAGE),
        (ValueError("a\n b"), REFUSED),
        (OSError("disk"), REFUSED),
    ],
)
def test_what_a_user_can_mend_is_one_line_and_an_exit_code(capsys, monkeypatch, error, code):
    def work():
        raise error

    assert guarded(work) == code
    shown = capsys.readouterr().err
    assert shown.startswith("dance3d: ") and shown.count("\n") == 1
    monkeypatch.setenv("DANCE3D_DEBUG", "1")
    with pytest.raises(type(error)):
        guarded(work)


def test_a_package_that_only_training_needs_is_one_line_and_others_are_faults(capsys):
    def without(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    assert guarded(lambda: without("lightning")) == REFUSED
    assert capsys.readouterr().err == (
        "dance3d: this needs the package lightning, which is not installed: pip install 'dance3d[train]'\n"
    )
    with pytest.raises(ModuleNotFoundError):
        guarded(lambda: without("numpy"))
