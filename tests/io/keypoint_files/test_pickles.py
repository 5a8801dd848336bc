import pickle

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import FPS, H36M, SIZE, check, one

from dance3d.io.keypoint_files import pickles, read
from dance3d.io.keypoint_files.bodies import FileHints
from dance3d.io.keypoint_files.source import Source


def videopose3d(path, take=None, skeleton=None, **how):
    return pickles.videopose3d(Source(write.videopose3d(path / "k.npz", **how)), FileHints(skeleton, take)).finish(
        None, FPS
    )


def test_one_of_several_takes_is_chosen_by_its_name_or_its_beginning(tmp_path):
    track = np.stack([write.body(write.COCO, t)[:, :2] for t in range(3)])
    takes = {"clip.mp4": {"Walking": [track, track + 50], "Eating": [track + 90]}}
    with pytest.raises(
        ValueError, match=r"holds several takes; choose one by take= clip\.mp4/Walking/0, clip\.mp4/Walking/1"
    ):
        videopose3d(tmp_path, "clip.mp4/Walking", takes=takes)
    found = videopose3d(tmp_path, "clip.mp4/Eating", takes=takes)
    check(one(found) - 90)
    assert found[0].size == SIZE
    with pytest.raises(ValueError, match=r"has no take 'S2'; choose from clip\.mp4/Walking/0"):
        videopose3d(tmp_path, "S2", takes=takes)


def test_the_order_of_joints_is_never_guessed(tmp_path):
    check(one(videopose3d(tmp_path, order=H36M, layout="h36m")))
    check(one(videopose3d(tmp_path, order=H36M, layout=None, keypoints_symmetry=write.SYMMETRY["h36m"])))
    with pytest.raises(ValueError, match="skeleton"):
        videopose3d(tmp_path, layout=None, keypoints_symmetry=None)
    check(one(videopose3d(tmp_path, skeleton="coco17", layout=None, keypoints_symmetry=None)))


def test_one_of_nine_cameras_of_aist(tmp_path):
    source = Source(write.aist(tmp_path / "k.pkl"))
    assert pickles.fits_aist(source) and not pickles.fits_videopose3d(source)
    [track] = pickles.aist(source, FileHints(take="c03")).finish(None, None)
    check(track.xy - (200, 0))
    assert (track.fps, track.size) == (pytest.approx(60), (1920, 1080))
    with pytest.raises(ValueError, match="holds several takes; choose one by take= c01, c02"):
        pickles.aist(source, FileHints())
    (tmp_path / "other.pkl").write_bytes(pickle.dumps({"keypoints2d": np.zeros((3, 17, 3))}))
    with pytest.raises(ValueError, match=r"has no keypoints2d of shape \(9, T, 17, 3\)"):
        pickles.aist(Source(tmp_path / "other.pkl"), FileHints(take="c01"))


def step3(path, people=2, frames=4):
    """What VideoPose3D's infer_video_d2.py saves; nobody in frame 2."""
    keypoints, boxes = np.empty((frames, 2), object), np.empty((frames, 2), object)
    for t in range(frames):
        bodies = [write.body(write.COCO, t + 60 * i).T for i in range(people if t != 2 else 0)]
        points = np.array([[b[0], b[1], 0 * b[2], b[2]] for b in bodies]).reshape(-1, 4, 17).astype(np.float32)
        keypoints[t] = [], points if len(points) else []
        boxes[t] = [], np.ones((len(points), 5), np.float32)
    np.savez_compressed(
        path, boxes=boxes, segments=np.array([None] * frames), keypoints=keypoints, metadata={"w": 400, "h": 300}
    )
    return path


def test_videopose3ds_step_3_is_read_before_step_4(tmp_path):
    found = read(step3(tmp_path / "clip.mp4.npz", people=1), fps=FPS)
    assert found.size == (400, 300) and found.frame.tolist() == [0, 1, 3] and len(found.time) == 4
    check(found.xy[:2])
    assert read(step3(tmp_path / "two.npz"), fps=FPS).frame.tolist() == [0, 0, 1, 1, 3, 3]


def test_videopose3ds_step_3_of_another_shape_is_told_of_step_4(tmp_path):
    np.savez(tmp_path / "a.npz", keypoints=np.array([1, None], object), boxes=np.zeros(2))
    with pytest.raises(ValueError, match=r"inference writes \(step 3\).*prepare_data_2d_custom\.py \(step 4\)"):
        read(tmp_path / "a.npz", fps=FPS)
