import logging
import warnings

import pytest
import toy_runs

from dance3d.training.log_filter import hidden_log_messages


def test_what_nobody_can_act_on_is_not_said_and_all_else_is():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with hidden_log_messages():
            warnings.warn("The 'train_dataloader' does not have many workers which may be a bottleneck", stacklevel=1)
            warnings.warn("the disk is full", stacklevel=1)
    assert [str(one.message) for one in said] == ["the disk is full"]


def test_lightning_is_kept_to_warnings_and_is_itself_again_afterwards():
    lightning, ours = logging.getLogger("lightning.pytorch"), logging.getLogger("dance3d")
    before = lightning.level, ours.level, list(ours.handlers)
    with pytest.raises(KeyError), hidden_log_messages():
        assert lightning.level == logging.WARNING and ours.isEnabledFor(logging.INFO)
        raise KeyError
    assert (lightning.level, ours.level, list(ours.handlers)) == before


def test_what_a_profiler_found_is_said(tmp_path, monkeypatch, caplog):
    toy_runs.make_toy(monkeypatch)
    toy_runs.fit(tmp_path, **{"trainer.profiler": "simple", "trainer.max_epochs": 1})
    assert "FIT Profiler Report" in caplog.text and "run_training_batch" in caplog.text
