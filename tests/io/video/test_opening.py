"""Which stream of pictures is read, and whether it has time stamps."""

import gc
import os
import struct
import time
from fractions import Fraction

import av
import bad_clips as clips
import cv2
import numpy as np
import pytest
from av.stream import Disposition
from video_clips import read

from dance3d.io.video.opening import has_times
from dance3d.io.video.reader import VideoError, VideoReader


def write_streams(path, streams):
    """A file with several streams of pictures: (codec, size, default, pictures) each."""
    with av.open(str(path), "w") as out:
        made = []
        for codec, (width, height), default, _ in streams:
            stream = out.add_stream(codec, rate=10)
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.disposition = Disposition.default if default else Disposition(0)
            made.append(stream)
        for stream, (_, (width, height), _, pictures) in zip(made, streams, strict=True):
            for i in range(pictures):
                frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), 60 + i, np.uint8), format="rgb24")
                frame = frame.reformat(format=stream.pix_fmt)
                frame.pts, frame.time_base = i, Fraction(1, 10)
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
    return path


STILL, SMALL = ("mjpeg", (32, 24)), ("libx264", (48, 32))
LARGE = ("libx264", (96, 64))


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
@pytest.mark.parametrize(
    ("streams", "size"),
    [
        ([(*STILL, False, 1), (*LARGE, True, 12)], (96, 64)),  # a thumbnail that is not marked as one
        ([(*SMALL, True, 12), (*LARGE, True, 12)], (96, 64)),
        ([(*LARGE, False, 12), (*SMALL, True, 12)], (48, 32)),  # the mark wins over the size
        ([(*LARGE, True, 12), (*SMALL, True, 12)], (96, 64)),
    ],
)
def test_the_default_then_the_largest_stream_is_read(tmp_path, kind, streams, size):
    frames, clip = read(write_streams(tmp_path / f"two.{kind}", streams))
    assert len(frames) == 12 and clip.size == size and clip.expected == 12
    (other,) = (i for i, (_, its, *_) in enumerate(streams) if its != size)
    assert clip.notes[0].startswith(f"stream {other} (") and clip.notes[0].endswith(" was left out")


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_a_still_is_not_the_video_even_if_marked_and_large(tmp_path, kind):
    path = write_streams(tmp_path / f"two.{kind}", [("mjpeg", (320, 240), True, 1), (*SMALL, False, 12)])
    assert read(path)[1].frames == 12


def write_raw(path, rate=30, pictures=30):
    """H.264 without a container, filmed at ``rate``."""
    with av.open(str(path), "w", format="h264") as out:
        stream = out.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"bf": "0"}
        for i in range(pictures):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 60 + 4 * i % 180, np.uint8), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, rate)
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode())
    return path


def test_a_raw_stream_has_no_times_and_takes_the_rate_that_is_told(tmp_path):
    path = write_raw(tmp_path / "raw.h264")
    assert not has_times(path)
    _, clip = read(path)
    assert any("is a guess; give the rate with --fps" in note for note in clip.notes)
    with VideoReader(path, fps=12.5) as reader:
        assert len(list(reader)) == 30
        told = reader.clip()
    np.testing.assert_allclose(told.time, np.arange(30) / 12.5)
    assert told.notes == () and told.gaps == ()


def test_a_rate_is_refused_where_there_are_times(tmp_path):
    path = clips.write(tmp_path / "even.mp4", clips.EVEN[:5])
    assert has_times(path)
    with pytest.raises(VideoError, match="has time stamps of its own; 25 frames/s cannot be given"):
        VideoReader(path, fps=25)


def chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def test_an_animated_webp_is_refused_with_what_to_do(tmp_path):
    still = bytes(cv2.imencode(".webp", np.full((48, 64, 3), 90, np.uint8))[1])
    size = struct.pack("<I", 63)[:3] + struct.pack("<I", 47)[:3]
    pictures = chunk(b"ANMF", b"\0" * 6 + size + b"\x64\0\0\0" + still[12:]) * 3
    body = b"WEBP" + chunk(b"VP8X", b"\2\0\0\0" + size) + chunk(b"ANIM", b"\0" * 6) + pictures
    path = tmp_path / "dance.webp"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    with pytest.raises(VideoError, match=r"is an animated WebP.* magick dance\.webp dance\.mp4"):
        VideoReader(path)
    (tmp_path / "still.webp").write_bytes(still)
    assert read(tmp_path / "still.webp")[1].size == (64, 48)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_process_does_not_wait_for_the_threads_of_a_decoder(data_dir):
    gc.disable()  # as if nothing had been collected since
    try:
        with VideoReader(data_dir / "video" / "jacky_dance.mp4") as reader:
            assert len([frame.image for _, frame in zip(range(40), reader, strict=False)]) == 40
        del reader
        child = os.fork()
        if not child:
            gc.collect()
            os._exit(0)
    finally:
        gc.enable()
    stop, ended = time.monotonic() + 20, (0, -1)
    while not ended[0] and time.monotonic() < stop:
        ended = os.waitpid(child, os.WNOHANG)
        time.sleep(0.01)
    if not ended[0]:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert ended == (child, 0)
