import base64
import json

import numpy as np
import pytest
from jinja2 import UndefinedError

from dance3d.report.page import MISSING, as_base64, as_json, asset, environment, packed


def test_what_templates_write_is_escaped_and_what_they_lack_is_an_error():
    page = environment().from_string("<p>{{ name }}</p>")
    assert page.render(name="<b>&") == "<p>&lt;b&gt;&amp;</p>"
    with pytest.raises(UndefinedError):
        page.render()


def test_json_cannot_leave_its_script_element():
    data = {"name": "</script><script>&"}
    text = as_json(data)
    assert "<" not in text and "&" not in text and json.loads(text) == data
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json([float("nan")])


def test_positions_are_packed_to_a_millimetre_or_coarser_where_they_are_far():
    world = np.array([[0.0, 1.2345, np.nan], [-2.0, 3.0, 4.0]])
    found, unit = packed(world)
    assert unit == 0.001 and found.dtype == np.int16 and found[0, 2] == MISSING
    assert np.nanmax(np.abs(np.where(np.isnan(world), np.nan, found * unit) - world)) <= 0.0005 + 1e-9
    far, wide = packed(np.array([[320.0, -320.0]]))
    assert wide == pytest.approx(0.01) and far.tolist() == [[32000, -32000]]
    assert np.frombuffer(base64.b64decode(as_base64(found, "<i2")), "<i2").tolist() == found.ravel().tolist()


def test_scripts_come_as_they_are():
    page = environment().from_string("{{ script }}")
    script = asset("player.js")
    assert "&&" in script and page.render(script=script) == script
