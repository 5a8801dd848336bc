import pickle

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import FPS, H36M, SIZE, check, one

from dance3d.io.keypoint_files import pickles
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
