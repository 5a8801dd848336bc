from dataclasses import replace

import av
import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.io.video.reader import VideoReader
from dance3d.pipeline.exporters import export
from dance3d.visualization.colours import colour
from dance3d.visualization.overlay import write_overlay


def test_uneven_times_reach_the_overlay(tmp_path):
    clip = fake_clip(0.4)
    time = np.array(clip.time)
    time[6:] += 0.3
    uneven = type(clip)(time=time, size=clip.size)
    export(None, uneven, [fake_dancer(time, clip.size)], tmp_path, {})
    with VideoReader(tmp_path / "overlay.mp4") as reader:
        assert len(list(reader)) == len(time)
        np.testing.assert_allclose(reader.clip().time, time, atol=1e-3)


def test_eight_dancers_have_colours_and_labels_of_their_own(tmp_path):
    clip = fake_clip(0.04, size=(640, 360))
    one, found = fake_dancer(clip.time, clip.size), []
    for person in range(1, 9):
        xy = one.keypoints.xy * 0.6 + np.array([60 * person, 60])
        track = replace(one.keypoints, xy=xy, person=person, name="Zoë" if person == 3 else "")
        found.append(replace(one, keypoints=track))
    export(None, clip, found, tmp_path, {})
    with VideoReader(tmp_path / "overlay.mp4") as reader:
        picture = next(iter(reader)).image[:360].astype(int)
    for person in range(1, 9):
        assert (np.abs(picture - colour(person)).sum(-1) < 60).sum() > 100, person


def test_large_videos_get_a_smaller_overlay(tmp_path):
    clip = fake_clip(0.04, size=(2000, 1000))
    export(None, clip, [fake_dancer(clip.time, clip.size)], tmp_path, {})
    with VideoReader(tmp_path / "overlay.mp4") as reader:
        assert reader.info.size[0] == 1280 and reader.info.size[1] > 640


@pytest.mark.parametrize("colours", [{}, {"dst_colorspace": "ITU709"}], ids=str)
def test_colours_of_the_video_stay_as_they_are(tmp_path, colours):
    image = np.full((96, 160, 3), (200, 60, 30), np.uint8)
    with av.open(str(tmp_path / "v.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        if colours:
            stream.codec_context.colorspace = 1
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p", **colours)
        for _ in range(4):
            frame.pts = None
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    with VideoReader(tmp_path / "v.mp4") as reader:
        before = [frame.image for frame in reader]
        clip = reader.clip()
    assert np.abs(before[0].astype(int) - image).mean() < 5
    write_overlay(tmp_path / "v.mp4", clip, [], tmp_path / "o.mp4")
    with VideoReader(tmp_path / "o.mp4") as reader:
        after = [frame.image[:96] for frame in reader]
    assert len(after) == 4 and np.abs(after[0].astype(int) - before[0]).mean() < 3
