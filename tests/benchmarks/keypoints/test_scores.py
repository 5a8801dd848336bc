"""The bench of the stage, and what trackers get by their scores."""

from itertools import islice

import pytest

from dance3d.api import predict
from dance3d.benchmarks.keypoints.scores import bench
from dance3d.io.video.reader import VideoReader
from dance3d.io.video.writer import VideoWriter


def test_clips_of_a_folder_have_figures(data_dir, tmp_path):
    with VideoReader(data_dir / "video" / "jacky_dance.mp4") as reader:
        shown = [frame.image for frame in islice(reader, 30)]
    with VideoWriter(tmp_path / "jacky.mp4", shown[0].shape[1::-1], 30) as writer:
        for i, image in enumerate(shown):
            writer.write(image, i / 30)
    pieces = list(bench(tmp_path, predict))
    figures = {key: value for piece in pieces for key, value in piece.items()}
    assert len(pieces) == 2 and figures["jacky.tracks"] == 1 and figures["jacky.frames"] == 30
    assert figures["jacky.found"] == figures["jacky.found.1"] == figures["all.found"] > 0.98
    assert figures["jacky.acceleration.smoothed"] < figures["jacky.acceleration.raw"]


def test_a_folder_without_clips_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no clip"):
        next(iter(bench(tmp_path, predict)))
