"""P12: a training that is killed at any moment and resumed gives the same weights, optimizer and rates, bit for bit.

Seen to fail under the mutations of ``mutations/p12.yaml``: random numbers that go on from where the process happens to
be, a schedule that begins again.
"""

import signal

import pytest
from killed_runs import killed
from toy_runs import assert_equal_runs, fit, make_toy

KILL = int(signal.SIGKILL)
MOMENTS = {
    "before the first step": {"model": {"kill": 0, "signal": KILL}},
    "in the first epoch": {"model": {"kill": 1, "signal": KILL}},
    "in an epoch": {"model": {"kill": 7, "signal": KILL}},
    "at the end of an epoch": {"model": {"kill": 9, "signal": KILL}},
    "while a checkpoint is half written": {"saves": 2},
    "before a whole checkpoint has its name": {"saves": 2, "whole": True},
}


@pytest.fixture(scope="module", autouse=True)
def toy():
    with pytest.MonkeyPatch.context() as patch:
        yield make_toy(patch)


@pytest.fixture(scope="module")
def whole(toy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("p12") / "whole"
    fit(folder)
    return folder


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_killed_and_resumed_equals_never_killed(whole, tmp_path, moment):
    killed(tmp_path, **moment)
    assert not (tmp_path / "weights.safetensors").exists()
    fit(tmp_path, model={"kill": -1})
    assert_equal_runs(whole, tmp_path)
    assert (tmp_path / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("step", [2, 7])
def test_stopped_inside_an_epoch_and_resumed_equals_never_stopped(whole, tmp_path, step):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, model={"kill": step})
    fit(tmp_path)
    assert_equal_runs(whole, tmp_path)
