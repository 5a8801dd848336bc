import numpy as np
import pytest
import torch

from dance3d.contracts import Camera, MotionClip
from dance3d.stages.lift.augment import Augment, make_batch
from dance3d.stages.lift.data import join, synthetic
from dance3d.stages.lift.model import encode
from dance3d.stages.lift.predict import predict
from dance3d.stages.lift.semi_supervised.data import SemiBatch, SemiData, Unlabelled, Views, labelled_takes
from dance3d.stages.lift.semi_supervised.module import SemiModule
from dance3d.stages.lift.semi_supervised.trajectory_model import Trajectory
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.virtual_cameras import film
from dance3d.training import fit as training


def clips(frames, names):
    xyz = np.random.default_rng(0).normal(size=(max(frames), 17, 3)).astype(np.float32)
    return [MotionClip(xyz[:n], 30.0, name, name, "salsa") for n, name in zip(frames, names, strict=True)]


@pytest.fixture(scope="module")
def dance():
    return synthetic(0.5)


@pytest.fixture
def views(dance):
    filmed = film(dance[:2], cameras="random", count=1)
    return Views([one.keypoints for one in filmed], [one.truth.camera for one in filmed], ["a", "b"])


def module(**given):
    torch.manual_seed(0)
    made = SemiModule(width=32, dropout=0.0, average=0.5, **given)
    made.logged = {}
    made.log = lambda *a, **k: None  # no trainer here
    made.log_dict = lambda parts, *a, **k: made.logged.update(parts)
    return made


def batch(dance, views, seed=0, size=8):
    generator = torch.Generator().manual_seed(seed)
    labelled = make_batch(join(dance), Augment(0.0, 0.0), size, 42, generator)
    return SemiBatch(labelled, views.draw(size, 42, generator))


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
    assert torch.equal(data.takes.xyz, join(kept).xyz) and 0 < len(kept) < len(data.train_clips)
    assert len(data.seen) == len(data.train_clips) - len(kept)


def test_assumed_cameras_change_the_rays_and_known_ones_do_not(dance):
    near, wide = (SemiData(minutes=0.5, field_of_view=angle, val_groups=()) for angle in (20.0, 90.0))
    near.setup()
    wide.setup()
    ratio = wide.views.rays.abs().sum() / near.views.rays.abs().sum()
    assert ratio == pytest.approx(np.tan(np.deg2rad(45)) / np.tan(np.deg2rad(10)), rel=0.01)


def test_a_pelvis_that_is_never_seen_leaves_the_track_out_and_a_lost_one_is_filled(dance):
    (one,) = film(dance[:1], cameras="random", count=1)
    xy = one.keypoints.xy.copy()
    xy[10:20, 0] = np.nan
    track = one.keypoints.__class__(xy, one.keypoints.score, one.keypoints.measured, one.keypoints.time, (1000, 1000))
    views = Views([track], [Camera(1000.0, (500.0, 500.0), (1000, 1000))], ["a"])
    assert torch.isfinite(views.rays).all() and not views.present[10:20, 0].any()
    assert (views.rays[10:20, 0] - views.rays[9, 0]).abs().max() < 0.2


def test_the_trajectory_of_a_person_twice_as_far_is_twice_as_far():
    net = Trajectory(16, (3, 3, 3), 0.0)
    torch.nn.init.normal_(net.leave.weight, std=0.05)
    flat = torch.rand(1, 30, 17, 2) * 0.1
    flat[..., 0, :] = 0
    seen = torch.ones(1, 30, 17, dtype=torch.bool)
    near, far = (net(encode(flat * scale, seen).features) for scale in (1.0, 0.5))
    assert near.shape == (1, 4, 1, 3) and (near[..., 2] > 0).all()
    assert 1.5 < float((far / near)[..., 2].mean().detach()) < 2.5
    assert not any(a is b for a in net.parameters() for b in SemiModule(width=16).net.parameters())


def test_unlabelled_terms_wait_for_the_end_of_warm_up(dance, views):
    early, late = module(warmup=1), module(warmup=0)
    for one in (early, late):
        one.training_step(batch(dance, views), 0)
    new = {"train/reprojection", "train/bone_means"}
    assert set(late.logged) - set(early.logged) == new and "train/trajectory" in early.logged
    changed = SemiBatch(batch(dance, views).labelled, batch(dance, views, seed=1).unlabelled)
    one, other = (early.training_step(b, 0).item() for b in (batch(dance, views), changed))
    assert one == other  # in warm-up the unlabelled half does not matter


def test_training_brings_unlabelled_poses_onto_their_keypoints(dance, views):
    made = module(warmup=0)
    optimizer = torch.optim.AdamW(made.parameters(), lr=5e-3)
    off = []
    for step in range(40):
        loss = made.training_step(batch(dance[2:], views, step), 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        off.append(float(made.logged["train/reprojection"].detach()))
    assert np.mean(off[-5:]) < 0.7 * np.mean(off[:5])
    assert all(torch.isfinite(p).all() for p in made.parameters())


def test_adopted_takes_train_as_the_net_lifts_them(dance):
    data = SemiData(minutes=0.5, labelled=0.4, batch=4, steps=1, val_groups=())
    data.setup()
    before, made = len(data.running.takes.xyz), module(every=1)
    made.teach(data)
    takes = data.running.takes
    lifted = takes.xyz[before:]
    frames = sum(track.frames for track, _, _ in data.seen)  # some are lost while a dancer is outside the picture
    assert 0.8 * frames < len(lifted) <= frames and torch.isfinite(lifted).all()
    assert takes.weight.sum() == pytest.approx(1) and takes.weight[takes.first < before].sum() == pytest.approx(0.5)
    assert (takes.first[1:] == takes.last[:-1] + 1).all() and takes.last[-1] == len(takes.xyz) - 1
    assert torch.isfinite(next(iter(data.train_dataloader())).labelled.rays).all()


SHORT = {
    "trainer.accelerator": "cpu",
    "trainer.precision": "32-true",
    "trainer.max_epochs": 2,
    "trainer.limit_val_batches": 1,
    "trainer.check_val_every_n_epoch": 2,
    "data": {"minutes": 0.5, "labelled": 0.4, "batch": 4, "steps": 3},
    "model": {"width": 16, "warmup": 1, "every": 1, "trajectory": 1, "reprojection": 1, "bone_means": 1},
    "wandb": "off",
}


def fit(folder, **given):
    configs = [training.config(name) for name in ("base", "lift", "lift_semi")]
    return training.fit("lift", {**SHORT, **given}, configs, folder)


def test_the_command_trains_goes_on_exactly_and_exports_what_predict_reads(dance, tmp_path, monkeypatch):
    fit(tmp_path / "whole")
    step = SemiModule.training_step

    def stop(self, batch, index):
        if self.global_step == 4 and index == 1:  # in the second epoch, after the first adoption
            raise KeyboardInterrupt
        return step(self, batch, index)

    with monkeypatch.context() as patch, pytest.raises((KeyboardInterrupt, SystemExit)):
        patch.setattr(SemiModule, "training_step", stop)
        fit(tmp_path / "two")
    weights = fit(tmp_path / "two")
    states = [
        torch.load(tmp_path / name / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
        for name in ("whole", "two")
    ]
    assert states[0]["adopted"] and all(torch.equal(states[0][name], value) for name, value in states[1].items())
    (one,) = film(dance[:1], cameras="random", count=1)
    (pose,) = predict({"keypoints": [one.keypoints]}, LiftSettings(), weights)
    assert pose.frames == one.keypoints.frames and np.isfinite(pose.xyz).any()


def test_settings_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match=r"model.reprojection 1.0 needs a trajectory"):
        SemiModule(width=16, trajectory=0.0)
    with pytest.raises(ValueError, match=r"model.net 'videopose3d' .* choose from lifter"):
        SemiModule(width=16, net="videopose3d")
    assert SemiModule(width=16, causal=True).places.causal


def test_an_unknown_method_names_the_choices(tmp_path):
    with pytest.raises(ValueError, match=r"method 'magic' of stage lift is not known; choose from .*semi"):
        fit(tmp_path, method="magic")
