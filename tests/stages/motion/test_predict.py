import numpy as np
import pytest
import torch
from motion_bodies import standing
from moving_arms import TYPES, dancing, inputs, pose

from dance3d.contracts import Movements
from dance3d.io import weights
from dance3d.movement_types import MOVEMENTS
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.predict import in_chunks, predict
from dance3d.stages.motion.settings import MotionSettings


@pytest.mark.parametrize("encoder", ["tcn", "lstm"])
@pytest.mark.parametrize("size", [1, 37, 64])
def test_a_net_gives_the_same_in_any_chunks(encoder, size):
    torch.manual_seed(0)
    net = MotionNet(encoder, hidden=8).eval()
    joints, hints = inputs(dancing())
    whole = in_chunks(net, joints, hints, size=10_000)
    torch.testing.assert_close(in_chunks(net, joints, hints, size=size), whole, atol=1e-5, rtol=0)


def test_types_that_only_labels_tell_must_have_been_learned(tmp_path):
    (tmp_path / "types.yaml").write_text(TYPES)
    weights.save(tmp_path / "m.safetensors", arrays_of(MotionNet(hidden=8)), "motion", MotionNet(hidden=8).config)
    with pytest.raises(ValueError, match=r"l_arm\.salute is known from labels only"):
        predict({"lift": [pose(dancing())]}, MotionSettings(types=tmp_path / "types.yaml"), tmp_path / "m.safetensors")
    taught = MotionNet(hidden=8, own=["body.clap", "l_arm.salute"])
    weights.save(tmp_path / "m.safetensors", arrays_of(taught), "motion", taught.config)
    with pytest.raises(ValueError, match=r"give its file as motion\.types"):
        predict({"lift": [pose(dancing())]}, MotionSettings(), tmp_path / "m.safetensors")


def arrays_of(net):
    return {name: value.numpy() for name, value in net.state_dict().items()}


def test_rows_stay_and_missing_ones_are_missing(tmp_path):
    path = tmp_path / "motion.safetensors"
    weights.save(path, arrays_of(MotionNet(hidden=8)), "motion", MotionNet(hidden=8).config)
    body = dancing()
    body[40:100] = np.nan
    tracks = [pose(body), pose(standing(1)), pose(np.full((3, 17, 3), np.nan))]
    broken, single, empty = predict({"lift": tracks}, MotionSettings(), path)
    assert np.isnan(broken.prob[40:100]).all()
    assert np.isfinite(np.delete(broken.prob, np.s_[40:100], 0)).all()
    assert single.prob.shape == (1, len(MOVEMENTS))
    assert not single.prob.any()
    assert np.isnan(empty.prob).all()
    assert isinstance(empty, Movements)


def test_without_weights_it_says_so():
    with pytest.raises(ValueError, match="motion needs weights"):
        predict({"lift": []}, MotionSettings(), None)
