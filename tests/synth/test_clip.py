import numpy as np
import pytest

from dance3d.contracts import Keypoints2D, Masks, Pose3D
from dance3d.geometry.projection import project
from dance3d.io import artefacts
from dance3d.io.video.reader import VideoReader
from dance3d.skeleton import COCO17, H36M17
from dance3d.stages.keypoints.detectors.movenet import MoveNet
from dance3d.synth.choreography import GENRES
from dance3d.synth.clip import write_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return write_scene(tmp_path_factory.mktemp("scene") / "new", "martial", 1.0, 6, size=(320, 240))


def test_the_files_hold_what_was_filmed(scene):
    folder = scene.video.parent
    assert {p.name for p in folder.iterdir()} == {"video.mp4", "truth.npz", "keypoints.npz", "masks.npz"}
    with VideoReader(scene.video) as video:
        frames, times = list(video), video.clip().time
    assert len(frames) == 30 and frames[0].image.shape == (240, 320, 3)
    for name, kind in (("truth", Pose3D), ("keypoints", Keypoints2D), ("masks", Masks)):
        stored = artefacts.load(folder / f"{name}.npz", kind)
        assert len(stored.time) == 30
        assert np.allclose(stored.time, times, atol=1e-4)


def test_truth_and_keypoints_fit_one_another(scene):
    pose = scene.truth
    assert pose.scale == "metric" and not pose.camera.assumed
    xy = project(pose.xyz + pose.root[:, None], pose.camera.focal, np.array(pose.camera.centre))
    assert np.abs(xy - scene.keypoints.xy).max() < 1e-2
    assert scene.keypoints.xy.min() > 0 and (scene.keypoints.xy < scene.keypoints.size).all()
    world = (scene.clip.xyz - scene.clip.xyz[:, :1]) @ scene.E[:, :3].T
    assert np.allclose(world, pose.xyz, atol=1e-5)
    rise = (pose.xyz + pose.root[:, None]) @ pose.up
    assert np.allclose(rise - rise[:1, :1], scene.clip.xyz[..., 1] - scene.clip.xyz[0, 0, 1], atol=1e-4)


def test_masks_lie_on_the_dancer(scene):
    masks = scene.masks
    assert masks.mask.shape == (30, 60, 80)
    middle = scene.keypoints.xy[:, 0] / 4
    for mask, distance, (x, y) in zip(masks.mask, masks.distance, middle, strict=True):
        assert mask[int(y), int(x)] and 0.01 < mask.mean() < 0.5
        assert distance[mask].max() > 15 and distance[~mask].max() > 15


@pytest.mark.parametrize(("seconds", "fps", "frames"), [(1, 25, 25), (0.5, 60, 30)])
def test_another_frame_rate(tmp_path, seconds, fps, frames):
    scene = write_scene(tmp_path, "salsa", seconds, 1, size=(161, 121), fps=fps)
    assert scene.truth.frames == frames and abs(scene.truth.fps - fps) < 1e-6


def test_an_empty_picture_is_refused(tmp_path):
    with pytest.raises(ValueError, match="0x480"):
        write_scene(tmp_path, "salsa", 1, 1, size=(0, 480))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("genre", GENRES)
def test_the_detector_sees_a_person(tmp_path, genre):
    """The point of the body: the detector that ships finds it, and near the truth."""
    scene = write_scene(tmp_path, genre, 0.6, 21)
    with VideoReader(scene.video) as video, MoveNet(people=1) as detector:
        found = [detector(frame.image) for frame in video]
    assert sum(len(bodies) == 1 for bodies in found) >= 0.95 * len(found)
    seen = np.array([bodies[0][COCO17.index("left_shoulder"), :2] for bodies in found if bodies])
    true = scene.keypoints.xy[[len(bodies) > 0 for bodies in found]]
    assert np.median(np.linalg.norm(seen - true[:, H36M17.index("left_shoulder")], axis=-1)) < 20
