import pytest

from dance3d.io.yaml_files import read_yaml


def test_yaml_and_json_are_read_as_data_or_as_written(tmp_path):
    (tmp_path / "a.yaml").write_text("name: 05_01\nsome: [1, ä]\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"name": 321, "some": [1, "ä"]}
    assert read_yaml(tmp_path / "a.yaml", texts=True) == {"name": "05_01", "some": ["1", "ä"]}
    (tmp_path / "b.json").write_text('{"x": null}')
    (tmp_path / "empty.yaml").write_text("")
    assert read_yaml(tmp_path / "b.json") == {"x": None} and read_yaml(tmp_path / "empty.yaml") is None


@pytest.mark.parametrize(
    "content", [b"a: [", b"\xff\xfe\xfa", b"!!python/object/apply:os.system ['true']", b"[" * 3000, b"d: 2020-99-99"]
)
def test_what_cannot_be_read_is_named_and_runs_no_code(tmp_path, content):
    (tmp_path / "a.yaml").write_bytes(content)
    for path in (tmp_path / "a.yaml", tmp_path / "missing.yaml"):
        with pytest.raises(ValueError, match=f"{path.name} cannot be read as YAML"):
            read_yaml(path)
