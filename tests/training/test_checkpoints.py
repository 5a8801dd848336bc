import pytest
import torch
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


def test_a_damaged_last_checkpoint_falls_back_to_the_one_before_and_says_so(tmp_path, caplog):
    fit(tmp_path / "whole")
    fit(tmp_path / "cut", **{"trainer.max_epochs": 3})
    path = tmp_path / "cut/checkpoints/last.ckpt"
    path.write_bytes(path.read_bytes()[:-500])
    fit(tmp_path / "cut")
    assert "last.ckpt is damaged" in caplog.text and "previous.ckpt" in caplog.text
    assert_equal_runs(tmp_path / "whole", tmp_path / "cut")


def test_flipped_bytes_make_a_checkpoint_invalid(tmp_path):
    path = tmp_path / "a.ckpt"
    torch.save({"a": torch.arange(1000)}, path)
    assert checkpoints.valid(path)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 255
    path.write_bytes(raw)
    assert not checkpoints.valid(path) and not checkpoints.valid(tmp_path / "none.ckpt")
