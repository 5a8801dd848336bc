"""Nets go to the device of inference, and what they say comes back from it."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from pretended_gpu import GPU, PretendedGPU

from dance3d.io import weights
from dance3d.stages import inference_device
from dance3d.stages.detect.inference import infer as infer_detect
from dance3d.stages.detect.load import load as load_detect
from dance3d.stages.genre.predict import predict as predict_genre
from dance3d.stages.genre.settings import GenreSettings
from dance3d.stages.inference_device import on_device
from dance3d.stages.keypoints.inference import infer
from dance3d.stages.keypoints.model import KeypointNet
from dance3d.stages.lift.extremities.predict import shipped
from dance3d.stages.lift.predict import predict as predict_lift
from dance3d.stages.lift.settings import LiftSettings
from dance3d.stages.motion.predict import predict as predict_motion
from dance3d.stages.motion.settings import MotionSettings
from dance3d.synth.choreography import choreograph
from dance3d.synth.virtual_cameras import film


@pytest.mark.parametrize(
    ("said", "devices", "device"),
    [("", 0, "cpu"), ("auto", 2, "cuda"), ("cpu", 2, "cpu"), ("cuda", 1, "cuda"), ("cuda:1", 2, "cuda:1")],
)
def test_the_machine_chooses_where_nobody_says(said, devices, device, monkeypatch):
    monkeypatch.setenv("DANCE3D_DEVICE", said)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: devices > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: devices)
    assert inference_device.inference_device() == torch.device(device)


@pytest.mark.parametrize(("said", "devices"), [("cuda", 0), ("cuda:2", 2)])
def test_a_device_that_is_not_there(said, devices, monkeypatch):
    monkeypatch.setenv("DANCE3D_DEVICE", said)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: devices > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: devices)
    with pytest.raises(ValueError, match=rf"DANCE3D_DEVICE is '{said}', but torch sees {devices} CUDA devices"):
        inference_device.inference_device()


@pytest.fixture(autouse=True)
def nothing_kept():
    """No net stays on the pretended device for other tests, also where one fails here."""
    yield
    shipped.cache_clear()


def chain():
    """Everything that nets say of a dance with hands and feet, by stage."""
    shipped.cache_clear()
    track = film([choreograph("salsa", 4.0, 0)], 3.0)[0].keypoints
    poses = predict_lift({"keypoints": [track]}, LiftSettings(), weights.default("lift"))
    moves = predict_motion({"lift": poses}, MotionSettings(), weights.default("motion"))
    genres = predict_genre({"motion": moves, "lift": poses}, GenreSettings(), weights.default("genre"))
    assert poses[0].extremities is not None
    return [poses[0].xyz, poses[0].extremities, moves[0].prob, moves[0].least, genres[0].prob]


def pictures():
    """What nets of pictures say."""
    rng, torch_seed = np.random.default_rng(0), torch.manual_seed(0)
    assert torch_seed is not None
    detector, net = load_detect(weights.default("detect")), KeypointNet(64, 16, 1)
    size = detector.config["size"]
    images, masks = rng.integers(0, 256, (3, size, size, 3), np.uint8), rng.random((3, size, size)) < 0.5
    found = infer_detect(on_device(detector), images, masks)
    crops = infer(on_device(net), rng.integers(0, 256, (2, 64, 64, 3), np.uint8), mirrored=True)
    return [*(part.numpy() for part in found), crops.xy, crops.score]


@pytest.mark.parametrize("work", [chain, pictures], ids=lambda work: work.__name__)
def test_a_pretended_gpu_says_what_the_cpu_says(work, monkeypatch):
    expected = work()
    monkeypatch.setattr(inference_device, "inference_device", lambda: GPU)
    monkeypatch.setattr(torch, "autocast", lambda *args, **kwargs: nullcontext())  # knows real devices only
    with PretendedGPU():
        found = work()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.gpu
@pytest.mark.parametrize("work", [chain, pictures], ids=lambda work: work.__name__)
def test_a_gpu_says_what_the_cpu_says(work, monkeypatch):
    monkeypatch.setenv("DANCE3D_DEVICE", "cpu")
    expected = work()
    monkeypatch.setenv("DANCE3D_DEVICE", "cuda")
    for one, other in zip(work(), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-3)  # chosen: metres, shares, pixels


def test_poses_movements_and_genre_do_not_depend_on_the_number_of_threads():
    track = film([choreograph("salsa", 4.0, 0)], 3.0)[0].keypoints
    made = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            poses = predict_lift({"keypoints": [track]}, LiftSettings(), weights.default("lift"))
            movements = predict_motion({"lift": poses}, MotionSettings(), weights.default("motion"))
            given = {"lift": poses, "motion": movements}
            genres = predict_genre(given, GenreSettings(), weights.default("genre"))
            made.append((poses[0].xyz.tobytes(), movements[0].prob.tobytes(), genres[0].prob.tobytes()))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert made[0] == made[1] == made[2]
