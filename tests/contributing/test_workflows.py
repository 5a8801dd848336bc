"""The workflows name what there is: targets, scripts, the Pythons of the package. Nothing here can run them."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
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
