"""How a training goes, as the logger gets it."""

import csv

import pytest
from fake_wandb_run import fit, make_toy


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    return make_toy(monkeypatch, tmp_path)


def test_rate_gradient_speed_and_memory_are_logged_at_the_steps_that_are_asked_for(tmp_path):
    fit(tmp_path, wandb="off", **{"trainer.log_every_n_steps": 2, "trainer.max_epochs": 4})
    with (tmp_path / "logs/version_0/metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = {
        name: [(int(row["step"]), float(row[f"train/{name}"])) for row in rows if row[f"train/{name}"]]
        for name in ("learning_rate", "gradient_norm", "steps_per_s", "peak_memory_mib")
    }
    steps = [step for step, _ in found["gradient_norm"]]
    assert steps and all((step + 1) % 2 == 0 for step in steps)
    assert [step for step, _ in found["learning_rate"]] == steps
    assert all(value > 0 for values in found.values() for _, value in values)
    rates = [rate for _, rate in found["learning_rate"]]
    assert len(set(rates)) > 1, "the schedule changes it"
