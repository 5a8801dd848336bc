"""Two processes train together, stay equal, and score what one process scores."""

import pytest

from dance3d.benchmarks.machines.small_trainings import SMALL_TRAININGS, write_data
from dance3d.benchmarks.machines.table import pair
from dance3d.benchmarks.machines.worker import validate

QUICK = ("keypoints", "motion")
MADE_OF_BATCHES = ("val/known_kept", "val/strange_told")
"""Of windows that are mixed with others of their batch: other batches, other windows."""


@pytest.mark.parametrize(
    "names", [QUICK, pytest.param([name for name in SMALL_TRAININGS if name not in QUICK], marks=pytest.mark.slow)]
)
def test_two_processes_end_alike_and_score_as_one(names, tmp_path):
    write_data(tmp_path / "data")
    for name, found in pair(names, tmp_path / "data", tmp_path / "two", limit=300):
        assert not [one["error"] for one in found if "error" in one], name
        assert all(one["differing"] == [] for one in found)
        ours, other = (one["figures"] for one in found)
        assert ours == other, name
        single = validate(
            name, tmp_path / "data", tmp_path / "two" / name, trainer__accelerator="cpu", trainer__precision="32-true"
        )
        assert set(single) == set(ours)
        exact = {key: value for key, value in single.items() if key not in MADE_OF_BATCHES}
        assert {key: ours[key] for key in exact} == pytest.approx(exact, rel=1e-5, abs=1e-6, nan_ok=True), name
        for key in set(MADE_OF_BATCHES) & set(single):
            assert ours[key] == pytest.approx(single[key], abs=0.3), name
