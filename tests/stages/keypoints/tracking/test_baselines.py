import numpy as np
import pytest
from walkers import clip, line

from dance3d.stages.keypoints import tracking


@pytest.mark.parametrize("name", [n for n in tracking.TRACKERS if n != "own"])
def test_baselines_follow_dancers_who_stay_apart(name):
    if name != "iou":
        pytest.importorskip("trackers", reason="the extra trackers is not installed")
    detections, truth = clip([line(300, 400), line(700, 600), line(1000, 1010)])
    person = tracking.resolve(name)(detections, None).person
    known = person > 0
    assert known.mean() > 0.9
    assert all(len(np.unique(person[known & (truth == p)])) == 1 for p in (1, 2, 3))
    assert len(np.unique(person[known])) == 3
    assert tracking.resolve(name)(clip(np.zeros((0, 5)))[0], None).person.shape == (0,)


def test_a_package_that_is_not_there_is_named(monkeypatch):
    from dance3d.stages.keypoints.tracking import baselines

    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(baselines, "import_module", missing)
    with pytest.raises(ValueError, match=r"needs trackers: pip install 'dance3d\[trackers\]'"):
        baselines.sort(clip([line(300, 400)])[0])
