"""The commands as a user types them: quick help, one clear line for what cannot be used, documented exit codes."""

import subprocess
import sys

import pytest

from dance3d.cli import main
from dance3d.cli.main import COMMANDS
from dance3d.pipeline.exit_codes import USAGE


@pytest.mark.parametrize("name", ["", *(command.name for command in COMMANDS)])
def test_help_imports_nothing_heavy_and_no_other_command(name):
    code = f"""
import contextlib, io, sys
from dance3d.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main({[name, "--help"] if name else ["--help"]})
heavy = {{"torch", "numpy", "cv2", "av", "lightning", "yaml", "rich"}} & set(sys.modules)
print(sorted(heavy), *sorted({ {command.module for command in COMMANDS} } & sys.modules.keys()))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert found == ["[]", *([f"dance3d.cli.{name}"] if name else [])]


def test_wrong_usage_exits_with_2(capsys):
    for words in (["nonsense"], ["run"], ["cache", "burn"], ["cache", "explain"], []):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == USAGE
