import pytest
import torch

from dance3d.metrics import MPJPE, ErrorBy


def poses(frames=6, batch=2, seed=0):
    xyz = torch.randn(batch, frames, 17, 3, generator=torch.Generator().manual_seed(seed)) * 0.3
    return xyz - xyz[:, :, :1]


def test_each_error_falls_where_it_belongs_by_hand():
    true = torch.zeros(1, 4, 17, 3)
    true[..., 5, 2] = 0.45  # joint 5 is 0.45 m behind the root: the 13th of 16 bins from -0.8 to 0.8
    off = true.clone()
    off[0, 2, 5, 0] = 0.068  # and 68 mm off in the third of four frames
    metric = ErrorBy()
    metric.update(off, true, torch.tensor([3]))
    found = metric.compute()
    assert found.joint[5] == pytest.approx(68 / 4) and found.joint.sum() == pytest.approx(68 / 4)
    assert found.frame.tolist() == pytest.approx([0, 0, 68 / 17, 0])
    assert found.depth[12] == pytest.approx(68 / 4) and found.depth[8] == 0 and found.depth[0].isnan()
    assert found.edges[12] <= 0.45 < found.edges[13]
    assert found.group[3] == pytest.approx(1) and found.group[0].isnan()


def test_the_parts_make_the_whole():
    predicted, true = poses(seed=1), poses(seed=2)
    whole, parts = MPJPE(), ErrorBy()
    whole.update(predicted, true)
    parts.update(predicted, true)
    found = parts.compute()
    for part in (found.joint.mean(), found.frame.mean(), found.group[0]):
        assert float(part) == pytest.approx(float(whole.compute()), rel=1e-5)


def test_what_lies_outside_falls_into_the_last_place():
    metric = ErrorBy(frames=4)
    true = poses(9)
    true[..., 3, 2] = 5.0
    metric.update(true + 0.1 * poses(9, seed=1), true)
    found = metric.compute()
    assert len(found.frame) == 4 and found.depth[-1].isfinite()


def test_given_depths_are_taken():
    metric = ErrorBy(nearest=2.0, farthest=6.0, bins=4)
    true = poses(1, 1)
    metric.update(true, true, depth=torch.full((1, 1, 17), 3.5))
    assert metric.compute().depth.isfinite().tolist() == [False, True, False, False]


def test_nothing_seen_and_wrong_shapes():
    metric = ErrorBy()
    metric.update(poses(0), poses(0))
    assert len(metric.compute().frame) == 0 and metric.compute().joint.isnan().all()
    with pytest.raises(ValueError, match="joints"):
        ErrorBy(joints=12).update(poses(), poses())
    with pytest.raises(ValueError, match="bins"):
        ErrorBy(bins=0)
