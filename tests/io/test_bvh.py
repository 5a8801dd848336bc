import gzip

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
        (TEXT.replace("Frames: 2", "Frames: 3"), "expected 3 frames x 9 channels"),
        (TEXT.replace("Frames: 2", "Frames: x"), "cannot be read"),
        (TEXT.replace("5 1 0 90", "5 1 0 nan"), "finite"),
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
