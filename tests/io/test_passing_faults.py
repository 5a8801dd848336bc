import errno

import pytest

from dance3d.io import passing_faults as module
from dance3d.io.passing_faults import PASSING, WAITS, again


def failing(times, number):
    """Work that fails so often, and how often it was begun."""
    calls = []

    def work():
        calls.append(1)
        if len(calls) <= times:
            raise OSError(number, "fault")
        return "done"

    return work, calls


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    times = []
    monkeypatch.setattr(module.time, "sleep", times.append)
    return times


@pytest.mark.parametrize("number", sorted(PASSING))
def test_what_may_pass_is_tried_again(number, slept):
    work, calls = failing(len(WAITS), number)
    assert again(work) == "done" and len(calls) == len(WAITS) + 1 and slept == list(WAITS)


def test_what_stays_or_cannot_pass_is_raised():
    work, calls = failing(99, errno.EIO)
    with pytest.raises(OSError, match="fault"):
        again(work)
    assert len(calls) == len(WAITS) + 1
    work, calls = failing(1, errno.ENOENT)
    with pytest.raises(OSError, match="fault"):
        again(work)
    assert len(calls) == 1
