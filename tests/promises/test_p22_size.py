"""P22: any size: 8K is made smaller for the detector and keypoints are in its own pixels; what is too large is refused.

Odd sides, pixels that are not square and ten bits are read. Limits can be set, and a refusal says the limit.

Seen to fail under the mutations of ``mutations/p22.yaml``: pictures not made smaller, keypoints left in the small
picture's pixels, pixels shown as stored, limits not looked at.
"""

from fractions import Fraction

import av
import bad_clips as clips
import numpy as np
import pytest
from told_detector import ToldDetector, dancer, film, tell

from dance3d.io.video.reader import Limits, VideoError, VideoReader, probe
from dance3d.io.video.writer import VideoWriter
from dance3d.skeleton import H36M17
from dance3d.stages.keypoints.predict import predict
from dance3d.stages.keypoints.settings import KeypointSettings


def keypoints(monkeypatch, video, **more):
    """The first dancer of a video in which somebody stands at 0.25 of its width."""
    settings = tell(monkeypatch, [[dancer(0.25, 0)]] * 3)["keypoints"] | more
    return predict({"video": video}, KeypointSettings.read(settings), None)[1]


def test_8k_is_made_smaller_and_its_keypoints_are_in_its_own_pixels(tmp_path, monkeypatch):
    with VideoWriter(tmp_path / "8k.mp4", (7680, 4320), 30, preset="ultrafast") as writer:
        writer.write(np.full((4320, 7680, 3), 90, np.uint8), 0.0)
    found = keypoints(monkeypatch, tmp_path / "8k.mp4")
    assert found.size == (7680, 4320) and ToldDetector.shapes == [(720, 1280, 3)]
    wrist = found.xy[0, H36M17.index("left_wrist")]
    np.testing.assert_allclose(wrist, dancer(0.25, 0)[15, :2] * (7680, 4320), atol=1)
    keypoints(monkeypatch, film(tmp_path / "small.mp4", [0.0], (64, 48)))
    assert ToldDetector.shapes == [(48, 64, 3)]  # and nothing is made larger
    keypoints(monkeypatch, tmp_path / "8k.mp4", detect_size=320)
    assert ToldDetector.shapes == [(180, 320, 3)]


@pytest.mark.parametrize("size", [(33, 65), (65, 33), (1, 1), (2, 300)])
def test_odd_sizes_are_read_whole(tmp_path, size):
    path = tmp_path / "odd.mkv"
    picture = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, "bgr0"
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="bgr0")
        frame.pts, frame.time_base = 0, Fraction(1, 30)
        out.mux([*stream.encode(frame), *stream.encode()])
    with VideoReader(path) as reader:
        (frame,) = reader
        assert reader.clip().size == size
    np.testing.assert_array_equal(frame.image, picture)


def test_pixels_that_are_not_square_are_made_so_and_ten_bits_become_eight(tmp_path):
    wide = clips.write(tmp_path / "wide.mp4", clips.EVEN[:3], aspect=2)
    assert probe(wide).size == (2 * clips.WIDTH, clips.HEIGHT)
    with VideoReader(clips.write(tmp_path / "deep.mp4", clips.EVEN[:3], pixels="yuv420p10le")) as reader:
        images = [frame.image for frame in reader]
    assert images[2].dtype == np.uint8
    np.testing.assert_allclose(images[2].mean((0, 1)), clips.picture(2).mean((0, 1)), atol=6)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"pixels": 1000}, "192x96 is beyond the limit of 1000 pixels"),
        ({"seconds": 1}, "2 s is beyond the limit of 1 s"),
        ({"frames": 10}, "60 frames are beyond the limit of 10"),
    ],
)
def test_what_is_too_large_is_refused_before_any_work(tmp_path, limits, why):
    path = clips.write(tmp_path / "even.mp4", clips.EVEN)
    with pytest.raises(VideoError, match=why):
        probe(path, Limits(**limits))


def test_a_limit_is_a_setting(tmp_path, monkeypatch):
    path = clips.write(tmp_path / "even.mp4", clips.EVEN)
    with pytest.raises(VideoError, match="2 s is beyond the limit of 1 s"):
        keypoints(monkeypatch, path, limit_seconds=1)


def test_a_limit_holds_where_the_header_is_silent(tmp_path):
    path = clips.write(tmp_path / "whole.mkv", clips.EVEN)
    assert probe(path).expected is None
    with VideoReader(path, Limits(frames=10)) as reader, pytest.raises(VideoError, match="more than the limit of 10"):
        list(reader)
