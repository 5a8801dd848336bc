"""What later stages need is imported while the first works, but not before its first frame."""

import pytest

from dance3d.io.progress import progress_to, report_progress
from dance3d.pipeline import warm_up
from dance3d.pipeline.warm_up import WarmUp


@pytest.fixture
def imported(monkeypatch):
    found = []
    monkeypatch.setattr(warm_up, "import_module", found.append)
    return found


def test_imports_begin_with_the_first_progress_and_end_before_the_next_stage(imported):
    heard = []
    with progress_to(lambda *told: heard.append(told)), WarmUp(("keypoints", "lift", "motion")) as warm:
        warm.begin()
        assert imported == []
        report_progress(1, 9)
        report_progress(2, 9)
        warm.end()
        assert imported == ["dance3d.stages.lift.predict", "dance3d.stages.motion.predict"]
        report_progress(3, 9)
    assert heard == [(1, 9), (2, 9), (3, 9)]


def test_a_stage_without_progress_or_one_that_fails_imports_nothing(imported):
    with WarmUp(("keypoints", "lift")) as warm:
        warm.begin()
        warm.end()
    with pytest.raises(KeyError), WarmUp(("keypoints", "lift")) as warm:
        warm.begin()
        raise KeyError
    report_progress(1, 1)
    assert imported == []
