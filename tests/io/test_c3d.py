import struct

import motion_sets as sets
import numpy as np
import pytest

from dance3d.io.c3d import read_c3d

TRUTH = sets.figure(20)
SHORT = {name: at for name, at in list(sets.markers(TRUTH).items())[:5]}


def numbers(values, processor):
    """Four-byte numbers as a processor writes them."""
    raw = (np.asarray(values, np.float64) * (4 if processor == 85 else 1)).astype("<f4")
    if processor == 85:
        return raw.view("<u2").reshape(-1, 2)[:, ::-1].tobytes()
    return raw.astype(">f4").tobytes() if processor == 86 else raw.tobytes()


def layout(points, processor=84, whole=False, analog=2):
    """The bytes of a C3D file, millimetres, by the format's description."""
    order = ">" if processor == 86 else "<"
    labels = [name.ljust(6).encode() for name in points]
    data = np.stack(list(points.values()), 1) * 1000
    scale = 0.5 if whole else -1.0

    def parameter(name, size, shape, content):
        body = struct.pack("bB", size, len(shape)) + bytes(shape) + content + b"\0"
        return struct.pack("2b", len(name), 1) + name.encode() + struct.pack(order + "H", 2 + len(body)) + body

    section = bytes([1, 0x50, 1, processor]) + struct.pack("2b", 5, -1) + b"POINT" + struct.pack(order + "H", 3) + b"\0"
    section += parameter("LABELS", -1, (6, len(labels)), b"".join(labels)) + parameter("UNITS", -1, (2,), b"mm")
    for name, value in (("USED", len(labels)), ("FRAMES", len(data)), ("DATA_START", 3)):
        section += parameter(name, 2, (), struct.pack(order + "h", value))
    section += parameter("SCALE", 4, (), numbers([scale], processor))
    section += parameter("RATE", 4, (), numbers([120.0], processor)) + b"\0\0"
    header = bytes([2, 0x50]) + struct.pack(order + "5H", len(labels), analog, 1, len(data), 10)
    header += numbers([scale], processor) + struct.pack(order + "2H", 3, 1) + numbers([120.0], processor)
    rows = np.zeros((len(data), len(labels) * 4 + analog))
    cells = rows[:, : len(labels) * 4].reshape(len(data), len(labels), 4)
    cells[..., :3] = np.nan_to_num(data) / (scale if whole else 1)
    cells[..., 3] = np.where(np.isnan(data).any(-1), -1, 0)
    rows[:, : len(labels) * 4] = cells.reshape(len(data), -1)
    content = rows.round().astype(order + "i2").tobytes() if whole else numbers(rows.ravel(), processor)
    return header.ljust(512, b"\0") + section.ljust(512, b"\0") + content


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("processor", [84, 85, 86])
def test_reads_every_processor_and_both_kinds_of_numbers(tmp_path, processor, whole):
    points = dict(SHORT)
    points["C7"] = points["C7"].copy()
    points["C7"][3] = np.nan
    (tmp_path / "a.c3d").write_bytes(layout(points, processor, whole))
    file = read_c3d(tmp_path / "a.c3d")
    assert file.labels == list(points) and file.rate == 120 and file.units == "mm"
    expected = np.stack(list(points.values()), 1) * 1000
    np.testing.assert_allclose(file.points, expected, atol=0.26 if whole else 1e-3)


def test_reads_what_ezc3d_wrote_and_ezc3d_reads_what_we_take_for_a_c3d(tmp_path):
    ezc3d = pytest.importorskip("ezc3d")
    sets.write_c3d(tmp_path / "a.c3d", SHORT, rate=60, z_up=False)
    file = read_c3d(tmp_path / "a.c3d")
    assert file.labels == list(SHORT) and file.rate == 60
    np.testing.assert_allclose(file.points / 1000, np.stack(list(SHORT.values()), 1), atol=1e-6)
    (tmp_path / "b.c3d").write_bytes(layout(SHORT, analog=0))
    theirs = np.array(ezc3d.c3d(str(tmp_path / "b.c3d"))["data"]["points"])[:3].transpose(2, 1, 0)
    np.testing.assert_allclose(read_c3d(tmp_path / "b.c3d").points, theirs, atol=1e-3)


GOOD = layout(SHORT)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no C3D file"),
        (b"\x02\x50" + b"\xff" * 3000, "no parameters where"),
        (np.random.default_rng(0).bytes(4000), "no C3D file"),
        (GOOD[:1024], "a frame needs 88 bytes of points, it has 0"),
        (GOOD[:515] + b"\x63" + GOOD[516:], "no parameters where"),
        (GOOD.replace(b"RATE", b"LATE").replace(numbers([120.0], 84), numbers([np.nan], 84)), "nan a second"),
        (GOOD.replace(b"\xff\x02\x06\x05", b"\xff\x02\xff\xff"), "longer than the file"),
    ],
)
def test_a_damaged_file_is_one_error(tmp_path, data, says):
    (tmp_path / "a.c3d").write_bytes(data)
    with pytest.raises(ValueError, match=says):
        read_c3d(tmp_path / "a.c3d")


def test_bytes_changed_anywhere_are_read_or_told(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "a.c3d"
    told = 0
    for _ in range(300):
        data = bytearray(GOOD)
        for at in rng.integers(0, 1024, 5):
            data[at] = rng.integers(256)
        path.write_bytes(data)
        try:
            assert read_c3d(path).points.shape[-1] == 3
        except ValueError:
            told += 1
    assert 0 < told < 300


def test_a_long_file_says_its_frames_in_its_parameters(tmp_path):
    data = layout(SHORT)
    (tmp_path / "a.c3d").write_bytes(data[:8] + b"\xff\xff" + data[10:])
    assert len(read_c3d(tmp_path / "a.c3d").points) == len(TRUTH)


@pytest.mark.parametrize("first", [b"\0\0", b"\xff\x51", b"\1\x50"])
def test_the_two_bytes_before_the_parameters_mean_nothing(tmp_path, first):
    (tmp_path / "a.c3d").write_bytes(GOOD[:512] + first + GOOD[514:])
    file = read_c3d(tmp_path / "a.c3d")
    assert file.labels == list(SHORT) and file.rate == 120 and file.units == "mm"
    np.testing.assert_allclose(file.points, np.stack(list(SHORT.values()), 1) * 1000, atol=1e-3)


@pytest.mark.parametrize(
    ("data", "said", "kept"), [(GOOD[:-100], 20, 18), (GOOD[:8] + b"\xf0\xff" + GOOD[10:], 65520, 20)]
)
def test_a_file_that_is_cut_is_read_as_far_as_its_frames_are_whole(tmp_path, caplog, data, said, kept):
    path = tmp_path / "a.c3d"
    path.write_bytes(data)
    np.testing.assert_allclose(read_c3d(path).points, np.stack(list(SHORT.values()), 1)[:kept] * 1000, atol=1e-3)
    assert f"says {said} frames, has {kept}" in caplog.text
    with pytest.raises(ValueError, match=f"says {said} frames, has {kept}"):
        read_c3d(path, strict=True)
