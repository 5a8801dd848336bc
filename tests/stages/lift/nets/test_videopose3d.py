"""VideoPose3D's structure and files: names, counts, outputs, refusals."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from videopose3d_nets import reference, written

from dance3d.contracts import Camera, Keypoints2D
from dance3d.skeleton import H36M17
from dance3d.stages.lift.load import load
from dance3d.stages.lift.nets.videopose3d import VideoPose3D
from dance3d.stages.lift.predict import predict
from dance3d.stages.lift.settings import LiftSettings
from dance3d.training import fit as training

WIDTHS = [(3,) * n for n in (3, 4, 5)]
PLAIN = LiftSettings(rigid=False, floor=False, field_of_view=40.0)


def track(frames=50, seed=0):
    rng = np.random.default_rng(seed)
    xy = rng.uniform([300, 100], [700, 900], (frames, 17, 2))
    seen = np.ones((frames, 17), bool)
    return Keypoints2D(xy, np.ones((frames, 17)), seen, np.arange(frames) / 50, (1000, 1002))


@pytest.mark.parametrize(("taps", "count"), [*zip(WIDTHS, (8_555_571, 12_753_971, 16_952_371), strict=True)])
def test_there_are_as_many_parameters_as_published(taps, count):
    with torch.device("meta"):
        net = VideoPose3D(1024, taps)
    assert sum(p.numel() for p in net.parameters()) == count


def test_the_names_are_those_of_the_published_files():
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    expected = {"expand_conv.weight", "shrink.weight", "shrink.bias", *(f"expand_bn.{n}" for n in norm)}
    expected |= {f"layers_conv.{i}.weight" for i in range(4)} | {f"layers_bn.{i}.{n}" for i in range(4) for n in norm}
    state = VideoPose3D(16, (3, 5, 3)).state_dict()
    assert set(state) == expected
    shapes = [tuple(state[f"layers_conv.{i}.weight"].shape) for i in range(4)]
    assert shapes == [(16, 16, 5), (16, 16, 1), (16, 16, 3), (16, 16, 1)]
    assert state["expand_conv.weight"].shape == (16, 34, 3) and state["shrink.weight"].shape == (51, 16, 1)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("taps", [*WIDTHS, (3, 5, 1)])
@torch.no_grad()
def test_equal_weights_give_the_outputs_of_plain_convolutions(taps, causal):
    plain = reference(taps, causal=causal)
    net = VideoPose3D.from_state(plain.state_dict(), causal)
    seen = torch.rand(2, net.receptive + 9, 34) * 2 - 1
    close = {"atol": 1e-5, "rtol": 0.0}
    torch.testing.assert_close(net(seen), plain.dense(seen), **close)
    windows = seen[:, : net.receptive]
    torch.testing.assert_close(net.strided(windows), plain.strided(windows), **close)


@pytest.mark.parametrize("form", ["dense", "strided"])
def test_a_training_step_is_that_of_plain_convolutions(form):
    plain = reference(width=16).train()
    net = VideoPose3D(16, dropout=0.0).train()
    net.load_state_dict(plain.state_dict())
    plain.dropout.p = 0.0
    seen = torch.rand(6, 40 if form == "dense" else 27, 34)
    for one in (plain, net):
        optimizer = torch.optim.Adam(one.parameters(), amsgrad=True)
        getattr(one, form)(seen).square().sum().backward()
        optimizer.step()
    for name, value in net.state_dict().items():
        torch.testing.assert_close(value, plain.state_dict()[name], atol=2e-5, rtol=1e-3, msg=name)


@torch.no_grad()
def test_predict_lifts_as_videopose3d_does(tmp_path):
    """Its own steps, written out: pixels normalised by the width, edges repeated, mirrored too, mean taken."""
    net, seen = reference(), track()
    pose = predict({"keypoints": [seen]}, PLAIN, written(tmp_path / "x.bin", net))[0]
    xy = torch.from_numpy(seen.xy.copy()) / 1000 * 2 - torch.tensor([1.0, 1002 / 1000])
    answers = []
    for flip in (False, True):
        given = xy[:, H36M17.swap] * torch.tensor([-1.0, 1.0]) if flip else xy
        padded = functional.pad(given.reshape(1, -1, 34).transpose(1, 2), (13, 13), mode="replicate").transpose(1, 2)
        out = net.dense(padded)[0]
        answers.append(out[:, H36M17.swap] * torch.tensor([-1.0, 1.0, 1.0]) if flip else out)
    mean = sum(answers) / 2
    mean = mean - mean[:, :1]
    np.testing.assert_allclose(pose.xyz, mean.numpy(), atol=1e-5)
    assert np.isfinite(pose.root).all()


@pytest.mark.parametrize("centre", [500.0, 430.0])
def test_a_mirrored_dancer_is_lifted_to_the_mirror_image(tmp_path, centre):
    path, seen = written(tmp_path / "x.bin", reference()), track()
    xy = seen.xy[:, H36M17.swap].copy()
    xy[..., 0] = 1000 - xy[..., 0]
    mirrored = Keypoints2D(xy, seen.score, seen.measured, seen.time, seen.size)
    one, other = (
        predict({"keypoints": [k]}, replace(PLAIN, camera={"focal": 1100.0, "centre": [x, 500.0]}), path)[0].xyz
        for k, x in ((seen, centre), (mirrored, 1000 - centre))
    )
    np.testing.assert_allclose(other, one[:, H36M17.swap] * [-1, 1, 1], atol=1e-5)


def test_missing_keypoints_and_single_frames_are_bridged(tmp_path):
    path, seen = written(tmp_path / "x.bin", reference()), track()
    xy = seen.xy.copy()
    xy[10:14] = np.nan
    xy[:, H36M17.index("head")] = np.nan
    measured = np.isfinite(xy).all(-1)
    holes = Keypoints2D(xy, measured.astype(float), measured, seen.time, seen.size)
    assert np.isfinite(predict({"keypoints": [holes]}, PLAIN, path)[0].xyz).all()
    assert predict({"keypoints": [track(1)]}, PLAIN, path)[0].xyz.shape == (1, 17, 3)


def test_the_normalisation_is_that_of_pixels():
    camera = Camera(1145.0, (512.0, 515.0), (1000, 1002))
    rays = torch.tensor([0.0, 0.0]).expand(1, 1, 17, 2)
    out = VideoPose3D(8).read(rays, torch.ones(1, 1, 17, dtype=torch.bool), camera)
    torch.testing.assert_close(out.features[0, 0, :2], torch.tensor([0.024, 1.03 - 1.002]))
    assert torch.equal(out.rotation[0, 0], torch.eye(3))


def test_batch_norm_forgets_more_slowly_with_every_epoch():
    net = VideoPose3D(8)
    for done, momentum in ((0.0, 0.1), (0.5, 0.01), (1.0, 0.001)):
        net.momentum(done)
        found = [m.momentum for m in net.modules() if isinstance(m, nn.BatchNorm1d)]
        assert found == pytest.approx([momentum] * 5)


def test_the_recipe_of_the_paper_trains_as_it_says(tmp_path, monkeypatch):
    seen = []
    step = VideoPose3D.strided

    def strided(net, windows):
        if net.training:
            seen.append((tuple(windows.shape), net.expand_bn.momentum))
        return step(net, windows)

    monkeypatch.setattr(VideoPose3D, "strided", strided)
    small = {"model.width": 16, "data.batch": 8, "data.minutes": 0.5, "trainer.max_epochs": 2}
    few = {
        "trainer.limit_train_batches": 2,
        "trainer.limit_val_batches": 1,
        "trainer.check_val_every_n_epoch": 1,
        "trainer.accelerator": "cpu",
    }
    given = {"data.source": "synth", **small, **few}
    configs = [training.config("base"), training.config("lift_videopose3d")]
    net = load(training.fit("lift", given, configs, tmp_path))
    assert isinstance(net, VideoPose3D) and net.config["dropout"] == 0.25 and net.fps == 30.0
    assert [shape for shape, _ in seen] == [(8, 27, 34)] * 4
    assert [momentum for _, momentum in seen] == pytest.approx([0.1, 0.1, 0.01, 0.01])
    stored = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    group = stored["optimizer_states"][0]["param_groups"][0]
    assert group["amsgrad"] and group["weight_decay"] == 0
    assert group["lr"] == pytest.approx(1e-3 * 0.0165)
    assert all(torch.isfinite(m.running_var).all() for m in net.modules() if isinstance(m, nn.BatchNorm1d))
