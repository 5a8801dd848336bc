import re
import sys
import tomllib
from pathlib import Path

import pytest

from dance3d.lazy_import import TRAINING, resolve, what_to_install


def test_a_name_is_imported_when_it_is_asked_for(tmp_path, monkeypatch):
    (tmp_path / "asked_for_late.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "asked_for_late" not in sys.modules
    assert resolve("asked_for_late:answer") == 42
    del sys.modules["asked_for_late"]


def test_what_is_not_there_is_an_error_of_import_or_name():
    with pytest.raises(ModuleNotFoundError):
        resolve("dance3d.nowhere:answer")
    with pytest.raises(AttributeError):
        resolve("dance3d.lazy_import:answer")


def test_what_training_needs_has_its_command_and_others_have_none():
    assert what_to_install(ModuleNotFoundError(name="lightning.pytorch")) == (
        "this needs the package lightning, which is not installed: pip install 'dance3d[train]'"
    )
    assert not what_to_install(ModuleNotFoundError(name="numpy")) and not what_to_install(ImportError("broken"))


def test_the_packages_of_training_are_those_of_its_extra():
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[\[>=<]", line)[0] for line in project["optional-dependencies"]["train"]]
    assert sorted(names) == sorted(name.replace("skfmm", "scikit-fmm") for name in TRAINING)
