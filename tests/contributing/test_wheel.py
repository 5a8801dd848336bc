"""The wheel: it holds every file of the package, and with the packages of a plain installation it runs a video."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dance3d.synth.clip import write_scene

ROOT = Path(__file__).parents[2]
OUTSIDE = shutil.ignore_patterns(".*", "build", "out", "runs", "data", "wandb", "__pycache__", "*.egg-info")
RUN = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

from dance3d.lazy_import import TRAINING as blocked
sys.meta_path.insert(0, Missing())
import dance3d
from dance3d.cli import main
assert dance3d.__file__.startswith(sys.argv[1]), dance3d.__file__
assert main(["run", "clip/video.mp4", "-o", "results", "--no-cache", "-q"]) == 0
assert main(["train", "lift", "--tiny", "--no-cache"]) == 3
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "sources", ignore=OUTSIDE)
    words = [
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(folder / "sources"),
    ]
    subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as stored:
        stored.extractall(folder / "installed")
    return folder / "installed"


def test_it_holds_every_file_of_the_package(wheel):
    ours = {path.relative_to(ROOT) for path in (ROOT / "dance3d").rglob("*") if path.is_file()}
    ours = {path for path in ours if "__pycache__" not in path.parts}
    there = {path.relative_to(wheel) for path in wheel.rglob("*") if path.is_file()}
    assert len(ours) > 500 and not {str(path) for path in ours - there}


def test_no_file_of_the_package_is_a_link():
    """Where Windows makes no links, a checkout has a text in their place."""
    assert not [path for path in (ROOT / "dance3d").rglob("*") if path.is_symlink()]


def test_without_the_packages_of_training_it_runs_a_video_and_says_what_training_needs(wheel, tmp_path):
    write_scene(tmp_path / "clip", "salsa", seconds=1.0, seed=1)
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(wheel)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(wheel), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "results" / "report.html").exists()
    assert done.stderr.splitlines()[-1].endswith("which is not installed: pip install 'dance3d[train]'")
