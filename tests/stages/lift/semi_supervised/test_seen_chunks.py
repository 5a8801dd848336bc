from dataclasses import replace

import numpy as np
import pytest
import torch
from semi_batches import make_dance

from dance3d.stages.lift.augment import Augment
from dance3d.stages.lift.data import Chunks, join_takes
from dance3d.stages.lift.semi_supervised.seen_chunks import SeenChunks, draw_seen, join_seen
from dance3d.synth.virtual_cameras import film


@pytest.fixture(scope="module")
def filmed():
    return [one for one in film(make_dance(), cameras="random", count=1) if one.keypoints.measured.all()][:3]


def seen_of(filmed, poses=None):
    poses = [one.truth for one in filmed] if poses is None else poses
    cameras = [one.truth.camera for one in filmed]
    return join_seen([one.keypoints for one in filmed], cameras, poses, [str(n) for n in range(len(filmed))])


def test_chunks_are_the_recordings_own_keypoints_and_poses_mirrored_together(filmed):
    made = draw_seen(seen_of(filmed), 16, 30, 0.0, torch.Generator().manual_seed(0))
    assert made.rays.shape == (16, 30, 17, 2) and made.present.all()
    there = made.xyz + made.root[:, :, None]
    torch.testing.assert_close(there[..., :2] / there[..., 2:], made.rays, rtol=0, atol=2e-3)
    lossy = draw_seen(seen_of(filmed), 64, 30, 1.0, torch.Generator().manual_seed(0))
    assert not lossy.present.all()


def test_recordings_with_a_frame_without_a_pose_are_left_out(filmed):
    xyz = filmed[0].truth.xyz.copy()
    xyz[3] = np.nan
    poses = [replace(filmed[0].truth, xyz=xyz), *(one.truth for one in filmed[1:])]
    assert len(seen_of(filmed, poses).first) == len(filmed) - 1
    assert join_seen([filmed[0].keypoints], [filmed[0].truth.camera], poses[:1], ["a"]) is None


def test_a_share_of_every_batch_is_of_recordings_once_there_are_some(filmed):
    chunks = SeenChunks(Chunks(join_takes(make_dance()), Augment(), 8, 40, 2), 0.25)
    before = chunks.on(0, torch.device("cpu"))
    chunks.seen = seen_of(filmed)
    after = chunks.on(0, torch.device("cpu"))
    assert len(after.rays) == 8 and torch.equal(after.rays[:6], before.rays[2:])
    assert not torch.equal(after.rays[6:], before.rays[:2])
    assert all(part.dtype == other.dtype for part, other in zip(before, after, strict=True))
