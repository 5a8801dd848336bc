from dataclasses import fields

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.contracts import ARTEFACTS, Clip, Genre, Keypoints2D, Masks, MotionClip, Movements, Music, Pose3D
from dance3d.io import artefacts

CLIP = fake_clip(0.2)
DANCER = fake_dancer(CLIP.time, missing=[1])
EACH = [
    CLIP,
    DANCER.keypoints,
    DANCER.pose,
    DANCER.movements,
    DANCER.genre,
    Masks(np.ones((2, 3, 4), bool), np.arange(2.0)),
    MotionClip(np.zeros((2, 17, 3)), 30.0, "take", "group", "salsa", "test"),
    Music(120.5, 0.75, (0.25, 0.75), "a phrase"),
]


def same(one, other):
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f") and one.dtype == other.dtype
    return vars(one) == vars(other) if hasattr(one, "focal") else one == other


@pytest.mark.parametrize("kind", ARTEFACTS)
def test_every_kind_comes_back_as_it_was_and_equal_ones_give_equal_bytes(tmp_path, kind):
    [one] = [artefact for artefact in EACH if type(artefact).__name__ == kind]
    artefacts.save(one, tmp_path / "a.npz")
    artefacts.save(one, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    again = artefacts.load(tmp_path / "a.npz", ARTEFACTS[kind])
    for field in fields(one):
        assert same(getattr(one, field.name), getattr(again, field.name)), field.name


def test_what_is_another_kind_or_no_artefact_is_refused(tmp_path, monkeypatch):
    artefacts.save(CLIP, tmp_path / "clip.npz")
    with pytest.raises(ValueError, match=r"clip\.npz holds Clip, expected Pose3D"):
        artefacts.load(tmp_path / "clip.npz", Pose3D)
    np.savez(tmp_path / "other.npz", time=CLIP.time)
    (tmp_path / "torn.npz").write_bytes((tmp_path / "clip.npz").read_bytes()[:100])
    for name in ("other", "torn"):
        with pytest.raises(ValueError, match=f"{name}.npz is not a dance3d artefact"):
            artefacts.load(tmp_path / f"{name}.npz", Clip)
    monkeypatch.setattr(artefacts, "SCHEMA", 2)
    with pytest.raises(ValueError, match="has another schema than 2; make it again"):
        artefacts.load(tmp_path / "clip.npz", Clip)


def test_damage_anywhere_is_one_error_that_names_the_file(tmp_path):
    path, rng = tmp_path / "a.npz", np.random.default_rng(0)
    artefacts.save(DANCER.pose, path)
    with np.load(path) as stored:
        arrays = dict(stored)
    loose = {**arrays, "header": np.array('{"schema": 1, "kind": "Pose3D", "fps": 3}')}
    np.savez(path, **{name: array for name, array in arrays.items() if name != "xyz"})
    lacking = path.read_bytes()
    np.savez(path, **loose)
    unknown = path.read_bytes()
    np.savez(path, **arrays)  # not compressed, so that numpy's headers are hit
    whole, refused = path.read_bytes(), 0
    cases = [
        lacking,
        unknown,
        b"",
        whole[:-200],
        whole.replace(b"(5, 17, 3)", b"(5,(17, 3)"),
        whole.replace(b"<f8", b"<O8"),
    ]
    for _ in range(80):
        data = bytearray(whole)
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        cases.append(bytes(data))
    for data in cases:
        path.write_bytes(data)
        try:
            artefacts.load(path, Pose3D)
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > 70


def test_a_pickle_in_an_artefact_is_not_read(tmp_path):
    np.savez(tmp_path / "a.npz", header=np.array("{}"), time=np.array([{}], object))
    with pytest.raises(ValueError, match="pickled objects, which can run code"):
        artefacts.load(tmp_path / "a.npz", Clip)


def test_the_kinds_of_this_test_are_those_that_are_kept():
    kept = {Clip, Keypoints2D, Pose3D, Movements, Genre, Masks, MotionClip, Music}
    assert {type(one) for one in EACH} == kept == set(ARTEFACTS.values())


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x80\x04N.", b"\x93NUMPY\x01\x00v\x00", b"PK\x03\x04" + bytes(40), b"\n"], ids=range(6)
)
def test_what_is_no_archive_is_named(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.npz is not a dance3d artefact: "):
        artefacts.load(tmp_path / "a.npz", Clip)


@pytest.mark.parametrize("header", ["7", '{"schema": 1}', '{"schema": 1, "kind": "Clip", "odd": 3}', "[" * 9999])
def test_a_header_that_is_none_is_named(tmp_path, header):
    np.savez(tmp_path / "a.npz", header=np.array(header), time=CLIP.time)
    with pytest.raises(ValueError, match=r"a\.npz is not a dance3d artefact: "):
        artefacts.load(tmp_path / "a.npz", Clip)
