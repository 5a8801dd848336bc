"""MediaPipe's own nets as a task file."""

import numpy as np
import pytest
from detector_files import write_task

from dance3d.io.video.reader import VideoReader
from dance3d.skeleton import BLAZEPOSE33
from dance3d.stages.keypoints import detectors
from dance3d.stages.keypoints.detectors import requirements


@pytest.fixture(scope="session")
def task(tmp_path_factory):
    if requirements.missing("mediapipe"):
        pytest.skip("MediaPipe 0.10.21, whose wheel carries the nets, is not installed")
    return write_task(tmp_path_factory.mktemp("task") / "pose.task")


@pytest.fixture(scope="module")
def dancers(data_dir):
    with VideoReader(data_dir / "video" / "kitasen_dancers.mp4") as reader:
        return [frame.image for frame, _ in zip(reader, range(12), strict=False)]


def test_a_task_file_finds_both_dancers(task, dancers):
    with detectors.resolve("mediapipe-tasks")(task, 2) as detector:
        found = [detector(image) for image in dancers]
    assert detector.layout == BLAZEPOSE33.name and min(len(bodies) for bodies in found) >= 2
    ankles, ears = (BLAZEPOSE33.indices(f"left_{joint}", f"right_{joint}") for joint in ("ankle", "ear"))
    for bodies in found:
        middles = sorted(body[:, 0].mean() for body in bodies)
        assert middles[1] - middles[0] > 100
        for body in bodies:
            assert body.shape == (33, 3) and np.isfinite(body).all() and (body[ears, 1] < body[ankles, 1] - 100).all()
            assert ((body[:, 2] >= 0) & (body[:, 2] <= 1)).all()


def test_one_dancer_is_not_smoothed(task, dancers):
    """The picture jumps; a smoothed body would arrive late."""
    jump = 12
    with detectors.resolve("mediapipe-tasks")(task, 1) as detector:
        before = [detector(dancers[0]) for _ in range(5)][-1]
        after = detector(np.roll(dancers[0], jump, 1))
    moved = after[0][:, 0].mean() - before[0][:, 0].mean()
    assert abs(moved - jump) < 1.5


def test_nobody_in_an_empty_picture(task):
    with detectors.resolve("mediapipe-tasks")(task) as detector:
        assert detector(np.zeros((48, 64, 3), np.uint8)) == []


def test_a_task_file_that_is_none(tmp_path):
    pytest.importorskip("mediapipe")
    (tmp_path / "bad.task").write_bytes(b"PK no zip")
    with pytest.raises(ValueError, match=r"bad.task cannot be read as a pose landmarker"):
        detectors.resolve("mediapipe-tasks")(tmp_path / "bad.task")
