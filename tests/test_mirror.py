"""Tests mirror the package: the test of ``dance3d/a/b.py`` is ``tests/a/test_b.py``.

Of a package whose ``__init__.py`` holds code it is ``tests/a/test_init.py``. YAML, HTML and scripts have none: the
module beside them that reads them has.
"""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "dance3d"
WITHOUT: dict[str, str] = {}
"""Modules that have no mirror, with the reason."""
ACROSS = {
    "contributing": "follows the recipes of CONTRIBUTING",
    "docs": "holds the pages against the code",
    "examples": "executes the notebooks",
    "promises": "what docs/promises.md lists, each seen to fail when the code is broken",
    "tools": "the scripts of tools/, which are not in the package",
    "machines": "every recipe in half precision, on another device and in two processes",
    "torture": "the long campaigns' own parts: what is broken on purpose counts as a fault",
    "test_configs.py": "every YAML that ships, whoever reads it",
    "test_docstrings.py": "how every docstring is written",
    "test_mirror.py": "this rule",
    "test_rooms.py": "who may import whom",
    "io/keypoint_files/test_hostile_files.py": "the same attacks on every format",
    "io/keypoint_files/test_run_on_files.py": "from a file of keypoints to a report",
    "io/motion_files/test_hostile_files.py": "the same attacks on every format",
    "metrics/test_processes.py": "every metric adds up over processes",
    "report/test_in_browser.py": "the report's scripts, in Chromium",
    "stages/motion/rules/test_real_takes.py": "all rules together, on motion capture",
    "training/test_live_nets.py": "every module's net, before and after predict and export",
}
"""Tests of more than one module: files and whole folders, with what they test."""


def has_code(init: Path) -> bool:
    """Whether a package's ``__init__.py`` holds more than a docstring, imports and names of what is public."""
    for node in ast.parse(init.read_text()).body:
        words = isinstance(node, ast.Import | ast.ImportFrom)
        words |= isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        words |= isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        if not words:
            return True
    return False


def mirror(module: str) -> str:
    """Path of a module's test below ``tests``, both as in ``a/b.py``."""
    path = Path(module)
    return (path.parent / f"test_{path.name.replace('__init__', 'init')}").as_posix()


MODULES = sorted(
    path.relative_to(PACKAGE).as_posix()
    for path in PACKAGE.rglob("*.py")
    if path.name != "__init__.py" or has_code(path)
)
FILES = sorted(path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py"))


def test_every_module_has_its_test_file():
    missing = [f"dance3d/{module} has no tests/{mirror(module)}" for module in MODULES
               if module not in WITHOUT and not (TESTS / mirror(module)).is_file()]  # fmt: skip
    assert not missing, "\n".join(missing)


def test_every_test_file_names_a_module():
    known = {mirror(module) for module in MODULES} | set(ACROSS)
    strange = [f"tests/{file}" for file in FILES if file not in known and file.split("/")[0] not in ACROSS]
    assert not strange, f"test no module of their name: {', '.join(strange)}; list them in ACROSS or move them"


def test_a_test_file_has_tests():
    empty = [file for file in FILES if "def test_" not in (TESTS / file).read_text()]
    assert not empty


def test_exceptions_are_few_and_needed():
    assert len(WITHOUT) < 10 and len(ACROSS) < 20
    assert all(not (TESTS / mirror(module)).is_file() and (PACKAGE / module).is_file() for module in WITHOUT)
    assert all((TESTS / name).exists() for name in ACROSS)
    assert not {mirror(module) for module in MODULES} & set(ACROSS)
