import numpy as np
import pytest
from video_clips import make_folder, read

from dance3d.io.video import writer as video_writer
from dance3d.io.video.reader import probe
from dance3d.io.video.writer import VideoWriter


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory)


@pytest.mark.parametrize("name", ["even.mp4", "uneven.mp4", "one.mp4", "turned90.mp4"])
def test_what_is_written_reads_back_with_its_times(folder, tmp_path, name):
    frames, clip = read(folder / name)
    with VideoWriter(tmp_path / "out.mp4", clip.size, 30) as writer:
        for frame in frames:
            writer.write(frame.image, clip.time[frame.index])
    again, back = read(tmp_path / "out.mp4")
    np.testing.assert_allclose(back.time, clip.time, atol=1e-4)
    assert back.gaps == () and back.size == clip.size and back.expected == len(frames)
    for a, b in zip(frames, again, strict=True):
        assert np.abs(a.image.astype(int) - b.image).mean() < 6
    info = probe(tmp_path / "out.mp4")
    assert info.codec == "h264" and not info.has_audio


def test_an_odd_size_is_padded(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (33, 65, 3), np.uint8)
    with VideoWriter(tmp_path / "odd.mp4", (65, 33), 25) as writer:
        writer.write(image, 0.0)
    assert probe(tmp_path / "odd.mp4").size == (66, 34)


def test_times_nearer_than_a_tick_are_still_two(tmp_path):
    image = np.zeros((32, 64, 3), np.uint8)
    with VideoWriter(tmp_path / "a.mp4", (64, 32), 25) as writer:
        for time in (0.0, 1e-6, 2e-6, 0.04):
            writer.write(image, time)
    _, back = read(tmp_path / "a.mp4")
    np.testing.assert_allclose(back.time, [0, 0, 0, 0.04], atol=1e-4)


def test_a_writer_refuses_and_leaves_nothing_behind(tmp_path):
    image = np.zeros((32, 64, 3), np.uint8)
    with pytest.raises(ValueError, match="does not increase"), VideoWriter(tmp_path / "a.mp4", (64, 32), 25) as writer:
        writer.write(image, 1.0)
        writer.write(image, 1.0)
    with (
        pytest.raises(ValueError, match="expected \\(32, 64, 3\\)"),
        VideoWriter(tmp_path / "b.mp4", (64, 32), 25) as w,
    ):
        w.write(image[:10], 0.0)
    with pytest.raises(ValueError, match="cannot write"):
        VideoWriter(tmp_path / "c.mp4", (0, 32), 25)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "codec", "off"), [("libvpx-vp9", "vp9", 8), ("mpeg4", "mpeg4", 8)])
def test_without_h264_another_encoder_is_taken_and_told_once(folder, tmp_path, monkeypatch, caplog, name, codec, off):
    monkeypatch.setattr(video_writer, "_works", lambda other: other == name)
    video_writer._say_once.cache_clear()
    frames, clip = read(folder / "uneven.mp4")
    for path in (tmp_path / "one.mp4", tmp_path / "two.mp4"):
        with VideoWriter(path, clip.size, 30, preset="ultrafast", more="deblock=0,0") as writer:
            for frame in frames:
                writer.write(frame.image, clip.time[frame.index])
        again, back = read(path)
        assert probe(path).codec == codec
        np.testing.assert_allclose(back.time, clip.time, atol=1e-4)
        for a, b in zip(frames, again, strict=True):
            assert np.abs(a.image.astype(int) - b.image).mean() < off
    assert sum("no encoder of H.264" in record.message for record in caplog.records) == 1


def test_without_any_encoder_there_is_one_error_and_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(video_writer, "_works", lambda name: False)
    with pytest.raises(ValueError, match="no encoder for videos; expected one of libx264, libopenh264"):
        VideoWriter(tmp_path / "out.mp4", (64, 64), 30)
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_is_listed_and_does_not_open_is_passed_over():
    assert video_writer._works("libx264") and not video_writer._works("h264_nvenc") and not video_writer._works("none")
