"""What a run gives to the user: the files under the video's own name, and what is heard in it."""

from dataclasses import replace

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.benchmarks.motion.on_beat import WRAPPINGS, Wrapping, write_clip
from dance3d.contracts import Music, Rhythm
from dance3d.io.file_hash import hash_file
from dance3d.pipeline.cache import Cache
from dance3d.pipeline.cache_entry import Entry
from dance3d.pipeline.outputs import NAME_MARK, danced_to, delivered, ensure_music, heard_in
from dance3d.pipeline.runner import Result, Runner
from dance3d.synth.drum_track import as_samples, drum_track


def test_the_report_has_the_videos_name_and_other_files_are_as_they_are(tmp_path):
    (tmp_path / "report.html").write_text(f"<h1>{NAME_MARK}</h1>")
    (tmp_path / "overlay.mp4").write_bytes(b"film")
    outputs = Result(Entry("outputs", "key", tmp_path, {}, ("overlay.mp4", "report.html")), object, True, 0.0, "")
    files = delivered(outputs, "<b>\udcff.mp4")
    assert files == {"overlay.mp4": tmp_path / "overlay.mp4", "report.html": b"<h1>&lt;b&gt;\\udcff.mp4</h1>"}


@pytest.fixture
def runner(tmp_path):
    return Runner(Cache(tmp_path / "cache"))


def film(path, bpm, wrapping=WRAPPINGS[0]):
    sound = as_samples(drum_track("drums", np.arange(0.2, 6, 60 / bpm), 6.0, 0))
    write_clip(path, np.arange(0, 6, 0.1), sound, wrapping)
    return path


def listen(runner, path):
    return ensure_music(runner, path, hash_file(path))


def test_a_silent_clip_keeps_nothing(runner, tmp_path):
    assert listen(runner, film(tmp_path / "mute.mp4", 120, Wrapping("mp4", ""))) is None
    assert heard_in(None) is None and not (tmp_path / "cache" / "music").exists()


def test_the_beat_is_kept_and_another_sound_has_another(runner, tmp_path):
    one, other = film(tmp_path / "one.mp4", 120), film(tmp_path / "other.mp4", 90)
    first, second, again = (listen(runner, path) for path in (one, other, one))
    assert not first.cached and not second.cached and again.cached
    assert first.key == again.key != second.key
    assert heard_in(first).tempo == pytest.approx(120, rel=0.02) and heard_in(again) == heard_in(first)
    assert heard_in(second).tempo == pytest.approx(90, rel=0.02)


def test_sound_that_cannot_be_heard_is_said_in_one_line(runner, tmp_path):
    path = film(tmp_path / "clip.mp4", 120)
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"zzzz").replace(b"esds", b"zzzz"))
    found = heard_in(listen(runner, path))
    assert found.note == "the beat of the sound is not known: there is no decoder for it" and not found.beats


def test_movements_are_danced_to_the_music():
    plain = fake_dancer(fake_clip(1).time).movements
    heard = Music(120, 0.9, (0.5, 1.0))
    moving = replace(plain, rhythm=Rhythm(100, 0.9))
    assert danced_to(moving, heard).rhythm == Rhythm(100, 0.9, music=heard)
    assert danced_to(moving, None) is moving and danced_to(replace(plain, rhythm=None), heard).rhythm is None
