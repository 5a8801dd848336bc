import numpy as np
import pytest
from blazepose_bodies import body

from dance3d.io.video.pictures import ArrayPicture
from dance3d.stages.keypoints.detection_buffer import DetectionBuffer

PICTURE = ArrayPicture(np.full((100, 200, 3), 90, np.uint8))
TIME = np.arange(4) / 30


def filled(frames):
    buffer = DetectionBuffer()
    for frame in frames:
        buffer.add(frame, [body() * [200, 100, 1]], "blazepose33", PICTURE)
    return buffer


def test_a_buffer_that_took_what_another_gave_is_that_other():
    first, second = filled([0, 2]), DetectionBuffer()
    second.take(first.new(), 0, 3)
    assert first.new()["frame"].size == 0
    ours, theirs = first.detections(TIME, (400, 200)), second.detections(TIME, (400, 200))
    np.testing.assert_array_equal(ours.frame, [0, 2])
    np.testing.assert_array_equal(ours.xy, theirs.xy)
    np.testing.assert_array_equal(ours.colour, theirs.colour)


def test_what_is_of_other_frames_or_incomplete_is_refused_whole():
    piece, buffer = filled([0, 2]).new(), DetectionBuffer()
    with pytest.raises(ValueError, match="detections of other frames than 0 to 2"):
        buffer.take(piece, 0, 2)
    with pytest.raises(ValueError, match="it has no score of 2 detections"):
        buffer.take({name: array for name, array in piece.items() if name != "score"}, 0, 3)
    assert len(buffer.detections(TIME, (400, 200))) == 0
