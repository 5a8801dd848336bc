import pytest
from toy_runs import assert_equal_runs, fit, make_toy

from dance3d.training import checkpoints


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    return make_toy(monkeypatch)


def test_going_on_after_a_crash_during_a_save_equals_never_having_stopped(tmp_path):
    fit(tmp_path / "whole")
    with pytest.raises(checkpoints.NotFinite):
        fit(tmp_path / "two", model={"poison": 7})
    (tmp_path / "two/checkpoints/next.ckpt").write_bytes(b"half a checkpoint")
    fit(tmp_path / "two", model={"poison": -1})
    assert_equal_runs(tmp_path / "whole", tmp_path / "two")
