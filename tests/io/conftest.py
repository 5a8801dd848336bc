"""What the tests of readers share."""

import tracemalloc

import pytest


@pytest.fixture
def little():
    """The test allots little memory, whatever a file declares."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * 2**20
