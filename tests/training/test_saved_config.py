"""The resolved config of a run is in its folder, and W&B gets the same."""

import pytest
import yaml
from fake_wandb_run import fit, make_fake_wandb, make_toy


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    return make_toy(monkeypatch, tmp_path)


def test_the_folder_and_wandb_hold_the_same_settings(tmp_path, monkeypatch):
    fake = make_fake_wandb(monkeypatch)
    fit(tmp_path, wandb="offline")
    kept = yaml.safe_load((tmp_path / "logs/version_0/config.yaml").read_text())
    sent = [args[0] for name, args, _ in fake.run.calls if name == "config"]
    assert kept["trainer"]["max_epochs"] == 2 and kept in sent
