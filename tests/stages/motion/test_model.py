"""The recognisers: shapes, invariances, chunks, calibration, and learning from a training set on disk."""

import json

import numpy as np
import pytest
import torch
from lightning.pytorch import Trainer
from motion_bodies import ALL, ARM, TIME, X, Y, Z, ramp, shift, standing, turn, wobble

from dance3d.benchmarks.motion.scores import Scored
from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts, weights
from dance3d.metrics import MovementF1
from dance3d.movement_types import MIRROR, MOVEMENTS, NAMES
from dance3d.skeleton import H36M17, PARTS
from dance3d.stages.motion.data import MotionBatch, MotionData
from dance3d.stages.motion.encode import encode, flatten
from dance3d.stages.motion.model import REACH, MotionNet
from dance3d.stages.motion.module import MotionModule
from dance3d.stages.motion.part_features import Seen, width
from dance3d.stages.motion.predict import in_chunks, load, on_picture, predict, recognise
from dance3d.stages.motion.rules.computed_labels import movements, sample
from dance3d.stages.motion.settings import MotionSettings
from dance3d.synth.virtual_cameras import Filmed
from dance3d.training.log_filter import quiet


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


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("part", ["", *PARTS])
def test_a_part_has_as_many_features_as_its_net_expects(part, dims):
    seen = Seen(torch.rand(2, 5, 17, dims + 1))
    assert (seen.part(part) if part else seen.whole()).shape == (2, 5, width(part, dims))


def test_features_do_not_depend_on_where_the_dancer_is_and_faces():
    steady = torch.zeros(len(TIME), 17, 1)
    body = torch.cat([torch.from_numpy(dancing()).float(), steady], -1)
    c, s = np.cos(1.3), np.sin(1.3)
    away = torch.from_numpy(dancing() @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) + [3.0, 0, 1.0]).float()
    away = torch.cat([away, steady], -1)
    for part in PARTS:
        torch.testing.assert_close(Seen(away[None]).part(part), Seen(body[None]).part(part), atol=2e-4, rtol=0)
    torch.testing.assert_close(Seen(away[None]).whole(), Seen(body[None]).whole(), atol=2e-4, rtol=0)


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_logits_of_part_nets_come_in_the_order_of_the_vocabulary(frames):
    net = MotionNet("lstm", hidden=8, hints=False).eval()
    body, hints = torch.rand(2, frames, 17, 4), torch.zeros(2, frames, len(MOVEMENTS))
    logits, _ = net(body, hints)
    assert logits.shape == (2, frames, len(MOVEMENTS))
    part = net.parts["hips"](Seen(body).part("hips"))[0]
    torch.testing.assert_close(logits[..., NAMES.index("hips.shift_left")], part[..., 0])


def test_wrong_shapes_and_settings_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 5, 16, 4\)"):
        MotionNet(hidden=8)(torch.zeros(2, 5, 16, 4), torch.zeros(2, 5, 154))
    with pytest.raises(ValueError, match=r"hints have shape \(2, 5, 3\)"):
        MotionNet(hidden=8)(torch.zeros(2, 5, 17, 4), torch.zeros(2, 5, 3))
    with pytest.raises(ValueError, match="'gru' is not known; choose from tcn, lstm"):
        MotionNet("gru")
    with pytest.raises(ValueError, match="dims is 2 with hints True"):
        MotionNet(dims=2)


@pytest.mark.parametrize("encoder", ["tcn", "lstm"])
@pytest.mark.parametrize("size", [1, 37, 64])
def test_a_net_gives_the_same_in_any_chunks(encoder, size):
    torch.manual_seed(0)
    net = MotionNet(encoder, hidden=8).eval()
    joints, hints = inputs(dancing())
    whole = in_chunks(net, joints, hints, size=10_000)
    torch.testing.assert_close(in_chunks(net, joints, hints, size=size), whole, atol=1e-5, rtol=0)


def test_convolutions_reach_as_far_as_they_say():
    torch.manual_seed(0)
    net = MotionNet(hidden=8, hints=False).double().eval()
    joints = torch.rand(1, 300, 17, 4, dtype=torch.double)
    moved = joints.clone()
    moved[:, 150] = torch.rand(17, 4)
    changed = (net(joints, None)[0] != net(moved, None)[0]).any(-1)[0].nonzero()
    assert 150 - REACH <= changed.min() <= 150 - REACH + 3  # the farthest weights are next to nothing
    assert 150 + REACH - 3 <= changed.max() <= 150 + REACH


def test_a_forward_net_does_not_look_ahead():
    net = MotionNet("lstm", hidden=8).eval()
    joints, hints = inputs(dancing())
    cut, _ = net(joints[None, :90], hints[None, :90])
    whole, _ = net(joints[None], hints[None])
    torch.testing.assert_close(cut[:, :89], whole[:, :89])  # the last frame's velocity needs one frame more


def test_the_picture_is_read_as_a_flat_world():
    body = dancing()
    xy = body[..., :2] * [200, -200] + [500, 600]
    seen = np.random.default_rng(0).random(xy.shape[:2]) > 0.02
    shown = np.where(seen[..., None], xy, np.nan)
    shown[60:100] = np.nan  # the dancer is away
    keypoints = Keypoints2D(shown, seen.astype(float), seen, TIME, (1000, 1000))
    stretches, rows = flatten(keypoints)
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


def test_probabilities_are_calibrated_and_thresholds_theirs():
    net = MotionNet(hidden=8).eval()
    slope, shift, least = torch.full((154,), 0.5), torch.linspace(-1, 1, 154), torch.linspace(-2, 2, 154)
    ruled = torch.zeros(154)
    ruled[[3, 40]] = 1
    net.calibrate(slope, shift, least, ruled)
    logits = torch.randn(5, 154)
    torch.testing.assert_close(net.probability(logits), torch.sigmoid(0.5 * logits + shift))
    found = recognise(net, pose(dancing()))
    np.testing.assert_allclose(found.least, torch.sigmoid(0.5 * least + shift), atol=1e-6)
    joints, hints = inputs(dancing())
    with torch.no_grad():
        seen = net(joints[None], hints[None])[0][0] >= least
    seen = torch.where(ruled > 0.5, hints > 0.5, seen)  # there the rules decide
    np.testing.assert_array_equal(found.made[: len(seen)], seen)


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
    for name in ("truth", "poses", "keypoints"):
        (tmp_path / name).mkdir()
    index = []
    for number, split in enumerate(("train", "train", "val", "test")):
        body = dancing(number)
        artefacts.save(pose(body), tmp_path / "truth" / f"{number:04d}.npz")
        artefacts.save(pose(body, 0.01, number), tmp_path / "poses" / f"{number:04d}.npz")
        xy, size = body[..., :2] * [200, -200] + [500, 600], (1000, 1000)
        seen = np.ones(xy.shape[:2], bool)
        artefacts.save(Keypoints2D(xy, seen, seen, TIME, size), tmp_path / "keypoints" / f"{number:04d}.npz")
        index.append({"name": f"take{number}", "group": "a", "genre": "", "camera": 0, "split": split})
    (tmp_path / "index.json").write_text(json.dumps(index))
    return {name: str(tmp_path / name) for name in ("truth", "poses", "keypoints")} | {
        "index": str(tmp_path / "index.json")
    }


def test_batches_hold_true_labels_estimated_bodies_and_padding(training_set):
    data = MotionData(**training_set, frames=100, batch=2)
    data.setup()
    assert data.takes_by_split() == [{"take0", "take1"}, {"take2"}, {"take3"}]
    [batch] = list(data.val_dataloader())
    assert isinstance(batch, MotionBatch)
    assert batch.joints.shape == (2, 100, 17, 4)
    assert batch.valid.sum().item() == len(TIME)
    true = movements(pose(dancing(2))).prob
    np.testing.assert_array_equal(batch.labels[batch.valid].numpy(), true)
    assert not batch.joints[~batch.valid].any()


def test_mirrored_windows_are_bodies_with_mirrored_labels(training_set):
    data = MotionData(**training_set, frames=len(TIME), batch=1)
    data.setup()
    torch.manual_seed(3)
    seen = {tuple(batch.labels[0].sum(0).tolist()) for _ in range(6) for batch in data.train_dataloader()}
    plain = [movements(pose(dancing(number))).prob.sum(0) for number in (0, 1)]  # estimated and true have the same
    assert seen == {tuple(p.tolist()) for p in plain} | {tuple(p[list(MIRROR)].tolist()) for p in plain}


def test_a_missing_pose_is_named(training_set, tmp_path):
    (tmp_path / "poses" / "0001.npz").unlink()
    with pytest.raises(ValueError, match=r"data\.poses lacks 0001\.npz"):
        MotionData(**training_set).setup()


TYPES = """
body.clap: {distance: [left_wrist, right_wrist], below: 0.1}
l_arm.salute: {rule: labels}
"""


@pytest.fixture
def own(tmp_path):
    """A user's types, and labels of one of them."""
    (tmp_path / "types.yaml").write_text(TYPES)
    (tmp_path / "labels.csv").write_text("clip,start,stop,movement\ntake0,1.0,2.0,l_arm.salute\ntake2,,,hips.sway\n")
    return {"types": str(tmp_path / "types.yaml"), "labels": str(tmp_path / "labels.csv")}


def test_own_types_and_labels_train_beside_the_vocabulary(training_set, own):
    data = MotionData(**training_set, **own, frames=len(TIME), batch=1)
    data.setup()
    salute, sway = len(NAMES) + 1, NAMES.index("hips.sway")
    _, first, _, second = data.found["train"]  # after the true poses
    assert (first.labels[30:60, salute] == 1).all() and (first.labels[:30, salute] == 0).all()
    assert (second.labels[:, salute] == -1).all()  # of this take nobody said anything
    assert not data.found["val"][0].labels[:, sway].any()
    assert not any(batch.labels.isnan()[..., : len(NAMES)].any() for batch in data.train_dataloader())
    torch.manual_seed(1)
    mirrored = {bool(batch.labels[0, :, salute].isnan().all()) for _ in range(8) for batch in data.train_dataloader()}
    assert mirrored == {True, False}  # nobody knows what the other arm of a mirrored dancer does


def test_labels_of_a_strange_clip_are_refused(training_set, tmp_path):
    (tmp_path / "labels.csv").write_text("clip,start,stop,movement\nelsewhere,1.0,2.0,hips.sway\n")
    with pytest.raises(ValueError, match="speaks of 'elsewhere', of which there is no clip"):
        MotionData(**training_set, labels=str(tmp_path / "labels.csv")).setup()


@pytest.mark.parametrize(
    ("model", "given"), [({}, True), ({"encoder": "lstm", "hints": False}, False), ({"dims": 2, "hints": False}, False)]
)
def test_training_learns_exports_and_predicts(training_set, own, tmp_path, model, given):
    torch.manual_seed(0)
    more = own if given else {}
    data = MotionData(**training_set, **more, dims=model.get("dims", 3), frames=90, batch=4)
    module = MotionModule(hidden=16, dropout=0.0, **model)
    module.configure_optimizers = lambda: torch.optim.AdamW(module.parameters(), lr=1e-2)
    options = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "accelerator": "cpu"}
    trainer = Trainer(max_epochs=12, enable_model_summary=False, default_root_dir=tmp_path, **options)
    with quiet():
        before = first_loss(module, data)
        trainer.fit(module, datamodule=data)
    assert trainer.callback_metrics["train/loss"] < 0.7 * before
    pictures = module.validation_pictures()
    assert set(pictures) == {"val/parts", "val/reliability", "val/timeline"}
    assert set(module.validation_charts()) == {"val/parts", "val/types", "val/reliability"}
    module.export(tmp_path / "motion.safetensors")
    if model.get("dims") == 2:
        net = load(tmp_path / "motion.safetensors")
        keypoints = artefacts.load(tmp_path / "keypoints" / "0000.npz", Keypoints2D)
        found = [on_picture(net, keypoints)]
    else:
        track, settings = pose(dancing(0), 0.01), MotionSettings(types=more.get("types"))
        found = predict({"lift": [track]}, settings, tmp_path / "motion.safetensors")
        assert found[0].own_names == (("body.clap", "l_arm.salute") if given else ())
    truth = [movements(pose(dancing(0)))]
    filmed = [Filmed(None, pose(dancing(0)), "take0", "take0", "", 0)]
    assert Scored.of(filmed, truth, truth).figures()["macro_f1"] == 1
    assert Scored.of(filmed, found, truth).figures()["micro_f1"] > 0.1  # it has seen this very take, for a second


def first_loss(module, data):
    """What a net that knows nothing loses."""
    data.setup()
    module.build(data)
    batch = next(iter(data.val_dataloader()))
    module.log = lambda *args, **kwargs: None
    loss = module._step(batch, "val")[0].item()
    del module.log
    return loss


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
