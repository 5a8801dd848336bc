from dataclasses import replace

import numpy as np
import pytest
import torch
from motion_bodies import standing
from moving_arms import TYPES, dancing, inputs, pose

from dance3d.contracts import Movements
from dance3d.io import weights
from dance3d.io.weights import default
from dance3d.movement_types import MOVEMENTS, WORD_NAMES
from dance3d.stages.motion.model import MotionNet
from dance3d.stages.motion.predict import in_chunks, load, predict
from dance3d.stages.motion.settings import MotionSettings


@pytest.mark.parametrize("encoder", ["tcn", "lstm"])
@pytest.mark.parametrize("size", [1, 37, 64])
def test_a_net_gives_the_same_in_any_chunks(encoder, size):
    torch.manual_seed(0)
    net = MotionNet(encoder, hidden=8).eval()
    joints, hints = inputs(dancing())
    whole = in_chunks(net, joints, hints, size=10_000)
    torch.testing.assert_close(in_chunks(net, joints, hints, size=size), whole, atol=1e-5, rtol=0)


def test_a_net_of_words_says_them_with_their_thresholds_and_whom_to_trust(tmp_path):
    """Error bars and grades go in; where the camera moves in an unknown way, no word of the room is said."""
    torch.manual_seed(0)
    net = MotionNet(hidden=8, words=WORD_NAMES, graded=True)
    net.trusted[5] = 0
    net.calibrate(net.slope, net.shift + 1, net.least - 0.5, net.ruled)
    weights.save(tmp_path / "m.safetensors", arrays_of(net), "motion", net.config)
    sure = pose(dancing())
    vague = replace(sure, doubt=np.full(sure.xyz.shape[:2], 0.2, np.float32))
    moved = replace(sure, still=np.full((sure.frames, 2, 3), np.nan, np.float32))
    one, other, placed = predict({"lift": [sure, vague, moved]}, MotionSettings(), tmp_path / "m.safetensors")
    assert one.words.shape == (sure.frames, len(WORD_NAMES)) and one.trusted.sum() == len(MOVEMENTS) - 1
    np.testing.assert_allclose(one.words_least, 1 / (1 + np.exp(-0.5)), atol=1e-3)
    assert np.abs(one.words - other.words).max() > 1e-3, "error bars are read"
    travel = WORD_NAMES.index("travel")
    assert one.words[:, travel].all() and not placed.words[:, travel].any()
    assert placed.words[:, WORD_NAMES.index("raise_left_arm")].all()


def test_the_shipped_weights_know_every_word_and_trust_some_types():
    net = load(default("motion"))
    assert net.words == WORD_NAMES and 0 < int(net.trusted[: len(MOVEMENTS)].sum()) < len(MOVEMENTS)


def test_weights_from_before_words_still_load_and_say_none(tmp_path):
    old = MotionNet(hidden=8)
    config = {name: value for name, value in old.config.items() if name not in ("words", "graded")}
    weights.save(tmp_path / "m.safetensors", arrays_of(old), "motion", config)
    [found] = predict({"lift": [pose(dancing())]}, MotionSettings(), tmp_path / "m.safetensors")
    assert found.words is None and found.trusted is None and found.least is not None


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
