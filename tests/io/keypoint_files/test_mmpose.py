import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import COCO, FPS, SIZE

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
        ([{"frame_id": 1, "instances": []}] * 2, "frame 1 is there twice"),
        ([{"frame_id": 1, "instances": ["who"]}], "frame 1: an instance is no dictionary"),
        ([{"frame_id": 1, "instances": [{**BODY, "keypoint_scores": [1]}]}], r"keypoints have shape \(17, 2\), scores"),
    ],
)
def test_what_is_built_otherwise_is_named(tmp_path, info, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, info)
