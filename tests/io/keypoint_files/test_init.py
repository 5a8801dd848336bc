"""Files of other tools: a pose whose left and right, up and down all differ arrives where it belongs."""

import json
from dataclasses import replace

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import CASES, COCO, FIGURE, FPS, LIMBS, SIZE, check, one

from dance3d.contracts import Keypoints2D
from dance3d.contracts.detections import Detections
from dance3d.io import keypoint_files
from dance3d.io.keypoint_files import FORMATS, names, read
from dance3d.skeleton import H36M17, SKELETONS, Skeleton


@pytest.mark.parametrize("label", CASES)
def test_every_joint_arrives_and_the_format_is_found_by_content(tmp_path, label):
    format, make, said, first, tracked = CASES[label]
    path = make(tmp_path)
    said = said | ({} if format == "aist" else {"size": SIZE, "fps": FPS})
    for named in (None, format):
        found = read(path, named, **said)
        assert isinstance(found, Detections) != tracked
        check(one(found))
        clip = found if isinstance(found, Detections) else found[0]
        fps, size = (60, (1920, 1080)) if format == "aist" else (FPS, SIZE)
        np.testing.assert_allclose(clip.time, (np.arange(3) + first) / fps)
        assert clip.size == size
        assert tracked is False or (clip.start == first and clip.measured.all())


def exchanged(joint):
    """Left for right."""
    side, _, rest = joint.partition("_")
    return f"{ {'left': 'right', 'right': 'left'}[side] }_{rest}" if side in ("left", "right") else joint


def turned(joint):
    """Hands for feet, and so on: upside down."""
    over = {"wrist": "ankle", "elbow": "knee", "shoulder": "hip"}
    side, _, rest = joint.partition("_")
    part = (over | {down: up for up, down in over.items()}).get(rest, rest)
    return f"{side}_{part}" if rest else joint


@pytest.mark.parametrize("wrong", [exchanged, turned])
@pytest.mark.parametrize("label", CASES)
def test_an_exchanged_map_would_be_seen(tmp_path, monkeypatch, label, wrong):
    """The check above is one that can fail: with left for right, or up for down, in our tables, it does."""
    _, make, said, _, _ = CASES[label]
    real = names.joint_of
    monkeypatch.setattr(names, "joint_of", lambda name: wrong(real(name)) if real(name) else None)
    path = make(tmp_path)
    if label in ("coco", "deeplabcut", "sleap") or (label.startswith("mmpose") and label != "mmpose-h36m"):
        with pytest.raises(AssertionError):
            check(one(read(path, size=SIZE, fps=FPS, **said)))
        return
    for name, skeleton in SKELETONS.items():
        monkeypatch.setitem(SKELETONS, name, Skeleton(name, tuple(wrong(j) for j in skeleton.joints)))
    with pytest.raises(AssertionError):
        check(one(read(path, size=SIZE, fps=FPS, **said)))


def test_every_format_has_a_golden_case():
    assert {case[0] for case in CASES.values()} == set(FORMATS)


def test_the_figure_tells_every_joint_of_ours_apart():
    spots = [FIGURE[joint] for joint in LIMBS]
    assert len(set(spots)) == len(spots) and all(FIGURE[exchanged(j)] != FIGURE[j] for j in LIMBS)


# ---- who is who -----------------------------------------------------------------------------------------------------


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


def test_named_individuals_keep_their_names(tmp_path):
    anna, ben = read(write.deeplabcut(tmp_path / "k.csv", persons=["anna", "ben"]), size=SIZE, fps=FPS)
    assert (anna.name, anna.person, ben.name, ben.person) == ("anna", 1, "ben", 2)
    check(anna.xy)
    check(ben.xy - (50, 0))
    ida, jon = read(write.sleap(tmp_path / "s.csv", tracks=("ida", "jon")), size=SIZE, fps=FPS)
    assert (ida.name, jon.name) == ("ida", "jon")
    check(jon.xy - (50, 0))


def test_counts_of_people_may_change_from_frame_to_frame(tmp_path):
    path = write.openpose(tmp_path / "k", shifts=range(0, 130, 10))
    frame = json.loads((path / "clip_000000000001_keypoints.json").read_text())
    frame["people"].pop()
    write.text(path / "clip_000000000001_keypoints.json", frame)
    found = read(path, size=SIZE, fps=FPS)
    assert np.bincount(found.frame).tolist() == [13, 12, 13]


# ---- frames, scores, what is missing --------------------------------------------------------------------------------


def test_missing_files_are_gaps_and_numbers_are_times(tmp_path):
    path = write.openpose(tmp_path / "k", frames=6, first=100)
    (path / "clip_000000000102_keypoints.json").unlink()
    write.text(path / "clip_000000000104_keypoints.json", {"version": 1.3, "people": []})
    found = read(path, size=SIZE, fps=FPS)
    assert found.frame.tolist() == [0, 1, 3, 5]
    np.testing.assert_allclose(found.time, np.arange(100, 106) / FPS)
    assert isinstance(read(write.openpose(tmp_path / "none", shifts=()), size=SIZE, fps=FPS), Detections)  # nobody


def test_missing_joints_and_wild_scores(tmp_path):
    wrist, knee, eye = COCO.index("left_wrist"), COCO.index("right_knee"), COCO.index("left_eye")
    points = write.body(COCO)
    points[wrist], points[knee, 2], points[eye, 2] = 0, 4.5, -1
    points[COCO.index("left_knee"), 2] = np.nan
    points[COCO.index("right_elbow"), 0] = np.nan
    path = write.text(tmp_path / "k.json", [{"image_id": 0, "keypoints": points.ravel().tolist()}])
    found = read(path, size=SIZE, fps=FPS)
    xy, score = (dict(zip(H36M17.joints, column[0], strict=True)) for column in (found.xy, found.score))
    assert np.isnan(xy["left_wrist"]).all() and np.isnan(xy["right_elbow"]).all()
    assert score["left_wrist"] == score["right_elbow"] == score["left_knee"] == 0
    assert score["right_knee"] == 1 and tuple(xy["left_knee"]) == FIGURE["left_knee"]


def test_marks_of_a_data_set_are_no_scores(tmp_path):
    data = json.loads(write.coco(tmp_path / "k.json", COCO).read_text())
    flat = data["annotations"][0]["keypoints"]
    for joint, v in (("left_wrist", 0), ("right_wrist", 1)):
        flat[3 * COCO.index(joint) + 2] = v
    found = read(write.text(tmp_path / "v.json", data), fps=FPS)
    score = dict(zip(H36M17.joints, found.score[0], strict=True))
    assert (score["left_wrist"], score["right_wrist"], score["left_knee"]) == (0, 0.5, 1)
    assert np.isnan(found.xy[0, H36M17.index("left_wrist")]).all()  # there was a position, but nobody marked it
    assert found.size == SIZE  # from the images


def test_alphapose_in_openposes_clothes(tmp_path):
    flat = [write.body(write.COCO_18, t).ravel().tolist() for t in range(3)]
    frames = {f"{t}.jpg": {"version": "AlphaPose v0.3", "bodies": [{"joints": flat[t]}]} for t in range(3)}
    check(one(read(write.text(tmp_path / "k.json", frames), size=SIZE, fps=FPS)))


def test_size_and_rate_have_to_come_from_somewhere(tmp_path):
    path = write.openpose(tmp_path / "k")
    for said, why in (({"fps": 25}, "size"), ({"size": SIZE}, "frames per second"), ({"size": SIZE, "fps": -1}, "-1")):
        with pytest.raises(ValueError, match=why):
            read(path, **said)


# ---- there and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [label for label, case in CASES.items() if case[4]])
def test_tracks_are_saved_and_read_back(tmp_path, label):
    _, make, said, _, _ = CASES[label]
    tracks = read(make(tmp_path), size=SIZE, fps=FPS, **said)
    write.plain(tmp_path / "own.npz", tracks)
    for a, b in zip(tracks, read(tmp_path / "own.npz"), strict=True):
        for field in ("xy", "score", "measured", "time"):
            np.testing.assert_array_equal(getattr(a, field), getattr(b, field))
        for field in ("size", "start", "skeleton", "person", "name"):
            assert getattr(a, field) == getattr(b, field)


def test_numbers_names_and_what_was_filled_survive(tmp_path):
    tracks = read(write.deeplabcut(tmp_path / "k.csv", persons=["anna", "ben"]), size=SIZE, fps=FPS)
    measured = tracks[1].measured.copy()
    measured[1, 3:] = False
    tracks = [replace(tracks[0], person=7), replace(tracks[1], person=2, measured=measured)]
    write.plain(tmp_path / "own.npz", tracks)
    first, second = read(tmp_path / "own.npz")
    assert [(t.person, t.name) for t in (first, second)] == [(7, "anna"), (2, "ben")]
    np.testing.assert_array_equal(second.measured, measured)
    assert np.isfinite(second.xy).all() and first.measured.all()


def test_what_is_no_keypoint_file_gets_the_choices(tmp_path):
    for name, content in (("k.json", '{"a": 1}'), ("k.txt", "hello"), ("k.json", "[]"), ("k.csv", "a,b\n1,2\n")):
        with pytest.raises(ValueError, match=r"does not tell its format.*npz, openpose, alphapose"):
            read(write.text(tmp_path / name, content))
    with pytest.raises(ValueError, match="'posenet' is not known; choose from npz, openpose"):
        read(write.coco_results(tmp_path / "k.json"), "posenet")
    with pytest.raises(ValueError, match=r"HDF5 is not read.*CSV"):
        read(write.text(tmp_path / "k.h5", "\x89HDF"))
    assert keypoint_files.FORMATS


def test_a_real_coco_file(data_dir):
    path = data_dir / "masks" / "coco" / "test_coco.json"
    with pytest.raises(ValueError, match="size"):  # its pictures differ in size
        read(path, fps=1)
    found, data = read(path, size=(640, 640), fps=1), json.loads(path.read_text())
    assert len(found.time) == len(data["images"])
    marks = {tuple(m["keypoints"][3 * i : 3 * i + 2]) for m in data["annotations"] for i in [COCO.index("left_wrist")]}
    wrists = found.xy[:, H36M17.index("left_wrist")]
    assert np.isfinite(wrists).any() and {tuple(w) for w in wrists[np.isfinite(wrists).all(-1)].tolist()} <= marks
