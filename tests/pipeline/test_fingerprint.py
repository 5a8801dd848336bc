"""The fingerprint of code: what changes a result counts, wherever it stands; what does not, does not."""

import shutil
from pathlib import Path

import pytest

from dance3d.pipeline import fingerprint as module
from dance3d.pipeline.fingerprint import files_of, fingerprint

KEYPOINTS, LIFT = "dance3d.stages.keypoints.predict", "dance3d.stages.lift.predict"


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    """A copy of the package whose files may be edited."""
    root = tmp_path / "dance3d"
    shutil.copytree(module.ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "weights"))
    monkeypatch.setattr(module, "ROOT", root)
    return root


def prints() -> tuple[str, str]:
    fingerprint.cache_clear()
    try:
        return fingerprint(KEYPOINTS), fingerprint(LIFT)
    finally:
        fingerprint.cache_clear()


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


@pytest.mark.parametrize(
    ("file", "text", "keypoints", "lift"),
    [
        ("stages/lift/model.py", "\n\ndef helper():\n    return 1\n", False, True),
        ("stages/lift/predict.py", "\nANSWER = 42\n", False, True),
        ("stages/keypoints/smooth.py", "\nANSWER = 42\n", True, False),
        ("stages/keypoints/detectors/rtmpose.py", "\nANSWER = 42\n", True, False),  # named in a table
        ("stages/keypoints/tracking/tracker.py", "\nANSWER = 42\n", True, False),
        ("skeleton.py", "\nANSWER = 42\n", True, True),  # two imports away from both
        ("stages/genre/model.py", "\nANSWER = 42\n", False, False),
        ("registry.py", "\nANSWER = 42\n", False, False),
        ("cli/main.py", "\nANSWER = 42\n", False, False),
        ("stages/lift/predict.py", "\n# a comment\n\n\n", False, False),
        ("stages/lift/notes.txt", "", False, True),  # a file beside the code may be read by it
    ],
)
def test_what_counts(tree, file, text, keypoints, lift):
    before = prints()
    if not (tree / file).exists():
        (tree / file).write_text("")
    append(tree / file, text)
    after = prints()
    assert (before[0] != after[0], before[1] != after[1]) == (keypoints, lift)


def test_docstrings_do_not_count_but_other_strings_do(tree):
    path = tree / "stages" / "lift" / "extra.py"
    append(tree / "stages" / "lift" / "predict.py", "\nimport dance3d.stages.lift.extra\n")
    path.write_text('"""One."""\n\n\ndef f():\n    """Two."""\n    return "three"\n')
    first = prints()
    path.write_text('"""Other."""\ndef f():\n  """Others."""\n  return "three"\n')
    assert prints() == first
    path.write_text('"""Other."""\ndef f():\n  """Others."""\n  return "four"\n')
    assert prints() != first


@pytest.fixture
def packages(tmp_path, monkeypatch) -> Path:
    """A small package of its own: ``use`` takes ``one`` from ``parts``, whose door passes on ``one`` and ``two``."""
    monkeypatch.setattr(module, "ROOT", tmp_path)
    files = {
        "use.py": "from dance3d.parts import one\n",
        "parts/__init__.py": "from dance3d.parts.first import one\nfrom dance3d.parts.second import two\nOWN = 1\n",
        "parts/first.py": "one = 1\n",
        "parts/second.py": "two = 2\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("from dance3d.parts import one", {"parts/first.py"}),
        ("from dance3d.parts import two as too", {"parts/second.py"}),
        ("from dance3d.parts import first", {"parts/first.py"}),
        ("from dance3d.parts import OWN", {"parts/__init__.py", "parts/first.py", "parts/second.py"}),
        ("from dance3d import parts", {"parts/__init__.py", "parts/first.py", "parts/second.py"}),
        ("import dance3d.parts", {"parts/__init__.py", "parts/first.py", "parts/second.py"}),
        ('TABLE = {"two": "dance3d.parts:two"}', {"parts/second.py"}),
        ("if TYPE_CHECKING:\n    from dance3d.parts import one", set()),
        ("def f():\n    from dance3d.parts import one", {"parts/first.py"}),
        ("from dance3d.registry import get", set()),
    ],
)
def test_a_name_leads_to_the_module_that_defines_it(packages, line, files):
    (packages / "stages").mkdir()
    (packages / "stages" / "__init__.py").write_text('TABLE = "dance3d.parts:two"\n')
    (packages / "use.py").write_text(line + "\n")
    found = {path.relative_to(packages).as_posix() for path in files_of("dance3d.use")}
    assert found == {"use.py", *files}


def test_what_shows_a_training_is_left_out_of_its_key(packages):
    lines = "class Module:\n    def training_step(self):\n        return 1\n\n"
    lines += "    def validation_pictures(self):\n        from dance3d.parts import two\n\n        return two\n"
    (packages / "use.py").write_text(lines)
    assert [path.name for path in files_of("dance3d.use", training=True)] == ["use.py"]
    assert [path.name for path in files_of("dance3d.use")] == ["second.py", "use.py"]
    fingerprint.cache_clear()
    first = fingerprint("dance3d.use", training=True)
    (packages / "use.py").write_text(lines.replace("return two", "return two + 1"))
    fingerprint.cache_clear()
    assert fingerprint("dance3d.use", training=True) == first
    (packages / "use.py").write_text(lines.replace("return 1", "return 2"))
    fingerprint.cache_clear()
    assert fingerprint("dance3d.use", training=True) != first


def test_a_module_of_someone_else_is_refused():
    with pytest.raises(ValueError, match=r"'numpy\.linalg' is not part of dance3d"):
        fingerprint("numpy.linalg")
