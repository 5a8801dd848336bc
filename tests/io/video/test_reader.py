"""Every clip that breaks video tools gets frames and an account of what is missing, or one clear line."""

import struct

import bad_clips as clips
import numpy as np
import pytest
from video_clips import make_folder, read

from dance3d.io.video import reader as video_reader
from dance3d.io.video.reader import Limits, VideoError, VideoReader, probe

STEP = 1 / 30


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory)


def corners(image):
    """Which quarter of a picture is bright."""
    h, w = image.shape[0] // 4, image.shape[1] // 4
    quarters = {
        "top left": image[h, w],
        "top right": image[h, -w],
        "low left": image[-h, w],
        "low right": image[-h, -w],
    }
    return max(quarters, key=lambda name: int(quarters[name][0]))


def test_an_even_clip_is_whole(folder):
    frames, clip = read(folder / "even.mp4")
    assert [f.index for f in frames] == list(range(60))
    np.testing.assert_allclose(clip.time, np.arange(60) * STEP, atol=1e-4)
    assert (clip.size, clip.rotation, clip.expected, clip.gaps, clip.errors) == ((192, 96), 0, 60, (), 0)
    for i in (0, 29, 59):
        np.testing.assert_allclose(frames[i].image.mean((0, 1)), clips.picture(i).mean((0, 1)), atol=6)
        assert frames[i].image.shape == (96, 192, 3) and frames[i].image.dtype == np.uint8


@pytest.mark.parametrize(
    ("degrees", "bright"), [(0, "top left"), (90, "top right"), (180, "low right"), (270, "low left")]
)
def test_rotation_is_applied(folder, degrees, bright):
    frames, clip = read(folder / f"turned{degrees}.mp4")
    assert clip.rotation == degrees and len(frames) == 60
    assert clip.size == ((192, 96) if degrees in (0, 180) else (96, 192))
    assert frames[0].image.shape[:2] == clip.size[::-1]
    assert corners(frames[0].image) == bright
    assert probe(folder / f"turned{degrees}.mp4").size == clip.size


@pytest.mark.parametrize("name", ["uneven.mp4", "uneven.mkv"])
def test_a_variable_rate_is_no_gap(folder, name):
    _, clip = read(folder / name)
    np.testing.assert_allclose(clip.time, np.array(clips.UNEVEN) / clips.TICKS, atol=1e-3)
    assert clip.gaps == () and clip.errors == 0 and clip.expected == 60


def test_one_frame(folder):
    frames, clip = read(folder / "one.mp4")
    assert len(frames) == 1 and clip.gaps == () and clip.expected == 1 and clip.time.tolist() == [0.0]


def test_pixels_that_are_not_square_and_ten_bits(folder):
    wide, clip = read(folder / "wide.mp4")
    assert wide[0].image.shape == (96, 384, 3) and clip.size == (384, 96)
    deep, _ = read(folder / "deep.mp4")
    np.testing.assert_allclose(deep[2].image.mean((0, 1)), clips.picture(2).mean((0, 1)), atol=6)


def test_a_cut_file_gives_its_frames_and_the_missing_tail(folder):
    frames, clip = read(folder / "cut.mkv")
    assert 10 < len(frames) < 50 and clip.expected == 60
    ((start, stop),) = clip.gaps
    assert start == clip.time[-1] and abs(stop - 2) < 0.05


def test_damage_costs_only_what_it_hit(folder):
    frames, clip = read(folder / "damaged.mkv")
    assert 50 < len(frames) < 60 and clip.errors >= 1 and clip.expected == 60
    lost = sum(round((b - a) / STEP) - 1 for a, b in clip.gaps)
    assert lost == 60 - len(frames)  # every lost frame lies in a gap, and no gap holds anything else
    assert (np.diff(clip.time) > 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_any_damage_ends_in_frames_or_a_clear_line(folder, tmp_path, seed):
    path = clips.damage(folder / "even.mp4", tmp_path / "x.mp4", seed + 10)
    try:
        frames, clip = read(path)
    except VideoError as error:
        assert "x.mp4" in str(error) and "\n" not in str(error)
    else:
        assert len(frames) == clip.frames and (np.diff(clip.time) > 0).all()
        assert clip.expected == 60 and (len(frames) == 60 or clip.gaps)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing.mp4", "no such file"),
        ("folder.mp4", "is a directory"),
        ("empty.mp4", "is empty"),
        ("text.mp4", "no known video format"),
        ("text.txt", "no video stream|no known video format"),
        ("list.m3u8", "no video stream|no known video format"),
        ("sound.mp4", "only sound"),
        ("cut.mp4", "moov"),
    ],
)
def test_what_is_no_video_gets_one_clear_line(folder, name, why):
    for look in (probe, lambda path: VideoReader(path)):
        with pytest.raises(VideoError, match=why) as caught:
            look(folder / name)
        assert name in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("limits", "why"),
    [({"seconds": 1}, "2 s is beyond the limit of 1 s"), ({"pixels": 1000}, "192x96"), ({"frames": 10}, "limit of 10")],
)
def test_limits(folder, limits, why):
    with pytest.raises(VideoError, match=why):
        probe(folder / "even.mp4", Limits(**limits))


def test_limits_hold_where_the_header_is_silent(folder):
    assert probe(folder / "whole.mkv").expected is None
    with pytest.raises(VideoError, match="more than the limit of 10 frames"):
        read(folder / "whole.mkv", frames=10)


def test_a_header_that_claims_what_no_file_of_its_size_holds_is_not_believed(folder, tmp_path):
    data = bytearray((folder / "whole.mkv").read_bytes())
    at = data.find(b"\x44\x89\x88") + 3  # EBML Duration, a double of 8 bytes, in milliseconds
    assert at > 3
    data[at : at + 8] = np.array(52e6 / 30 * 1000, ">f8").tobytes()
    # The stream's own DURATION tag says the same, in text.
    (tmp_path / "boast.mkv").write_bytes(bytes(data).replace(b"00:00:02.0", b"48:00:02.0"))
    info = probe(tmp_path / "boast.mkv")
    assert info.duration is None and info.expected is None
    frames, clip = read(tmp_path / "boast.mkv")
    assert len(frames) == 60 and clip.gaps == ()


def test_the_clip_is_known_only_at_the_end(folder):
    with VideoReader(folder / "even.mp4") as reader:
        next(iter(reader))
        with pytest.raises(ValueError, match="read every frame"):
            reader.clip()


@pytest.mark.parametrize(
    ("name", "shape"), [("even.mp4", (48, 96)), ("turned90.mp4", (96, 48)), ("wide.mp4", (24, 96))]
)
def test_pictures_are_made_smaller_as_they_are_decoded(folder, name, shape):
    full, clip = read(folder / name)
    with VideoReader(folder / name, longest=96) as reader:
        small = list(reader)
        assert reader.clip().size == clip.size == reader.info.size  # everything else speaks of the full size
    assert {frame.image.shape for frame in small} == {(*shape, 3)}
    for one, other in zip(full, small, strict=True):
        assert one.index == other.index and corners(one.image) == corners(other.image)
        np.testing.assert_allclose(one.image.mean((0, 1)), other.image.mean((0, 1)), atol=3)
    with VideoReader(folder / name, longest=10**4) as reader:
        np.testing.assert_array_equal(next(iter(reader)).image, full[0].image)


def test_skipped_frames_have_times_and_no_picture(folder):
    full, clip = read(folder / "even.mp4")
    for skipped in (3, 60, 100):
        with VideoReader(folder / "even.mp4") as reader:
            reader.skipped = skipped
            frames, again = list(reader), reader.clip()
        assert [frame.index for frame in frames] == [frame.index for frame in full]
        assert all(frame.image.size == 0 for frame in frames[:skipped])
        for one, other in zip(full[skipped:], frames[skipped:], strict=True):
            np.testing.assert_array_equal(one.image, other.image)
        assert again.time.tobytes() == clip.time.tobytes() and again.expected == clip.expected


def test_frames_come_one_by_one(folder):
    """The whole clip never is in memory: a frame that nobody keeps is gone before the next ones come."""
    import weakref

    with VideoReader(folder / "even.mp4") as reader:
        seen = []
        for frame in reader:
            seen.append(weakref.ref(frame))
            assert sum(r() is not None for r in seen) <= 2


def test_real_clips_are_read_whole(data_dir):
    counts = {}
    for path in sorted((data_dir / "video").glob("*.mp4"))[:2]:
        frames, clip = 0, None
        with VideoReader(path) as reader:
            for _ in reader:
                frames += 1
            clip = reader.clip()
        counts[path.stem] = (frames, clip.expected, clip.gaps, clip.errors)
    assert counts == {"footskate_dance": (69, 69, (), 0), "jacky_dance": (65, 65, (), 0)}


def test_recordings_joined_are_one_clip_however_their_clocks_differ(folder, tmp_path):
    piece = clips.write(tmp_path / "now.ts", clips.EVEN).read_bytes()
    later = clips.write(tmp_path / "later.ts", [at + clips.TICKS * 40_000 for at in clips.EVEN]).read_bytes()
    for name, parts in (("again", (piece, piece)), ("ahead", (piece, later)), ("back", (later, piece))):
        (tmp_path / f"{name}.ts").write_bytes(b"".join(parts))
        frames, clip = read(tmp_path / f"{name}.ts", seconds=100)
        np.testing.assert_allclose(clip.time, np.arange(120) * STEP, atol=1e-4)
        assert len(frames) == 120 and clip.gaps == () and clip.expected in (120, None)
        assert clip.notes == ("the clock jumps at 2.00 s; the times go on as if it did not",)


def test_a_clip_that_lasts_too_long_is_given_up_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(video_reader, "CHECKED_EVERY", 10)
    path = clips.write(tmp_path / "even.ts", clips.EVEN)
    seen = []
    with (
        VideoReader(path, Limits(seconds=0.9)) as reader,
        pytest.raises(VideoError, match=r"is longer than the limit of 0\.9 s"),
    ):
        for frame in reader:
            seen.append(frame.index)
    assert seen[-1] == 38  # the fourth look, at 4 x 9 steps


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf"), 2000])
def test_a_rate_that_is_none_is_refused(folder, fps):
    with pytest.raises(VideoError, match=r"expected more than 0 and at most 1000"):
        VideoReader(folder / "even.mp4", fps=fps)


def test_an_odd_matrix_is_named(folder, tmp_path):
    data = bytearray((folder / "even.mp4").read_bytes())
    one = 1 << 16
    struct.pack_into(">5i", data, data.find(b"tkhd") + 44, one * 9 // 10, one // 2, 0, -one // 2, one * 9 // 10)
    (tmp_path / "tilted.mp4").write_bytes(bytes(data))
    _, clip = read(tmp_path / "tilted.mp4")
    assert clip.size == (192, 96) and clip.rotation == 0
    assert clip.notes == ("the display matrix is none of the eight orientations; shown rotated by 0 degrees",)


@pytest.mark.parametrize("matrix", [(-1, 0, 0, 1), (1, 0, 0, -1)])
def test_a_matrix_that_mirrors_is_followed(folder, tmp_path, matrix):
    data, (a, b, c, d) = bytearray((folder / "even.mp4").read_bytes()), ((n << 16) for n in matrix)
    struct.pack_into(">5i", data, data.find(b"tkhd") + 44, a, b, 0, c, d)
    (tmp_path / "mirrored.mp4").write_bytes(bytes(data))
    frames, clip = read(tmp_path / "mirrored.mp4")
    assert clip.mirrored and corners(frames[0].image) == ("top right" if matrix[0] < 0 else "low left")
    assert probe(tmp_path / "mirrored.mp4").mirrored


def test_a_pause_is_kept(tmp_path):
    first = clips.EVEN[:30]
    paused = clips.write(tmp_path / "paused.mkv", first + [at + clips.TICKS * 40 for at in first])
    assert 40 < read(paused)[1].time[-1] < 42 and read(paused)[1].notes == ()
