import gzip
import re

import numpy as np
import pytest

from dance3d.io.bvh import read_bvh, transforms

TEXT = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Leg
  {
    OFFSET 1 0 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 2 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.04
0 1 0 0 0 0 0 0 0
5 1 0 90 0 0 0 90 0
"""


@pytest.mark.parametrize("packed", [False, True])
def test_reads_plain_and_gzipped_and_moves_by_hand_worked_example(tmp_path, packed):
    path = tmp_path / ("a.bvh.gz" if packed else "a.bvh")
    path.write_bytes(gzip.compress(TEXT.encode()) if packed else TEXT.encode())
    bvh = read_bvh(path)
    assert bvh.names == ["Hips", "Leg", "Leg_End"] and bvh.parents == [-1, 0, 1] and bvh.period == 0.04
    # Second frame: the hips turn +x to +y; the leg's own turn about x sends its end's y to z.
    expected = [[[0, 1, 0], [1, 1, 0], [1, 3, 0]], [[5, 1, 0], [5, 2, 0], [5, 2, 2]]]
    np.testing.assert_allclose(transforms(bvh)[0], expected, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hello", "no MOTION"),
        (TEXT.replace("HIERARCHY", ""), "no HIERARCHY"),
        (TEXT.replace("Frames: 2", "Frames: x"), "line 17: 'Frames: x' cannot be read"),
        (TEXT.replace("0.04", "0.04.1"), "line 18: 'Frame Time: 0.04.1' cannot be read"),
        (TEXT.replace("Frame Time: 0.04\n", ""), "line 18: '0 1 0 0 .*cannot be read, expected .*Frame Time"),
        (TEXT[: TEXT.index("Frames")], "line 17: '' cannot be read, expected Frames:"),
        (TEXT.replace("1 0 0 0", "1 0 0").replace("90 0 0 0", "90 0"), "line 19: holds 8 numbers, expected the 9"),
        (
            TEXT.replace("\n0 1 0", "\n0 1 x").replace("5 1 0", "5 x 0"),
            "line 19: holds no finite numbers, expected the 9",
        ),
        (TEXT.replace("OFFSET 1 0 0", "OFFSET 1 0"), "line 8"),
        (TEXT.replace("Zposition", "Wposition"), "Wposition"),
        (TEXT.replace("}\nMOTION", "\nMOTION"), "unclosed"),
    ],
)
def test_says_what_is_wrong(tmp_path, text, says):
    path = tmp_path / "a.bvh"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        read_bvh(path)


def test_damaged_gzip_is_a_clear_error(tmp_path):
    path = tmp_path / "a.bvh.gz"
    path.write_bytes(gzip.compress(TEXT.encode())[:-20])
    with pytest.raises(ValueError, match="unpacked"):
        read_bvh(path)


ROWS = TEXT[TEXT.index("0 1 0 0 0 0") :]
FIRST, SECOND = ROWS.splitlines()


@pytest.mark.parametrize(
    ("rows", "kept", "says"),
    [
        (f"{FIRST}\n{SECOND}\n{SECOND}", [0, 5, 5], "line 17: says 2 frames, has 3; all of these are read"),
        (FIRST, [0], "line 17: says 2 frames, has 1"),
        (f"{FIRST}\n{SECOND}\n{SECOND[:9]}", [0, 5], "line 21: holds 4 numbers, not the 9 of a frame; left out"),
        (f"{FIRST}\n{SECOND}\n0 1 0 9.5.", [0, 5], "line 21: holds no finite numbers, not the 9 of a frame; left out"),
        (f"{FIRST}\n7 1\n{SECOND}", [0, 0, 5], "line 20: holds 2 numbers, not the 9 of a frame; the frame before"),
        (f"7 nan\n\n{SECOND}\n{FIRST}", [5, 5, 0], "line 19: holds no finite numbers, not the 9 of a frame; the frame"),
    ],
)
def test_the_rows_count_and_not_the_header(tmp_path, caplog, rows, kept, says):
    path = tmp_path / "a.bvh"
    path.write_text(TEXT.replace(ROWS, rows))
    assert read_bvh(path).motion[:, 0].tolist() == kept and read_bvh(path).motion.shape[1] == 9
    assert says in caplog.messages[0]
    with pytest.raises(ValueError, match=r"a\.bvh, line \d+: "):
        read_bvh(path, strict=True)


def test_a_frame_may_take_several_lines(tmp_path, caplog):
    path = tmp_path / "a.bvh"
    path.write_text(TEXT.replace(ROWS, ROWS.replace(" 0 ", "\n0 ")))
    assert read_bvh(path).motion.tolist() == [[0, 1, 0, 0, 0, 0, 0, 0, 0], [5, 1, 0, 90, 0, 0, 0, 90, 0]]
    path.write_text(path.read_text().replace("Frames: 2", "Frames: 1"))
    assert len(read_bvh(path).motion) == 2 and "says 1 frames, has 2" in caplog.text


def test_braces_behind_names_and_decimal_commas(tmp_path):
    path = tmp_path / "a.bvh"
    path.write_text(TEXT)
    sure = transforms(read_bvh(path))[0]
    for text in (re.sub(r"\n\s*{", " {", TEXT), TEXT.replace("0.04", "0,04").replace("1 0 0\n", "1,0 0,0 0\n")):
        assert text != TEXT
        path.write_text(text)
        np.testing.assert_array_equal(transforms(read_bvh(path))[0], sure)
        assert read_bvh(path).period == 0.04
