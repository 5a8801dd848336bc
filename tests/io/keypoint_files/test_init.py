"""Files of other tools: a pose whose left and right, up and down all differ arrives where it belongs."""

from dataclasses import replace

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import CASES, FIGURE, FPS, LIMBS, SIZE, check, one

from dance3d.contracts.detections import Detections
from dance3d.io import keypoint_files
from dance3d.io.keypoint_files import FORMATS, names, read
from dance3d.skeleton import SKELETONS, Skeleton


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
    assert {case[0] for case in CASES.values()} == set(FORMATS) - {
        "sleap-io",
        "movement",
    }  # which need packages: test_labels


def test_the_figure_tells_every_joint_of_ours_apart():
    spots = [FIGURE[joint] for joint in LIMBS]
    assert len(set(spots)) == len(spots) and all(FIGURE[exchanged(j)] != FIGURE[j] for j in LIMBS)


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
    assert keypoint_files.FORMATS
