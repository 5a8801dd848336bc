"""Video files of every kind, and how they are read."""

import bad_clips as clips

from dance3d.io.video.reader import Limits, VideoReader


def make_folder(tmp_path_factory):
    at = tmp_path_factory.mktemp("clips")
    clips.write(at / "even.mp4", clips.EVEN)
    clips.write(at / "uneven.mp4", clips.UNEVEN)
    clips.write(at / "uneven.mkv", clips.UNEVEN)
    clips.write(at / "one.mp4", [0])
    clips.write(at / "whole.mkv", clips.EVEN)
    clips.write(at / "wide.mp4", clips.EVEN[:3], aspect=2)
    clips.write(at / "deep.mp4", clips.EVEN[:3], pixels="yuv420p10le")
    for degrees in (0, 90, 180, 270):
        clips.turn(at / "even.mp4", at / f"turned{degrees}.mp4", degrees)
    clips.halve(at / "even.mp4", at / "cut.mp4")
    clips.halve(at / "whole.mkv", at / "cut.mkv")
    clips.damage(at / "whole.mkv", at / "damaged.mkv", seed=1)
    clips.write_sound(at / "sound.mp4")
    clips.write_sound(at / "both.mp4", 2, video=True)
    (at / "empty.mp4").write_bytes(b"")
    (at / "text.mp4").write_text("this is not a video\n" * 100)
    (at / "text.txt").write_text("nor is this\n" * 100)
    (at / "list.m3u8").write_text("#EXTM3U\n#EXTINF:2,\neven.mp4\n#EXT-X-ENDLIST\n")
    (at / "folder.mp4").mkdir()
    return at


def read(path, **limits):
    with VideoReader(path, Limits(**limits)) as reader:
        frames = list(reader)
        return frames, reader.clip()
