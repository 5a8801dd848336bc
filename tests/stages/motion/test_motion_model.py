"""The recognisers: shapes, invariances, chunks, calibration, and learning from a training set on disk."""

import json

import numpy as np
import pytest
import torch
from motion_bodies import ALL, ARM, TIME, X, Y, Z, ramp, shift, standing, turn, wobble

from dance3d.contracts import Movements, Pose3D
from dance3d.io import artefacts
from dance3d.metrics import MovementF1
from dance3d.skeleton import PARTS
from dance3d.stages.motion.bench import score
from dance3d.stages.motion.data import MotionBatch, MotionData
from dance3d.stages.motion.model import MotionNet, Seen, width
from dance3d.stages.motion.module import MotionModule
from dance3d.stages.motion.predict import encode, in_chunks, predict
from dance3d.stages.motion.rules import movements, sample
from dance3d.vocabulary import MIRROR, MOVEMENTS, NAMES


def dancing(seed=0):
    """A body that moves its left arm, turns and travels."""
    body = turn(standing(), ARM, "left_shoulder", X, wobble(60, 0.7 + 0.1 * seed))
    body = turn(body, ALL, "pelvis", Y, ramp(0, 120 + 30 * seed, 1.0, 4.0))
    return shift(body, ALL, Z, ramp(0, 1.0, 1.0 + 0.2 * seed, 3.0))


def pose(body, noise=0.0, seed=0):
    root = body[:, :1]
    shaken = body - root + np.random.default_rng(seed).normal(0, noise, body.shape) * (np.arange(17) > 0)[:, None]
    n = len(body)
    return Pose3D(shaken, np.ones(n, bool), np.zeros(n), TIME[:n], root=root[:, 0], up=(0, 1, 0))


def inputs(body):
    [stretch] = sample(pose(body).xyz, TIME, Y, pose(body).root)[0]
    return encode(stretch.signals)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_as_many_features_as_its_net_expects(part):
    assert Seen(torch.randn(2, 5, 17, 3)).part(part).shape == (2, 5, width(part))


def test_features_do_not_depend_on_where_the_dancer_is_and_faces():
    body = torch.from_numpy(dancing()).float()
    c, s = np.cos(1.3), np.sin(1.3)
    away = torch.from_numpy(dancing() @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) + [3.0, 0, 1.0]).float()
    for part in PARTS:
        torch.testing.assert_close(Seen(away[None]).part(part), Seen(body[None]).part(part), atol=2e-4, rtol=0)


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_logits_come_in_the_order_of_the_vocabulary(frames):
    net = MotionNet(hidden=8, hints=False).eval()
    body, hints = torch.randn(2, frames, 17, 3), torch.zeros(2, frames, len(MOVEMENTS))
    logits, _ = net(body, hints)
    assert logits.shape == (2, frames, len(MOVEMENTS))
    part = net.parts["hips"](Seen(body).part("hips"))[0]
    torch.testing.assert_close(logits[..., NAMES.index("hips.shift_left")], part[..., 0])


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 5, 16, 3\)"):
        MotionNet(hidden=8)(torch.zeros(2, 5, 16, 3), torch.zeros(2, 5, 154))


def test_a_forward_net_gives_the_same_in_any_chunks():
    torch.manual_seed(0)
    net = MotionNet(hidden=8, bidirectional=False).eval()
    joints, hints = inputs(dancing())
    whole = in_chunks(net, joints, hints, size=10_000)
    torch.testing.assert_close(in_chunks(net, joints, hints, size=37), whole, atol=1e-5, rtol=0)


def test_a_forward_net_does_not_look_ahead():
    net = MotionNet(hidden=8, bidirectional=False).eval()
    joints, hints = inputs(dancing())
    cut, _ = net(joints[None, :90], hints[None, :90])
    whole, _ = net(joints[None], hints[None])
    torch.testing.assert_close(cut[:, :89], whole[:, :89])  # the last frame's velocity needs one frame more


def test_a_net_that_reads_both_ways_forgets_beyond_its_context():
    torch.manual_seed(0)
    net = MotionNet(hidden=8).eval()
    joints, hints = inputs(dancing())
    whole = in_chunks(net, joints, hints, size=10_000)
    torch.testing.assert_close(in_chunks(net, joints, hints, size=60, context=60), whole, atol=1e-3, rtol=0)


def test_calibration_moves_the_operating_point():
    net, offset = MotionNet(hidden=8).eval(), torch.linspace(-1, 1, len(MOVEMENTS))
    joints, hints = inputs(dancing())
    before, _ = net(joints[None], hints[None])
    net.calibrate(offset)
    torch.testing.assert_close(net(joints[None], hints[None])[0], before - offset, atol=1e-5, rtol=1e-5)


def test_f1_by_hand_and_its_best_threshold():
    metric, tuned = MovementF1(), MovementF1(tuned=True)
    logits, labels = torch.full((6, len(MOVEMENTS)), -5.0), torch.zeros(6, len(MOVEMENTS))
    column = NAMES.index("head.bob")
    labels[:3, column] = 1
    logits[:, column] = torch.tensor([2.0, 1.0, -1.0, 1.5, -2.0, -2.0])  # 2 right, 1 missed, 1 wrong
    for m in (metric, tuned):
        m.update(logits, labels)
    assert metric.compute().item() == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert tuned.compute().item() == pytest.approx(6 / 7)  # at -1.2 all three are found, and one wrong
    assert -2.0 < tuned.thresholds()[column] <= -1.0
    assert list(metric.parts()) == ["head"]


@pytest.fixture
def training_set(tmp_path):
    for name in ("truth", "poses"):
        (tmp_path / name).mkdir()
    index = []
    for number, split in enumerate(("train", "train", "val", "test")):
        body = dancing(number)
        artefacts.save(pose(body), tmp_path / "truth" / f"{number:04d}.npz")
        artefacts.save(pose(body, 0.01, number), tmp_path / "poses" / f"{number:04d}.npz")
        index.append({"name": f"take{number}", "group": "a", "genre": "", "camera": 0, "split": split})
    (tmp_path / "index.json").write_text(json.dumps(index))
    return {name: str(tmp_path / name) for name in ("truth", "poses")} | {"index": str(tmp_path / "index.json")}


def test_batches_hold_true_labels_estimated_bodies_and_padding(training_set):
    data = MotionData(**training_set, frames=100, batch=2)
    data.setup()
    [batch] = list(data.val_dataloader())
    assert isinstance(batch, MotionBatch)
    assert batch.joints.shape == (2, 100, 17, 3)
    assert batch.valid.sum().item() == len(TIME)
    true = movements(pose(dancing(2))).prob
    np.testing.assert_array_equal(batch.labels[batch.valid].numpy(), true)
    assert not batch.joints[~batch.valid].any()


def test_mirrored_windows_are_bodies_with_mirrored_labels(training_set):
    data = MotionData(**training_set, frames=len(TIME), batch=1)
    data.setup()
    torch.manual_seed(3)
    seen = {tuple(batch.labels[0].sum(0).tolist()) for _ in range(6) for batch in data.train_dataloader()}
    plain = [movements(pose(dancing(number))).prob.sum(0) for number in (0, 1)]
    assert seen == {tuple(p.tolist()) for p in plain} | {tuple(p[list(MIRROR)].tolist()) for p in plain}


def test_a_missing_pose_is_named(training_set, tmp_path):
    (tmp_path / "poses" / "0001.npz").unlink()
    with pytest.raises(ValueError, match=r"data\.poses lacks 0001\.npz"):
        MotionData(**training_set).setup()


def test_training_learns_exports_and_predicts(training_set, tmp_path):
    torch.manual_seed(0)
    data = MotionData(**training_set, frames=90, batch=4)
    data.setup()
    module = MotionModule(hidden=8, dropout=0.0)
    optimizer = torch.optim.AdamW(module.parameters(), lr=2e-2)
    module.log = lambda *args, **kwargs: None  # no trainer here
    losses = []
    for _ in range(12):
        for batch in data.train_dataloader():
            loss = module.training_step(batch, 0)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    module.offset.copy_(torch.full((len(MOVEMENTS),), 0.5))
    module.export(tmp_path / "motion.safetensors")
    tracks = [pose(dancing(0), 0.01), pose(dancing(2), 0.01)]
    found = predict({"lift": tracks}, {}, tmp_path / "motion.safetensors")
    assert [m.prob.shape for m in found] == [(len(TIME), len(MOVEMENTS))] * 2
    joints, hints = encode(sample(tracks[0].xyz, TIME, Y, tracks[0].root)[0][0].signals)
    with torch.no_grad():
        expected = (module.net.eval()(joints[None], hints[None])[0][0] - 0.5).sigmoid()
    np.testing.assert_allclose(found[0].prob, expected, atol=5e-3)  # half precision
    truth = [movements(pose(dancing(0))), movements(pose(dancing(2)))]
    assert score(truth, truth)["macro_f1"] == 1
    assert 0 <= score(found, truth)["macro_f1"] < 1


def test_rows_stay_and_missing_ones_are_missing(tmp_path):
    path = tmp_path / "motion.safetensors"
    MotionModule(hidden=8).export(path)
    body = dancing()
    body[40:100] = np.nan
    tracks = [pose(body), pose(standing(1)), pose(np.full((3, 17, 3), np.nan))]
    broken, single, empty = predict({"lift": tracks}, {}, path)
    assert np.isnan(broken.prob[40:100]).all()
    assert np.isfinite(np.delete(broken.prob, np.s_[40:100], 0)).all()
    assert single.prob.shape == (1, len(MOVEMENTS))
    assert not single.prob.any()
    assert np.isnan(empty.prob).all()
    assert isinstance(empty, Movements)


def test_without_weights_it_says_so():
    with pytest.raises(ValueError, match="motion needs weights"):
        predict({"lift": []}, {}, None)
