"""How far the work is: the estimate, and what is shown of it where."""

import io
import os

import numpy as np
import pytest

from dance3d.cli.progress_bar import Eta, Meter, seconds_between_lines
from dance3d.io.progress import progress_to, report_progress
from dance3d.io.video.writer import VideoWriter


class Clock:
    """A clock that goes when told to."""

    now = 100.0

    def __call__(self):
        return self.now


def work(clock, frames, expected, speed, report_progress):
    for frame in range(1, frames + 1):
        clock.now += 1 / speed
        report_progress(frame, expected)


def test_the_rest_goes_by_the_speed_of_late():
    clock = Clock()
    eta = Eta(clock)
    assert eta.rate == 0 and eta.left is None
    work(clock, 400, 1000, 20, eta.update)
    assert eta.rate == pytest.approx(20, rel=0.01) and eta.left == pytest.approx(30, rel=0.01)
    work(clock, 100, 1000, 5, lambda frame, expected: eta.update(400 + frame, expected))
    assert eta.rate == pytest.approx(5, rel=0.05)  # the fast start is forgotten
    assert str(eta) == "500 of 1000 (50%) frames, 5.0 frames/s, 1:40 left"


def test_what_the_header_does_not_say_is_unknown_and_nothing_is_beyond_all():
    clock = Clock()
    eta = Eta(clock)
    work(clock, 50, None, 10, eta.update)
    assert str(eta) == "50 frames, 10.0 frames/s, time left unknown"
    work(clock, 10, 60, 10, lambda frame, expected: eta.update(50 + frame, expected))
    assert str(eta).startswith("60 of 60 (100%)") and eta.left == 0
    eta.update(61, 60)  # the header counted too few
    assert eta.expected is None and eta.left is None and str(eta).startswith("61 frames")
    clock.now += 1000
    eta.update(70, 10**6)
    assert "left" in str(eta) and eta.left > 3600 * 24


@pytest.mark.parametrize("said", ["often", "0", "-3", "nan", "inf", "1,5"])
def test_seconds_between_lines_that_are_none_are_one_clear_error(said, monkeypatch):
    monkeypatch.setenv("DANCE3D_LINES", said)
    with pytest.raises(ValueError, match=f"DANCE3D_LINES is '{said}'; expected seconds above 0"):
        seconds_between_lines()


def test_lines_come_as_often_as_the_environment_says(monkeypatch):
    monkeypatch.delenv("DANCE3D_LINES", raising=False)
    assert seconds_between_lines() == 10
    monkeypatch.setenv("DANCE3D_LINES", " 2.5 ")
    clock, out = Clock(), io.StringIO()
    with Meter("keypoints", out, clock, seconds_between_lines()):
        work(clock, 200, 1000, 8, report_progress)
    assert len(out.getvalue().splitlines()) == 10


def test_a_line_every_ten_seconds_where_there_is_no_terminal():
    clock, out = Clock(), io.StringIO()
    with Meter("keypoints", out, clock):
        work(clock, 200, 1000, 8, report_progress)
    lines = out.getvalue().splitlines()
    assert lines[0] == "  keypoints  80 of 1000 (8%) frames, 8.0 frames/s, 1:55 left" and len(lines) == 2
    clock.now += 100
    report_progress(201, 1000)  # nobody listens any more
    assert len(out.getvalue().splitlines()) == 2


def test_work_that_an_earlier_run_began():
    clock, out = Clock(), io.StringIO()
    with Meter("keypoints", out, clock):
        report_progress(400, 1000)
        clock.now += 5  # frames are decoded only
        report_progress(400, 1000)
        work(clock, 101, 1000, 10, lambda frame, expected: report_progress(400 + frame, expected))
    lines = out.getvalue().splitlines()
    assert lines[0] == "  keypoints  goes on from frame 400" and "10.0 frames/s" in lines[1] and len(lines) == 2


def test_a_bar_on_a_terminal_that_vanishes():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    clock, out = Clock(), Terminal()
    with pytest.raises(OSError, match="disk"), Meter("keypoints", out, clock):
        work(clock, 50, 100, 10, report_progress)
        assert "keypoints" in out.getvalue() and "frames/s" in out.getvalue()
        raise OSError("disk")
    assert out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h")  # the cursor is back


def test_the_stage_tells_and_the_python_interface_is_silent(tmp_path, monkeypatch, capfd):
    from dance3d.api import predict
    from dance3d.stages.keypoints.detectors import DETECTORS

    monkeypatch.setitem(DETECTORS, "nobody", f"{__name__}:Nobody")
    with VideoWriter(tmp_path / "clip.mp4", (64, 64), 30) as writer:
        for i in range(7):
            writer.write(np.zeros((64, 64, 3), np.uint8), i / 30)
    heard = []
    with progress_to(lambda done, expected: heard.append((done, expected))):
        predict("keypoints", {"video": tmp_path / "clip.mp4"}, settings={"backend": "nobody"})
    assert heard == [(i, 7) for i in range(1, 8)]
    predict("keypoints", {"video": tmp_path / "clip.mp4"}, settings={"backend": "nobody"})
    os.write(2, b".")
    assert len(heard) == 7 and capfd.readouterr() == ("", ".")


class Nobody:
    """A detector that finds nobody."""

    layout = "coco17"

    def __init__(self, model, people, *, fps):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __call__(self, image):
        return []
