"""All files of a clip, written and read again."""

import csv
import errno

import av
import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import Keypoints2D, Movements, Pose3D
from dance3d.io import artefacts
from dance3d.io.export_files.formats import FORMATS, ExportFile
from dance3d.io.video.reader import VideoReader
from dance3d.io.video.writer import VideoWriter
from dance3d.pipeline import exporters
from dance3d.pipeline.export_run import export_again
from dance3d.pipeline.exporters import export

FILES = {
    f"{name}.{end}" for name in ("keypoints", "pose3d", "movements") for end in ("npz", "csv")
} | {"pose3d.bvh", "words.csv", "rhythm.csv"}  # fmt: skip


def rows(path):
    return list(csv.reader(path.read_text().splitlines()))[1:]


def film(path, clip):
    """A grey video with the clip's frames, brighter from frame to frame."""
    with VideoWriter(path, clip.size, clip.fps) as writer:
        for index, time in enumerate(clip.time):
            writer.write(np.full((clip.size[1], clip.size[0], 3), 40 + index, np.uint8), float(time))


def test_every_file_has_every_frame(tmp_path):
    clip = fake_clip(1.2, size=(322, 180))
    film(tmp_path / "in.mp4", clip)
    dancers = [fake_dancer(clip.time, clip.size, person, missing=[0, 7]) for person in (1, 2)]
    out = tmp_path / "out"
    out.mkdir()
    export(tmp_path / "in.mp4", clip, dancers, out, {"name": "in.mp4"})
    assert {p.name for p in out.iterdir()} == {"person-1", "person-2", "overlay.mp4", "report.html"}
    for dancer in dancers:
        folder = out / f"person-{dancer.person}"
        assert {p.name for p in folder.iterdir()} == FILES
        for name in ("keypoints", "pose3d", "movements"):
            assert len(rows(folder / f"{name}.csv")) == 30
        for name, kind, mine in (
            ("keypoints", Keypoints2D, dancer.keypoints),
            ("pose3d", Pose3D, dancer.pose),
            ("movements", Movements, dancer.movements),
        ):
            np.testing.assert_array_equal(artefacts.load(folder / f"{name}.npz", kind).time, mine.time)
        bvh = (folder / "pose3d.bvh").read_text()
        assert "Frames: 30\n" in bvh and "nan" not in bvh.lower()
    with VideoReader(out / "overlay.mp4") as reader:
        frames = list(reader)
        np.testing.assert_allclose(reader.clip().time, clip.time, atol=1e-3)
    picture = frames[5].image
    assert picture.shape[1] == 322 and picture.shape[0] > 180
    assert picture[:180].max() > 150  # a skeleton, on a picture that has nothing brighter than 45
    assert (np.abs(picture[2, :40].astype(int) - 45) < 8).all()


def test_a_format_is_a_row_of_the_table_and_a_writer(tmp_path, monkeypatch):
    clip = fake_clip(0.4)
    one = fake_dancer(clip.time, clip.size)
    export(None, clip, [one], tmp_path, {})
    monkeypatch.setitem(FORMATS, "txt", (ExportFile("who.txt", ("dancer", "pose3d"), f"{__name__}:write_name"),))
    assert export_again(tmp_path, ["txt"]) == [tmp_path / "person-1" / "who.txt"]
    assert (tmp_path / "person-1" / "who.txt").read_text() == f"{one.keypoints.name!r} {one.pose.frames}"
    with pytest.raises(ValueError, match=f"'pdf' is not known; choose from {', '.join(FORMATS)}"):
        export_again(tmp_path, ["txt", "pdf"])


def write_name(name, path, pose):
    path.write_text(f"{name!r} {pose.frames}")


def test_no_dancer_still_gives_overlay_and_report(tmp_path):
    clip = fake_clip(0.4, size=(120, 200))
    export(None, clip, [], tmp_path, {})
    assert {p.name for p in tmp_path.iterdir()} == {"overlay.mp4", "report.html"}
    with VideoReader(tmp_path / "overlay.mp4") as reader:
        assert len(list(reader)) == 10
    assert "Nobody was found" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_single_frame_with_nobody_seen(tmp_path):
    clip = fake_clip(0.01)
    export(None, clip, [fake_dancer(clip.time, clip.size, missing=[0])], tmp_path, {})
    with VideoReader(tmp_path / "overlay.mp4") as reader:
        assert len(list(reader)) == 1
    assert len(rows(tmp_path / "person-1" / "pose3d.csv")) == 1


@pytest.mark.parametrize("change", [-1, 1])
def test_an_overlay_that_cannot_be_made_costs_no_result(tmp_path, change):
    clip = fake_clip(0.4, size=(64, 48))
    film(tmp_path / "in.mp4", clip)
    other = fake_clip(0.4 + change / 25, size=(64, 48))
    out = tmp_path / "out"
    out.mkdir()
    export(tmp_path / "in.mp4", other, [fake_dancer(other.time, other.size)], out, {})
    assert {p.name for p in out.iterdir()} == {"person-1", "overlay.txt", "report.html"}
    said = (out / "overlay.txt").read_text()
    assert said.startswith("overlay.mp4 could not be made: ") and "frames" in said and said.count("\n") == 1
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "overlay.mp4 could not be made" in page and '<a href="overlay.mp4">' not in page


def test_a_full_disk_is_no_fault_of_the_overlay(tmp_path, monkeypatch):
    def full(*args):
        raise av.error.FFmpegError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exporters, "write_overlay", full)
    with pytest.raises(av.error.FFmpegError, match="No space"):
        export(None, fake_clip(0.4), [], tmp_path, {})
