import base64
import json
import zlib
from dataclasses import replace

import numpy as np
from fake_dancers import fake_clip, fake_dancer

from dance3d.io.world_frame import to_world
from dance3d.report.body_rows import ROWS
from dance3d.report.curves import curves
from dance3d.report.page import MISSING
from dance3d.report.page_data import RIGHT, page_data


def unpacked(data, where):
    """One array of 16 bits."""
    first, size = where
    raw = zlib.decompress(base64.b64decode(data["series"]))[first : first + size]
    return np.cumsum(np.frombuffer(raw, "<i2"), dtype=np.int16)


def test_curves_come_as_whole_numbers_of_their_scale():
    clip = fake_clip(2)
    dancer = fake_dancer(clip.time, missing=[3])
    pose = replace(dancer.pose, doubt=np.full((50, 17), 0.05, np.float32))
    data = page_data(clip, [replace(dancer, pose=pose)])
    for packed, curve in zip(data["dancers"][0]["curves"], curves(pose, to_world(pose)), strict=True):
        for where, true in ((packed["values"], curve.values), (packed["bands"], curve.within)):
            found = unpacked(data, where)
            np.testing.assert_array_equal(found == MISSING, np.isnan(true))
            known = np.isfinite(true)
            assert np.abs(found[known] * packed["scale"] - true[known]).max(initial=0) <= packed["scale"] / 2 + 1e-9


def test_the_page_is_json_whoever_dances():
    clip = fake_clip(1)
    for dancers in ([], [fake_dancer(clip.time)], [fake_dancer(clip.time, missing=range(25))]):
        data = json.loads(json.dumps(page_data(clip, dancers), allow_nan=False))
        assert [row["title"] for row in data["rows"]] == list(ROWS) and len(data["dancers"]) == len(dancers)
        assert data["right"] == [list(row) for row in RIGHT] and data["sure"] == RIGHT[0][0]
