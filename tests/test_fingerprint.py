"""The fingerprint of code: what changes a result counts, wherever it stands; what does not, does not."""

import shutil
from pathlib import Path

import pytest

from dance3d import fingerprint as module
from dance3d.fingerprint import fingerprint

KEYPOINTS, LIFT = "dance3d.stages.keypoints.predict", "dance3d.stages.lift.predict"


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    """A copy of the package whose files may be edited."""
    root = tmp_path / "dance3d"
    shutil.copytree(module.ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "weights"))
    monkeypatch.setattr(module, "ROOT", root)
    return root


def prints() -> tuple[str, str]:
    for memory in (fingerprint, module._read):
        memory.cache_clear()
    try:
        return fingerprint(KEYPOINTS), fingerprint(LIFT)
    finally:
        for memory in (fingerprint, module._read):
            memory.cache_clear()


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


@pytest.mark.parametrize(
    ("file", "text", "keypoints", "lift"),
    [
        ("stages/lift/model.py", "\n\ndef helper():\n    return 1\n", False, True),
        ("stages/lift/predict.py", "\nANSWER = 42\n", False, True),
        ("stages/keypoints/smooth.py", "\nANSWER = 42\n", True, False),
        ("stages/keypoints/detectors/rtmpose.py", "\nANSWER = 42\n", True, False),  # named in a table
        ("stages/keypoints/tracking/own.py", "\nANSWER = 42\n", True, False),
        ("skeleton.py", "\nANSWER = 42\n", True, True),  # two imports away from both
        ("stages/genre/model.py", "\nANSWER = 42\n", False, False),
        ("stages/__init__.py", "\nANSWER = 42\n", False, False),
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


def test_a_module_of_someone_else_is_refused():
    with pytest.raises(ValueError, match=r"'numpy\.linalg' is not part of dance3d"):
        fingerprint("numpy.linalg")
