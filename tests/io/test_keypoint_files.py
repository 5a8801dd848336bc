"""Files of other tools: a pose whose left and right, up and down all differ arrives where it belongs."""

import json

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import CASES, COCO, FIGURE, FPS, H36M, SIZE

from dance3d.contracts import Keypoints2D
from dance3d.io import keypoint_files
from dance3d.io.keypoint_files import FORMATS, names, read
from dance3d.io.keypoints import save_keypoints
from dance3d.sightings import Sightings
from dance3d.skeleton import H36M17, SKELETONS, Skeleton

LIMBS = [f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]


def one(found):
    """(T, 17, 2) of the only dancer, who is in every frame."""
    if isinstance(found, Sightings):
        assert found.frame.tolist() == list(range(len(found.time)))
        return found.xy
    (track,) = found
    return track.xy


def check(xy):
    """Every joint is where the figure has it, one pixel further right in every frame."""
    for t in range(len(xy)):
        at = {joint: xy[t, H36M17.index(joint)] - (t, 0) for joint in H36M17.joints}
        for joint in LIMBS:
            np.testing.assert_allclose(at[joint], FIGURE[joint], atol=1e-3, err_msg=joint)
        assert at["head"][1] < at["nose"][1] < at["thorax"][1] < at["spine"][1] < at["pelvis"][1]  # y is down
        for joint, near in (("nose", "nose"), ("head", "head"), ("thorax", "neck"), ("pelvis", "pelvis")):
            assert np.linalg.norm(at[joint] - FIGURE[near]) < 12, joint


@pytest.mark.parametrize("label", CASES)
def test_every_joint_arrives_and_the_format_is_found_by_content(tmp_path, label):
    format, make, said, first, tracked = CASES[label]
    path = make(tmp_path)
    said = said | ({} if format == "aist" else {"size": SIZE, "fps": FPS})
    for named in (None, format):
        found = read(path, named, **said)
        assert isinstance(found, Sightings) != tracked
        check(one(found))
        clip = found if isinstance(found, Sightings) else found[0]
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


def test_identities_make_tracks_and_none_make_sightings(tmp_path):
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
        assert isinstance(seen, Sightings) and seen.frame.tolist() == [0, 0, 1, 1, 2, 2]
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
    assert isinstance(read(write.openpose(tmp_path / "none", shifts=()), size=SIZE, fps=FPS), Sightings)  # nobody


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


# ---- which is which -------------------------------------------------------------------------------------------------


def test_names_are_read_in_every_spelling_or_mapped(tmp_path):
    for i, spell in enumerate((str, write.camel, write.behind, str.title, lambda n: n.replace("_", ""))):
        check(one(read(write.deeplabcut(tmp_path / f"{i}.csv", spell=spell), size=SIZE, fps=FPS)))
    numbered = write.deeplabcut(
        tmp_path / "n.csv", spell=lambda n: {"left_knee": "knee1", "right_knee": "knee2"}.get(n, n)
    )
    with pytest.raises(ValueError, match=r"knee1.*which are left_knee, right_knee\?"):
        read(numbered, size=SIZE, fps=FPS)
    check(one(read(numbered, size=SIZE, fps=FPS, skeleton={"left_knee": "knee1", "right_knee": "knee2"})))
    for given, why in (
        ({"left_knee": "knee9"}, "no 'knee9'"),
        ({"tail": "knee1"}, "'tail' is no joint"),
        ({"left_knee": "knee1", "right_knee": "knee1"}, "two joints"),
        ("h36m99", "h36m99"),
    ):
        with pytest.raises(ValueError, match=why):
            read(numbered, size=SIZE, fps=FPS, skeleton=given)
    both = write.deeplabcut(tmp_path / "b.csv", spell=lambda n: "LKnee" if n == "left_ankle" else n)
    with pytest.raises(ValueError, match="'left_knee' and 'LKnee' both mean left_knee"):
        read(both, size=SIZE, fps=FPS)


@pytest.mark.parametrize(
    ("name", "joint"),
    [("nose", "nose"), ("r_hip", "right_hip"), ("RHip", "right_hip"), ("rhip", "right_hip"), ("Hip.R", "right_hip"),
     ("hip left", "left_hip"), ("HEAD", "head"), ("headTop", "head"), ("lear", "left_ear"), ("hip", None),
         ("rightEar", "right_ear"), ("lefthip", "left_hip"), ("ear", None),
     ("knee1", None), ("left right knee", None), ("left_big_toe", None), ("left_eye_inner", None), ("", None)],
)  # fmt: skip
def test_what_a_name_means(name, joint):
    assert names.joint_of(name) == joint


def test_an_unnamed_array_of_17_joints_is_never_guessed(tmp_path):
    said = {"size": SIZE, "fps": FPS}
    bare = write.videopose3d(tmp_path / "k.npz", layout=None, keypoints_symmetry=None)
    with pytest.raises(ValueError, match=r"does not name its joints' layout.*coco17, h36m17"):
        read(bare, **said)
    check(one(read(bare, skeleton="coco17", **said)))
    sides = write.videopose3d(tmp_path / "s.npz", H36M, layout=None, keypoints_symmetry=write.SYMMETRY["h36m"])
    check(one(read(sides, **said)))
    other = write.videopose3d(tmp_path / "o.npz", H36M, "coco", keypoints_symmetry=write.SYMMETRY["h36m"])
    with pytest.raises(ValueError, match="symmetry is another's"):
        read(other, **said)
    nameless = write.mmpose(tmp_path / "m.json", meta={})
    with pytest.raises(ValueError, match="17 joints need a known skeleton"):
        read(nameless, **said)
    with pytest.raises(ValueError, match="16 joints need a known skeleton"):
        read(write.alphapose(tmp_path / "mpii.json", COCO[:16]), **said)
    with pytest.raises(ValueError, match="17 joints, skeleton halpe26 has 26"):
        read(write.alphapose(tmp_path / "a.json"), skeleton="halpe26", **said)


def test_one_of_several_takes_is_chosen_by_name(tmp_path):
    track = np.stack([write.body(COCO, t)[:, :2] for t in range(3)])
    takes = {"S1": {"Walking": [track, track + 9], "Eating 1": [track + 20]}, "S5": {"Walking": [track + 30]}}
    path = write.videopose3d(tmp_path / "k.npz", takes=takes)
    said = {"size": SIZE, "fps": 50}
    check(one(read(path, take="S1/Walking/0", **said)))
    check(one(read(path, take="S1/Walking/1", **said)) - 9)
    check(one(read(path, take="S5", **said)) - 30)
    for take, why in ((None, "S1/Walking/0, S1/Walking/1, S1/Eating"), ("S1/Walk", "no take"), ("S1", "several takes")):
        with pytest.raises(ValueError, match=why):
            read(path, take=take, **said)
    dance = write.aist(tmp_path / "k.pkl")
    check(one(read(dance, take="c03")) - (200, 0))
    with pytest.raises(ValueError, match=r"several takes.*c01, c02"):
        read(dance)


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_of_every_protocol(tmp_path, protocol):
    check(one(read(write.aist(tmp_path / "k.pkl", cameras=1, protocol=protocol), "aist")))


def test_a_pickle_of_python_2(tmp_path):
    """Texts are bytes there, and the array's content is one of them."""
    array = np.stack([[write.body(COCO, t) for t in range(3)]])
    content, shape = array.tobytes(), b"".join(b"K" + bytes([n]) for n in array.shape)
    path = tmp_path / "k.pkl"
    path.write_bytes(
        b"\x80\x02}q\x00U\x0bkeypoints2dq\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85"
        b"q\x04U\x01bq\x05\x87q\x06Rq\x07(K\x01(" + shape + b"tq\x08cnumpy\ndtype\nq\x09"
        b"U\x02f8q\x0aK\x00K\x01\x87q\x0bRq\x0c("
        b"K\x03U\x01<q\x0dNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0eb\x89T"
        + len(content).to_bytes(4, "little") + content + b"q\x0ftq\x10bs."
    )  # fmt: skip
    check(one(read(path)))


# ---- there and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [label for label, case in CASES.items() if case[4]])
def test_tracks_are_saved_and_read_back(tmp_path, label):
    _, make, said, _, _ = CASES[label]
    tracks = read(make(tmp_path), size=SIZE, fps=FPS, **said)
    save_keypoints(tracks, tmp_path / "own.npz")
    for a, b in zip(tracks, read(tmp_path / "own.npz"), strict=True):
        for field in ("xy", "score", "measured", "time"):
            np.testing.assert_array_equal(getattr(a, field), getattr(b, field))
        assert (a.size, a.start, a.skeleton) == (b.size, b.start, b.skeleton)


def test_what_is_no_keypoint_file_gets_the_choices(tmp_path):
    for name, content in (("k.json", '{"a": 1}'), ("k.txt", "hello"), ("k.json", "[]"), ("k.csv", "a,b\n1,2\n")):
        with pytest.raises(ValueError, match=r"does not tell its format.*npz, openpose, alphapose"):
            read(write.text(tmp_path / name, content))
    with pytest.raises(ValueError, match="'posenet' is not known; choose from npz, openpose"):
        read(write.coco_results(tmp_path / "k.json"), "posenet")
    with pytest.raises(ValueError, match=r"HDF5 is not read.*CSV"):
        read(write.text(tmp_path / "k.h5", "\x89HDF"))
    assert keypoint_files.FORMATS
