"""Every promise has tests, and each was seen to fail when the code that keeps the promise is broken.

``mutations/pNN.yaml`` lists changes of the code that break promise NN: the text that is replaced, which stands once in
its file, and the test that notices. ``pytest -m slow tests/promises -k p07`` applies those of promise 7, one by one, to
a copy of the package.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = ("dance3d", "tests", "docs", "examples")
SINGLE = ("pyproject.toml", "README.md", "CONTRIBUTING.md", "Makefile")
FIELDS = {"file", "old", "new", "test", "what"}
SECONDS = 300  # a test of a promise takes far less; chosen


def _listed(path):
    """The mutations of one file, each with an id such as p07-2."""
    return [pytest.param(one, id=f"{path.stem}-{n}") for n, one in enumerate(yaml.safe_load(path.read_text()), 1)]


FILES = sorted((HERE / "mutations").glob("*.yaml"))
MUTATIONS = [one for path in FILES for one in _listed(path)]


def _environment(root):
    """That of a process that imports the package of a copy, and that finds the real data where this one does."""
    data = os.environ.get("DANCE3D_DATA") or str(ROOT.parent / "shared" / "data")
    return {**os.environ, "PYTHONPATH": str(root), "DANCE3D_DATA": data, "PYTEST_ADDOPTS": ""}


def _pytest(root, test):
    """Run one test in a copy; what pytest says."""
    words = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-m", "not gpu", test]
    return subprocess.run(words, cwd=root, env=_environment(root), capture_output=True, text=True, timeout=SECONDS)


def _write(path, text):
    """Change a file of the copy; a compiled one of the same second and size would be taken for that of the old text."""
    path.write_text(text)
    if path.suffix == ".py":
        Path(cache_from_source(str(path))).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package and its tests."""
    root = tmp_path_factory.mktemp("package")
    for name in FOLDERS:
        skipped = shutil.ignore_patterns("__pycache__", "torture")
        shutil.copytree(ROOT / name, root / name, ignore=skipped, symlinks=True)
    for name in SINGLE:
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.fixture(scope="module")
def unchanged(package):
    """What each test says of the code as it is, by its name."""
    said = {}

    def ask(test):
        if test not in said:
            said[test] = _pytest(package, test)
        return said[test]

    return ask


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutation_fits_the_code(mutation):
    assert isinstance(mutation, dict) and set(mutation) == FIELDS and all(isinstance(v, str) for v in mutation.values())
    path = ROOT / mutation["file"]
    assert mutation["file"].startswith("dance3d/") and path.is_file(), f"no {mutation['file']}"
    found = path.read_text().count(mutation["old"])
    assert found == 1, f"{mutation['file']} has {found} times: {mutation['old']}"
    assert mutation["new"] != mutation["old"]
    if path.suffix == ".py":
        ast.parse(path.read_text().replace(mutation["old"], mutation["new"]))


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_test_that_notices_a_mutation_is_there(mutation, request):
    file, _, name = mutation["test"].partition("::")
    number = request.node.callspec.id.split("-")[0]
    assert re.fullmatch(rf"tests/promises/test_{number}_\w+\.py", file), f"{file} is no test of {number}"
    tree = ast.parse((ROOT / file).read_text())
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert re.sub(r"\[.*\]$", "", name).split("::")[-1] in defined, f"{file} has no {name}"


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutation_is_noticed(mutation, package, unchanged):
    sound = unchanged(mutation["test"])
    assert sound.returncode == 0, f"fails without the mutation:\n{sound.stdout[-3000:]}{sound.stderr[-1000:]}"
    if "PASSED " not in sound.stdout:
        pytest.skip(f"{mutation['test']} was skipped here:\n{sound.stdout[-300:]}")
    path = package / mutation["file"]
    text = path.read_text()
    try:
        _write(path, text.replace(mutation["old"], mutation["new"]))
        broken = _pytest(package, mutation["test"])
    finally:
        _write(path, text)
    assert broken.returncode == 1 and f"FAILED {mutation['test']}" in broken.stdout, (
        f"not noticed: {mutation['what']}\n{broken.stdout[-3000:]}{broken.stderr[-1000:]}"
    )


# ---- nothing is missing ---------------------------------------------------------------------------------------------

PROMISES = range(1, 25)
PAGE = ROOT / "docs" / "promises.md"
ROW = re.compile(r"^\| P(\d+) [^|]+ \| [^|]+\. \| ([^|]+) \| (\d+) of (\d+) \|", re.M)
"""A promise on the page: its number, a sentence, its tests, and how many of its mutations are noticed."""


def test_every_promise_has_tests_and_mutations():
    tests = {number: sorted(HERE.glob(f"test_p{number:02}_*.py")) for number in PROMISES}
    missing = [f"P{number} has no test" for number, files in tests.items() if not files]
    names = {path.stem for path in FILES}
    missing += [f"P{number} has no mutations" for number in PROMISES if f"p{number:02}" not in names]
    strange = sorted(
        {path.name for path in HERE.glob("test_p*.py")} - {path.name for all in tests.values() for path in all}
    )
    assert not missing and not strange, "; ".join(missing + strange)


def test_every_test_of_a_promise_says_it_in_a_sentence():
    silent = []
    for path in sorted(HERE.glob("test_p*.py")):
        said = ast.get_docstring(ast.parse(path.read_text())) or ""
        if not re.match(rf"P{int(path.name[6:8])}\b", said) or "mutation" not in said.lower():
            silent.append(path.name)
    assert not silent, f"docstring begins with no promise, or names no mutation: {silent}"


def test_the_page_lists_what_is_there():
    told = {
        int(number): (re.findall(r"`([^`]+)`", tests), int(noticed), int(tried))
        for number, tests, noticed, tried in ROW.findall(PAGE.read_text())
    }
    for number in PROMISES:
        files = sorted(path.name for path in HERE.glob(f"test_p{number:02}_*.py"))
        mutations = len(yaml.safe_load((HERE / "mutations" / f"p{number:02}.yaml").read_text()))
        assert told.get(number) == (files, mutations, mutations), f"P{number} on the page"
    assert set(told) == set(PROMISES)
