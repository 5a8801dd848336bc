import numpy as np
import pytest
import torch
from semi_batches import make_dance

from dance3d.contracts import MotionClip
from dance3d.stages.lift.data import join_takes
from dance3d.stages.lift.semi_supervised.data import SemiData, labelled_takes
from dance3d.stages.lift.semi_supervised.views import Unlabelled


def clips(frames, names):
    xyz = np.random.default_rng(0).normal(size=(max(frames), 17, 3)).astype(np.float32)
    return [MotionClip(xyz[:n], 30.0, name, name, "salsa") for n, name in zip(frames, names, strict=True)]


@pytest.fixture(scope="module")
def dance():
    return make_dance()


def test_the_labelled_share_is_whole_takes_by_a_rule_that_grows_with_it():
    all_takes = clips((100, 300, 50, 250, 200, 100), "abcdef")
    names = {share: {c.name for c in labelled_takes(all_takes, share)} for share in (0.001, 0.1, 0.5, 1.0)}
    assert names[0.001] == {"c"} and names[1.0] == set("abcdef")  # the shortest, where none fits
    for share in (0.1, 0.5):
        assert 0 < sum(len(c.xyz) for c in all_takes if c.name in names[share]) <= share * 1000
    assert names[0.5] == {c.name for c in labelled_takes(all_takes[::-1], 0.5)}


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(ValueError, match=rf"data.labelled is {share}, expected"):
        SemiData(labelled=share)


def test_unlabelled_chunks_hold_no_pose_and_their_takes_never_train_with_one(dance):
    data = SemiData(minutes=0.5, labelled=0.4, batch=4, steps=1, val_groups=())
    data.setup()
    (made,) = list(data.train_dataloader())
    assert Unlabelled._fields == ("rays", "present") and made.unlabelled.rays.shape == (4, 42, 17, 2)
    assert torch.isfinite(made.unlabelled.rays).all() and made.unlabelled.present.dtype == torch.bool
    kept = labelled_takes(data.train_clips, 0.4)
    assert torch.equal(data.takes.xyz, join_takes(kept).xyz) and 0 < len(kept) < len(data.train_clips)
    assert len(data.seen) == len(data.train_clips) - len(kept)


def test_assumed_cameras_change_the_rays_and_known_ones_do_not(dance):
    near, wide = (SemiData(minutes=0.5, field_of_view=angle, val_groups=()) for angle in (20.0, 90.0))
    near.setup()
    wide.setup()
    ratio = wide.views.joined.rays.abs().sum() / near.views.joined.rays.abs().sum()
    assert ratio == pytest.approx(np.tan(np.deg2rad(45)) / np.tan(np.deg2rad(10)), rel=0.01)
