"""From masked pictures to a pose: the way back from crops, sides, gaps, scale; and videos with nobody in them."""

import numpy as np
import pytest
import torch
from detected_dances import RAW, away, make_dance, told
from oracle_net import Oracle, total

from dance3d.contracts import Clip, Pose3D
from dance3d.geometry.projection import projection
from dance3d.io import weights as stored
from dance3d.io.video.writer import VideoWriter
from dance3d.skeleton import H36M17
from dance3d.stages.detect import predict as stage
from dance3d.stages.detect.model import HourglassNet
from dance3d.stages.detect.settings import DetectSettings


@pytest.fixture(scope="module")
def dance():
    return make_dance()


def test_a_moments_exchange_of_sides_is_mended(dance):
    def spoil(said):
        said[10:16] = said[10:16, H36M17.swap]
        said[25:27] = said[25:27, H36M17.swap] * [1, 1, -1]
        return said

    assert away(told(dance, spoil), dance) < 0.02


def test_frames_without_the_dancer_are_filled_for_a_moment_and_empty_for_longer(dance):
    gone = [*range(5, 9), *range(20, 40)]
    pose = told(dance, missing=gone)
    assert pose.frames == len(dance) and np.flatnonzero(~pose.measured).tolist() == gone
    assert np.isfinite(pose.xyz[5:9]).all() and np.isnan(pose.xyz[20:40]).all() and np.isnan(pose.root[20:40]).all()
    assert np.isnan(pose.error[gone]).all()
    shown = projection(pose)
    assert np.isnan(shown.xy[20:40]).all() and not shown.measured[gone].any() and shown.score[20:40].max() == 0


def test_a_height_makes_metres_and_moves_nothing_in_the_picture(dance):
    one, other = (told(dance, settings=RAW | {"height": h}) for h in (1.5, 1.8))
    assert one.scale == other.scale == "metric"
    assert np.allclose(one.xyz * 1.2, other.xyz, atol=1e-4) and np.allclose(one.root * 1.2, other.root, atol=1e-3)


def test_bones_are_constant_unless_asked_otherwise(dance):
    def shaky(said):
        return said + np.random.default_rng(0).normal(0, 0.03, said.shape)

    pose = told(dance, shaky, {})
    lengths = np.linalg.norm(pose.xyz - pose.xyz[:, [max(p, 0) for p in H36M17.parent_indices]], axis=-1)
    assert np.ptp(lengths, axis=0).max() < 1e-4
    assert lengths[0].sum() == pytest.approx(total(dance), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pictures": np.zeros((2, 8, 8, 3))}, "expected .* of uint8"),
        ({"masks": np.zeros((2, 8, 9), bool)}, r"masks have shape \(2, 8, 9\)"),
        ({"time": np.zeros(3)}, "2 pictures at 3 times"),
        ({"masks": np.ones((2, 8, 8), bool)}, "no mask shows a person"),
    ],
)
def test_what_cannot_be_detected_is_named(change, message):
    given = {"pictures": np.zeros((2, 8, 8, 3), np.uint8), "masks": np.zeros((2, 8, 8), bool), "time": np.arange(2.0)}
    with pytest.raises(ValueError, match=message):
        stage.detect(Oracle(np.zeros((2, 17, 3)), 4.0), **{**given, "settings": DetectSettings(), **change})


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A small net with random weights."""
    torch.manual_seed(0)
    net = HourglassNet(width=16, depth=8)
    path = tmp_path_factory.mktemp("net") / "weights.safetensors"
    stored.save(path, {k: v.numpy() for k, v in net.state_dict().items()}, "detect", net.config | {"bones": 3.9})
    return path


def write(path, frames, size=(96, 128), rotation=0):
    with VideoWriter(path, size, 30, **({"rotation": rotation} if rotation else {})) as writer:
        for frame in range(frames):
            writer.write(np.full((size[1], size[0], 3), 60 + frame, np.uint8), frame / 30)
    return path


def see(monkeypatch, mask_of, number=1):
    """Stand in for the foreground: ``mask_of(frame, picture)``."""

    def pictures_with_masks(pictures, method):
        for frame, image in enumerate(pictures):
            yield image, mask_of(frame, image), number

    monkeypatch.setattr(stage, "masked_pictures", pictures_with_masks)


def box(frame, image):
    mask = np.zeros(image.shape[:2], bool)
    mask[30:100, 30 + frame : 60 + frame] = True
    return mask


def test_a_row_for_every_frame_of_a_video(tmp_path, monkeypatch, weights):
    see(monkeypatch, lambda frame, image: box(frame, image) & (frame != 3), number=3)
    clip, pose = stage.predict({"video": write(tmp_path / "a.mp4", 12)}, DetectSettings(), weights)
    assert isinstance(clip, Clip) and isinstance(pose, Pose3D)
    assert clip.frames == pose.frames == 12 and clip.people == 3 and (clip.time == pose.time).all()
    assert not pose.measured[3] and pose.measured.sum() == 11 and np.isfinite(pose.xyz).all()
    assert pose.camera.size == clip.size == (96, 128) and pose.root[:, 2].min() > 0.5


def test_one_frame_is_a_clip_too(tmp_path, monkeypatch, weights):
    see(monkeypatch, box)
    _, pose = stage.predict({"video": write(tmp_path / "a.mp4", 1)}, DetectSettings(height=1.7), weights)
    assert pose.frames == 1 and np.isfinite(pose.xyz).all() and pose.scale == "metric"


@pytest.mark.parametrize("everywhere", [False, True])
def test_nobody_gives_the_clip_alone(tmp_path, monkeypatch, weights, everywhere):
    see(monkeypatch, lambda frame, image: np.full(image.shape[:2], everywhere))
    (clip,) = stage.predict({"video": write(tmp_path / "a.mp4", 5)}, DetectSettings(), weights)
    assert clip.frames == 5 and clip.people == 0


def test_no_weights_and_settings_out_of_range_are_named(tmp_path, weights):
    with pytest.raises(ValueError, match="detect needs weights"):
        stage.predict({"video": tmp_path / "a.mp4"}, DetectSettings(), None)
    with pytest.raises(ValueError, match="detect_size is 8"):
        stage.predict({"video": tmp_path / "a.mp4"}, DetectSettings(detect_size=8), weights)
    with pytest.raises(ValueError, match="holds weights of 'lift'"):
        stored.save(tmp_path / "l.safetensors", {"w": np.zeros(1, np.float32)}, "lift", {})
        stage.load(tmp_path / "l.safetensors")
