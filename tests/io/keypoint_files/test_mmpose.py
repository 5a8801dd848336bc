import json

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import COCO, FPS, SIZE, check

from dance3d.io import keypoint_files
from dance3d.io.keypoint_files import mmpose
from dance3d.io.keypoint_files.bodies import FileHints
from dance3d.io.keypoint_files.source import Source

POINTS = write.body(COCO)
BODY = {"keypoints": POINTS[:, :2].tolist(), "keypoint_scores": POINTS[:, 2].tolist()}
META = {"keypoint_id2name": {str(i): name for i, name in enumerate(COCO)}}


def read(path, info, meta=META, said=None):
    stored = {"meta_info": meta, "instance_info": info}
    return mmpose.bodies(Source(write.text(path / "k.json", stored)), said or FileHints()).finish(SIZE, FPS)


def test_numbers_of_tracks_make_tracks(tmp_path):
    info = [{"frame_id": t, "instances": [BODY | {"track_id": 4}, BODY | {"track_id": 2}]} for t in (3, 4)]
    tracks = read(tmp_path, info)
    assert [(track.person, track.start, track.frames) for track in tracks] == [(2, 3, 2), (4, 3, 2)]
    alone = read(tmp_path, [{"frame_id": 0, "instances": [BODY]}])
    assert alone.frame.tolist() == [0] and np.isfinite(alone.xy).all()


def test_joints_without_names_need_a_layout(tmp_path):
    info = [{"frame_id": 0, "instances": [BODY]}]
    with pytest.raises(ValueError, match="bodies of 17 joints need a known skeleton"):
        read(tmp_path, info, {})
    assert len(read(tmp_path, info, {}, FileHints("coco17"))) == 1


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ({}, "has no list instance_info"),
        ([{"instances": []}], "a frame has no frame_id or no instances"),
        ([{"frame_id": 1, "instances": []}] * 2, "frame 1: is there twice"),
        ([{"frame_id": 1, "instances": ["who"]}], "frame 1: an instance is no dictionary"),
        ([{"frame_id": 1, "instances": [{**BODY, "keypoint_scores": [1]}]}], r"keypoints have shape \(17, 2\), scores"),
    ],
)
def test_what_is_built_otherwise_is_named(tmp_path, info, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, info)


def inferencer(path, frames=12):
    """What the inferencer writes of a video: a list of frames without meta_info; frame 5 has nobody."""
    found = []
    for t in range(frames):
        points = write.body(write.COCO, t)
        one = {"keypoints": points[:, :2].tolist(), "keypoint_scores": points[:, 2].tolist(), "bbox": [[1, 2, 3, 4]]}
        found.append({"frame_id": t, "instances": [one] * (t != 5)})
    return write.text(path, found)


@pytest.mark.parametrize("format", [None, "mmpose"])
def test_the_inferencers_list_is_read_once_the_joints_are_said(tmp_path, format):
    path = inferencer(tmp_path / "clip.json")
    with pytest.raises(ValueError, match=r"bodies of 17 joints need a known skeleton; choose from .*coco17"):
        keypoint_files.read(path, format, size=SIZE, fps=FPS)
    found = keypoint_files.read(path, format, "coco17", size=SIZE, fps=FPS)
    assert found.frame.tolist() == [t for t in range(12) if t != 5] and len(found.time) == 12
    check(found.xy[:3])


def test_the_inferencers_folder_of_pictures(tmp_path):
    frames = json.loads(inferencer(tmp_path / "clip.json").read_text())
    (tmp_path / "k").mkdir()
    for frame in frames:
        write.text(tmp_path / "k" / f"img_{frame['frame_id']}.json", frame["instances"])
    found = keypoint_files.read(tmp_path / "k", None, "coco17", size=SIZE, fps=FPS)
    assert found.frame.tolist() == [t for t in range(12) if t != 5] and len(found.time) == 12
    check(found.xy[:3])
