import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import FPS, SIZE, check

from dance3d.contracts import Keypoints2D
from dance3d.contracts.detections import Detections
from dance3d.io.keypoint_files import read


def test_identities_make_tracks_and_none_make_detections(tmp_path):
    said = {"size": SIZE, "fps": FPS}
    tracks = read(write.alphapose(tmp_path / "ids.json", shifts=(0, 60), ids=[7, 3]), **said)
    assert [t.person for t in tracks] == [3, 7] and all(isinstance(t, Keypoints2D) for t in tracks)
    check(tracks[1].xy)
    check(tracks[0].xy - (60, 0))
    lists = read(write.alphapose(tmp_path / "lists.json", shifts=(0, 60), ids=[[7.0], [3.0, 9.0]]), **said)
    assert [t.person for t in lists] == [3, 7]
    for maker in (
        write.alphapose(tmp_path / "same.json", shifts=(0, 60)),  # AlphaPose gives everybody 0 where nobody tracked
        write.openpose(tmp_path / "open", shifts=(0, 60)),
        write.sleap(tmp_path / "s.csv", tracks=("", "")),
    ):
        seen = read(maker, **said)
        assert isinstance(seen, Detections) and seen.frame.tolist() == [0, 0, 1, 1, 2, 2]
        assert np.isnan(seen.colour).all()
    followed = read(write.openpose(tmp_path / "ids", shifts=(0, 60), ids=[0, 1]), **said)
    assert [t.person for t in followed] == [1, 2]


def test_size_and_rate_have_to_come_from_somewhere(tmp_path):
    path = write.openpose(tmp_path / "k")
    for said, why in (({"fps": 25}, "size"), ({"size": SIZE}, "frames per second"), ({"size": SIZE, "fps": -1}, "-1")):
        with pytest.raises(ValueError, match=why):
            read(path, **said)
