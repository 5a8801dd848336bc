import pytest

from dance3d.io.json_files import parsed_json, read_json


def test_what_a_file_holds(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"é": [1, 2.5, null]}', encoding="utf-8")
    assert read_json(path) == {"é": [1, 2.5, None]} == parsed_json(path.read_bytes(), path)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe{", b"[" * 100_000, b"9" * 5000, b'{"a": \x00}'], ids=range(6))
def test_what_is_none_is_one_error_that_names_the_file(tmp_path, data):
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"a\.json cannot be read as JSON: "):
        read_json(path)
