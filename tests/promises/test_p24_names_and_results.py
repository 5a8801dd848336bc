"""P24: names that are no text work as well as others; where results cannot lie is said before the work.

Fails where a name is written as text without a look whether it is, or where a folder for the results is tried only
after the work (mutations/p24.yaml).
"""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from toy_chain import make_chain

from dance3d.cli import main
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.exit_codes import REFUSED

NAMES = {
    "spaces": "my clip (1) .mp4",
    "other letters": "Tänzerin 춤 🕺.mp4",
    "quotes": "a'b\"c <d> & %20 #1?.mp4",
    "no ending": "clip",
    "a line break": "two\nlines.mp4",
    "a dash": "-o.mp4",
    "no text": os.fsdecode(b"bad\xff.mp4"),
    "long": "x" * 251 + ".mp4",
}


@pytest.fixture
def chain(monkeypatch, tmp_path):
    return make_chain(monkeypatch, tmp_path)


@pytest.mark.parametrize("case", NAMES)
def test_a_video_may_have_any_name_that_a_file_can_have(chain, case):
    chain.run(out=chain.folder / "plain")
    named = chain.folder / "in" / NAMES[case]
    named.parent.mkdir()
    shutil.copyfile(chain.video, named)
    done = chain.run(named, cache=Cache(None))
    tables = {name: data for name, data in chain.contents().items() if name != "report.html"}
    assert tables == {n: d for n, d in chain.contents(chain.folder / "plain").items() if n != "report.html"}
    path = json.loads((chain.out / "result.json").read_text(encoding="utf-8"))["video"]["path"]
    assert path.encode("utf-8") and path == done.result["video"]["path"]
    (chain.out / "report.html").read_text(encoding="utf-8")
    assert [p.name for p in named.parent.iterdir()] == [named.name]  # nothing is written beside it


@pytest.mark.parametrize("case", NAMES)
def test_so_may_the_folder_of_the_results_and_what_is_told_of_it(chain, case, capsys):
    out = chain.folder / NAMES[case]
    words = ["run", str(chain.video), f"--out={out}", "--cache", str(chain.folder / "cache")]
    assert main(words) == 0
    assert (out / "result.json").exists() and "report.html" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["a file", "below a file", "a pipe", "a link to nowhere", "read-only"])
def test_where_no_results_can_lie_is_said_before_the_work(chain, capsys, kind):
    (chain.folder / "file").write_text("mine")
    out = {"a file": chain.folder / "file", "below a file": chain.folder / "file" / "out"}.get(kind, chain.out)
    if kind == "read-only":
        out = Path("/proc")  # refuses also root
        if not out.is_dir():
            pytest.skip("no folder here that refuses files")
    elif kind == "a pipe":
        os.mkfifo(out)
    elif kind.startswith("a link"):
        out.symlink_to(chain.folder / "file" / "nowhere")
    assert main(["run", str(chain.video), "-o", str(out), "--cache", str(chain.folder / "cache")]) == REFUSED
    said = capsys.readouterr().err
    assert str(out) in said and len(said.splitlines()) == 1 and chain.calls == []
    assert (chain.folder / "file").read_text() == "mine"


def _in_a_spawned_process(video, out, told):
    with pytest.MonkeyPatch.context() as patch:
        chain = make_chain(patch, Path(video).parent)
        chain.video = Path(video)
        chain.run(out=Path(out), cache=Cache(None))
    told.put(sorted(p.name for p in Path(out).iterdir()))


def test_a_spawned_process_runs_it_too(tmp_path, monkeypatch):
    (tmp_path / "clip.mp4").write_bytes(b"some frames")
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[1]), *sys.path])
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(target=_spawned, args=(str(tmp_path / "clip.mp4"), str(tmp_path / "out"), told))
    process.start()
    assert told.get(timeout=60) == ["overlay.mp4", "person-1", "report.html", "result.json"]
    process.join()


def _spawned(*given):
    _in_a_spawned_process(*given)


def test_no_screen_and_no_home_are_needed(tmp_path):
    """In a process of its own, as from cron: no HOME, no DISPLAY, a user without an entry."""
    program = (
        "import os, pwd, sys\n"
        "def none(*given): raise KeyError(given)\n"
        "pwd.getpwuid = pwd.getpwnam = none\n"
        "from dance3d.cli import main\n"
        "sys.exit(main(['cache', 'verify']) or main(['settings']))\n"
    )
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    done = subprocess.run([sys.executable, "-c", program], env=kept, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "no home folder" in done.stderr and "Traceback" not in done.stderr, done.stderr
