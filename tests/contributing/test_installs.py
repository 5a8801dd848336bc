"""One line installs dance3d: the wheel into empty environments, by pip and by uv, for every Python that is here."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import fresh_install
import pytest
import yaml

ROOT = Path(__file__).parents[2]
OUTSIDE = shutil.ignore_patterns(".*", "build", "out", "runs", "data", "wandb", "__pycache__", "*.egg-info")
PYTHONS = ("3.11", "3.12", "3.13")


def call(*words, **more):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def interpreter(version):
    """The Python of a version, if one is here that works."""
    path = shutil.which(f"python{version}")
    works = path and subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0
    return path if works else pytest.skip(f"there is no Python {version} here")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "sources", ignore=OUTSIDE)
    words = ("wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, folder / "sources")
    call(sys.executable, "-m", "pip", *words)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_a_wheel_runs_a_video_in_an_empty_environment(wheel, tmp_path, tool, version):
    """With the torch of this suite, as the index has it for that Python: without a CPU build that is five gigabytes."""
    if tool == "uv" and not shutil.which("uv"):
        pytest.skip("uv is not installed")
    torch = metadata.version("torch").partition("+")[0]  # a build for the CPU alone is taken where there is one
    words = [wheel, "--tool", tool, "--python", interpreter(version), "--torch", torch]
    ran = [sys.executable, ROOT / "tools/fresh_install.py", *words]
    done = subprocess.run([*map(str, ran)], cwd=tmp_path, capture_output=True, text=True, timeout=900)
    if done.returncode == fresh_install.NO_TORCH:
        pytest.skip(f"torch {torch} cannot be had here for Python {version}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"| {tool} | core |" in done.stdout


def test_the_conda_recipe_names_what_pyproject_does():
    given = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    recipe = yaml.safe_load((ROOT / "tools/conda/recipe.yaml").read_text())
    listed = {re.match(r"[\w.-]+", one)[0]: one for one in recipe["requirements"]["run"]}
    named = {re.match(r"[\w-]+", one)[0]: re.search(r">=([\d.]+)", one) for one in given["dependencies"]}
    conda = {"opencv-python": "py-opencv", "torch": "pytorch", "opencv-python-headless": "py-opencv"}
    for name, least in named.items():
        there = listed.pop(conda.get(name, name))
        assert least is None or f">={least[1]}" in there, (name, there)
    assert set(listed) == {"python"} and recipe["about"]["license"] == given["license"]
    assert recipe["context"]["version"] == given["version"]
    assert recipe["build"]["python"]["entry_points"] == [f"{name} = {call}" for name, call in given["scripts"].items()]
    files = {path.relative_to(ROOT).as_posix() for pattern in given["license-files"] for path in ROOT.glob(pattern)}
    assert set(recipe["about"]["license_file"]) == files
    assert recipe["tests"][0]["script"] == ["dance3d --version", "dance3d doctor"]
