"""Small pictures of dancers: which are made, that they show the dancer, and that old ones are known as such."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from edited_tracks import make_three
from studio_results import NAME, made_result

from dance3d.studio.thumbnails import HEIGHT, INDEX, cut, plan, version, write_thumbnails


def test_three_of_each_dancer_and_both_around_a_doubtful_crossing():
    tracks = make_three()
    index, wanted = plan(tracks)
    assert {who: len(names) for who, names in index["dancers"].items()} == {"1": 3, "2": 3, "3": 3}
    (doubt,) = index["doubts"]  # that of 2 and 3 is sure
    assert (doubt["first"], doubt["second"], doubt["sure"]) == (1, 2, 0.62)
    rows = {
        when: [int(name.split("-")[1].removesuffix(".jpg")) for name in doubt[when]] for when in ("before", "after")
    }
    time = tracks[0].time
    assert np.allclose(time[rows["before"]], 1.4, atol=0.05) and np.allclose(time[rows["after"]], 2.4, atol=0.05)
    named = {name for names in index["dancers"].values() for name in names} | {*doubt["before"], *doubt["after"]}
    assert named == {f"{person}-{frame}.jpg" for frame, people in wanted.items() for person in people}


def test_a_picture_shows_the_dancer_alone():
    track = make_three()[0]
    image = np.zeros((360, 640, 3), np.uint8)
    x, y = track.xy[5, 0].astype(int)
    image[y - 2 : y + 3, x - 2 : x + 3] = 255
    picture = cut(image, track, 5)
    assert picture.shape[0] == HEIGHT and picture.max() > 100
    assert cut(image, replace(track, xy=track.xy + 1e4), 5) is None, "outside of the picture"
    assert cut(image, replace(track, xy=np.full_like(track.xy, np.nan)), 5) is None


def test_pictures_lie_in_their_folder_with_the_state_that_they_are_of(monkeypatch, tmp_path):
    space = made_result(monkeypatch, tmp_path)
    folder = space.folder("thumbnails") / NAME
    index = json.loads((folder / INDEX).read_text())
    assert index["of"] == version(space.folder("results") / NAME) and len(index["doubts"]) == 1
    for name in index["doubts"][0]["before"]:
        assert cv2.imread(str(folder / name)).shape[0] == HEIGHT
    with pytest.raises(ValueError, match="no finished run"):
        write_thumbnails(tmp_path, folder)
    assert (folder / INDEX).is_file(), "an error removes nothing"
