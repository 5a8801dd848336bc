import numpy as np
from motion_bodies import TIME
from moving_arms import dancing

from dance3d.contracts import Keypoints2D
from dance3d.movement_types import MOVEMENTS
from dance3d.skeleton import H36M17
from dance3d.stages.motion.encode import encode_flat
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.predict import on_picture


def test_the_picture_is_read_as_a_flat_world():
    body = dancing()
    xy = body[..., :2] * [200, -200] + [500, 600]
    seen = np.random.default_rng(0).random(xy.shape[:2]) > 0.02
    shown = np.where(seen[..., None], xy, np.nan)
    shown[60:100] = np.nan  # the dancer is away
    keypoints = Keypoints2D(shown, seen.astype(float), seen, TIME, (1000, 1000))
    stretches, rows = encode_flat(keypoints)
    assert len(stretches) == 2 and not rows[60:100].any() and rows[:60].all()
    joints = stretches[0][1].numpy()[..., :2]
    first = xy[:60] * [1, -1]
    scale = np.linalg.norm(first[0, H36M17.index("thorax")] - first[0, H36M17.index("pelvis")])
    apart = joints[10, H36M17.index("left_wrist")] - joints[10, H36M17.index("pelvis")]
    true = (first[10, H36M17.index("left_wrist")] - first[10, H36M17.index("pelvis")]) / scale
    assert apart @ true / np.linalg.norm(apart) / np.linalg.norm(true) > 0.999
    net = MotionNet(hidden=8, hints=False, dims=2).eval()
    found = on_picture(net, keypoints)
    assert found.prob.shape == (len(TIME), len(MOVEMENTS))
    assert np.isnan(found.prob[60:100]).all() and np.isfinite(found.prob[:60]).all()
