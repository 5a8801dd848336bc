"""The scripts of ``dance3d completion`` in the shells themselves, of which bash is everywhere."""

import shutil
import subprocess

import pytest

from dance3d.cli import main
from dance3d.cli.completion import STAGE_OPTIONS, WAYS, places
from dance3d.cli.main import COMMANDS
from dance3d.registry import TRAINABLE

CASES = (  # the words so far, the word that is begun, and all that it may become
    ("", "co", {"compare", "completion"}),
    ("", "li", {"lift", "live"}),
    ("", "zz", set()),
    ("run v.mp4", "--pose", {"--pose-from"}),
    ("run v.mp4 --pose-from", "", {"lift", "detect"}),
    ("run v.mp4 --set", "lift.he", {"lift.height="}),
    ("run v.mp4 --until", "m", {"motion"}),
    ("cache", "", {"ls", "verify", "gc", "explain", "push", "pull", "serve-readonly", "-h", "--help"}),
    ("cache gc", "--d", {"--days"}),
    ("cache ls", "--d", set()),
    ("tracks", "sw", {"swap"}),
    ("train", "l", {"lift"}),
    ("train lift", "--ti", {"--tiny"}),
    ("weights verify", "--qu", {"--quiet"}),
    ("export o --onnx", "", {"keypoints", "lift", "motion", "genre"}),
    ("lift", "f", {"fit"}),
    ("detect", "", {"--help", *WAYS}),
    ("lift fit", "--ru", {"--run_folder"}),
    ("lift fit --method", "s", {"semi"}),
    ("completion", "", {"bash", "zsh", "fish", "-h", "--help", "-v", "--verbose", "-q", "--quiet"}),
)


@pytest.fixture
def script(tmp_path, capsys):
    def write(shell):
        assert main(["completion", shell]) == 0
        path = tmp_path / f"dance3d.{shell}"
        path.write_text(capsys.readouterr().out)
        return path

    return write


def shell(*words, code, **kwargs):
    return subprocess.run([*words, code], capture_output=True, text=True, check=True, **kwargs)


def ask_bash(script, words, begun, cwd):
    array = " ".join(f"'{word}'" for word in ["dance3d", *words, begun])
    code = f"source {script}; COMP_WORDS=({array}); COMP_CWORD={len(words) + 1}; _dance3d; "
    code += "printf '%s\\n' \"${COMPREPLY[@]}\""
    done = shell("bash", "--norc", "-u", "-c", code=code, cwd=cwd)
    assert not done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(("words", "begun", "expected"), CASES)
def test_bash_completes(script, tmp_path, words, begun, expected):
    assert ask_bash(script("bash"), words.split(), begun, tmp_path) == expected


def test_bash_takes_words_with_an_equals_sign(script, tmp_path):
    path = script("bash")
    assert ask_bash(path, ["run", "--pose-from", "="], "d", tmp_path) == {"detect"}
    assert ask_bash(path, ["run", "--pose-from"], "=", tmp_path) == {"lift", "detect"}
    assert ask_bash(path, ["run", "--set", "lift.height", "="], "1", tmp_path) == set()


def test_bash_asks_for_files_where_nothing_is_offered(script):
    code = f"source {script('bash')}; complete -p dance3d"
    assert shell("bash", "--norc", "-c", code=code).stdout.split() == "complete -o default -F _dance3d dance3d".split()


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not here")
@pytest.mark.parametrize(("words", "begun", "expected"), CASES)
def test_zsh_completes(script, words, begun, expected):
    """What is handed to ``compadd``, which itself works only while a user types."""
    array = " ".join(f"'{word}'" for word in ["dance3d", *words.split(), begun])
    code = f"compdef() {{}}; compadd() {{ shift; print -l -- $@ }}; _files() {{}}; source {script('zsh')}; "
    code += f"words=({array}); CURRENT={len(words.split()) + 2}; _dance3d"
    found = shell("zsh", "-f", "-c", code=code)
    assert not found.stderr and {word for word in found.stdout.split() if word.startswith(begun)} == expected


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not here")
@pytest.mark.parametrize(("words", "begun", "expected"), CASES)
def test_fish_completes(script, tmp_path, words, begun, expected):
    line = " ".join(["dance3d", *([words] if words else []), begun])
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    found = shell("fish", "-N", "-c", code=f"source {script('fish')}; complete -C '{line}'", env=env, cwd=tmp_path)
    offered = {row.split("\t")[0] for row in found.stdout.splitlines()} - {"dance3d.fish", "mine.yaml"}
    options = {word for word in expected if word.startswith("-")}
    assert not found.stderr and offered | options == expected


def test_the_words_are_those_of_the_parsers():
    found = {place.at: place for place in places()}
    assert {command.name for command in COMMANDS} | set(TRAINABLE) < set(found[""].words)
    assert {f"{stage} {way}" for stage in TRAINABLE for way in WAYS} < set(found)
    assert {"cache ls", "tracks swap", "weights fetch", "movements label"} < set(found)
    assert found["run"].values["--until"] == ("keypoints", "lift", "detect", "motion", "genre")
    assert all(text for place in found.values() for text in place.words.values())


def test_a_stages_own_options_are_options_of_its_parser(capsys):
    assert main(["lift", "fit", "--help"]) == 0
    shown = capsys.readouterr().out
    ours = {"--verbose", "--quiet"}  # of every command
    assert all(f"{name} " in shown or f"{name}[" in shown or f"{name}\n" in shown for name in set(STAGE_OPTIONS) - ours)


def test_what_is_no_shell_is_named(capsys):
    with pytest.raises(SystemExit):
        main(["completion", "tcsh"])
    assert "'tcsh' (choose from 'bash', 'zsh', 'fish')" in capsys.readouterr().err
