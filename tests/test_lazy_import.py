import sys

import pytest

from dance3d.lazy_import import resolve


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
