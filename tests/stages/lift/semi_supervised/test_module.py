import numpy as np
import pytest
import torch
from semi_batches import make_dance, module

from dance3d.stages.lift.augment import Augment, make_batch
from dance3d.stages.lift.data import join_takes
from dance3d.stages.lift.predict import predict
from dance3d.stages.lift.semi_supervised.data import SemiBatch
from dance3d.stages.lift.semi_supervised.module import SemiModule
from dance3d.stages.lift.semi_supervised.views import Views
from dance3d.stages.lift.settings import LiftSettings
from dance3d.synth.virtual_cameras import film
from dance3d.training import fit as training


@pytest.fixture(scope="module")
def dance():
    return make_dance()


@pytest.fixture
def views(dance):
    filmed = film(dance[:2], cameras="random", count=1)
    return Views([one.keypoints for one in filmed], [one.truth.camera for one in filmed], ["a", "b"])


def batch(dance, views, seed=0, size=8):
    generator = torch.Generator().manual_seed(seed)
    labelled = make_batch(join_takes(dance), Augment(0.0, 0.0), size, 42, generator)
    return SemiBatch(labelled, views.draw(size, 42, generator, torch.device("cpu")))


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


SHORT = {
    "trainer.accelerator": "cpu",
    "trainer.precision": "32-true",
    "trainer.max_epochs": 2,
    "trainer.limit_val_batches": 1,
    "trainer.check_val_every_n_epoch": 2,
    "data": {"minutes": 0.2, "wandering": 0.5, "labelled": 0.4, "batch": 4, "steps": 3},
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
