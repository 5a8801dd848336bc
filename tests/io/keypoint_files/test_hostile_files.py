"""Files that lie or burst: each one clear error, nothing run, nothing large allotted."""

import json
import struct
import zipfile

import keypoint_writers as write
import numpy as np
import pytest
from keypoint_writers import CASES, COCO, FPS, SIZE

from dance3d.io import gzip_files, safe_npz
from dance3d.io.keypoint_files import bodies, read
from dance3d.io.safe_npz import read_npz

SAID = {"size": SIZE, "fps": FPS}
MEGABYTE = 2**20


# ---- archives -------------------------------------------------------------------------------------------------------


def header(shape, descr="<f8", fill=b""):
    """An array's bytes, as numpy writes them, with whatever behind."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + fill


def zipped(path, members, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, data in members:
            file.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (header((10**12, 17, 2)), "too many to be dancers"),
        (header((2**62, 2**62)), "type float64 and shape"),
        (header((-1, 17, 2)), "and shape"),
        (header((3, 17, 2), fill=b"x"), "and holds at most"),
        (header((10**9,), "S0"), "and shape"),
        (header((1,), [("a", "<f8")], b"\0" * 8), "and shape"),
        (header((1,), "|O", b"N."), "pickled objects"),
        (header("(1,"), "as numpy writes them"),
        (header((1,)).replace(b"(1,)", b"(1,\n"), "as numpy writes them"),
        (header((1,), "<f8" * 9000), "as numpy writes them"),
        (b"\x93NUMPY\x09\x00", "as numpy writes them"),
        (b"", "as numpy writes them"),
        (header((1, "__import__('os').system('true')")), "as numpy writes them"),
    ],
)
def test_arrays_that_are_not_what_they_declare(tmp_path, little, data, why):
    path = zipped(tmp_path / "k.npz", [("xy.npy", data)])
    with pytest.raises(ValueError, match=why):
        read(path, **SAID)


def test_archives_that_inflate_are_refused(tmp_path, little, monkeypatch):
    monkeypatch.setattr(safe_npz, "MOST_BYTES", 10 * MEGABYTE)
    path = tmp_path / "k.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("xy.npy", "w") as member:
        member.write(header((16 * MEGABYTE,), "|u1"))
        for _ in range(16):
            member.write(bytes(MEGABYTE))
    assert path.stat().st_size < 10**5
    with pytest.raises(ValueError, match=r"inflates to 167\d+ bytes"):
        read(path, **SAID)
    lying = bytearray(path.read_bytes())  # the directory at the end now declares 100 bytes
    at = lying.rindex(b"PK\x01\x02") + 24
    lying[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(lying)
    with pytest.raises(ValueError, match=r"damaged|declares shape"):
        read(path, "npz", **SAID)


def test_archives_of_many_or_of_twins_are_refused(tmp_path, monkeypatch):
    path = zipped(tmp_path / "k.npz", [(f"{i}.npy", b"") for i in range(1200)])
    with pytest.raises(ValueError, match="1200 arrays"):
        read_npz(path)
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path / "twins.npz", [("xy.npy", header((1,), fill=bytes(8)))] * 2)
    with pytest.raises(ValueError, match="some twice"):
        read_npz(path)


# ---- texts ----------------------------------------------------------------------------------------------------------


def people(*points, key="keypoints"):
    return [{"image_id": t, key: list(p)} for t, p in enumerate(points)]


GOOD = write.body(COCO).ravel().tolist()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[" * 200_000, "nested too deeply"),
        ('{"a":' * 200_000, "nested too deeply"),
        (json.dumps(people(GOOD))[:-40], "cut short"),
        (json.dumps(people(GOOD, GOOD[:-3])), "frame 1: a body has 16 joints, most have 17"),
        (json.dumps(people(GOOD[:36], GOOD[:39])), "bodies of 12 joints need"),
        (json.dumps(people(GOOD[:39])), "13 joints need a known skeleton"),
        (json.dumps(people(GOOD[:-1])), "shape \\(50,\\)"),
        (json.dumps(people(["x"] * 51)), "expected numbers"),
        (json.dumps(people([[1, 2], [3]])), "expected numbers, rows of equal length"),
        (json.dumps(people([{"x": 1}] * 51)), "expected numbers"),
        (json.dumps(people([float("inf"), *GOOD[1:]])), "infinite or far out"),
        (json.dumps(people([1e300, *GOOD[1:]])), "infinite or far out"),
        (json.dumps(people([1e8, *GOOD[1:]])), "infinite or far out"),
        (json.dumps(people([v / 400 for v in GOOD])), "shares of the picture"),
        ('[{"image_id": 0, "keypoints": [' + "1" * 10_000 + "]}]", "damaged|JSON|digit|integer"),
        (json.dumps([{"image_id": -4, "keypoints": GOOD}]), "frame -4"),
        (json.dumps([{"image_id": 10**30, "keypoints": GOOD}]), "frame 1e\\+30"),
        (json.dumps([{"image_id": t, "keypoints": GOOD} for t in (0, 10**9)]), "frames run from 0 to 1000000000"),
        (json.dumps([{"image_id": "dance.jpg", "keypoints": GOOD}]), "'dance.jpg', which has no frame number"),
        (json.dumps([{"image_id": [1], "keypoints": GOOD}]), "a list, which has no frame number"),
        (json.dumps([{"image_id": 0, "keypoints": GOOD}, 7]), "no image_id"),
        (json.dumps([{"image_id": 0, "keypoints": GOOD}] * 300), "more than 200 bodies"),
        (
            json.dumps([{"image_id": i * 10, "idx": i, "keypoints": GOOD} for i in range(1000)]),
            "too many to be dancers",
        ),
        (json.dumps(people(GOOD)).encode("utf-16"), "not a text|does not tell"),
        (b"\xff\xfe\x00[", "not a text|does not tell"),
        (b"", "is empty"),
    ],
    ids=range(26),
)
def test_json_that_does_not_hold_what_it_should(tmp_path, content, why):
    path = tmp_path / "k.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=why) as caught:
        read(path, **SAID)
    assert len(str(caught.value)) < 500 + len(str(path))


def test_a_file_beyond_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(gzip_files, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        read(write.alphapose(tmp_path / "k.json"), "alphapose", **SAID)


def test_all_missing_is_nobody_and_no_crash(tmp_path):
    nan = [float("nan"), float("nan"), 1.0] * 17
    found = read(write.text(tmp_path / "k.json", people(nan, nan)), **SAID)
    assert len(found) == 0 and len(found.time) == 2
    path = write.text(tmp_path / "s.json", people([*GOOD[:2], float("nan"), *GOOD[3:]]))
    assert np.isfinite(read(path, **SAID).score).all()


def test_folders_that_are_not_as_openpose_leaves_them(tmp_path):
    folder = write.openpose(tmp_path / "k")
    write.text(folder / "other_000000000001_keypoints.json", {"people": []})
    with pytest.raises(ValueError, match="are both frame 1"):
        read(folder, **SAID)
    (folder / "other_000000000001_keypoints.json").rename(folder / "last_keypoints.json")
    with pytest.raises(ValueError, match="no frame number before _keypoints"):
        read(folder, **SAID)
    (folder / "last_keypoints.json").rename(folder / "a_1000000000_keypoints.json")
    with pytest.raises(ValueError, match="frames run from 0 to 1000000000"):
        read(folder, **SAID)
    for content, why in (("", "cut short"), ("7", "no list of people"), ('{"people": [3]}', "no pose_keypoints_2d")):
        write.text(folder / "a_1000000000_keypoints.json", content).replace(folder / "clip_000000000002_keypoints.json")
        with pytest.raises(ValueError, match=why):
            read(folder, **SAID)
        (folder / "clip_000000000002_keypoints.json").rename(folder / "a_1000000000_keypoints.json")
    (tmp_path / "empty").mkdir()
    for format in (None, "openpose", "alphapose", "npz", "aist"):
        with pytest.raises(ValueError, match=r"does not tell|0 numbered|is a folder|no such file"):
            read(tmp_path / "empty", format, **SAID)
    with pytest.raises(ValueError, match="no such file"):
        read(tmp_path / "nowhere", **SAID)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: t.replace("bodyparts", "parts"), "rows scorer, bodyparts and coords"),
        (lambda t: t.replace("coords,x,y", "coords,x"), "columns"),
        (lambda t: t + "3,1,2\n", "a row has 3 columns"),
        (lambda t: t.replace("200.0", "two hundred"), "'two hundred' is no number"),
        (lambda t: t.replace("200.0", "inf", 1), "infinite"),
        (lambda t: t.replace("left_knee", "right_knee"), "twice"),
        (lambda t: t + t.splitlines()[-1].replace("2,", "-2,", 1), "frame -2"),
        (lambda t: t + '"' + "a" * 200_000, "not a table"),
    ],
)
def test_tables_that_are_damaged(tmp_path, change, why):
    path = write.deeplabcut(tmp_path / "k.csv", persons=["anna", "ben"] if "twice" in why else None)
    with pytest.raises(ValueError, match=why):
        read(write.text(path, change(path.read_text())), **SAID)


# ---- any damage -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [label for label in CASES if not label.startswith("openpose")])
def test_damage_anywhere_is_an_error_or_a_result_never_a_crash(tmp_path, monkeypatch, label):
    format, make, said, _, _ = CASES[label]
    monkeypatch.setattr(bodies, "MOST_FRAMES", 10_000)  # a flipped digit may well be a late frame
    path, rng = make(tmp_path), np.random.default_rng(len(label))
    whole = path.read_bytes()
    for _ in range(12):
        data = bytearray(whole[: rng.integers(1, len(whole))] if rng.random() < 0.3 else whole)
        for at in rng.integers(0, len(data), 4):
            data[at] = rng.integers(0, 256)
        path.write_bytes(data)
        for named in (None, format):
            try:
                read(path, named, **({**SAID, **said}))
            except ValueError as error:
                assert str(path) in str(error) or "skeleton" in str(error).lower()
