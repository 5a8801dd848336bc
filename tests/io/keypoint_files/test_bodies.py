import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import CASES, FPS, SIZE, check

from dance3d.contracts import Keypoints2D
from dance3d.contracts.detections import Detections
from dance3d.io.keypoint_files import read
from dance3d.skeleton import EXTREMITIES


def test_identities_make_tracks_and_none_make_detections(tmp_path):
    said = {"size": SIZE, "fps": FPS}
    tracks = read(write.alphapose(tmp_path / "ids.json", shifts=(0, 60), ids=[7, 3]), **said)
    assert [t.person for t in tracks] == [3, 7] and all(isinstance(t, Keypoints2D) for t in tracks)
    check(tracks[1].xy)
    check(tracks[0].xy - (60, 0))
    lists = read(write.alphapose(tmp_path / "lists.json", shifts=(0, 60), ids=[[7.0], [3.0, 9.0]]), **said)
    assert [t.person for t in lists] == [3, 7]
    for maker in (
        write.alphapose(tmp_path / "same.json", shifts=(0, 60)),  # AlphaPose gives everybody 0 where nobody tracked
        write.openpose(tmp_path / "open", shifts=(0, 60)),
        write.sleap(tmp_path / "s.csv", tracks=("", "")),
    ):
        seen = read(maker, **said)
        assert isinstance(seen, Detections) and seen.frame.tolist() == [0, 0, 1, 1, 2, 2]
        assert np.isnan(seen.colour).all()
    followed = read(write.openpose(tmp_path / "ids", shifts=(0, 60), ids=[0, 1]), **said)
    assert [t.person for t in followed] == [1, 2]


def test_size_and_rate_have_to_come_from_somewhere(tmp_path):
    path = write.openpose(tmp_path / "k")
    for said, why in (({"fps": 25}, "size"), ({"size": SIZE}, "frames per second"), ({"size": SIZE, "fps": -1}, "-1")):
        with pytest.raises(ValueError, match=why):
            read(path, **said)


FEET = ("openpose-25", "alphapose-26", "alphapose-136", "alphapose-133", "mmpose-halpe", "mmpose-whole")
FACES = ("openpose-18", "alphapose-17", "coco", "mmpose-coco")


@pytest.mark.parametrize("case", FEET + FACES)
def test_feet_and_face_where_the_layout_has_them(tmp_path, case):
    _, maker, more, *_ = CASES[case]
    found = read(maker(tmp_path), size=SIZE, fps=FPS, **more)
    ends = found.extremities if isinstance(found, Detections) else found[0].extremities
    assert ends.shape == (3, 7, 2) and np.isfinite(ends[:, -1]).all() and np.isnan(ends[:, 4:6]).all()
    for name, point in (("left_toe", "left_big_toe"), ("right_toe", "right_big_toe"), ("right_heel", "right_heel")):
        at = ends[:, EXTREMITIES.index(name)] - np.arange(3)[:, None] * [1, 0]
        assert np.allclose(at, write.FIGURE[point], atol=1e-3) if case in FEET else np.isnan(at).all()


@pytest.mark.parametrize("case", ["mediapipe", "mmpose-h36m"])
def test_layouts_with_all_extremities_or_none(tmp_path, case):
    _, maker, more, *_ = CASES[case]
    found = read(maker(tmp_path), size=SIZE, fps=FPS, **more)
    ends = found.extremities if isinstance(found, Detections) else found[0].extremities
    assert ends is None if case == "mmpose-h36m" else np.isfinite(ends).all()


def flat(shift, score):
    return write.body(write.COCO, shift, score=score).ravel().tolist()


def twice(path, ghosts=((10, 3, 0.2),), frames=20):
    """Two dancers of AlphaPose; ghosts (frame, shift, score) have the second one's number."""
    found = [(t, who, 60 * who + t / 3, 0.9) for t in range(frames) for who in (0, 1)]
    found += [(t, 1, 60 + t / 3 + shift, score) for t, shift, score in ghosts]
    return write.text(path, [
        {"image_id": f"{t}.jpg", "idx": who + 1, "keypoints": flat(shift, score)}
        for t, who, shift, score in found
    ])  # fmt: skip


def test_a_number_twice_in_a_frame_costs_the_worse_of_the_two(tmp_path, caplog):
    clean = read(twice(tmp_path / "clean.json", ghosts=()), size=SIZE, fps=FPS)
    assert not caplog.text
    for ghost in ((10, 3, 0.2), (10, 50, 0.99), (0, 8, 0.9), (19, -8, 1.0)):
        caplog.clear()
        path = twice(tmp_path / "twice.json", [ghost])
        found = read(path, size=SIZE, fps=FPS)
        assert [t.person for t in found] == [1, 2] and found[1].frames == 20
        np.testing.assert_array_equal(found[1].xy, clean[1].xy)
        (line,) = caplog.messages
        assert (
            f"1 of 41 bodies have the number of another one in their frame, first person 2 in frame {ghost[0]}" in line
        )
        with pytest.raises(ValueError, match=f"person 2 in frame {ghost[0]}"):
            read(path, size=SIZE, fps=FPS, strict=True)


def test_numbers_that_most_bodies_share_are_no_identities(tmp_path, caplog):
    path = twice(tmp_path / "k.json", [(t, shift, 0.9) for t in range(20) for shift in (50, 100, 150)])
    assert isinstance(read(path, size=SIZE, fps=FPS), Detections)
    assert "60 of 100 bodies" in caplog.text and "do not tell who is who" in caplog.text


def test_names_too_long_or_of_no_letters_are_cut_but_tell_people_apart(tmp_path):
    names = ["x" * 10_000 + "a", "x" * 10_000 + "b", "\ud800"]
    found = [
        {"image_id": t, "track_id": name, "keypoints": write.body(write.COCO, 40 * i).ravel().tolist()}
        for t in range(3) for i, name in enumerate(names)
    ]  # fmt: skip
    tracks = read(write.text(tmp_path / "k.json", found), size=SIZE, fps=FPS)
    assert [t.name for t in tracks] == ["x" * 60, "x" * 60, ""] and [t.person for t in tracks] == [1, 2, 3]


def bodies(frames):
    return [flat(t, 0.9) for t in range(frames)]


BAD = {
    "results": ([{"image_id": t, "keypoints": b} for t, b in enumerate(bodies(30))], {"image_id": 3}),
    "results, a name": ([{"image_id": t, "keypoints": b} for t, b in enumerate(bodies(30))],
                        {"image_id": "no number", "keypoints": bodies(1)[0]}),
    "results, joints": ([{"image_id": t, "keypoints": b} for t, b in enumerate(bodies(30))],
                        {"image_id": 3, "keypoints": [1, 2, 0.5]}),
    "mediapipe": ([[[{"x": 0.1 + j / 50, "y": 0.3} for j in range(33)]] for _ in range(30)], [[{"x": 3}] * 33]),
    "mmpose": ([{"frame_id": t, "instances": [
        {"keypoints": [[x, y] for x, y, _ in np.reshape(b, (-1, 3))], "keypoint_scores": [0.9] * 17}
    ]} for t, b in enumerate(bodies(30))], {"frame_id": 30}),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_body_costs_itself_in_every_format(tmp_path, caplog, kind):
    good, bad = BAD[kind]
    said = {"size": SIZE, "fps": FPS, "skeleton": "coco17" if kind == "mmpose" else None}
    clean = read(write.text(tmp_path / "clean.json", good), **said)
    assert not caplog.text
    found = read(write.text(tmp_path / "k.json", [*good, bad]), **said)
    np.testing.assert_array_equal(found.xy, clean.xy)
    if kind == "results, joints":  # also where it is the first
        np.testing.assert_array_equal(read(write.text(tmp_path / "k.json", [bad, *good]), **said).xy, clean.xy)
    assert "left out so: 1 beside 30 bodies" in caplog.text
    with pytest.raises(ValueError, match=r"k\.json, "):
        read(tmp_path / "k.json", **said, strict=True)
    for share in (bad, [bad] * 9):
        with pytest.raises(ValueError, match=r"k\.json"):
            read(write.text(tmp_path / "k.json", [*good[:1], *(share if isinstance(share, list) else [share])]), **said)
