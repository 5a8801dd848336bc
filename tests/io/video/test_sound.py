"""Whatever is wrong with the sound, the pictures stay, and one phrase says what became of it."""

from fractions import Fraction

import av
import numpy as np
import pytest
from video_clips import make_folder, read

from dance3d.io.video import sound
from dance3d.io.video.sound import carry_sound
from dance3d.io.video.writer import VideoWriter


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory)


def film(path, seconds=1.0):
    """A video without sound, as the overlay is before it gets any."""
    with VideoWriter(path, (64, 48), 10) as writer:
        for i in range(round(10 * seconds)):
            writer.write(np.full((48, 64, 3), 90, np.uint8), i / 10)
    return path


def record(path, *tracks, seconds=1.0):
    """A file with pictures and a track of sound for each (codec, rate, layout, tone)."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        made = [out.add_stream(codec, rate=rate, layout=layout) for codec, rate, layout, _ in tracks]
        for i in range(round(10 * seconds)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = i, Fraction(1, 10)
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode())
        for track, (codec, rate, layout, tone) in zip(made, tracks, strict=True):
            count = track.codec_context.layout.nb_channels
            wave = np.sin(np.arange(int(rate * seconds)) * 2 * np.pi * tone / rate)
            for at in range(0, len(wave) - 1023, 1024):
                piece = np.tile(wave[at : at + 1024], (count, 1))
                packed = codec.startswith("pcm")
                data = (piece.T.reshape(1, -1) * 9000).astype(np.int16) if packed else piece.astype(np.float32)
                frame = av.AudioFrame.from_ndarray(data, format="s16" if packed else "fltp", layout=layout)
                frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
                out.mux(track.encode(frame))
            out.mux(track.encode())
    return path


def unknown(path):
    """The first sound is of a codec that nobody knows."""
    data = path.read_bytes()
    at = data.find(b"mp4a")
    path.write_bytes(data[:at] + data[at:].replace(b"mp4a", b"zzzz", 1).replace(b"esds", b"zzzz", 1))
    return path


def heard(path):
    """Samples of the first channel, and their rate; none without sound."""
    with av.open(str(path)) as found:
        if not found.streams.audio:
            return np.zeros(0), 0
        stream = found.streams.audio[0]
        return np.concatenate([frame.to_ndarray()[0] for frame in found.decode(stream)]), stream.rate


def tone(path):
    """The loudest frequency, Hz."""
    wave, rate = heard(path)
    return np.argmax(np.abs(np.fft.rfft(wave * np.hanning(len(wave))))) * rate / len(wave)


def test_sound_is_copied_to_the_sample(folder, tmp_path):
    path = film(tmp_path / "out.mp4", 2)
    before = read(path)[1]
    assert carry_sound(folder / "both.mp4", path) == ""
    (mine, _), (its, _) = heard(path), heard(folder / "both.mp4")
    length = min(len(mine), len(its))
    assert length > 1.8 * 44100
    np.testing.assert_allclose(mine[:length], its[:length], atol=1e-3)
    after = read(path)[1]
    np.testing.assert_allclose(after.time, before.time, atol=1e-9)
    assert after.gaps == () and after.expected == 20 and len(list(tmp_path.iterdir())) == 1


def test_sound_ends_with_the_pictures(tmp_path):
    source = record(tmp_path / "long.mp4", ("aac", 44100, "mono", 440), seconds=3)
    path = film(tmp_path / "out.mp4")
    assert carry_sound(source, path) == ""
    assert 0.9 < len(heard(path)[0]) / 44100 < 1.1


@pytest.mark.parametrize("layout", ["mono", "5.1", "3 channels", "22.2"])
def test_what_mp4_cannot_hold_becomes_aac(tmp_path, layout):
    source = record(tmp_path / "in.mov", ("pcm_s16le", 48000, layout, 440))
    path = film(tmp_path / "out.mp4")
    assert carry_sound(source, path) == ""
    assert abs(tone(path) - 440) < 5


def test_a_rate_that_aac_has_not_is_resampled(tmp_path):
    source = record(tmp_path / "in.mov", ("pcm_s16le", 192000, "mono", 440))
    path = film(tmp_path / "out.mp4")
    assert carry_sound(source, path) == "the sound is resampled from 192000 to 48000 samples/s"
    assert abs(tone(path) - 440) < 5 and heard(path)[1] == 48000


def test_sound_without_a_decoder_is_left_out_or_another_taken(tmp_path):
    path = film(tmp_path / "out.mp4")
    only = unknown(record(tmp_path / "one.mp4", ("aac", 44100, "mono", 440)))
    assert carry_sound(only, path) == "out.mp4 has no sound: stream 1: there is no decoder for it"
    assert read(path)[1].frames == 10
    two = unknown(record(tmp_path / "two.mp4", ("aac", 44100, "mono", 440), ("aac", 44100, "mono", 880)))
    assert "the sound is that of stream 2 (aac); stream 1 cannot be carried" in carry_sound(two, path)
    assert abs(tone(path) - 880) < 5


def test_sound_of_joined_recordings_goes_on(tmp_path):
    piece = record(tmp_path / "one.ts", ("aac", 44100, "mono", 440)).read_bytes()
    (tmp_path / "joined.ts").write_bytes(piece * 2)
    path = film(tmp_path / "out.mp4", 2)
    assert carry_sound(tmp_path / "joined.ts", path) == ""
    assert 1.8 < len(heard(path)[0]) / 44100 < 2.1


@pytest.mark.parametrize(
    ("child", "said"),
    [("import os; os.abort()", "ended with code -6"), ("print('why'); raise SystemExit(1)", "no sound: why")],
)
def test_a_process_that_dies_costs_the_sound_only(folder, tmp_path, monkeypatch, child, said):
    path = film(tmp_path / "out.mp4")
    before = path.read_bytes()
    monkeypatch.setattr(sound, "_CHILD", child)
    assert said in carry_sound(folder / "both.mp4", path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_no_sound_no_word_and_no_process(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(sound.subprocess, "run", lambda *args, **more: pytest.fail("a process was started"))
    path = film(tmp_path / "out.mp4")
    assert carry_sound(folder / "even.mp4", path) == "" == carry_sound(folder / "text.txt", path)


def test_a_module_of_the_users_folder_is_not_imported(folder, tmp_path, monkeypatch):
    (tmp_path / "av.py").write_text("raise SystemExit('not mine')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    assert carry_sound(folder / "both.mp4", film(tmp_path / "out.mp4")) == ""
