"""Ctrl-C where Python itself would hang, lose it or end with a traceback."""

import os
import subprocess
import sys
import time

import pytest

CTRL_C = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
RUN = """
import sys, threading, time
sys.path.insert(0, {folder!r})
from dance3d.io import interrupts
def work():
    {work}
    time.sleep(20)
    return 0
sys.exit(interrupts.run(work))
"""


def ended(tmp_path, work, **modules):
    """Run a process that does some work; its result and the seconds that it took."""
    for name, text in modules.items():
        (tmp_path / f"{name}.py").write_text(text)
    script = tmp_path / "script.py"
    script.write_text(RUN.format(folder=str(tmp_path), work=work))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=15, check=False
    )
    assert done.stderr == "dance3d: interrupted; run the same command again to go on\n"
    return done.returncode, done.stdout, time.monotonic() - start


def test_in_plain_code(tmp_path):
    assert ended(tmp_path, CTRL_C)[0] == 130


def test_during_an_import_which_is_finished_first(tmp_path):
    slow = f"{CTRL_C}\nimport time\ntime.sleep(0.3)\nprint('whole', flush=True)"
    code, said, _ = ended(tmp_path, "import slow_module", slow_module=slow)
    assert code == 130 and said == "whole\n"


def test_during_an_import_that_swallows_exceptions(tmp_path):
    slow = f"try:\n    {CTRL_C}\n    import time\n    time.sleep(0.2)\nexcept BaseException: print('lost')"
    code, said, _ = ended(tmp_path, "import slow_module", slow_module=slow)
    assert code == 130 and not said


@pytest.mark.parametrize("again", [CTRL_C, "pass"])
def test_twice_or_in_an_import_that_does_not_end(tmp_path, again):
    slow = f"{CTRL_C}\nimport time\ntime.sleep(0.1)\n{again}\nwhile True: time.sleep(0.1)"
    code, _, seconds = ended(tmp_path, "import slow_module", slow_module=slow)
    assert code == 130 and seconds < 8


def test_in_a_callback_whose_exceptions_are_ignored(tmp_path):
    thing = f"class Thing:\n    def __del__(self):\n        {CTRL_C}"
    assert ended(tmp_path, "from thing import Thing; Thing()", thing=thing)[0] == 130


def test_while_another_thread_imports(tmp_path):
    slow = "import time\nwhile True: time.sleep(0.1)"
    beside = "interrupts.beside(lambda: __import__('slow_module'))"
    code, _, seconds = ended(tmp_path, f"{beside}; time.sleep(0.2); {CTRL_C}", slow_module=slow)
    assert code == 130 and seconds < 8
