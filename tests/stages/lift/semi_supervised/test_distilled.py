import numpy as np
import pytest
import torch

from dance3d.skeleton import H36M17
from dance3d.stages.lift.semi_supervised.distilled import DistilledData, DistilledModule
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import PROTOCOL_CAMERA

SMALL = {"minutes": 0.5, "batch": 4, "steps": 3}


@pytest.fixture(scope="module")
def data():
    """Two short takes lifted by seeds."""
    made = DistilledData(source="synth", **SMALL)
    made.train_clips = [choreograph("salsa", 3.0, seed) for seed in (0, 1)]
    made.prepare_training()
    return made


def test_the_winners_train_and_no_true_motion_does(data):
    truth = choreograph("salsa", 3.0, 0).xyz
    assert len(data.train_clips) == len(data.seen) == 2
    for clip in data.train_clips:
        assert np.isfinite(clip.xyz).all() and len(clip.xyz) <= len(truth)
        assert not np.allclose(clip.xyz[0], truth[0], atol=1e-3)


def test_every_loss_is_zero_at_p_star_but_the_steps(data):
    module = DistilledModule(width=16)
    batch = data.running.on(0, torch.device("cpu"))
    seen = batch.xyz + batch.root[:, :, None]
    batch = batch._replace(rays=seen[..., :2] / seen[..., 2:])
    encoded = module.net.read(batch.rays, batch.present, PROTOCOL_CAMERA)
    pose = module.net.inner(batch.xyz @ encoded.rotation.transpose(-1, -2))
    parts = module.terms(batch, encoded.rotation, pose)
    assert {"position", "velocity", "reprojection", "smooth_2d", "smooth_3d"} <= set(parts)
    assert all(float(parts[name]) < 1e-4 for name in ("position", "velocity", "reprojection"))
    assert float(parts["smooth_2d"]) > 0 and float(parts["smooth_3d"]) > 0
    moved = pose.clone()
    moved[:, :, H36M17.index("left_wrist")] += 0.1
    other = module.terms(batch, encoded.rotation, moved)
    assert other["position"] > parts["position"] and other["reprojection"] > parts["reprojection"]
