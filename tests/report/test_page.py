import base64
import json
import zlib

import numpy as np
import pytest
from jinja2 import UndefinedError

from dance3d.report.page import MISSING, SeriesPack, as_base64, as_json, asset, environment, film_pieces, packed


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
    script = asset("clock.js")
    assert "&&" in script and page.render(script=script) == script


def test_series_come_back_from_their_differences_even_where_these_wrap_around():
    values = np.array([[MISSING, 5], [32000, -32000], [MISSING, 7]], np.int16)
    pack = SeriesPack()
    pack.add(np.arange(3), "u1")
    first, size = pack.add(values, "<i2")
    raw = zlib.decompress(base64.b64decode(pack.text()))[first : first + size]
    steps = np.frombuffer(raw, "<i2").reshape(3, 2)
    np.testing.assert_array_equal(np.cumsum(steps, 0, dtype=np.int16), values)


def test_pieces_of_a_film_decode_by_themselves():
    film = bytes(range(256)) * 20_000
    pieces = film_pieces(film)
    assert len(pieces) == 2 and b"".join(map(base64.b64decode, pieces)) == film
