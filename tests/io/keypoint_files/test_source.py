import gzip
import pickle

import numpy as np
import pytest

from dance3d.io.keypoint_files.source import Source, number_of


def source(path, content):
    path.write_bytes(content)
    return Source(path)


def test_a_file_is_read_as_whatever_it_is_asked_for(tmp_path):
    text = source(tmp_path / "a.json", b'\xef\xbb\xbf [1, {"b": 2}]')
    assert text.opens("[") and not text.opens("{") and text.json == [1, {"b": 2}] and text.arrays == {}
    assert source(tmp_path / "b.json", gzip.compress(b"[3]")).json == [3]
    assert source(tmp_path / "c.csv", b"a,b\n\n1,2\n").rows == [["a", "b"], ["1", "2"]]
    assert source(tmp_path / "d.pkl", pickle.dumps({"x": [1, 2]})).pickled == {"x": [1, 2]}
    np.savez(tmp_path / "e.npz", xy=np.zeros(3), meta=np.array({}, object))
    assert Source(tmp_path / "e.npz").arrays == {"xy": False, "meta": True}
    assert Source(tmp_path).head == b"" and not Source(tmp_path).opens("[")


@pytest.mark.parametrize(
    ("content", "what", "message"),
    [
        (b"[1, 2", "json", "is not JSON, or is cut short"),
        (b"[" * 100_000, "json", "is nested too deeply|is not JSON"),
        (b"\xff\xfe[", "json", "is not a text in UTF-8"),
        (b"no pickle", "pickled", "a.bin"),
    ],
)
def test_what_it_is_not_is_said(tmp_path, content, what, message):
    with pytest.raises(ValueError, match=message):
        getattr(source(tmp_path / "a.bin", content), what)


def test_a_frames_number_is_the_last_in_its_name(tmp_path):
    assert [number_of(name) for name in (7, "img12.png", "clip2_000034.jpg", "5")] == [7, 12, 34, 5]
    assert number_of("take3.mp4") == 3  # not that of the extension
    for name, message in (
        ("first.png", "called 'first.png', which has no frame"),
        (True, "a bool"),
        (None, "NoneType"),
    ):
        with pytest.raises(ValueError, match=message):
            number_of(name)
