"""The samples of a video's sound lie on the clock of its pictures, however the file is made."""

import numpy as np
import pytest

from dance3d.benchmarks.motion.on_beat import WRAPPINGS, Wrapping, write_clip
from dance3d.io.video import sound
from dance3d.io.video.reader import VideoReader
from dance3d.io.video.sound_samples import RATE, read_sound

BURST = 1.25
"""Seconds at which the sound begins to be loud, and the pictures turn white."""


def film(path, wrapping):
    """A clip whose sound and picture change at the same moment, and how long after that the next picture comes."""
    times = np.arange(wrapping.pictures_at, 2, 1 / 20)
    tone = np.zeros(2 * RATE, np.int16)
    tone[round(BURST * RATE) :] = 12000 * np.sin(np.arange(2 * RATE - round(BURST * RATE)) * 0.7)
    write_clip(path, times, tone[round(wrapping.sound_at * RATE) :], wrapping, bright_from=BURST)
    return path, times[times >= BURST - 1e-6][0] - BURST


@pytest.mark.parametrize("wrapping", WRAPPINGS, ids=lambda one: f"{one.suffix}-{one.codec}-{one.sound_at}")
def test_a_burst_is_heard_when_it_is_seen(tmp_path, wrapping):
    path, late = film(tmp_path / f"clip.{wrapping.suffix}", wrapping)
    with VideoReader(path) as reader:
        bright = [frame.image.mean() > 128 for frame in reader]
        seen = reader.clip().time[bright.index(True)]
    samples = np.abs(read_sound(path).astype(float))
    heard = np.flatnonzero(samples > 3000)[0] / RATE
    assert heard == pytest.approx(seen - late, abs=0.005 if wrapping.codec.startswith("pcm") else 0.012)


def test_a_clip_without_sound_has_none(tmp_path):
    path = tmp_path / "mute.mp4"
    write_clip(path, np.arange(0, 1, 0.1), np.zeros(0, np.int16), Wrapping("mp4", ""))
    assert read_sound(path) is None and read_sound(tmp_path / "missing.mp4") is None


def test_sound_of_an_unknown_codec_is_said(tmp_path):
    path, _ = film(tmp_path / "clip.mp4", WRAPPINGS[0])
    data = path.read_bytes()
    path.write_bytes(data.replace(b"mp4a", b"zzzz").replace(b"esds", b"zzzz"))
    with pytest.raises(ValueError, match="no decoder"):
        read_sound(path)


def test_a_file_without_its_index_has_no_sound(tmp_path):
    path, _ = film(tmp_path / "clip.mov", WRAPPINGS[1])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert read_sound(path) is None  # its index is at the end: no stream is left


def test_a_process_that_dies_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sound, "_CHILD", "import sys; sys.exit(5)")
    with pytest.raises(ValueError, match="ended with code 5"):
        read_sound(film(tmp_path / "clip.mp4", WRAPPINGS[0])[0])
