import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import bad_clips as clips
import pytest

from dance3d.io.video.opening import VideoError
from dance3d.io.video.reader import VideoReader
from dance3d.studio.live import stream_source
from dance3d.studio.live.stream_source import StreamSource


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("streams") / "even.mp4"
    clips.write(path, clips.EVEN)
    return path


def taken(source, pause=0.0):
    found = []
    source.start()
    while (moment := source.newest()) is not None:
        found.append(moment)
        time.sleep(pause)
    return found


def test_a_file_comes_at_its_own_pace_and_in_order(clip):
    with StreamSource(str(clip)) as source:
        begun = time.monotonic()
        found = taken(source)
        lasted = time.monotonic() - begun
    with VideoReader(clip) as reader:
        list(reader)
        times = reader.clip().time
    assert [one.time for one in found] == pytest.approx(list(times)[: len(found)]) or source.dropped
    assert lasted >= times[-1] - times[0] - 0.01
    assert source.read == len(times) == len(found) + source.dropped
    assert found[0].picture.rgb().shape == found[0].picture.shape


def test_pixels_that_are_not_square_are_shown_as_the_reader_shows_them(tmp_path):
    path = clips.write(tmp_path / "wide.mp4", clips.EVEN[:3], aspect=2)
    with StreamSource(str(path)) as source, VideoReader(path) as reader:
        width, height = reader.info.size
        assert {one.picture.shape for one in taken(source)} == {(height, width, 3)}


def test_a_file_on_a_server_comes_at_its_own_pace_too(clip):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(clip.parent)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with StreamSource(f"http://127.0.0.1:{server.server_port}/{clip.name}") as source:
            begun = time.monotonic()
            found = taken(source)
            assert time.monotonic() - begun >= found[-1].time - found[0].time - 0.01
            assert source.read == len(clips.EVEN)
    finally:
        server.shutdown()


def test_who_is_slow_misses_pictures_and_is_told_how_many(clip):
    with StreamSource(str(clip)) as source:
        found = taken(source, pause=0.25)
    assert source.dropped == source.read - len(found) > 0
    assert [one.time for one in found] == sorted(one.time for one in found)


def test_what_was_seen_is_kept_as_it_came(clip, tmp_path):
    with StreamSource(str(clip)) as source:
        with pytest.raises(ValueError, match="nothing has been seen"):
            source.keep(tmp_path / "none.mkv")
        taken(source)
        source.keep(tmp_path / "kept.mkv")
        source.keep(tmp_path / "again.mkv")
    with VideoReader(clip) as first, VideoReader(tmp_path / "kept.mkv") as second:
        for one, other in zip(first, second, strict=True):
            assert (one.image == other.image).all()
        assert second.clip().time == pytest.approx(first.clip().time, abs=2e-3)
    assert (tmp_path / "kept.mkv").stat().st_size == (tmp_path / "again.mkv").stat().st_size


def test_no_more_than_a_minute_is_kept(clip, tmp_path, monkeypatch):
    monkeypatch.setattr(stream_source, "KEPT_BYTES", 1)
    with StreamSource(str(clip)) as source:
        taken(source)
        assert len(source._kept) == 1 and source._kept[0][0].is_keyframe


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("nothing.mp4", "give the number of a camera"),
        ("ftp://there/x", "rtsp, rtsps, http"),
        ("97", "97: cannot be opened"),
        ("rtsp://127.0.0.1:9/x", "cannot be opened"),
    ],
)
def test_what_is_no_stream_is_one_error_with_the_choices(address, told):
    with pytest.raises(VideoError, match=told) as error:
        StreamSource(address)
    assert address in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_no_video_or_has_no_pictures(tmp_path):
    (tmp_path / "text.mp4").write_text("this is not a video\n" * 100)
    clips.write_sound(tmp_path / "sound.mp4")
    for name, told in (("text.mp4", "cannot be opened"), ("sound.mp4", "no pictures")):
        with pytest.raises(VideoError, match=told):
            StreamSource(str(tmp_path / name))
