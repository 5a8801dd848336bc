"""Training of the keypoint net, its weights file, and the backend that runs on it."""

from dataclasses import replace

import crop_sets
import cv2
import numpy as np
import pytest
import torch

from dance3d.io import weights as stored
from dance3d.lazy_import import resolve
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.runner import Runner, file_given
from dance3d.registry import PLAIN, STAGES
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints import detectors
from dance3d.stages.keypoints.data import KeypointData, SplitCrops
from dance3d.stages.keypoints.detectors import keypoint_net, requirements
from dance3d.stages.keypoints.inference import cut, load, placed, read
from dance3d.stages.keypoints.module import KeypointModule
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.training import fit as training
from dance3d.training.time_budget import fit_for


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    return crop_sets.shots(tmp_path_factory.mktemp("crops"), moments=4, views=2)


@pytest.fixture(scope="module")
def trained(crops):
    """A net that has seen the same eight crops again and again, unchanged."""
    module = KeypointModule(64, 16, average=0.8)
    data = KeypointData(str(crops), batch=8, steps=40)
    data.setup()
    from dance3d.stages.keypoints import module as source
    from dance3d.stages.keypoints.augment import Changed
    from dance3d.stages.keypoints.model import prepare

    def unchanged(batch):
        known = torch.isfinite(batch.joints).all(-1)
        return Changed(prepare(batch.image), batch.joints, known, known, batch.seen)

    kept, source.changed = source.changed, unchanged
    try:
        steps = [0.0]

        def clock():
            steps[0] += 1
            return steps[0]

        fit_for(module, data.train_dataloader(), 300, 3e-3, precision="32-true", now=clock)
    finally:
        source.changed = kept
    return module


@pytest.fixture(scope="module")
def file(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "w.safetensors"
    trained.export(path)
    return path


def test_a_net_learns_the_joints_of_a_few_crops(trained, crops):
    shown = SplitCrops(crops).batch(np.arange(8))
    found = read(trained.averaged, shown.image.numpy())
    off = np.abs(found.xy - (shown.joints.numpy() + 1) * 32).mean()
    assert off < 1.5, "pixels of 64"
    assert found.score.mean() > 0.5


def test_weights_come_back_as_they_went_but_for_half_precision(trained, file, crops):
    images = SplitCrops(crops).batch([0, 5]).image.numpy()
    before, after = read(trained.averaged, images), read(load(file), images)
    assert np.abs(before.xy - after.xy).max() < 0.3 and load(file).config == {"size": 64, "width": 16, "depth": 1}


def test_reading_in_the_mirror_too_exchanges_sides(file, crops):
    net, images = load(file), SplitCrops(crops).batch([0, 5]).image.numpy()
    once, twice = read(net, images, mirrored=True), read(net, images[:, :, ::-1].copy(), mirrored=True)
    turned = twice.xy[:, H36M17.swap] * [-1, 1] + [64, 0]
    assert np.abs(once.xy - turned).max() < 1e-2
    assert read(net, images[:0]).xy.shape == (0, 17, 2)


def test_a_net_may_start_from_another_of_its_shape(file):
    begun = KeypointModule(64, 16, start=str(file))
    assert torch.equal(begun.net.head.weight, load(file).head.weight)
    with pytest.raises(ValueError, match="the settings say"):
        KeypointModule(64, 8, start=str(file))


def test_crops_are_cut_where_the_box_is_and_answers_go_back():
    image = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(image, (250, 120), 6, (255, 255, 255), -1)
    picture, matrix = cut(image, (200.0, 60.0, 320.0, 260.0), 64)
    rows, columns = np.nonzero(picture[..., 0] > 100)
    at = np.array([[columns.mean() + 0.5, rows.mean() + 0.5]])
    assert np.abs(placed(at, matrix) - [250.5, 120.5]).max() < 1.0
    assert np.allclose(placed(np.array([[32.0, 32.0]]), matrix), [[260, 160]])
    assert placed(np.array([[64.0, 0.0]]), matrix)[0, 0] - 260 == pytest.approx(1.2 * 200 / 2)
    assert cut(image, (-50.0, -50.0, -50.0, -50.0), 64)[0].shape == (64, 64, 3), "even a box of nothing beyond the edge"


def test_the_backend_reads_the_boxes_that_are_found(file, monkeypatch):
    class Boxes:
        def __init__(self, people):
            self.found = [np.array([[10.0, 20.0, 60.0, 120.0], [100.0, 0.0, 150.0, 90.0]]), np.zeros((0, 4))]

        def __call__(self, image):
            return self.found.pop(0)

        def close(self):
            pass

    monkeypatch.setattr(keypoint_net, "BlazePoseBoxes", Boxes)
    image = np.zeros((160, 200, 3), np.uint8)
    with detectors.resolve("own")(file, 2) as detector:
        one, other = detector(image)
        assert detector(image) == [] and detector.layout == "h36m17"
    assert one.shape == (17, 3) and (one[:, 0] < 100).all() and (other[:, 0] > 60).all()
    assert (one[:, 2] >= 0).all() and (one[:, 2] <= 1).all()
    with pytest.raises(ValueError, match="backend 'own' needs weights: make them with `dance3d train keypoints`"):
        detectors.resolve("own")(None, None)
    monkeypatch.setattr(requirements, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"needs the package mediapipe .* pip install 'dance3d\[mediapipe\]'"):
        detectors.resolve("own")(file, None)


def test_only_the_backend_own_reads_the_weights(tmp_path, monkeypatch):
    """The key of a run with another backend is the same whether weights ship or not."""
    video = tmp_path / "clip.mp4"
    video.write_bytes(b"frames")
    given = {"video": file_given(video)}

    def weights(**settings):
        return Runner(Cache(None), {"keypoints": settings}).components("keypoints", given)["weights"]

    assert "keypoints" not in PLAIN and set(PLAIN) >= {"lift", "motion", "genre"}
    monkeypatch.setattr(stored, "default", lambda name: (_ for _ in ()).throw(ValueError(f"none ship for {name}")))
    assert weights() is None and weights(backend="rtmpose") is None
    assert weights(backend="own", model="mine.safetensors") is None, "a model of one's own takes their place"
    with pytest.raises(ValueError, match="none ship for keypoints"):
        weights(backend="own")
    monkeypatch.setattr(stored, "default", lambda name: video)
    assert weights(backend="own") is not None and weights() is None
    assert not replace(STAGES["keypoints"], module="").reads_weights(KeypointSettings(backend="own"))


def test_a_list_of_folders_is_understood_by_the_command_line(crops, tmp_path):
    args = ["fit", "-c", "configs/base.yaml", "-c", "configs/tiny/keypoints.yaml", f"--run_folder={tmp_path}"]
    folders = f'--data.crops=["{crops}", "{crops}"]'
    few = ["--trainer.max_epochs=1", "--data.steps=2", "--trainer.accelerator=cpu", "--model.width=8"]
    assert training.main("keypoints", [*args, folders, *few]) == 0
    assert (tmp_path / "weights.safetensors").is_file()
    assert resolve(STAGES["keypoints"].module) is KeypointModule


def test_pictures_show_the_last_validation_batch(trained, crops):
    data = KeypointData(str(crops), batch=4)
    data.setup()
    batch = next(iter(data.val_dataloader()))
    module = KeypointModule(64, 8)
    module.log_dict = lambda *args, **kwargs: None
    module.validation_step(batch, 0)
    (picture,) = module.validation_pictures().values()
    assert picture.dtype == np.uint8 and picture.shape[1] == 6 * 192 and picture.std() > 5
