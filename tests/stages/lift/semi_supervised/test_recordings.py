from dataclasses import replace

import numpy as np
import pytest

from dance3d.contracts import Keypoints2D, Pose3D
from dance3d.io import artefacts
from dance3d.stages.lift.semi_supervised.recordings import (
    LEAST_JOINTS,
    Stretch,
    good_stretches,
    read_recordings,
    split,
)


def dancer(frames=90, fps=30.0, tall=400.0, **given):
    xy = np.random.default_rng(0).uniform(0, tall, (1, 17, 2)) + np.arange(frames)[:, None, None]
    seen = np.ones((frames, 17), bool)
    return Keypoints2D(xy, seen.astype(float), seen, np.arange(frames) / fps, (1000, 1000), **given)


def hidden(track, rows, joints=slice(None), score=0.0):
    measured, found = track.measured.copy(), track.score.copy()
    found[rows, joints] = score
    measured[rows, joints] = score > 0
    return replace(track, measured=measured, score=found)


def test_a_stretch_is_where_nearly_the_whole_body_is_seen_long_enough():
    track = hidden(dancer(300), slice(100, 130))  # 100 frames, a second nothing, 170 frames
    assert [(one.start, one.frames) for one in good_stretches(track)] == [(0, 100), (130, 170)]
    assert [one.frames for one in good_stretches(hidden(dancer(90), slice(40, 44)))] == [90], "a short gap is bridged"
    assert not list(good_stretches(hidden(dancer(90), slice(40, 50))))
    few = slice(0, 17 - LEAST_JOINTS)
    assert len(list(good_stretches(hidden(dancer(90), slice(None), few)))) == 1
    assert not list(good_stretches(hidden(dancer(90), slice(None), slice(0, 18 - LEAST_JOINTS), score=0.1)))
    assert not list(good_stretches(dancer(30))) and not list(good_stretches(dancer(90, tall=50.0)))


def test_stretches_end_at_cuts_and_where_nobody_knows_how_the_camera_moves():
    assert [one.start for one in good_stretches(dancer(120, shots=(0, 60)))] == [0, 60]
    still = np.tile(np.eye(2, 3), (200, 1, 1))
    still[:, 0, 2] = 5.0
    still[90:110] = np.nan
    first, second = good_stretches(dancer(200, still=still))
    assert (first.start, first.frames, second.start) == (0, 90, 110) and first.still is None
    np.testing.assert_allclose(first.xy[0], dancer().xy[0] + [5.0, 0.0], atol=1e-4)


def test_other_frame_rates_become_thirty_and_good_stretches_stay_as_they_are():
    (one,) = good_stretches(dancer(121, fps=60.0))
    assert one.frames == 61 and one.fps == pytest.approx(30.0)
    np.testing.assert_allclose(one.xy[10], dancer(121).xy[20], atol=1e-3)
    (again,) = good_stretches(one)
    assert np.array_equal(again.xy, one.xy) and np.array_equal(again.time, one.time)


def save(folder, track, name="keypoints.npz"):
    folder.mkdir(parents=True, exist_ok=True)
    artefacts.save(track, folder / name)


def test_results_artefacts_and_plain_arrays_are_read_and_the_rest_is_told_of(tmp_path):
    for person in (1, 2):
        save(tmp_path / "a" / f"person-{person}", dancer(person=person))
    save(tmp_path / "sub" / "a" / "person-1", dancer())
    save(tmp_path / "short", dancer(20))
    pose = Pose3D(np.zeros((3, 17, 3)), np.ones(3, bool), np.zeros(3), np.arange(3) / 30, root=np.zeros((3, 3)))
    save(tmp_path / "a" / "person-1", pose, "pose3d.npz")
    plain = {"xy": dancer().xy, "skeleton": "h36m17", "size": (1000, 1000), "fps": 30.0}
    np.savez(tmp_path / "plain.npz", **plain)
    (tmp_path / "broken.npz").write_bytes(b"none")
    told = []
    found = read_recordings(tmp_path, told.append)
    assert sorted((one.clip, one.track.person) for one in found) == [(".", 1), ("a", 1), ("a", 2), ("sub/a", 1)]
    assert len(told) == 2 and "broken.npz" in told[0] and "dancer 1 of short/keypoints.npz" in told[1]


def test_a_folder_without_good_keypoints_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"holds no keypoints to train on: 0 \.npz files"):
        read_recordings(tmp_path)
    save(tmp_path, dancer(20))
    with pytest.raises(ValueError, match=r"1 \.npz files, no good stretch"):
        read_recordings(tmp_path, lambda line: None)
    with pytest.raises(ValueError, match="is no folder of keypoints"):
        read_recordings(tmp_path / "none")


def test_clips_validate_as_wholes_and_a_single_one_by_its_end():
    stretches = [Stretch(dancer(), f"{clip:02d}") for clip in range(14) for _ in range(2)]
    train, val = split(stretches)
    assert {one.clip for one in val} == {"03", "10"} and len(train) == 24
    assert {one.clip for one in split(stretches[:4])[1]} == {"01"}
    train, val = split(stretches[:2])
    assert [one.track.frames for one in (*train, *val)] == [72, 72, 18, 18]
    assert train[0].track.time[-1] < val[0].track.time[0]
