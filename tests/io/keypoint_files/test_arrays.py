"""Keypoints from files: a pose whose left and right, up and down all differ arrives where it belongs."""

import tracemalloc

import numpy as np
import pytest

from dance3d.io.keypoint_files.arrays import read_keypoints
from dance3d.skeleton import COCO17, H36M17

# A dancer seen from the front in a picture of 400 x 300: the left hand (at the right of the picture) up, the right one
# out and low, the left foot raised. Every number differs, so that no exchange can hide.
COCO = {
    "nose": (200, 60), "left_eye": (206, 55), "right_eye": (194, 54), "left_ear": (212, 58), "right_ear": (188, 57),
    "left_shoulder": (225, 90), "right_shoulder": (175, 92), "left_elbow": (245, 60), "right_elbow": (150, 110),
    "left_wrist": (255, 25), "right_wrist": (120, 125), "left_hip": (216, 160), "right_hip": (184, 162),
    "left_knee": (240, 190), "right_knee": (182, 210), "left_ankle": (262, 205), "right_ankle": (180, 262),
}  # fmt: skip
LIMBS = [f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]


def coco(frames=4):
    return np.tile(np.array([COCO[j] for j in COCO17.joints], float), (frames, 1, 1))


def h36m():
    inner = {**{j: COCO[j] for j in LIMBS}, "pelvis": (200, 161), "spine": (201, 126), "thorax": (200, 91)}
    inner |= {"nose": (200, 62), "head": (202, 30)}
    return np.tile(np.array([inner[j] for j in H36M17.joints], float), (3, 1, 1))


def store(path, **arrays):
    np.savez(path, **arrays)
    return path


def at(track, joint):
    return tuple(track.xy[0, H36M17.index(joint)])


def test_coco_arrives_joint_by_joint(tmp_path):
    path = store(tmp_path / "k.npz", xy=coco(), size=(400, 300), fps=25, skeleton="coco17")
    (track,) = read_keypoints(path)
    for joint in LIMBS:
        assert at(track, joint) == COCO[joint]
    face = np.mean([COCO[joint] for joint in ("nose", "left_ear", "right_ear")], axis=0)
    assert at(track, "nose") == pytest.approx(tuple(face))
    assert at(track, "pelvis") == (200, 161) and at(track, "thorax") == (200, 91) and at(track, "spine") == (200, 126)
    assert at(track, "head")[1] < at(track, "nose")[1] < at(track, "thorax")[1]  # y is down
    np.testing.assert_allclose(track.time, np.arange(4) / 25)
    assert track.size == (400, 300) and track.person == 1 and track.start == 0 and track.skeleton == "h36m17"
    assert track.measured.all() and (track.score == 1).all()


def test_human36m_arrives_as_it_is(tmp_path):
    path = store(tmp_path / "k.npz", keypoints=h36m(), size=(400, 300), time=[0.0, 0.1, 0.4], start=7)
    (track,) = read_keypoints(path, skeleton="h36m17")
    np.testing.assert_array_equal(track.xy, h36m().astype(np.float32))
    assert track.time.tolist() == [0.0, 0.1, 0.4] and track.start == 7


def test_the_same_numbers_under_the_other_name_are_another_pose(tmp_path):
    """Both layouts have 17 joints: taking one for the other must be visible, which is why a name is demanded."""
    path = store(tmp_path / "k.npz", xy=coco(), size=(400, 300), fps=25)
    right, wrong = (read_keypoints(path, skeleton=name)[0] for name in ("coco17", "h36m17"))
    assert np.abs(right.xy - wrong.xy).max() > 50


def test_scores_missing_joints_and_persons(tmp_path):
    two = np.stack([coco(), np.zeros_like(coco()), coco() + 5])
    score = np.full(two.shape[:-1], 0.8)
    score[1] = 0  # a person slot that nobody fills
    wrist, hip = COCO17.index("left_wrist"), COCO17.index("left_hip")
    two[0, 1, wrist] = np.nan
    two[0, 2, hip], score[0, 2, hip] = 0, 0
    score[2, 0, hip] = 0.3
    path = store(tmp_path / "k.npz", xy=np.concatenate([two, score[..., None]], -1), size=(400, 300), fps=30)
    first, second = read_keypoints(path, skeleton="coco17")
    assert (first.person, second.person) == (1, 2) and first.frames == second.frames == 4
    j = H36M17.index
    assert np.isnan(first.xy[1, j("left_wrist")]).all() and np.isfinite(first.xy[0]).all()
    assert np.isnan(first.xy[2, [j("left_hip"), j("pelvis"), j("spine")]]).all()
    np.testing.assert_array_equal(first.measured, np.isfinite(first.xy).all(-1))
    assert (first.score[~first.measured] == 0).all()
    assert second.score[0, j("pelvis")] == np.float32(0.3) and second.score[0, j("left_knee")] == np.float32(0.8)
    apart = store(tmp_path / "s.npz", xy=two, score=score, size=(400, 300), fps=30)
    np.testing.assert_array_equal(read_keypoints(apart, skeleton="coco17")[0].xy, first.xy)


def test_what_the_call_says_wins(tmp_path):
    path = store(tmp_path / "k.npz", xy=coco(), size=(400, 300), fps=25, skeleton="h36m17")
    (track,) = read_keypoints(path, skeleton="coco17", size=(800, 600), fps=50)
    assert track.size == (800, 600) and track.time[1] == 0.02 and at(track, "left_wrist") == COCO["left_wrist"]


GOOD = {"xy": coco(), "size": (400, 300), "fps": 25, "skeleton": "coco17"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"skeleton": None}, "does not name its skeleton.*coco17"),
        ({"skeleton": "body99"}, "'body99' is not known.*h36m17"),
        ({"skeleton": "blazepose33"}, "17 joints, skeleton blazepose33 has 33"),
        ({"xy": coco()[:, :16]}, "16 joints"),
        ({"xy": coco()[0]}, "shape \\(17, 2\\)"),
        ({"xy": coco()[:0]}, "0 frames"),
        ({"xy": None}, "no array named xy or keypoints"),
        ({"size": None}, "size"),
        ({"fps": None}, "neither time nor fps"),
        ({"fps": 0}, "fps is 0"),
        ({"time": np.arange(3.0)}, "time has shape \\(3,\\)"),
        ({"time": np.zeros(4)}, "does not increase"),
        ({"score": np.ones((4, 5))}, "score has shape"),
        ({"score": np.full((4, 17), 40.0)}, "scores run from"),
        ({"score": np.full((4, 17), "x")}, "score is of type"),
        ({"xy": np.full((4, 17, 2), np.inf)}, "infinite"),
        ({"size": ("a", "b")}, "frames' size"),
        ({"time": np.array(["a"] * 4)}, "time has shape"),
        ({"fps": [25, 30]}, "fps is of shape"),
        ({"start": [1, 2]}, "start is of shape"),
        ({"start": np.nan}, "expected one number"),
        ({"person": [1, 2]}, "person has shape"),
        ({"name": [7]}, "name has shape"),
        ({"start": -1}, "start is -1"),
        ({"start": 2.0**60}, "start is 1.15"),
        ({"person": [-3]}, "not in 1 to"),
        ({"person": np.array([2**63], np.uint64)}, "not in 1 to"),
        ({"size": (10**9, 10**9)}, "1000000000 x 1000000000"),
        ({"time": np.arange(4) * 33.3}, "4 frames last 99.9 s.*seconds"),
        ({"fps": 1e-6}, "frames/s"),
        ({"xy": np.zeros((3000, 1, 17, 2), np.uint8)}, "3000 persons over 1 frames are too many"),
        ({"measured": np.ones((4, 17))}, "measured has shape"),
        ({"xy": np.array([{"S1": 1}], dtype=object)}, "pickled"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, change, why):
    path = store(tmp_path / "k.npz", **{k: v for k, v in {**GOOD, **change}.items() if v is not None})
    with pytest.raises(ValueError, match=why):
        read_keypoints(path)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("hello")
    np.save(tmp_path / "bare.npy", coco())
    for name, why in (
        ("none.npz", "no such file"),
        ("text.npz", "not an .npz|pickled"),
        ("bare.npy", "one bare array"),
    ):
        with pytest.raises(ValueError, match=why):
            read_keypoints(tmp_path / name)


def test_too_many_rows_are_refused_before_they_become_larger(tmp_path):
    """A small file of a byte a number would take eight times that as coordinates."""
    path = store(tmp_path / "k.npz", **GOOD | {"xy": np.zeros((6, 1_000_000, 17, 2), np.uint8)})
    tracemalloc.start()
    with pytest.raises(ValueError, match="6 persons over 1000000 frames are too many to be dancers"):
        read_keypoints(path)
    assert tracemalloc.get_traced_memory()[1] < 20e6, "the arrays are not even read"
    tracemalloc.stop()


def test_names_arrive_as_they_can_be_shown(tmp_path, caplog):
    names = ["Zoë", "x" * 10_000, "\ud800", "a\n\tb\x07"]
    path = store(tmp_path / "k.npz", **GOOD | {"xy": np.stack([coco()] * 4)}, name=np.array(names))
    assert [track.name for track in read_keypoints(path)] == ["Zoë", "x" * 60, "", "a b"]
    assert caplog.text.count("cannot be shown") == 3


def test_extremities_come_with_the_layout_or_in_an_array_of_their_own(tmp_path):
    said = {"size": (400, 300), "fps": 25}
    (face,) = read_keypoints(store(tmp_path / "a.npz", xy=coco(), skeleton="coco17", **said))
    assert np.isfinite(face.extremities[:, -1]).all() and np.isnan(face.extremities[:, :-1]).all()
    ends = np.arange(42.0).reshape(3, 7, 2)
    ends[1, 2] = np.nan
    (own,) = read_keypoints(store(tmp_path / "b.npz", xy=h36m(), skeleton="h36m17", extremities=ends, **said))
    np.testing.assert_array_equal(own.extremities, ends.astype(np.float32))
    (none,) = read_keypoints(store(tmp_path / "c.npz", xy=h36m(), skeleton="h36m17", **said))
    assert none.extremities is None
    for wrong, why in ((ends[:2], "have shape"), (ends * 1e9, "far out of any picture"), (ends + np.inf, "infinite")):
        path = store(tmp_path / "d.npz", xy=h36m(), skeleton="h36m17", extremities=wrong, **said)
        with pytest.raises(ValueError, match=why):
            read_keypoints(path)
