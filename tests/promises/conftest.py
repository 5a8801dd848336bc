"""What several promises are tried on."""

import pytest
from toy_chain import make_chain


@pytest.fixture
def chain(monkeypatch, tmp_path):
    """A chain of toy stages that has run once."""
    made = make_chain(monkeypatch, tmp_path)
    made.run()
    made.calls.clear()
    return made
